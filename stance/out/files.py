"""Where an analysis is put: a stream, or a file that is whole or not there."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Literal, TextIO

from rich.console import Console

from stance.out.rows import to_comment_rows, to_row
from stance.out.terminal import render
from stance.read import whole_file
from stance.records import Analysis

Format = Literal["text", "json", "jsonl"]
FORMATS: Final[tuple[Format, ...]] = ("text", "json", "jsonl")
"""The forms that an analysis can be written in."""


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
            # Piece by piece: the pieces of a long thread take ten times the memory of what they make.
            json.dump(to_row(analysis), to, indent=2, allow_nan=False)
            to.write("\n")
        else:
            to.writelines(json.dumps(row, allow_nan=False) + "\n" for row in to_comment_rows(analysis))


def write_atomically(path: Path, text: str) -> None:
    """Put text into a file: all of it, or nothing where writing fails.

    Raises:
        CannotWrite: As `whole_file` says.
    """
    with whole_file(path) as stream:
        stream.write(text)
