"""Records of many threads, mixed as an export has them, put together thread by thread on disk and not in memory."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from stance.errors import BadRow, NoComments
from stance.read.decode import mend_surrogates
from stance.read.row import Row
from stance.read.scratch import Scratch
from stance.records import Page


class Gatherer(Scratch):
    """A temporary database of records, as large as the export: a thread is only held while its page is made."""

    # Threads are named in JSON: SQLite's text holds neither null bytes nor halves of surrogate pairs.
    tables = """CREATE TABLE thread (number INTEGER PRIMARY KEY, id TEXT UNIQUE);
        CREATE TABLE record (n INTEGER PRIMARY KEY, thread INTEGER, place TEXT, body TEXT)"""

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

    def pages(self, read: Callable[[str, Iterator[Row]], Page], *, wanted: str) -> Iterator[Page]:
        """Make a page of each thread's id and records, leaving out those without a comment.

        Raises:
            NoComments: None has any; `wanted` is what they were to have.
        """
        found_one = False
        for thread_id, rows in self.threads():
            page = read(thread_id, rows)
            if page.comments:
                found_one = True
                yield page
        if not found_one:
            raise NoComments(self._source, wanted=wanted)

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
