"""Records of many threads, mixed as an export has them, put together thread by thread on disk and not in memory."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from stance.errors import BadRow, NoComments
from stance.read.json_text import pack, unpack
from stance.read.row import Row
from stance.read.scratch import Scratch
from stance.records import Page

_BATCH_BYTES: Final = 1 << 16
_BATCH_ROWS: Final = 1000
_KNOWN_THREADS: Final = 10_000
_SHORT_CHARACTERS: Final = 100
"""Longer names of threads are looked up anew each time: an input may have names of megabytes."""


class Gatherer(Scratch):
    """A temporary database of records, as large as the export: a thread is only held while its page is made."""

    # Threads are named in JSON: SQLite's text holds neither null bytes nor halves of surrogate pairs.
    tables = """CREATE TABLE thread (number INTEGER PRIMARY KEY, id TEXT UNIQUE);
        CREATE TABLE record (n INTEGER PRIMARY KEY, thread INTEGER, place, body)"""

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self._numbers: dict[str, int] = {}
        self._waiting: list[tuple[int, int | str, bytes | str]] = []
        self._n_waiting = 0

    def add(self, thread_id: str, values: Mapping[str, object], *, place: int | str) -> None:
        """Keep one record of a thread; `values` is what JSON can hold.

        Raises:
            BadRow: The values nest too deeply to be kept.
        """
        try:
            body = pack(values)
        except RecursionError:
            raise BadRow(
                self._source, place=place, what="its fields nest too deeply", mend="Give fields that nest less."
            ) from None
        number = self._numbers.get(thread_id) or self._number_of(thread_id)
        self._waiting.append((number, place if isinstance(place, int) else json.dumps(place), body))
        self._n_waiting += len(body)
        if self._n_waiting >= _BATCH_BYTES or len(self._waiting) >= _BATCH_ROWS:
            self._write()

    def pages(self, read: Callable[[str, Iterator[Row], Counter[str]], Page], *, wanted: str) -> Iterator[Page]:
        """Make a page of each thread, leaving out those without a comment.

        Args:
            read: Makes it of the thread's id, its records and the counts of what cleaning them changes.
            wanted: What the records were to have, for the error.

        Raises:
            NoComments: No thread has a comment.
        """
        found_one = False
        for thread_id, rows, counts in self.threads():
            page = read(thread_id, rows, counts)
            if page.comments:
                found_one = True
                yield page
        if not found_one:
            raise NoComments(self._source, wanted=wanted)

    def threads(self) -> Iterator[tuple[str, Iterator[Row], Counter[str]]]:
        """Give each thread's id with its records, both in the order in which they came.

        The third is the `counts` of all its rows; halves of surrogate pairs in them are replaced and counted there.
        """
        self._write()
        with self._told():
            self._base.execute("CREATE INDEX IF NOT EXISTS by_thread ON record (thread)")
        for number, thread_id in self._base.execute("SELECT number, id FROM thread ORDER BY number"):
            counts: Counter[str] = Counter()
            yield json.loads(thread_id), self._records(number, counts), counts

    def _records(self, number: int, counts: Counter[str]) -> Iterator[Row]:
        query = "SELECT place, body FROM record WHERE thread = ? ORDER BY n"
        for place, body in self._base.execute(query, (number,)):
            values = unpack(body, counts)
            assert isinstance(values, dict)
            yield Row(self._source, place if isinstance(place, int) else json.loads(place), values, counts)

    def _number_of(self, thread_id: str) -> int:
        name = json.dumps(thread_id)
        with self._told():
            self._base.execute("INSERT OR IGNORE INTO thread (id) VALUES (?)", (name,))
            (number,) = self._base.execute("SELECT number FROM thread WHERE id = ?", (name,)).fetchone()
        if len(thread_id) <= _SHORT_CHARACTERS:
            if len(self._numbers) >= _KNOWN_THREADS:
                self._numbers.clear()
            self._numbers[thread_id] = number
        return int(number)

    def _write(self) -> None:
        with self._told():
            self._base.executemany("INSERT INTO record (thread, place, body) VALUES (?, ?, ?)", self._waiting)
        self._waiting.clear()
        self._n_waiting = 0
