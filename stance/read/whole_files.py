"""A file that is written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, Final, TextIO

from stance.errors import CannotWrite

PART: Final = ".part"
"""How the name of a file ends that is not whole yet."""


@contextmanager
def whole_file(path: Path) -> Iterator[TextIO]:
    """Give a stream of text whose end puts all of it into a file, or nothing where anything fails.

    A file beside it is written and then renamed, links are followed, and the permissions of a file that was there
    stay. What is no regular file (a pipe, /dev/null) is written to as it is: renaming would replace it.

    Raises:
        CannotWrite: The folder is missing or may not be written to, the disk is full, or the path is a folder.
    """
    with told_of_writing(path):
        target = Path(os.path.realpath(path))  # `resolve` fails on a link that leads to itself
        # Asked of the path itself: what /dev/stdout leads to, where it is a pipe, has no name.
        if path.exists() and not path.is_file():
            with path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
                yield stream
        else:
            with replacing(target) as stream:
                text = TextIOWrapper(stream, encoding="utf-8", errors="backslashreplace", newline="\n")
                yield text
                text.detach()


@contextmanager
def told_of_writing(path: Path, *, mend: str | None = None) -> Iterator[None]:
    """Tell of whatever the system cannot write as `CannotWrite`, with a mend of its own where one is given."""
    try:
        yield
    except (OSError, ValueError) as error:
        if isinstance(error, ValueError) and "null byte" not in str(error):
            raise
        why = getattr(error, "strerror", None) or "not a path"
        raise (CannotWrite(path, why=why, mend=mend) if mend else CannotWrite(path, why=why)) from error


def usual_mode(mode: int) -> int:
    """Return the permissions of something new; what `tempfile` gives would shut others out."""
    mask = os.umask(0)
    os.umask(mask)
    return mode & ~mask


@contextmanager
def replacing(target: Path) -> Iterator[BinaryIO]:
    """Give a stream of bytes to a file beside the target, which is put on the disk and renamed onto the target.

    Where anything fails, the file is deleted; a killed process leaves it, as `.NAME.XXXX.part`.

    Raises:
        OSError: The system cannot write it.
    """
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:40]}.", suffix=PART)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        part.chmod(_mode(target))
        part.replace(target)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def _mode(target: Path) -> int:
    return target.stat().st_mode & 0o777 if target.exists() else usual_mode(0o666)
