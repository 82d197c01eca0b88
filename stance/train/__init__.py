"""Labelled sources in, a model folder out; the only room that knows corpora."""

from stance.train.run import run_recipe

__all__ = ["run_recipe"]
