"""Command line words in, analyses out: `stance analyze`, `tree`, `actors`, `convert`, `score`, `evaluate`, `train`.

Nothing heavy is imported here; each command imports what it needs when it runs, so that `--help` is instant.
"""

from stance.cli.app import app, main

__all__ = ["app", "main"]
