"""One task over one file."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from stance.errors import CannotWrite
from stance.evaluate.labels import measure_relation, measure_stance
from stance.evaluate.names import measure_actors
from stance.evaluate.outcome import Outcome
from stance.evaluate.page import measure_thread
from stance.evaluate.scores import measure_attributes, measure_sentence
from stance.evaluate.structure import measure_structure
from stance.judge import Judge
from stance.records import Policy
from stance.replies import ReplyScorer

TASKS: Final = ("stance", "relation", "structure", "sentence", "attributes", "actors", "thread")
"""What can be measured."""

_BY_LINE = {
    "stance": measure_stance,
    "relation": measure_relation,
    "sentence": measure_sentence,
    "attributes": measure_attributes,
    "actors": measure_actors,
}


def run_task(
    task: str,
    file: Path,
    *,
    judge: Judge,
    scorer: ReplyScorer,
    policy: Policy,
    page: Path | None = None,
    predictions: Path | None = None,
) -> dict[str, object]:
    """Measure a judge on labels.

    Args:
        task: One of `TASKS`.
        file: JSON Lines; for `thread` one JSON object.
        scorer: Used by `structure` and `thread`.
        policy: Used by `thread`.
        page: For `thread`: the page that `file` annotates.
        predictions: Where to write one JSON object an item, with every probability; None for nowhere.

    Returns:
        `task`, `file`, `n`, `metrics`, `baseline`, `model_id`, `seconds`. A figure that the labels cannot define is
        None.

    Raises:
        DataError: The file or a line of it cannot be used.
        CannotWrite: `predictions` cannot be written.
        ValueError: The task is not one of `TASKS`, or is `thread` without a page.
    """
    if task not in TASKS:
        raise ValueError(f"task: got {task!r}, want one of {', '.join(TASKS)}")
    began = time.perf_counter()
    if task == "thread":
        if page is None:
            raise ValueError("page: got None, want the page that the gold file annotates")
        outcome = measure_thread(file, judge, scorer, policy=policy, page=page)
    elif task == "structure":
        outcome = measure_structure(file, judge, scorer)
    else:
        outcome = _BY_LINE[task](file, judge)
    seconds = round(time.perf_counter() - began, 3)
    if predictions is not None:
        _write_lines(outcome.predictions, predictions)
    return _report(task, file, outcome) | {"model_id": judge.model_id, "seconds": seconds}


def _report(task: str, file: Path, outcome: Outcome) -> dict[str, object]:
    return {
        "task": task,
        "file": str(file),
        "n": outcome.n,
        "metrics": dict(outcome.metrics),
        "baseline": dict(outcome.baseline),
    }


def _write_lines(lines: Sequence[Mapping[str, object]], path: Path) -> None:
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CannotWrite(path, why=error.strerror or type(error).__name__) from error
