"""The formats that are written: how each is called, chosen and guarded against overwriting."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from stance.errors import CannotWrite, WouldOverwrite
from stance.read import write_convokit, write_jsonl, write_table
from stance.records import Page

Writer = Callable[[Iterable[Page], Path], int]
"""Writes every thread to a file (or folder) that is whole or not there, and returns the number of comments."""

_WRITERS: Final[Mapping[str, Writer]] = {
    "jsonl": write_jsonl.write,
    "csv": write_table.write_csv,
    "parquet": write_table.write_parquet,
    "convokit": write_convokit.write,
}
WRITTEN_FORMATS: Final = tuple(_WRITERS)
"""The formats that threads can be written in."""
_ENDINGS: Final = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    "": "convokit",
}


def write_threads(
    pages: Iterable[Page],
    out: Path,
    *,
    format: str | None = None,  # noqa: A002 - the word users say
    overwrite: bool = False,
) -> int:
    """Write threads to one file, or for ConvoKit to one folder, as they come.

    Args:
        pages: From `read_threads`.
        out: Where to; a pipe or /dev/null is written to as it is.
        format: One of `WRITTEN_FORMATS`; None goes by the ending of `out`.
        overwrite: Replace what is there.

    Returns:
        The number of comments written.

    Raises:
        WouldOverwrite: There is a file or folder, and `overwrite` is False.
        CannotWrite: It cannot be made, or its ending names no format.
    """
    if format is not None and format not in WRITTEN_FORMATS:
        raise ValueError(f"format must be one of {WRITTEN_FORMATS} or None, got {format!r}")
    name = format or _ENDINGS.get(out.suffix.lower(), "")
    if name not in _WRITERS:
        named = ", ".join(WRITTEN_FORMATS)
        raise CannotWrite(out, why="its ending names no format", mend=f"Name one with --to: {named}.")
    if not overwrite and (out.is_file() or (out.is_dir() and any(out.iterdir()))):
        raise WouldOverwrite(out)
    return _WRITERS[name](pages, out)
