"""Measure a model folder on every development split and write `evaluation.json`."""

from __future__ import annotations

import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from stance.evaluate import LEAST_PROBABILITY, Row, measure_deletion, measure_stance_deletion, run_task, stance_case
from stance.judge import EncoderJudge
from stance.queue import load_policy
from stance.records import Case, Stance
from stance.replies import ReplyScorer
from stance.train.answers import Answer, read_answers
from stance.train.baselines import measure_baselines
from stance.train.development import write_development
from stance.train.examples import Example
from stance.train.fairness import measure_identities
from stance.train.load_threads import ForumThread
from stance.train.origins import fraction_of
from stance.train.swap import swap_actors
from stance.train.trust import measure_abstention, measure_calibration, measure_contrasts, measure_reliability

EVALUATION = "evaluation.json"
_ANSWERED: Final = frozenset({"stance", "relation", "sentence", "attributes"})
"""Tasks whose predictions are labels with probabilities."""
_SIDES: Final = frozenset({Stance.FAVOR.value, Stance.AGAINST.value})
_MOST_EXPLAINED: Final = 800
"""Comments of which each deletion test is made: enough for every frequent attribute, and some minutes' work."""


def measure_model(
    judge: EncoderJudge, scorer: ReplyScorer, examples: Sequence[Example], threads: Sequence[ForumThread]
) -> dict[str, object]:
    """Measure a model on all development rows.

    Calibration was fitted on half of them, which moves calibration errors, reliability and abstention; those are
    measured on the other half. Everything else is measured on all rows: calibration changes no order of one label's
    scores.

    Args:
        judge: The model, calibrated.
        scorer: Its reply scorer.
        examples: Rows of all sources.
        threads: Forum threads, for structure.

    Returns:
        `model_id`, `tasks` (a `run_task` report by "task/source"), `held_out` (expected calibration errors by the
        same names), `reliability` (by label, sources together), `abstention`, `contrasts` (by kind), `fairness`
        (`identities`, `actor_swap`), `explanations` (the deletion test by attribute and stance), `baselines` (TF-IDF
        with logistic regression).
    """
    tasks: dict[str, object] = {}
    answers: dict[str, list[Answer]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="stance-") as name:
        for key, (task, path) in write_development(examples, threads, Path(name)).items():
            predictions = path.with_suffix(".answers") if task in _ANSWERED else None
            tasks[key] = _measure(task, path, judge, scorer, predictions=predictions)
            if predictions is not None:
                answers[task] += read_answers(key, path, predictions)
    return {
        "model_id": judge.model_id,
        "tasks": tasks,
        "held_out": measure_calibration(answers),
        "reliability": measure_reliability(answers),
        "abstention": measure_abstention(answers["stance"], threshold=judge.calibration.sure.get("stance")),
        "contrasts": measure_contrasts(answers),
        "fairness": {
            "identities": measure_identities(answers["attributes"]),
            "actor_swap": swap_actors(judge, examples),
        },
        "explanations": {
            **measure_deletion(judge, _heated(answers["attributes"])),
            **measure_stance_deletion(judge, _sided(answers["stance"])),
        },
        "baselines": measure_baselines(examples),
    }


def _heated(answers: Sequence[Answer]) -> list[Case]:
    """Comments to explain, from all sources: those that have any attribute, in an order that hash decides."""
    found = [answer for answer in answers if max(answer.probabilities.values()) >= LEAST_PROBABILITY]
    found.sort(key=lambda answer: fraction_of(f"explain {answer.text}"))
    return [
        Case(comment_id=str(place), text=answer.text, parent=str(answer.row.get("parent", "")))
        for place, answer in enumerate(found[:_MOST_EXPLAINED])
    ]


def _sided(answers: Sequence[Answer]) -> list[Case]:
    """Comments whose stance is to be explained, from all sources: those that take a side, ordered by a hash."""
    found = [answer for answer in answers if max(answer.probabilities, key=answer.probabilities.__getitem__) in _SIDES]
    found.sort(key=lambda answer: fraction_of(f"explain {answer.row['target']} {answer.text}"))
    return [stance_case(Row("development", line, answer.row)) for line, answer in enumerate(found[:_MOST_EXPLAINED], 1)]


def write_evaluation(folder: Path, evaluation: Mapping[str, object]) -> None:
    """Write `evaluation.json` beside the weights."""
    (folder / EVALUATION).write_text(json.dumps(evaluation, indent=1) + "\n")


def _measure(
    task: str, path: Path, judge: EncoderJudge, scorer: ReplyScorer, *, predictions: Path | None
) -> dict[str, object]:
    sys.stderr.write(f"measuring {path.stem}\n")
    report = run_task(task, path, judge=judge, scorer=scorer, policy=load_policy(), predictions=predictions)
    return {key: value for key, value in report.items() if key not in {"file", "model_id", "seconds"}}
