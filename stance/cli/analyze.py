"""`stance analyze PAGE` and `stance actors PAGE`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from stance.cli.output import write_out, writing
from stance.cli.reading import PageArgument, Reading, read_sound_thread, read_sound_threads, takes_reading

if TYPE_CHECKING:
    from stance.judge import Judge
    from stance.records import Analysis, Policy
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
RUNNERS_UP: Final = 3
"""Unless asked for more or fewer; a test holds it equal to what the library gives, whose import is slow."""
OutOption = Annotated[Path | None, typer.Option(metavar="FILE", help="Write here and not to standard output.")]


PolicyOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="What to look at first (TOML).", show_default="the shipped one")
]


@dataclass(frozen=True, slots=True)
class Judged:
    """Threads being judged, one after the other as they are drawn, and the policy that ranks them."""

    analyses: Iterator[Analysis]
    policy: Policy


@takes_reading
def analyze_command(
    page: PageArgument,
    *,
    form: Annotated[OutputFormat, typer.Option("--format", help="For a person, or for a machine.")] = OutputFormat.TEXT,
    out: OutOption = None,
    how: Reading,
    policy: PolicyOption = None,
    cast: CastOption = None,
    order: Annotated[QueueOrder, typer.Option(help="Riskiest first, least certain, or both.")] = QueueOrder.RISK,
    alternatives: Annotated[
        int, typer.Option(metavar="K", min=0, help="List K runners-up of each comment's parent in JSON.")
    ] = RUNNERS_UP,
    model: ModelOption = None,
    queue: Annotated[
        str | None,
        typer.Option(
            metavar="QUEUE", help="Bring the threads into this queue, and print nothing where --out is not given."
        ),
    ] = None,
) -> None:
    """Say who answers whom, who holds what of whom, and what to read first: thread after thread."""
    from stance.out import write

    with judged_threads(
        page, how, policy=policy, cast=cast, order=order, model=model, n_alternatives=alternatives, queue=queue
    ) as judged:
        if queue is not None and out is None:
            load_into(queue, judged.analyses, policy=judged.policy)
            return
        with writing(out) as stream:
            # A terminal's own width and colours are what the page is laid out for.
            width = None if stream.isatty() else FILE_WIDTH

            def written() -> Iterator[Analysis]:
                for analysis in judged.analyses:
                    write([analysis], to=stream, form=form.value, width=width)
                    yield analysis

            if queue is not None:
                load_into(queue, written(), policy=judged.policy)
            else:
                for _ in written():
                    pass


@contextmanager
def judged_threads(
    page: Path,
    how: Reading,
    *,
    policy: Path | None,
    cast: Path | None,
    order: QueueOrder,
    model: Path | None,
    n_alternatives: int = RUNNERS_UP,
    queue: str | None = None,
) -> Iterator[Judged]:
    """Give the threads of a page, each judged when it is drawn; ranked by the policy in force in `queue`, if any."""
    from stance.actors import read_cast
    from stance.core import analyze
    from stance.queue import load_policy

    with closing(read_sound_threads(page, how)) as threads:
        # All that a person may have got wrong is read before the model is; of many threads, the first.
        first = next(threads)
        rules = (None if policy or queue is None else _in_force(queue)) or load_policy(policy)
        known = read_cast(cast) if cast else None
        with working("loading the model"):
            judge, scorer = load_model(model)

        def analyses() -> Iterator[Analysis]:
            for thread in chain([first], threads):
                with working(f"judging {len(thread.comments):,} comments"):
                    yield from analyze(
                        [thread],
                        judge,
                        policy=rules,
                        scorer=scorer,
                        cast=known,
                        order=order.value,
                        n_alternatives=n_alternatives,
                    )

        yield Judged(analyses(), rules)


def _in_force(queue: str) -> Policy | None:
    from stance.queue import open_store

    with open_store(queue) as store:
        return store.lessons.in_force()


def load_into(queue: str, analyses: Iterable[Analysis], *, policy: Policy) -> None:
    """Bring analyses into a queue, made where there is none, and tell on stderr what came of it."""
    from stance.queue import open_store

    with open_store(queue) as store:
        report = store.load(analyses, policy=policy)
        where = store.where
    counts = {
        "new": report.n_new,
        "judged anew": report.n_rescored,
        "edited": report.n_edited,
        "unchanged": report.n_same,
        "erased before": report.n_erased,
    }
    told = ", ".join(f"{n:,} {what}" for what, n in counts.items() if n)
    typer.echo(f"stance: {where}: {told}", err=True)


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
