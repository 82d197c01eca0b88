"""Files that are whole or not there, whatever ends the process."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from stance.batch.errors import FolderInUse
from stance.errors import CannotWrite
from stance.read import PART, replacing, told_of_writing

_MEND = "Make room or give another --out; what is finished is kept, and the same command goes on from there."


def put(path: Path, data: bytes) -> None:
    """Write a file under a temporary name, see that it is on the disk, and rename it.

    Raises:
        CannotWrite: The disk is full, or the folder may not be written to.
    """
    with told(path):
        with replacing(path) as stream:
            stream.write(data)
        # The name is only as durable as its folder: without this a power cut may undo the rename.
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def told(path: Path) -> AbstractContextManager[None]:
    """Tell of what the system cannot write as `CannotWrite`."""
    return told_of_writing(path, mend=_MEND)


@contextmanager
def alone_in(out: Path, state: Path) -> Iterator[None]:
    """Hold a run's folder for this process alone; the system lets go of it however the process ends.

    Raises:
        FolderInUse: Another run holds it.
        CannotWrite: It holds something else, or cannot be made.
    """
    with told(out):
        if out.is_dir() and not state.is_dir() and any(out.iterdir()):
            raise CannotWrite(out, why="a folder of something else is there", mend="Give a new or an empty folder.")
        state.mkdir(parents=True, exist_ok=True)
        lock = (state / "lock").open("wb")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderInUse(out) from None
        for left in [*out.glob(f".*{PART}"), *state.rglob(f".*{PART}")]:
            left.unlink(missing_ok=True)
        yield
