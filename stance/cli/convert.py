"""`stance convert IN OUT`."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stance.cli.reading import PageArgument, Reading, build_sound, read_pages, takes_reading

if TYPE_CHECKING:
    from rich.status import Status

    from stance.records import Page


class TargetFormat(StrEnum):
    """How the comments are written."""

    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"
    CONVOKIT = "convokit"


@takes_reading
def convert_command(
    source: PageArgument,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The file to make; for ConvoKit the folder.")],
    *,
    to: Annotated[
        TargetFormat | None, typer.Option(help="The format of OUT.", show_default="seen from its ending")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace OUT where it is there.")] = False,
    how: Reading,
) -> None:
    """Write the threads of PAGE in another format, as their source states them; mend them where told to."""
    from rich.console import Console

    from stance.read import write_threads

    if str(out) == "-":
        raise typer.BadParameter("is no file; give /dev/stdout for a pipe, with --to", param_hint="OUT")

    faults = how.mended if how.mend or how.refuse else None
    with closing(read_pages(source, how)) as pages, Console(stderr=True).status("reading") as status:
        as_told = pages if faults is None else (_mended(page, faults) for page in pages)
        n_comments = write_threads(_told(as_told, status), out, format=to, overwrite=force)
    typer.echo(f"stance: {n_comments:,} {'comment' if n_comments == 1 else 'comments'} written to {out}", err=True)


def _mended(page: Page, faults: Collection[str]) -> Page:
    return replace(page, comments=build_sound(page, mend=faults).comments)


def _told(pages: Iterator[Page], status: Status) -> Iterator[Page]:
    n_comments = 0
    for n_threads, page in enumerate(pages, start=1):
        n_comments += len(page.comments)
        status.update(f"{n_comments:,} comments of {n_threads:,} {'thread' if n_threads == 1 else 'threads'}")
        yield page
