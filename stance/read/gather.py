"""Records of many threads, mixed as an export has them, put together thread by thread on disk and not in memory."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from stance.read.row import Row


class Gatherer:
    """A temporary database of records; a context manager, whose end deletes it.

    Memory stays small however large the export is: a thread is only held while its page is made.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._folder = tempfile.TemporaryDirectory(prefix="stance-")
        self._base = sqlite3.connect(Path(self._folder.name) / "records.db")
        # What is lost with the process is made anew by the next one.
        self._base.executescript(
            """PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-20000; PRAGMA temp_store=FILE;
            CREATE TABLE thread (number INTEGER PRIMARY KEY, id TEXT UNIQUE);
            CREATE TABLE record (n INTEGER PRIMARY KEY, thread INTEGER, place TEXT, body TEXT)"""
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._base.close()
        self._folder.cleanup()

    def add(self, thread_id: str, values: Mapping[str, object], *, place: int | str) -> None:
        """Keep one record of a thread; `values` is what JSON can hold."""
        self._base.execute("INSERT OR IGNORE INTO thread (id) VALUES (?)", (thread_id,))
        self._base.execute(
            "INSERT INTO record (thread, place, body) VALUES ((SELECT number FROM thread WHERE id = ?), ?, ?)",
            (thread_id, json.dumps(place), json.dumps(values)),
        )

    def threads(self) -> Iterator[tuple[str, Iterator[Row]]]:
        """Give each thread's id with its records, both in the order in which they came."""
        self._base.execute("CREATE INDEX IF NOT EXISTS by_thread ON record (thread, n)")
        for number, thread_id in self._base.execute("SELECT number, id FROM thread ORDER BY number"):
            yield thread_id, self._records(number)

    def _records(self, number: int) -> Iterator[Row]:
        query = "SELECT place, body FROM record WHERE thread = ? ORDER BY n"
        for place, body in self._base.execute(query, (number,)):
            yield Row(self._source, json.loads(place), json.loads(body))
