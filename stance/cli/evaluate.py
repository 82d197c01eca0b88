"""`stance evaluate TASK FILE`."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from stance.cli.analyze import ModelOption, OutOption, load_model, working
from stance.cli.output import write_out


class Task(StrEnum):
    """What the labels of a file are about."""

    STANCE = "stance"
    RELATION = "relation"
    STRUCTURE = "structure"
    SENTENCE = "sentence"
    ATTRIBUTES = "attributes"
    ACTORS = "actors"
    THREAD = "thread"


def evaluate_command(
    task: Annotated[Task, typer.Argument(help="What the labels are about.")],
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="Labels: JSON Lines, or for `thread` one JSON object.", exists=True, dir_okay=False
        ),
    ],
    *,
    page: Annotated[
        Path | None, typer.Option(metavar="PAGE", help="For `thread`: the page that FILE annotates.", exists=True)
    ] = None,
    predictions: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write every probability here, one line an item.")
    ] = None,
    policy: Annotated[Path | None, typer.Option(metavar="FILE", help="For `thread`: the queue's policy.")] = None,
    model: ModelOption = None,
    out: OutOption = None,
) -> None:
    """Measure a model on labels of your own and print one JSON object."""
    if task is Task.THREAD and page is None:
        raise typer.BadParameter("the task `thread` needs --page PAGE, the page that FILE annotates")
    from stance.evaluate import run_task
    from stance.queue import load_policy

    rules = load_policy(policy)
    with working(f"evaluating {task.value}"):
        judge, scorer = load_model(model)
        figures = run_task(
            task.value, file, judge=judge, scorer=scorer, policy=rules, page=page, predictions=predictions
        )
    write_out(json.dumps(figures, ensure_ascii=False, indent=2) + "\n", out)
