"""A temporary database: what must be kept while an export streams by, and would not fit into memory."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from stance.errors import NoRoom


class Scratch:
    """A database in the folder for temporary files (`TMPDIR`); a context manager, whose end deletes it.

    All methods raise NoRoom where there is no room for it; `source` is named in it.
    """

    tables: ClassVar[str]
    """What is made in the empty database, in SQL."""

    def __init__(self, source: str) -> None:
        self._source = source
        with self._told():
            self._folder = tempfile.TemporaryDirectory(prefix="stance-")
            self._base = sqlite3.connect(Path(self._folder.name) / "scratch.db")
            # What is lost with the process is made anew by the next one.
            self._base.executescript(
                "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-20000; PRAGMA temp_store=FILE;"
                + self.tables
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._base.close()
        self._folder.cleanup()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            raise NoRoom(self._source, why=str(error)) from error
