"""A file of labels while somebody labels into it: held by one process, and on the disk before anybody is told so."""

from __future__ import annotations

import errno
import fcntl
import json
import os
from codecs import BOM_UTF8
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from stance.evaluate import read_rows
from stance.label.errors import LabelsInUse
from stance.read import replacing, told_of_writing
from stance.study import LabelRow, Unit, What, read_label_row

SKIPPED: Final = "skipped"
"""The field of a row whose annotator could not tell; it has no label, and whoever reads labels passes it over."""


class Key(NamedTuple):
    """Whose answer to what about which comment or sentence."""

    what: What
    unit: Unit
    annotator: str | None


class Book:
    """The rows of a file of labels, anybody's; `open_book` gives one.

    A new row is appended, another row in place of one rewrites the file under another name. Either is on the disk when
    the call returns, and whatever ends the process leaves whole rows.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines: dict[Key, bytes] = {}
        self._rows: dict[Key, LabelRow] = {}
        if path.exists():
            self._read()

    def row(self, key: Key) -> LabelRow | None:
        """Return the row of a key, None where there is none."""
        return self._rows.get(key)

    def line(self, key: Key) -> bytes:
        """Return a row's line as it stands in the file, b"" where there is none."""
        return self._lines.get(key, b"")

    def keys(self) -> Iterator[Key]:
        """Give the keys, those written last at the end."""
        yield from self._rows

    def put(self, row: LabelRow) -> None:
        """Write a row, in place of the one with its key where there is one.

        Raises:
            CannotWrite: The disk is full, or the file may not be written to; what was there stays.
        """
        key, line = key_of(row), json.dumps(row.to_row()).encode() + b"\n"
        if key in self._lines:
            self._rewrite({held: text for held, text in self._lines.items() if held != key} | {key: line})
        else:
            self._append(line)
        self.forget(key)
        self._lines[key], self._rows[key] = line, row

    def remove(self, key: Key) -> None:
        """Take a row out.

        Raises:
            CannotWrite: As for `put`.
        """
        self._rewrite({held: text for held, text in self._lines.items() if held != key})
        self.forget(key)

    def forget(self, key: Key) -> None:
        """Leave a key out of memory, so that it comes last when it is there again."""
        self._lines.pop(key, None)
        self._rows.pop(key, None)

    def _read(self) -> None:
        with told_of_writing(self._path):
            self._mend_end()
            lines = self._path.read_bytes().removeprefix(BOM_UTF8).split(b"\n")
        if not any(map(bytes.strip, lines)):
            return
        for found in read_rows(self._path, with_skipped=True):
            row = read_label_row(found)
            self.forget(key_of(row))
            self._lines[key_of(row)], self._rows[key_of(row)] = lines[found.line - 1] + b"\n", row

    def _mend_end(self) -> None:
        """Cut the beginning of a row whose writing was killed off: nobody was told that it was saved."""
        held = self._path.read_bytes()
        _, _, cut = held.rpartition(b"\n")
        if not cut:
            return
        if _parses(cut):  # a hand wrote it, without the last line break
            self._append(b"\n")
            return
        with self._path.open("r+b") as stream:
            stream.truncate(len(held) - len(cut))
            os.fsync(stream.fileno())

    def _append(self, line: bytes) -> None:
        with told_of_writing(self._path):
            there = self._path.exists()
            with self._path.open("ab", buffering=0) as stream:
                size = stream.tell()
                try:
                    if stream.write(line) != len(line):
                        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                    os.fsync(stream.fileno())
                except OSError:
                    stream.truncate(size)
                    raise
            if not there:
                self._sync_folder()

    def _rewrite(self, lines: dict[Key, bytes]) -> None:
        with told_of_writing(self._path):
            with replacing(self._path) as stream:
                stream.writelines(lines.values())
            self._sync_folder()

    def _sync_folder(self) -> None:
        """See the name on the disk: without this a power cut may undo a new file or a rename."""
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def open_book(path: Path) -> Iterator[Book]:
    """Hold a file of labels for this process alone; the system lets go of it however the process ends.

    Raises:
        LabelsInUse: Another process holds it.
        CannotWrite: It may not be written to.
        BadLabelRow: A line in it is no row of labels.
    """
    target = Path(os.path.realpath(path))
    with told_of_writing(path):
        lock = target.with_name(f".{target.name}.lock").open("wb")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LabelsInUse(path) from None
        yield Book(target)


def key_of(row: LabelRow) -> Key:
    """Return whose answer to what a row is."""
    return Key(row.what, row.unit, row.annotator)


def is_skipped(row: LabelRow) -> bool:
    """Return whether a row's annotator saw it and could not tell."""
    return row.label is None and row.extra.get(SKIPPED) is True


def _parses(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False
