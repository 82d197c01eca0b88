"""One unit as the page shows it: its words, what it answers, and nothing of what anybody else said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from stance.label.sitting import Place, Progress
from stance.serve import SHOWN_CHARACTERS, Piece, excerpt, one_line, pieces
from stance.study import LabelRow

CONTEXT_CHARACTERS: Final = 4_000
MOST_CONTEXT: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """A comment that is answered, oldest first; the last is open."""

    beginning: Sequence[Piece]
    text: Sequence[Piece]
    cut: bool
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """All that is shown of one unit; `given` is the word of the answer that stands, "" while there is none."""

    number: int
    version: str
    title: Sequence[Piece]
    context: Sequence[Around]
    n_context_left: int
    before: Sequence[Piece]
    text: Sequence[Piece]
    after: Sequence[Piece]
    n_left_out: int
    by_sentence: bool
    given: str
    skipped: bool
    note: str
    progress: Progress


def make_card(place: Place, *, given: str, progress: Progress) -> Card:
    """Put together what is shown of a unit."""
    row = place.row
    context = _context(row)
    return Card(
        number=place.number,
        version=place.version,
        title=excerpt(row.article, limit=200),
        context=context[-MOST_CONTEXT:],
        n_context_left=max(0, len(context) - MOST_CONTEXT),
        before=pieces(row.before, limit=CONTEXT_CHARACTERS),
        text=pieces(row.text, actors=[(*span, one_line(row.target)) for span in row.mentions]),
        after=pieces(row.after, limit=CONTEXT_CHARACTERS),
        n_left_out=max(0, len(row.text) - SHOWN_CHARACTERS),
        by_sentence=row.what.by_sentence,
        given=given,
        skipped=place.skipped,
        note=place.note,
        progress=progress,
    )


def _context(row: LabelRow) -> list[Around]:
    texts = [text for text in row.context if text.strip()]
    if row.parent.strip() and row.parent not in texts[-1:]:
        texts.append(row.parent)
    return [
        Around(
            beginning=excerpt(text, limit=120),
            text=pieces(text, limit=CONTEXT_CHARACTERS),
            cut=len(text) > CONTEXT_CHARACTERS,
            open=text is texts[-1],
        )
        for text in texts
    ]
