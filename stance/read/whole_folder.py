"""A folder that is written whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stance.errors import CannotWrite
from stance.read.whole_files import told_of_writing, usual_mode


@contextmanager
def whole_folder(path: Path, *, marks: tuple[str, ...]) -> Iterator[Path]:
    """Give an empty folder whose end puts it in its place, or nothing where anything fails.

    Args:
        path: A new folder, an empty one, or an older one of the kind, which is replaced.
        marks: The files by which an older one of the kind is known.

    Raises:
        CannotWrite: The folder around it is missing or may not be written to, the disk is full, or what is there is a
            file or a folder of something else.
    """
    with told_of_writing(path):
        target = Path(os.path.realpath(path))
        if target.exists() and not target.is_dir():
            raise CannotWrite(path, why="a file is there, and this format is a folder")
        if target.is_dir() and any(target.iterdir()) and not all((target / mark).is_file() for mark in marks):
            raise CannotWrite(path, why="a folder of something else is there")
        part = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name[:40]}.", suffix=".part"))
        try:
            yield part
            _secure(part)
            _put(part, target)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise


def _secure(part: Path) -> None:
    """See that the files are on the disk and that others may read them."""
    for file in part.iterdir():
        with file.open("rb") as stream:
            os.fsync(stream.fileno())
    part.chmod(usual_mode(0o777))


def _put(part: Path, target: Path) -> None:
    """Rename a folder to where another may be, which is deleted when the new one has its place."""
    if not target.exists():
        part.rename(target)
        return
    old = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name[:40]}.", suffix=".old"))
    # Renaming onto an empty folder replaces it.
    target.rename(old)
    try:
        part.rename(target)
    except BaseException:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)
