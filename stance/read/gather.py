"""Records of many threads, mixed as an export has them, put together thread by thread on disk and not in memory."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from stance.errors import BadRow, NoRoom
from stance.read.decode import mend_surrogates
from stance.read.row import Row


class Gatherer:
    """A temporary database of records; a context manager, whose end deletes it.

    Memory stays small however large the export is: a thread is only held while its page is made. The database lies in
    the folder for temporary files (`TMPDIR`) and grows as large as the export.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        with self._told():
            self._folder = tempfile.TemporaryDirectory(prefix="stance-")
            self._base = sqlite3.connect(Path(self._folder.name) / "records.db")
            # What is lost with the process is made anew by the next one. Threads are named in JSON: SQLite's text
            # holds neither null bytes nor halves of surrogate pairs.
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
        """Keep one record of a thread; `values` is what JSON can hold.

        Raises:
            BadRow: The values nest too deeply to be kept.
        """
        try:
            body = json.dumps(values)
        except RecursionError:
            raise BadRow(
                self._source, place=place, what="its fields nest too deeply", mend="Give fields that nest less."
            ) from None
        thread = json.dumps(thread_id)
        with self._told():
            self._base.execute("INSERT OR IGNORE INTO thread (id) VALUES (?)", (thread,))
            self._base.execute(
                "INSERT INTO record (thread, place, body) SELECT number, ?, ? FROM thread WHERE id = ?",
                (json.dumps(place), body, thread),
            )

    def threads(self) -> Iterator[tuple[str, Iterator[Row]]]:
        """Give each thread's id with its records, both in the order in which they came.

        Halves of surrogate pairs in them are replaced and counted in the rows' `counts`.
        """
        with self._told():
            self._base.execute("CREATE INDEX IF NOT EXISTS by_thread ON record (thread, n)")
        for number, thread_id in self._base.execute("SELECT number, id FROM thread ORDER BY number"):
            yield json.loads(thread_id), self._records(number)

    def _records(self, number: int) -> Iterator[Row]:
        query = "SELECT place, body FROM record WHERE thread = ? ORDER BY n"
        for place, body in self._base.execute(query, (number,)):
            counts: Counter[str] = Counter()
            yield Row(self._source, json.loads(place), json.loads(mend_surrogates(body, counts)), counts)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            raise NoRoom(self._source, why=str(error)) from error
