"""A dictionary on disk: what must be looked up while an export streams by, and would not fit into memory."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from stance.errors import NoRoom


class Shelf:
    """Strings to what JSON can hold, in a temporary database; a context manager, whose end deletes it.

    All methods raise NoRoom where there is no room for the database; `source` is named in it.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        with self._told():
            self._folder = tempfile.TemporaryDirectory(prefix="stance-")
            self._base = sqlite3.connect(Path(self._folder.name) / "shelf.db")
            # What is lost with the process is made anew by the next one.
            self._base.executescript(
                """PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-20000; PRAGMA temp_store=FILE;
                CREATE TABLE item (key BLOB PRIMARY KEY, value TEXT) WITHOUT ROWID"""
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._base.close()
        self._folder.cleanup()

    def put(self, key: str, value: object) -> bool:
        """Keep a value; the first of a key stays. Return whether this was the first."""
        with self._told():
            done = self._base.execute("INSERT OR IGNORE INTO item VALUES (?, ?)", (_bytes(key), json.dumps(value)))
        return done.rowcount > 0

    def get(self, key: str) -> object:
        """Return what is kept under a key, None where nothing is."""
        found = self._base.execute("SELECT value FROM item WHERE key = ?", (_bytes(key),)).fetchone()
        return json.loads(found[0]) if found else None

    def free(self, name: str) -> str:
        """Return a name that was not given out before: `name` itself, or `name~2`, `name~3`, and take it."""
        last = 1
        if self.put(name, last):
            return name
        if isinstance(kept := self.get(name), int):
            last = kept
        while True:
            last += 1
            if self.put(f"{name}~{last}", 1):
                # Where the next one goes on: a name used very often would else be counted up from 2 each time.
                with self._told():
                    self._base.execute("UPDATE item SET value = ? WHERE key = ?", (json.dumps(last), _bytes(name)))
                return f"{name}~{last}"

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            raise NoRoom(self._source, why=str(error)) from error


def _bytes(key: str) -> bytes:
    return key.encode("utf-8", "surrogatepass")
