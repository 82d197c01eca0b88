"""A labelled file and a judge in, figures out, each beside what a simple guess reaches.

Reading a file of labels costs nothing; what needs a judge or scikit-learn is imported when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from stance.evaluate.rows import Row, read_rows

if TYPE_CHECKING:
    from stance.evaluate.deletion import LEAST_PROBABILITY, measure_deletion, measure_stance_deletion
    from stance.evaluate.labels import find_target, stance_case
    from stance.evaluate.metrics import auc, ece, group_aucs, label_figures, mean_f1, yes_no_figures
    from stance.evaluate.outcome import judge_all
    from stance.evaluate.reliability import chance_ece, coverage_curve, reliability_bins
    from stance.evaluate.run import TASKS, run_task

__all__ = [
    "LEAST_PROBABILITY",
    "TASKS",
    "Row",
    "auc",
    "chance_ece",
    "coverage_curve",
    "ece",
    "find_target",
    "group_aucs",
    "judge_all",
    "label_figures",
    "mean_f1",
    "measure_deletion",
    "measure_stance_deletion",
    "read_rows",
    "reliability_bins",
    "run_task",
    "stance_case",
    "yes_no_figures",
]

_HOME = {
    "LEAST_PROBABILITY": "deletion",
    "TASKS": "run",
    "auc": "metrics",
    "chance_ece": "reliability",
    "coverage_curve": "reliability",
    "ece": "metrics",
    "find_target": "labels",
    "group_aucs": "metrics",
    "judge_all": "outcome",
    "label_figures": "metrics",
    "mean_f1": "metrics",
    "measure_deletion": "deletion",
    "measure_stance_deletion": "deletion",
    "reliability_bins": "reliability",
    "run_task": "run",
    "stance_case": "labels",
    "yes_no_figures": "metrics",
}


def __getattr__(name: str) -> object:
    """Import a public name from its module on first use."""
    if name not in _HOME:
        raise AttributeError(f"module 'stance.evaluate' has no attribute {name!r}")
    value = getattr(import_module(f"stance.evaluate.{_HOME[name]}"), name)
    globals()[name] = value
    return value
