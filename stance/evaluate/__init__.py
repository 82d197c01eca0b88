"""A labelled file and a judge in, figures out, each beside what a simple guess reaches."""

from stance.evaluate.deletion import LEAST_PROBABILITY, measure_deletion, measure_stance_deletion
from stance.evaluate.labels import find_target, stance_case
from stance.evaluate.metrics import auc, ece, group_aucs, label_figures, mean_f1, yes_no_figures
from stance.evaluate.outcome import judge_all
from stance.evaluate.reliability import chance_ece, coverage_curve, reliability_bins
from stance.evaluate.rows import Row, read_rows
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
