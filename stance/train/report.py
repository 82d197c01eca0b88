"""Measure a model folder on every development split and write `evaluation.json`."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from stance.evaluate import run_task
from stance.judge import Judge
from stance.queue import load_policy
from stance.replies import ReplyScorer
from stance.train.baselines import measure_baselines
from stance.train.calibrate import calibration_half
from stance.train.development import write_development
from stance.train.examples import Example
from stance.train.load_threads import ForumThread

EVALUATION = "evaluation.json"


def measure_model(
    judge: Judge, scorer: ReplyScorer, examples: Sequence[Example], threads: Sequence[ForumThread]
) -> dict[str, object]:
    """Measure a model on all development rows.

    Calibration was fitted on half of them, which moves expected calibration errors; those are measured on the other
    half and stand under `held_out`. Everything else is measured on all rows: temperature and slope change no order.

    Args:
        judge: The model, calibrated.
        scorer: Its reply scorer.
        examples: Rows of all sources.
        threads: Forum threads, for structure.

    Returns:
        `model_id`, `tasks` (a `run_task` report by "task/source"), `held_out` (expected calibration errors by the
        same names) and `baselines` (TF-IDF with logistic regression).
    """
    fitted = {id(example) for example in calibration_half(examples)}
    with tempfile.TemporaryDirectory(prefix="stance-") as name:
        whole = write_development(examples, threads, Path(name, "all"))
        unseen = [example for example in examples if id(example) not in fitted]
        half = write_development(unseen, (), Path(name, "half"))
        tasks = {key: _measure(task, path, judge, scorer) for key, (task, path) in whole.items()}
        held_out = {
            key: _calibration_errors(_measure(task, path, judge, scorer))
            for key, (task, path) in half.items()
            if task in {"stance", "relation", "attributes"}
        }
    return {
        "model_id": judge.model_id,
        "tasks": tasks,
        "held_out": held_out,
        "baselines": measure_baselines(examples),
    }


def write_evaluation(folder: Path, evaluation: Mapping[str, object]) -> None:
    """Write `evaluation.json` beside the weights."""
    (folder / EVALUATION).write_text(json.dumps(evaluation, indent=1) + "\n")


def _measure(task: str, path: Path, judge: Judge, scorer: ReplyScorer) -> dict[str, object]:
    sys.stderr.write(f"measuring {path.stem}\n")
    report = run_task(task, path, judge=judge, scorer=scorer, policy=load_policy())
    return {key: value for key, value in report.items() if key not in {"file", "model_id", "seconds"}}


def _calibration_errors(report: Mapping[str, object]) -> dict[str, object]:
    metrics = report["metrics"]
    if not isinstance(metrics, dict):
        return {}
    found = {"ece": metrics["ece"]} if "ece" in metrics else {}
    return found | {name: value["ece"] for name, value in metrics.items() if isinstance(value, dict) and "ece" in value}
