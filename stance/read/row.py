"""One record of an export while it is read: typed access to its fields, and errors that say where it stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NoReturn, TypeVar

from stance.errors import BadRow
from stance.read.dates import read_iso, read_unix
from stance.read.decode import clean

Read = TypeVar("Read")
OnReject = Callable[[BadRow], None]
"""Told of every record that cannot be used; `refuse` raises, a door may write a reject file and go on."""


def refuse(error: BadRow) -> NoReturn:
    """Raise: the `OnReject` of those who want every record or none."""
    raise error


@dataclass(frozen=True, slots=True)
class Row:
    """A record's fields; `place` is its line, or words such as "post 4711"; `counts` what cleaning its text changed."""

    source: str
    place: int | str
    values: Mapping[str, object]
    counts: Counter[str] = field(default_factory=Counter)

    def refuse(self, what: str, mend: str) -> NoReturn:
        """Raise the error that this record cannot be used."""
        raise BadRow(self.source, place=self.place, what=what, mend=mend)

    def text(self, key: str) -> str | None:
        """A string field, cleaned; None where it is missing or null."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, str):
            self.refuse(f"field {key!r} is {kind_of(value)}", "Give it as a string.")
        return clean(value, self.counts)

    def words(self, key: str) -> str | None:
        """A string field without outer white space; None where nothing is left."""
        return (self.text(key) or "").strip() or None

    def id(self, key: str) -> str | None:
        """An id: a string or a whole number, as a string; None where it is missing, null or blank."""
        value = self.values.get(key)
        if isinstance(value, str):
            return clean(value, self.counts).strip() or None
        if isinstance(value, bool) or not isinstance(value, int | None):
            self.refuse(f"field {key!r} is {kind_of(value)}", "Give it as a string or a whole number.")
        return None if value is None else str(value)

    def needed_id(self, key: str) -> str:
        """An id that must be there."""
        found = self.id(key)
        if found is None:
            self.refuse(f"field {key!r} is missing", "Give each row an id of its own.")
        return found

    def time(self, key: str) -> datetime | None:
        """A time: ISO 8601, or seconds since 1970; None where it is missing, null or empty."""
        value = self.values.get(key)
        if value is None or value == "":
            return None
        moment = None
        if isinstance(value, str):
            moment = read_iso(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            moment = read_unix(value)
        if moment is None:
            self.refuse(f"field {key!r} is no time", "Give ISO 8601 (2018-09-14T15:04:00Z) or seconds since 1970.")
        return moment

    def row(self, key: str) -> Row:
        """An object field as a row of its own; an empty one where it is missing or null."""
        value = self.values.get(key)
        if value is None:
            return self.of({})
        if not isinstance(value, Mapping):
            self.refuse(f"field {key!r} is {kind_of(value)}", "Give it as an object.")
        return self.of(value)

    def of(self, values: Mapping[str, object]) -> Row:
        """Return a row of other fields at the same place."""
        return Row(self.source, self.place, values, self.counts)


def take(read: Callable[[Row], Read], row: Row, on_reject: OnReject) -> Read | None:
    """Read one record, or tell why it cannot be used and return None."""
    try:
        return read(row)
    except BadRow as error:
        on_reject(error)
        return None


def kind_of(value: object) -> str:
    """What a JSON value is, in words."""
    names = {
        dict: "an object",
        list: "a list",
        str: "a string",
        bool: "true or false",
        int: "a number",
        float: "a number",
    }
    return names.get(type(value), "null" if value is None else type(value).__name__)
