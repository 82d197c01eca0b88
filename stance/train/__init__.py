"""Labelled sources in, a model folder out; the only room that knows corpora."""

from stance.train.away import pack_recipe, run_packed
from stance.train.load_own import OWN_TASKS
from stance.train.own import run_own
from stance.train.run import choose_recipe, run_recipe

__all__ = ["OWN_TASKS", "choose_recipe", "pack_recipe", "run_own", "run_packed", "run_recipe"]
