"""Where a command's result goes: standard output, or a file that is whole or not there."""

from __future__ import annotations

import sys
from pathlib import Path


def write_out(text: str, out: Path | None) -> None:
    """Write `text` to `out`, or to standard output where it is None or "-".

    Raises:
        CannotWrite: The file cannot be made.
    """
    if out is None or str(out) == "-":
        sys.stdout.write(text)
        # Here and not at exit, so that a closed pipe is met where it is handled.
        sys.stdout.flush()
        return
    from stance.out import write_atomically

    write_atomically(out, text)
