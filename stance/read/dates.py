"""Dates as pages and exports write them."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import Final

MAX_DATE_CHARS: Final = 60
MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_MONTH = r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_TIME = r"(?:,?\s*(?:at|@|-|\u2013|\|)?\s*(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?::\d{2})?\s*(?P<half>[ap]\.?m\.?)?)?"
_WORDED = tuple(
    re.compile(rf"(?:[a-z]{{3,9}},\s+)?{day}{_TIME}(?:\s+(?:utc|gmt))?\.?", re.IGNORECASE)
    for day in (rf"{_MONTH}\s+{_DAY},?\s+(?P<year>\d{{4}})", rf"{_DAY}\.?\s+{_MONTH},?\s+(?P<year>\d{{4}})")
)
_DOTTED = re.compile(rf"(?P<day>\d{{1,2}})\.(?P<month>\d{{1,2}})\.(?P<year>\d{{4}}){_TIME}", re.IGNORECASE)
_ISO_START = re.compile(r"\d{4}-\d{2}-\d{2}")


def read_iso(value: str) -> datetime | None:
    """Read an ISO 8601 time; one without a zone is taken as UTC. None where it is not one."""
    try:
        moment = datetime.fromisoformat(value.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def read_unix(seconds: float) -> datetime | None:
    """Read seconds since 1970 in UTC; None where no calendar holds them."""
    try:
        return datetime.fromtimestamp(seconds, tz=UTC) if math.isfinite(seconds) else None
    except (ValueError, OverflowError, OSError):
        return None


def read_page_date(words: str) -> datetime | None:
    """Read a whole string as a date such as "September 14, 2018 at 3:04 pm"; None where it is anything else.

    A date that could be read in two ways (03/04/2018) is none. Pages state no zone, so UTC is taken: only the order
    of the comments is read from it.
    """
    words = " ".join(words.split())
    if not words or len(words) > MAX_DATE_CHARS:
        return None
    if _ISO_START.match(words):
        return read_iso(words)
    for pattern in (*_WORDED, _DOTTED):
        if found := pattern.fullmatch(words):
            return _from_parts(found)
    return None


def _from_parts(found: re.Match[str]) -> datetime | None:
    month = found["month"].lower()[:3]
    hour = int(found["hour"] or 0)
    if half := (found["half"] or "").lower():
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    try:
        return datetime(
            int(found["year"]),
            int(month) if month.isdecimal() else MONTHS.index(month) + 1,
            int(found["day"]),
            hour,
            int(found["minute"] or 0),
            tzinfo=UTC,
        )
    except ValueError:
        return None
