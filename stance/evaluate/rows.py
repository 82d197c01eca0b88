"""Labelled files in, checked rows out; whatever is wrong is said with file, line and field."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from stance.errors import BadLabelRow, BinaryInput, EmptyInput, Unreadable

LINE = "(the whole line)"

Span = tuple[int, int]


def read_text(path: Path) -> str:
    """Read a labelled file.

    Raises:
        Unreadable: It cannot be opened.
        BinaryInput: It is not UTF-8.
        EmptyInput: It holds nothing.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Unreadable(str(path), why=error.strerror or type(error).__name__) from error
    except UnicodeDecodeError as error:
        raise BinaryInput(str(path), found=f"a byte that is not UTF-8 at {error.start}") from error
    if not text.strip():
        raise EmptyInput(str(path))
    return text


@dataclass(frozen=True, slots=True)
class Row:
    """One JSON object of a labelled file, with where it stands; its fields are read by what they must be."""

    source: str
    line: int
    fields: Mapping[str, object]

    def wrong(self, field: str, what: str) -> BadLabelRow:
        """Build the error for a field of this row."""
        return BadLabelRow(self.source, line=self.line, field=field, what=what)

    def text(self, field: str, *, default: str | None = None) -> str:
        """A string; absent or null gives `default`, or is wrong where that is None."""
        value = self.fields.get(field)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise self.wrong(field, "is missing" if value is None else "is not a string")
        return value

    def name(self, field: str, *, default: str | None = None) -> str | None:
        """An id: a string, or a whole number made one; absent or null gives `default`."""
        value = self.fields.get(field)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            raise self.wrong(field, "is neither a string nor a whole number")
        return str(value)

    def choice(self, field: str, choices: Sequence[str]) -> str:
        """One of a few words."""
        value = self.text(field)
        if value not in choices:
            raise self.wrong(field, f"is not one of {', '.join(choices)}")
        return value

    def number(self, field: str) -> float | None:
        """A number in [0, 1], or None for absent or null."""
        value = self.fields.get(field)
        if value is None:
            return None
        if not isinstance(value, (bool, int, float)) or not 0 <= value <= 1:
            raise self.wrong(field, "is not a number from 0 to 1")
        return float(value)

    def yes_no(self, field: str) -> bool | None:
        """0 or 1, or None for absent or null."""
        value = self.number(field)
        if value not in (None, 0.0, 1.0):
            raise self.wrong(field, "is neither 0, 1 nor null")
        return None if value is None else value == 1.0

    def numbers(self, field: str) -> dict[str, Row]:
        """An object whose values are read one by one: each as a row of that single field."""
        value = self.fields.get(field)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self.wrong(field, "is not an object")
        return {key: Row(self.source, self.line, value) for key in value}

    def texts(self, field: str) -> tuple[str, ...]:
        """A list of strings; absent or null is ()."""
        value = self.fields.get(field)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.wrong(field, "is not a list of strings")
        return tuple(value)

    def spans(self, field: str, *, length: int) -> tuple[Span, ...]:
        """A list of [start, end] within a text of `length` code points; absent or null is ()."""
        value = self.fields.get(field)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise self.wrong(field, "is not a list of [start, end]")
        return tuple(self.span(field, item, length=length) for item in value)

    def span(self, field: str, value: object, *, length: int) -> Span:
        """One [start, end] within a text of `length` code points."""
        if not isinstance(value, list) or len(value) != 2 or not all(type(item) is int for item in value):
            raise self.wrong(field, "is not [start, end] in whole numbers")
        start, end = value
        if not 0 <= start < end <= length:
            raise self.wrong(field, f"[{start}, {end}] does not lie in a text of {length} characters")
        return start, end

    def rows(self, field: str) -> list[Row]:
        """A list of objects; absent or null is []."""
        value = self.fields.get(field)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.wrong(field, "is not a list of objects")
        return [Row(self.source, self.line, item) for item in value]

    def row(self, field: str) -> Row:
        """An object; absent or null is an empty one."""
        value = self.fields.get(field)
        if value is not None and not isinstance(value, dict):
            raise self.wrong(field, "is not an object")
        return Row(self.source, self.line, value or {})

    def moment(self, field: str) -> datetime | None:
        """An ISO 8601 time or seconds since 1970; absent or null is None."""
        value = self.fields.get(field)
        if value is None:
            return None
        try:
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                return datetime.fromtimestamp(value).astimezone()
            found = datetime.fromisoformat(value) if isinstance(value, str) else None
        except (ValueError, OverflowError, OSError):
            found = None
        if found is None:
            raise self.wrong(field, "is neither an ISO 8601 time nor seconds since 1970")
        return found if found.tzinfo else found.astimezone()


def read_rows(path: Path, *, with_skipped: bool = False) -> Iterator[Row]:
    """Read a JSON Lines file row by row; empty lines are skipped, and at least one row is there.

    Args:
        path: The file.
        with_skipped: Give also the rows that hold `"skipped": true`: somebody saw them and could not tell, so that they
            have no label.

    Raises:
        BadLabelRow: A line cannot be used, or nobody could tell of any.
        ReadError: The file cannot be read.
    """
    n_given, skipped = 0, None
    for line, text in enumerate(read_text(path).split("\n"), start=1):
        if not text.strip():
            continue
        row = parse_row(text, source=str(path), line=line)
        if row.fields.get("skipped") is True and not with_skipped:
            skipped = row
            continue
        n_given += 1
        yield row
    if not n_given and skipped is not None:
        raise skipped.wrong("skipped", "is true, as on all lines: nobody could tell, and no label is left")


def parse_row(text: str, *, source: str, line: int = 1) -> Row:
    """Parse one JSON object.

    Raises:
        BadLabelRow: It is not JSON, or not an object.
    """
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        at = line + error.lineno - 1
        raise BadLabelRow(source, line=at, field=LINE, what=f"is not JSON ({error.msg})") from error
    except RecursionError as error:
        raise BadLabelRow(source, line=line, field=LINE, what="is nested too deep") from error
    except ValueError as error:
        raise BadLabelRow(source, line=line, field=LINE, what="holds a number too long to read") from error
    if not isinstance(value, dict):
        raise BadLabelRow(source, line=line, field=LINE, what="is not a JSON object")
    return Row(source, line, value)
