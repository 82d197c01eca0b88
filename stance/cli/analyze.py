"""`stance analyze PAGE` and `stance actors PAGE`."""

from __future__ import annotations

from contextlib import AbstractContextManager, closing
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from stance.cli.output import write_out, writing
from stance.cli.reading import PageArgument, Reading, read_sound_thread, read_sound_threads, takes_reading

if TYPE_CHECKING:
    from stance.judge import Judge
    from stance.replies import ReplyScorer


FILE_WIDTH: Final = 120
"""Columns of a page of text that goes to a file or a pipe."""


class OutputFormat(StrEnum):
    """How an analysis is written."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"


class QueueOrder(StrEnum):
    """What stands first in the queue."""

    RISK = "risk"
    UNCERTAIN = "uncertain"
    HYBRID = "hybrid"


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


@takes_reading
def analyze_command(
    page: PageArgument,
    *,
    form: Annotated[OutputFormat, typer.Option("--format", help="For a person, or for a machine.")] = OutputFormat.TEXT,
    out: OutOption = None,
    how: Reading,
    policy: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What to look at first (TOML).", show_default="the shipped one")
    ] = None,
    cast: CastOption = None,
    order: Annotated[QueueOrder, typer.Option(help="Riskiest first, least certain first, or both weighed.")] = QueueOrder.RISK,
    model: ModelOption = None,
) -> None:
    """Say who answers whom, who holds what of whom, and what to read first: thread after thread."""
    from stance.actors import read_cast
    from stance.core import analyze
    from stance.out import write
    from stance.queue import load_policy

    with closing(read_sound_threads(page, how)) as threads:
        # All that a person may have got wrong is read before the model is; of many threads, the first.
        first = next(threads)
        rules = load_policy(policy)
        known = read_cast(cast) if cast else None
        with working("loading the model"):
            judge, scorer = load_model(model)
        with writing(out) as stream:
            for thread in chain([first], threads):
                with working(f"judging {len(thread.comments):,} comments"):
                    (analysis,) = analyze([thread], judge, policy=rules, scorer=scorer, cast=known, order=order.value)
                # A terminal's own width and colours are what the page is laid out for.
                write([analysis], to=stream, form=form.value, width=None if stream.isatty() else FILE_WIDTH)


@takes_reading
def actors_command(
    page: PageArgument,
    *,
    out: OutOption = None,
    how: Reading,
    cast: CastOption = None,
    model: ModelOption = None,
) -> None:
    """Print the actors of a thread as TOML; edit it and give it back with `--actors`."""
    from stance.actors import read_cast, write_cast
    from stance.core import find_cast

    thread = read_sound_thread(page, how)
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
