"""`stance analyze PAGE` and `stance actors PAGE`."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from enum import StrEnum
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from stance.cli.output import write_out

if TYPE_CHECKING:
    from stance.judge import Judge
    from stance.records import Analysis
    from stance.replies import ReplyScorer


FILE_WIDTH: Final = 120
"""Columns of a page of text that goes to a file or a pipe."""


class OutputFormat(StrEnum):
    """How an analysis is written."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"


class InputFormat(StrEnum):
    """How the comments are given."""

    PAGE = "page"
    JSONL = "jsonl"


class QueueOrder(StrEnum):
    """What stands first in the queue."""

    RISK = "risk"
    UNCERTAIN = "uncertain"


PageArgument = Annotated[
    Path, typer.Argument(metavar="PAGE", help="A saved page (plain text) or JSON Lines; - is standard input.")
]
FromOption = Annotated[InputFormat | None, typer.Option("--from", help="The format of PAGE; seen from it by default.")]
ModelOption = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="A model folder made by `stance train`.", show_default="the shipped one"),
]
CastOption = Annotated[
    Path | None,
    typer.Option(
        "--actors", metavar="CAST.toml", help="Actors to use, as `stance actors` prints them.", dir_okay=False
    ),
]
OutOption = Annotated[Path | None, typer.Option(metavar="FILE", help="Write here and not to standard output.")]


def analyze_command(
    page: PageArgument,
    *,
    form: Annotated[OutputFormat, typer.Option("--format", help="For a person, or for a machine.")] = OutputFormat.TEXT,
    out: OutOption = None,
    come_as: FromOption = None,
    policy: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What to look at first (TOML).", show_default="the shipped one")
    ] = None,
    cast: CastOption = None,
    order: Annotated[QueueOrder, typer.Option(help="Riskiest first, or least certain first.")] = QueueOrder.RISK,
    model: ModelOption = None,
) -> None:
    """Say who answers whom, who holds what of whom, and what to read first."""
    from stance.actors import read_cast
    from stance.core import analyze
    from stance.queue import load_policy
    from stance.read import read_page
    from stance.thread import build_thread

    # All that a person may have got wrong is read before the model is.
    thread = build_thread(read_page(page, format=come_as))
    rules = load_policy(policy)
    known = read_cast(cast) if cast else None
    with working(f"judging {len(thread.comments):,} comments"):
        judge, scorer = load_model(model)
        (analysis,) = analyze([thread], judge, policy=rules, scorer=scorer, cast=known, order=order.value)
    write_out(_written(analysis, form, out), out)


def actors_command(
    page: PageArgument,
    *,
    out: OutOption = None,
    come_as: FromOption = None,
    cast: CastOption = None,
    model: ModelOption = None,
) -> None:
    """Print the actors of a thread as TOML; edit it and give it back with `--actors`."""
    from stance.actors import read_cast, write_cast
    from stance.core import find_cast
    from stance.read import read_page
    from stance.thread import build_thread

    thread = build_thread(read_page(page, format=come_as))
    known = read_cast(cast) if cast else None
    with working(f"reading {len(thread.comments):,} comments"):
        judge, scorer = load_model(model)
        _, roster = find_cast(thread, judge, scorer=scorer, cast=known)
    write_out(write_cast(roster.actors), out)


def load_model(folder: Path | None) -> tuple[Judge, ReplyScorer]:
    """Load judge and scorer of one model folder, the shipped one where it is None."""
    from stance.judge import default_model_folder, load_judge
    from stance.replies import load_scorer

    folder = folder or default_model_folder()
    return load_judge(folder), load_scorer(folder)


def working(what: str) -> AbstractContextManager[object]:
    """Show on stderr that work is going on, where stderr is a terminal."""
    from rich.console import Console

    return Console(stderr=True).status(what)


def _written(analysis: Analysis, form: OutputFormat, out: Path | None) -> str:
    from stance.out import write

    text = StringIO()
    to_terminal = out is None and sys.stdout.isatty()
    if to_terminal and form is OutputFormat.TEXT:
        # Straight to the terminal: its width and colours are what the page is laid out for.
        write([analysis], to=sys.stdout)
        return ""
    write([analysis], to=text, form=form.value, width=FILE_WIDTH)
    return text.getvalue()
