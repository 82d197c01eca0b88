"""What the columns of scores hold, and whether a row's values are that."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

Kind = str | tuple[Any] | Mapping[str, Any]
"""A name out of `_IS`, a tuple of the kind of each item of a list, or a mapping of the kinds of an object's fields."""

TEXT: Final = "a string"
NAME: Final = "a string or null"
NUMBER: Final = "a number"
SHARE: Final = "a number from 0 to 1"
COUNT: Final = "a whole number"
FLAG: Final = "true or false"
TIME: Final = "a time or null"
SHARES: Final = "an object of numbers from 0 to 1"
EXTRA: Final = "an object or null"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_share(value: object) -> bool:
    return _is_number(value) and 0 <= value <= 1  # type: ignore[operator]


_IS: Final[Mapping[str, Callable[[Any], bool]]] = {
    TEXT: lambda value: isinstance(value, str),
    NAME: lambda value: value is None or isinstance(value, str),
    NUMBER: _is_number,
    SHARE: _is_share,
    COUNT: lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 0,
    FLAG: lambda value: isinstance(value, bool),
    TIME: lambda value: value is None or isinstance(value, datetime),
    SHARES: lambda value: isinstance(value, dict) and all(map(_is_share, value.values())),
    EXTRA: lambda value: isinstance(value, dict),
}

_SPAN: Final = {"start": COUNT, "end": COUNT, "text": TEXT}
COLUMNS: Final[Mapping[str, Kind]] = {
    "source": TEXT,
    "version": TEXT,
    "model_id": TEXT,
    "policy_digest": TEXT,
    "thread_id": TEXT,
    "id": TEXT,
    "number": COUNT,
    "author": NAME,
    "posted_at": TIME,
    "text": TEXT,
    "reply": {
        "parent": TEXT,
        "probability": SHARE,
        "evidence": ({"kind": TEXT, "words": TEXT},),
        "alternatives": ({"parent": TEXT, "probability": SHARE},),
        "quotes": ({**_SPAN, "source": NAME, "similarity": NUMBER},),
    },
    "relation": {"label": TEXT, "probabilities": SHARES},
    "mentions": ({**_SPAN, "actor": TEXT, "quoted": FLAG, "addressed": FLAG},),
    "stances": (
        {"actor": TEXT, "label": TEXT, "sure": FLAG, "probabilities": SHARES, "spans": ({**_SPAN, "weight": NUMBER},)},
    ),
    "sentences": ({**_SPAN, "claim": SHARE, "check_worthy": SHARE, "rhetoric": SHARE, "devices": SHARES},),
    "attributes": SHARES,
    "attribute_spans": ({**_SPAN, "attribute": TEXT, "weight": NUMBER},),
    "language_uncertain": FLAG,
    "n_windows": COUNT,
    "queue": {
        "rank": COUNT,
        "priority": SHARE,
        "uncertainty": SHARE,
        "reasons": (
            {"line": TEXT, "what": TEXT, "toward": NAME, "probability": SHARE, "weight": NUMBER, "words": (_SPAN,)},
        ),
    },
    "extra": EXTRA,
}
ALWAYS: Final = ("source", "thread_id", "id", "model_id")
"""Columns that are read whichever others are asked for: they name the comment and what scored it."""
_SPANNED: Final = ("mentions", "sentences", "attribute_spans")


def tidy_row(row: dict[str, Any], columns: Iterable[str]) -> None:
    """Make one row of both forms: times as times in UTC, `extra` an object, labels that a model has not left out.

    What is not as it should be is left for `find_fault`.
    """
    for column in columns:
        value = row.get(column)
        if column == "posted_at":
            row[column] = _moment(value)
        elif column == "extra":
            row[column] = _parse_extra(value)
        elif column == "attributes":
            row[column] = _known(value)
        elif column == "relation":
            _tidy_held([value], "probabilities")
        elif column == "stances":
            _tidy_held(value, "probabilities")
            _add_spans(value)
        elif column == "sentences":
            _tidy_held(value, "devices")


def find_fault(row: Mapping[str, Any], columns: Iterable[str]) -> tuple[str, str] | None:
    """Return the column that is wrong (with dots, as in `reply.parent`) and what it should be; None where none is."""
    for column in columns:
        if fault := _fault(row.get(column), COLUMNS[column], column):
            return fault
    text = row.get("text")
    if text is not None:
        for column in _SPANNED:
            if any(not span["start"] < span["end"] <= len(text) for span in row.get(column) or ()):
                return f"{column}.end", "a place in the text, after its start"
    return None


def _fault(value: Any, kind: Kind, path: str) -> tuple[str, str] | None:
    """Compare as deep as the kind goes, which is four levels; what nests deeper is not looked into."""
    if isinstance(kind, str):
        return None if _IS[kind](value) else (path, kind)
    if isinstance(kind, tuple):
        if not isinstance(value, list):
            return path, "a list"
        return next((fault for item in value if (fault := _fault(item, kind[0], path))), None)
    if not isinstance(value, dict):
        return path, "an object"
    found = (_fault(value.get(name), wanted, f"{path}.{name}") for name, wanted in kind.items())
    return next((fault for fault in found if fault), None)


def _moment(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return value
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    return value


def _parse_extra(value: Any) -> Any:
    if value is None:
        return {}
    try:
        return json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return value


def _known(shares: Any) -> Any:
    """Leave out what is null: a column of Parquet has a place for every label there is."""
    if not isinstance(shares, dict):
        return shares
    return {name: share for name, share in shares.items() if share is not None}


def _tidy_held(rows: Any, field: str) -> None:
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict):
            row[field] = _known(row.get(field))


def _add_spans(stances: Any) -> None:
    """Give stances that were scored before the words that carry them were told an empty list of these."""
    for stance in stances if isinstance(stances, list) else ():
        if isinstance(stance, dict) and stance.get("spans") is None:
            stance["spans"] = []
