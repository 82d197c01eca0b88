"""Text from strangers cut into pieces that a page can show: nothing in it acts, hides, or runs over its neighbours.

HTML is escaped by the templates; this is about what escaping leaves: turns of the writing direction, control characters
and what has no width are shown by their names, towers of combining marks are cut, and so is what is too long to read.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

SHOWN_CHARACTERS: Final = 20_000
"""What a page shows of one comment; all of it can be had as plain text."""
EXCERPT_CHARACTERS: Final = 280
_MOST_MARKS: Final = 4
"""Combining marks on one letter: no script needs more, and a tower of them covers the lines around it."""
_MOST_BREAKS: Final = 6
_KEPT: Final = frozenset("\t\r\n\u200c\u200d")
"""Joiners are part of how Persian, Indic scripts and emoji are written."""
_ODD: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of text in which everything is marked alike.

    `reasons` are the numbers of the reasons whose words it is, `ends` those whose words end with it. `odd` is the name
    of what stands here and is not shown as itself; `text` then is a short sign for it.
    """

    text: str
    reasons: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()
    quoted: bool = False
    actor: str = ""
    odd: str = ""


def pieces(
    text: str,
    *,
    reasons: Sequence[Sequence[Span]] = (),
    quotes: Iterable[Span] = (),
    actors: Iterable[tuple[int, int, str]] = (),
    limit: int = SHOWN_CHARACTERS,
) -> list[Piece]:
    """Cut a text where its marks begin and end.

    Args:
        text: Anything.
        reasons: For each reason, numbered from 1, where its words stand. Spans are in code points, end exclusive.
        quotes: Where the words are somebody else's.
        actors: Where an actor is spoken of, and its name; of overlapping ones the last to begin counts.
        limit: Code points that are read; what follows is left out, and the caller says so.
    """
    end = min(len(text), limit)
    marks: list[tuple[int, int, str, object]] = [
        (*span, "reason", number) for number, spans in enumerate(reasons, start=1) for span in spans
    ]
    marks += [(*span, "quote", "") for span in quotes]
    marks += [(start, stop, "actor", name) for start, stop, name in actors]
    marks = [(max(0, start), min(stop, end), kind, what) for start, stop, kind, what in marks if start < min(stop, end)]
    return [part for piece in _cut(text, end, marks) for part in _shown(piece)]


def excerpt(text: str, *, limit: int = EXCERPT_CHARACTERS) -> list[Piece]:
    """Return the beginning of a text on one line."""
    line = " ".join(text[: limit * 4].split())
    shown = pieces(line, limit=limit)
    return [*shown, Piece(text="…")] if len(line) > limit or len(text) > limit * 4 else shown


def one_line(text: str, *, limit: int = 80) -> str:
    """Return a name or title as it may stand anywhere: short, and its odd characters as their signs."""
    return "".join(piece.text for piece in excerpt(text, limit=limit))


def _cut(text: str, end: int, marks: Sequence[tuple[int, int, str, object]]) -> Iterator[Piece]:
    """Yield the pieces between all beginnings and ends, in one sweep."""
    borders = sorted({0, end, *(start for start, *_ in marks), *(stop for _, stop, *_ in marks)})
    opening: dict[int, list[tuple[int, int, str, object]]] = {}
    for mark in marks:
        opening.setdefault(mark[0], []).append(mark)
    active: list[tuple[int, int, str, object]] = []
    for start, stop in pairwise(borders):
        active = [mark for mark in active if mark[1] > start] + opening.get(start, [])
        numbers = {what: mark_stop for _, mark_stop, kind, what in active if kind == "reason" and isinstance(what, int)}
        names = [str(what) for _, _, kind, what in active if kind == "actor"]
        yield Piece(
            text=text[start:stop],
            reasons=tuple(sorted(numbers)),
            ends=tuple(sorted(number for number, mark_stop in numbers.items() if mark_stop == stop)),
            quoted=any(kind == "quote" for _, _, kind, _ in active),
            actor=names[-1] if names else "",
        )


def _shown(piece: Piece) -> Iterator[Piece]:
    """Yield a piece with what is odd in it set apart; nearly always it is the piece itself."""
    if piece.text.isascii() and (piece.text.isprintable() or not _has_odd_ascii(piece.text)):
        yield piece
        return
    parts = list(_apart(piece.text))
    for place, (text, odd) in enumerate(parts):
        ends = piece.ends if place == len(parts) - 1 else ()
        yield Piece(text=text, reasons=piece.reasons, ends=ends, quoted=piece.quoted, actor=piece.actor, odd=odd)


def _has_odd_ascii(text: str) -> bool:
    return "\n\n\n" in text or any(letter not in _KEPT and not letter.isprintable() for letter in text)


def _apart(text: str) -> Iterator[tuple[str, str]]:
    """Yield plain stretches with "", and signs with the name of what they stand for."""
    plain: list[str] = []
    for kind, run in _runs(text):
        kept, sign, name = _look(kind, run)
        plain.append(kept)
        if name:
            if any(plain):
                yield "".join(plain), ""
            plain = []
            yield sign, name
    if any(plain):
        yield "".join(plain), ""


def _look(kind: str, run: str) -> tuple[str, str, str]:
    """Return what is kept of a run, the sign for the rest, and its name ("" where all is kept)."""
    if kind == "mark" and len(run) > _MOST_MARKS:
        return run[:_MOST_MARKS], "◌", f"{len(run) - _MOST_MARKS:,} more combining marks"
    if kind == "break" and len(run) > _MOST_BREAKS:
        return run[:_MOST_BREAKS], "⏎", f"{len(run) - _MOST_BREAKS:,} more line breaks"
    if kind == "odd":
        names = ", ".join(dict.fromkeys(f"U+{ord(letter):04X}" for letter in run[:8]))
        count = f" and more, {len(run):,} in all" if len(run) > 8 else ""
        name = unicodedata.name(run[0], "control character").lower()
        return "", "�" if len(run) == 1 else f"�×{len(run):,}", f"{name} ({names}{count}), shown as a sign"
    return run, "", ""


def _runs(text: str) -> Iterator[tuple[str, str]]:
    """Yield stretches of one kind: plain, marks, line breaks, odd characters."""
    start, kind = 0, ""
    for place, letter in enumerate(text):
        found = _kind(letter)
        if found != kind:
            if place > start:
                yield kind, text[start:place]
            start, kind = place, found
    if start < len(text):
        yield kind, text[start:]


def _kind(letter: str) -> str:
    if letter in "\r\n":
        return "break"
    if letter in _KEPT:
        return "plain"
    category = unicodedata.category(letter)
    if category in _ODD:
        return "odd"
    return "mark" if category in {"Mn", "Me"} else "plain"
