"""The line or two above a comment that name its author and its time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from stance.read.dates import read_page_date

MAX_HEADER_CHARS: Final = 160

_SAYS = re.compile(r"(?P<name>\S.{0,79}?)\s+(?:says|said|writes|wrote|commented)\s*:?", re.IGNORECASE)
_SAYS_ON = re.compile(rf"{_SAYS.pattern.removesuffix(':?')}on\s+(?P<date>.{{6,60}}?):?", re.IGNORECASE)
_NAMED_DATE = (
    re.compile(r"\[(?P<name>[^\[\]]{1,80})\]\s*[/|,\u2013\u2014-]?\s*(?P<date>\S.{5,59})"),
    re.compile(r"(?:(?:posted\s+)?by\s+)?(?P<name>\S.{0,79}?)\s+on\s+(?P<date>\S.{5,59}?):?", re.IGNORECASE),
    re.compile(
        r"(?:by\s+)?(?P<name>\S.{0,79}?)\s*(?:[/|\u2022\u00b7]|\s[\u2013\u2014-])\s*(?P<date>\S.{5,59})", re.IGNORECASE
    ),
)
_BRACKETED = re.compile(r"\[(?P<name>[^\[\]]{1,80})\]")


@dataclass(frozen=True, slots=True)
class Header:
    """Who wrote a comment and when; `n_lines` of the comment say so and are not its text."""

    author: str
    posted_at: datetime
    n_lines: int


def read_header(lines: Sequence[str]) -> Header | None:
    """Read the first lines of a comment as its header, or return None where they are its text.

    Only a line with a full date, or a name with a date on the next written line, counts: a false header would lose
    words of the comment.
    """
    written = [index for index in range(min(len(lines), 4)) if lines[index].strip()][:2]
    if not written:
        return None
    first = lines[written[0]].strip()
    if len(first) > MAX_HEADER_CHARS:
        return None
    for pattern in (_SAYS_ON, *_NAMED_DATE):
        if (found := pattern.fullmatch(first)) and (posted_at := read_page_date(found["date"])):
            return Header(_tidy(found["name"]), posted_at, written[0] + 1)
    named = _SAYS.fullmatch(first) or _BRACKETED.fullmatch(first)
    if named and len(written) == 2 and (posted_at := read_page_date(lines[written[1]])):
        return Header(_tidy(named["name"]), posted_at, written[1] + 1)
    return None


def _tidy(name: str) -> str:
    return name.strip().strip("[]").strip()
