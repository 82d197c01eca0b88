"""Where a command's result goes: standard output, or a file that is whole or not there."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def writing(out: Path | None) -> Iterator[TextIO]:
    """Give the stream for a result: of the file `out`, or standard output where it is None or "-".

    Raises:
        CannotWrite: The file cannot be made.
    """
    if out is None or str(out) == "-":
        yield sys.stdout
        # Here and not at exit, so that a closed pipe is met where it is handled.
        sys.stdout.flush()
        return
    from stance.read import whole_file

    with whole_file(out) as stream:
        yield stream


def write_out(text: str, out: Path | None) -> None:
    """Write a result at once, where `writing` says."""
    with writing(out) as stream:
        stream.write(text)
