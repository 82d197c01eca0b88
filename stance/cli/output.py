"""Where a command's result goes: standard output, or a file that is either whole or not there."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from stance.errors import CannotWrite


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
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", errors="backslashreplace", dir=out.parent, prefix=f".{out.name}.", delete=False
        ) as file:
            file.write(text)
        # mkstemp makes files private; a result is an ordinary file.
        umask = os.umask(0)
        os.umask(umask)
        Path(file.name).chmod(0o666 & ~umask)
        Path(file.name).replace(out)
    except OSError as error:
        raise CannotWrite(out, why=error.strerror or type(error).__name__) from error
