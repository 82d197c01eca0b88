"""A comment thread in; who answers whom, what each comment holds of each actor, and what to read first, out.

The names below are imported when first used, so that `import stance` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stance.batch import score_dataset
    from stance.classifier import StanceClassifier
    from stance.core import analyze, analyze_file
    from stance.judge import load_judge
    from stance.queue import load_policy
    from stance.read import read_page, read_threads
    from stance.thread import build_thread

__version__ = "0.1.0"

__all__ = [
    "StanceClassifier",
    "__version__",
    "analyze",
    "analyze_file",
    "build_thread",
    "load_judge",
    "load_policy",
    "read_page",
    "read_threads",
    "score_dataset",
]

_HOME = {
    "StanceClassifier": "stance.classifier",
    "analyze": "stance.core",
    "analyze_file": "stance.core",
    "build_thread": "stance.thread",
    "load_judge": "stance.judge",
    "load_policy": "stance.queue",
    "read_page": "stance.read",
    "read_threads": "stance.read",
    "score_dataset": "stance.batch",
}


def __getattr__(name: str) -> object:
    """Import a public name from its room on first use."""
    if name not in _HOME:
        raise AttributeError(f"module 'stance' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, imported or not."""
    return sorted({*globals(), *__all__})
