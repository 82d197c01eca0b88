"""Where an analysis is put: a stream, or a file that is whole or not there."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal, TextIO

from rich.console import Console

from stance.errors import CannotWrite
from stance.out.rows import to_comment_rows, to_row
from stance.out.terminal import render
from stance.records import Analysis

Format = Literal["text", "json", "jsonl"]
FORMATS: Final[tuple[Format, ...]] = ("text", "json", "jsonl")


def write(analyses: Iterable[Analysis], *, to: TextIO, form: Format = "text", width: int | None = None) -> None:
    """Write analyses to a stream, one after the other.

    `text` is for a person; `json` is one object a thread, `jsonl` one line a comment. JSON is written in ASCII: no
    control character, line separator or half a surrogate pair in a comment can reach a terminal or break a line.

    Args:
        analyses: The threads.
        to: The stream; colour is used only where it is a terminal.
        form: One of `FORMATS`.
        width: Columns of text; None is the terminal's, or 80 where there is none.

    Raises:
        ValueError: `form` is none of `FORMATS`.
    """
    if form not in FORMATS:
        raise ValueError(f"form: got {form!r}, want one of {', '.join(FORMATS)}")
    console = Console(file=to, width=width) if form == "text" else None
    for analysis in analyses:
        if console is not None:
            render(analysis, console)
        elif form == "json":
            to.write(json.dumps(to_row(analysis), indent=2, allow_nan=False) + "\n")
        else:
            to.writelines(json.dumps(row, allow_nan=False) + "\n" for row in to_comment_rows(analysis))


def write_atomically(path: Path, text: str) -> None:
    """Put text into a file: all of it, or nothing where writing fails.

    A file beside it is written and then renamed, links are followed, and the permissions of a file that was there
    stay. What is no regular file (a pipe, /dev/null) is written to as it is: renaming would replace it.

    Raises:
        CannotWrite: The folder is missing or may not be written to, the disk is full, or the path is a folder.
    """
    try:
        target = path.resolve()
        if target.exists() and not target.is_file():
            with target.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
                stream.write(text)
        else:
            _replace(target, text)
    except (OSError, ValueError) as error:
        # ValueError: a null byte in the path.
        raise CannotWrite(path, why=getattr(error, "strerror", None) or "not a path") from error


def _replace(target: Path, text: str) -> None:
    """Write a file beside the target and rename it onto the target."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:40]}.", suffix=".part")
    part = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        part.chmod(_mode(target))
        part.replace(target)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def _mode(target: Path) -> int:
    """Return the permissions of the target, or those a new file gets; mkstemp's own would shut others out."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
