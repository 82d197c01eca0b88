"""Where a comment marks words as somebody else's: quotation marks of any make, and `>` lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Mark(StrEnum):
    """How words are marked, from the surest to the least sure."""

    LINES = "lines"
    DOUBLE = "double"
    SINGLE = "single"
    STRAIGHT_SINGLE = "straight single"
    UNCLOSED = "unclosed"


@dataclass(frozen=True, slots=True)
class Marked:
    """Marked words at `start`, `end`, their marks included."""

    start: int
    end: int
    mark: Mark


OPENING: Final = "“„‟«‹"
CLOSING: Final = "”»›"
STRAIGHT: Final = '"＂'
LEAST_CHARS: Final = 6
"""Three words cannot be shorter with a mark before them; shorter spans are dropped at once, for a text may be made of
nothing but marks."""
BEFORE_OPENING: Final = "([{<-–—/:;,.…*_" + OPENING + "‘'"

# Three and more of one mark in a row are ornament; they match whole, so that a text of nothing else is soon read.
_DOUBLE = re.compile(f"([{OPENING}{CLOSING}{STRAIGHT}])\\1{{2,}}|[{OPENING}{CLOSING}{STRAIGHT}]|\n[ \t]*\n")
_SINGLE = re.compile("[‘’']|\n[ \t]*\n")
_EMOTICON = r"(?:[:;=][-'o^]?[()\[\]DPpO/\\|3<>]|[_.]>|_<|<)"
_QUOTED_LINE = re.compile(rf"^[ \t]*(?P<depth>(?:(?:>|&gt;)[ \t]?)+)(?!{_EMOTICON})(?!\d+[ \t]*$)[^\n]*$", re.MULTILINE)


def find_marked(text: str) -> list[Marked]:
    """Return the marked spans of a comment by place, none overlapping another. Linear in the text."""
    lines = list(_quoted_lines(text))
    doubles = list(_doubles(text, lines))
    taken = sorted(lines + doubles, key=_place)
    return sorted(taken + list(_singles(text, taken)), key=_place)


def _place(marked: Marked) -> int:
    return marked.start


def _quoted_lines(text: str) -> Iterator[Marked]:
    """Join neighbouring lines of one depth; deeper ones are an earlier writer's."""
    start, end, depth = 0, -1, 0
    for found in _QUOTED_LINE.finditer(text):
        line_depth = found["depth"].count(">") + found["depth"].count("&gt;")
        if end >= 0 and found.start() == end + 1 and line_depth == depth:
            end = found.end()
            continue
        if end >= 0:
            yield Marked(start, end, Mark.LINES)
        start, end, depth = found.start(), found.end(), line_depth
    if end >= 0:
        yield Marked(start, end, Mark.LINES)


def _outside(found: Iterable[re.Match[str]], taken: Sequence[Marked]) -> Iterator[re.Match[str]]:
    """Leave out ornament (a match with a group) and what lies inside spans already taken; both come by place."""
    index = 0
    for match in found:
        while index < len(taken) and taken[index].end <= match.start():
            index += 1
        if not match.lastindex and (index == len(taken) or match.start() < taken[index].start):
            yield match


def _opens(text: str, at: int) -> bool:
    before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    return bool(after) and not after.isspace() and (not before or before.isspace() or before in BEFORE_OPENING)


def _closes(text: str, at: int) -> bool:
    before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    return bool(before) and not before.isspace() and not after.isalnum()


def _doubles(text: str, taken: Sequence[Marked]) -> Iterator[Marked]:
    """Pair double marks by what stands beside them, so that mispaired ones (“so“, ”so”, “so") still close.

    A blank line ends an open quotation unless the next mark can only close it.
    """
    opened: int | None = None
    broken: int | None = None
    for found in _outside(_DOUBLE.finditer(text), taken):
        at = found.start()
        if found[0][0] == "\n":
            broken = at if broken is None else broken
            continue
        opens, closes = _opens(text, at), _closes(text, at)
        if opened is None:
            if found[0] in OPENING or (opens and (not closes or found[0] in STRAIGHT)):
                opened, broken = at, None
        elif (found[0] in CLOSING and not (broken and opens)) or (closes and not (broken and opens)):
            yield from _long_enough(Marked(opened, at + 1, Mark.DOUBLE))
            opened = None
        elif opens or found[0] in OPENING:
            yield from _long_enough(Marked(opened, at if broken is None else broken, Mark.UNCLOSED))
            opened, broken = at, None
    if opened is not None:
        yield from _long_enough(Marked(opened, len(text) if broken is None else broken, Mark.UNCLOSED))


def _singles(text: str, taken: Sequence[Marked]) -> Iterator[Marked]:
    """Pair single marks; an apostrophe stands between letters or is left unpaired."""
    closed = [marked for marked in taken if marked.mark is not Mark.UNCLOSED]
    opened: int | None = None
    for found in _outside(_SINGLE.finditer(text), taken if len(closed) == len(taken) else closed):
        at = found.start()
        if found[0][0] == "\n":
            opened = None
        elif found[0] != "’" and _opens(text, at) and text[at + 1].isalnum():
            opened = at
        elif found[0] != "‘" and opened is not None and _closes(text, at):
            if not _crosses(opened, at + 1, taken):
                mark = Mark.STRAIGHT_SINGLE if text[opened] == "'" else Mark.SINGLE
                yield from _long_enough(Marked(opened, at + 1, mark))
            opened = None


def _long_enough(marked: Marked) -> Iterator[Marked]:
    if marked.end - marked.start >= LEAST_CHARS:
        yield marked


def _crosses(start: int, end: int, taken: Sequence[Marked]) -> bool:
    low, high = 0, len(taken)
    while low < high:
        middle = (low + high) // 2
        if taken[middle].end <= start:
            low = middle + 1
        else:
            high = middle
    return low < len(taken) and taken[low].start < end
