"""`stance score INPUT... --out DIR`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer

from stance.cli.analyze import RUNNERS_UP, CastOption, ModelOption, PolicyOption, QueueOrder
from stance.cli.reading import Reading, parse_columns, takes_reading


class ShardFormat(StrEnum):
    """How the rows are written."""

    PARQUET = "parquet"
    JSONL = "jsonl"


class EngineName(StrEnum):
    """Where the shards are scored."""

    LOCAL = "local"
    RAY = "ray"


InputsArgument = Annotated[
    list[str],
    typer.Argument(metavar="INPUT...", help="Files, folders, '*.jsonl', saved datasets, hf://datasets/OWNER/NAME."),
]
RunnersUpOption = Annotated[int, typer.Option(metavar="K", min=0, help="List K runners-up of each comment's parent.")]
SHARD_COMMENTS: Final = 500
"""A test holds it equal to what the library takes, whose import is slow."""


# Rejects go into the run's own folder.
@partial(takes_reading, but=("rejects",))
def score_command(
    inputs: InputsArgument,
    *,
    out: Annotated[Path, typer.Option(metavar="DIR", help="The folder to make, or to go on with.")],
    form: Annotated[ShardFormat, typer.Option("--format", help="Of the rows.")] = ShardFormat.PARQUET,
    long: Annotated[bool, typer.Option("--long", help="A number a row, and not a comment a row.")] = False,
    workers: Annotated[int, typer.Option(metavar="N", min=1, help="Processes to score with.")] = 1,
    engine: Annotated[
        EngineName, typer.Option(help="Where: on this machine, or on a cluster of Ray. Needs 'stance[ray]'.")
    ] = EngineName.LOCAL,
    shard_comments: Annotated[
        int, typer.Option(metavar="N", min=1, help="Comments in a shard, about.")
    ] = SHARD_COMMENTS,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with an error where a record was rejected.")] = False,
    how: Reading,
    policy: PolicyOption = None,
    cast: CastOption = None,
    order: Annotated[QueueOrder, typer.Option(help="What `queue.rank` puts first.")] = QueueOrder.RISK,
    alternatives: RunnersUpOption = RUNNERS_UP,
    model: ModelOption = None,
    int8: Annotated[
        bool, typer.Option("--int8", help="Eight bits: faster on a CPU, a little less exact. Needs 'stance[onnx]'.")
    ] = False,
) -> None:
    """Score many comments into a folder; the same command goes on where a run was ended."""
    from stance.actors import read_cast
    from stance.batch import HowToRead, Job, RecordsRejected, on_ray, rejects_of, run_batch, shipped_model
    from stance.queue import load_policy

    reading = HowToRead(
        format=how.come_as.value if how.come_as else None,
        thread_id=how.thread_id,
        columns=parse_columns(how.columns or ()),
        mend=how.mended,
        key=how.pseudonymise,
    )
    job = Job(
        inputs=tuple(inputs),
        out=out,
        model=shipped_model(model, int8=int8),
        policy=load_policy(policy),
        cast=read_cast(cast) if cast else None,
        order=order.value,
        n_alternatives=alternatives,
        form=form.value,
        long=long,
        reading=reading,
        shard_comments=shard_comments,
    )
    chosen = on_ray(n_workers=workers) if engine is EngineName.RAY else None
    with progress() as tell:
        counts = run_batch(job, n_workers=workers, engine=chosen, tell=tell)
    told = f"{counts.comments_in:,} in, {counts.comments_out:,} out, {counts.rejected:,} rejected"
    if counts.rejected:
        told += f" (see {rejects_of(out)})"
    typer.echo(f"stance: {out}: {told}", err=True)
    if strict and counts.rejected:
        raise RecordsRejected(rejects_of(out), n_rejected=counts.rejected)


@contextmanager
def progress() -> Iterator[Callable[[int, int | None], None]]:
    """Show rate, share and time left on stderr, where it is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    rate = TextColumn("{task.completed:,.0f} comments{task.fields[rate]}")
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), rate, TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bars:
        reading = bars.add_task("reading", total=None, rate="")
        scoring = bars.add_task("scoring", total=None, rate="", visible=False, start=False)

        def tell(n_done: int, total: int | None) -> None:
            if total is None:
                bars.update(reading, completed=n_done, rate=_rate(bars.tasks[reading].speed))
                return
            task = bars.tasks[scoring]
            if not task.started:
                bars.update(reading, visible=False)
                bars.start_task(scoring)
            bars.update(scoring, completed=n_done, total=total, visible=True, rate=_rate(task.speed))

        yield tell


def _rate(speed: float | None) -> str:
    """Comments a second in words; none before the first of them are done."""
    if not speed:
        return ""
    return f", {speed:,.1f} a second" if speed < 100 else f", {speed:,.0f} a second"
