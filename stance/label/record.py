"""One record of another tool's file: how it names what is answered, and what its answer comes to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NoReturn

from stance.errors import BadRow, BinaryInput, Unreadable
from stance.read import load_json
from stance.study import Unit

CANNOT_TELL: Final = "cannot tell"
"""The choice that says so where a tool has no way of its own."""
UNIT: Final = "stance_unit"
"""The field of a record that names the comment or sentence; tools keep fields that they do not know."""
_NAMES: Final = ("source", "thread", "id", "start")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One answer as a tool tells it; `word` is None where its annotator could not tell. `place` finds the record."""

    unit: Unit
    word: str | None
    annotator: str
    place: str
    seconds: float | None = None
    labelled_at: datetime | None = None
    note: str = ""


def name_unit(unit: Unit) -> dict[str, object]:
    """Return a unit as a record names it."""
    return {name: value for name, value in zip(_NAMES, unit, strict=True) if value is not None}


def read_unit(source: str, place: str, held: object) -> Unit:
    """Return the unit that a record names.

    Raises:
        BadRow: It names none.
    """
    if not isinstance(held, dict) or not isinstance(held.get("id"), str):
        refuse_record(source, place, f"has no field {UNIT!r} that names the comment", "Import what was exported here.")
    names = [held.get(name) for name in _NAMES]
    if not all(isinstance(name, str) for name in names[:3]) or not (names[3] is None or type(names[3]) is int):
        refuse_record(source, place, f"has a field {UNIT!r} that was changed", "Import what was exported here.")
    return Unit(*names)  # type: ignore[arg-type]


def read_moment(value: object) -> datetime | None:
    """Return a time that a tool wrote, as ISO 8601 or as seconds since 1970; None where it is neither."""
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value)
            return found if found.tzinfo else found.replace(tzinfo=UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def refuse_record(source: str, place: str, what: str, mend: str) -> NoReturn:
    """Raise the error that a record cannot be used."""
    raise BadRow(source, place=place, what=what, mend=mend)


def read_file(path: Path) -> str:
    """Return a file's text.

    Raises:
        Unreadable: It cannot be opened.
        BinaryInput: It is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Unreadable(str(path), why=error.strerror or "not a file") from error
    except UnicodeDecodeError as error:
        raise BinaryInput(str(path), found=f"a byte that is not UTF-8 at {error.start}") from error


def parse(source: str, place: str, text: str) -> Any:
    """Return JSON as values.

    Raises:
        BadRow: It is none.
    """

    def unheld(digits: str) -> object:
        raise ValueError(digits)

    try:
        return load_json(text, unheld=unheld)
    except (ValueError, RecursionError):
        refuse_record(source, place, "is not JSON that can be read", "Export it again, in UTF-8.")
