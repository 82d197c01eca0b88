"""A thread as pictures: its reply tree row by row, stances as a matrix, and who rebuts whom as arcs.

Coordinates are in pixels. The templates write them as attributes of SVG, since the pages allow no inline style; colours
and type come from the style sheet, so that the pictures follow the theme.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from stance.out import Look, walk
from stance.queue import ItemState, StoredThread, ThreadEntry
from stance.records import ARTICLE, Relation, Reply, Stance
from stance.serve.card import actor_names
from stance.serve.context import call, look_of
from stance.serve.inert import Piece, excerpt, one_line

MOST_ROWS: Final = 1_000
"""Comments of the tree on one page."""
DEEPEST: Final = 12
"""Levels that are indented; deeper ones say their level."""
MOST_MATRIX_ROWS: Final = 120
MOST_MATRIX_COLUMNS: Final = 24
MOST_ARCS: Final = 150
_HEAD, _CELL, _ROW = 132, 34, 28
_LABEL_CHARACTERS, _CHARACTER = 22, 7.5
_SLANT: Final = 80
"""Room right of the last column for its slanted name."""
_DOT: Final = (4.0, 10.0)
"""Radius of a dot for a probability of a third, below which no stance wins, and for 1."""
_AXIS, _STEP, _TOP, _WIDEST_BOW = 190, 30, 24, 170
_GRAPH_WIDTH: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeRow:
    """One comment on the way down the tree; `indent` is its level as far as it is indented."""

    item_id: int
    name: str
    level: int
    indent: int
    relation: Look | None
    probability: float
    link: float
    state: ItemState
    beginning: Sequence[Piece]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """One stance in the matrix."""

    x: float
    y: float
    radius: float
    stance: Stance
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """Words at a place; `item_id` where they lead to a comment, `more` its beginning."""

    x: float
    y: float
    words: str
    item_id: int | None = None
    more: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Comments against actors; `slant` is the room right of the last column. The counts are of those left out."""

    width: int
    height: int
    slant: int
    rows: Sequence[Label]
    columns: Sequence[Label]
    dots: Sequence[Dot]
    totals: Sequence[tuple[str, int, int, int]]
    n_rows_left: int
    n_columns_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Arc:
    """One rebuttal, from the comment up to what it rebuts; `weight` in pixels."""

    path: str
    weight: float
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuttals:
    """Who rebuts whom."""

    width: int
    height: int
    axis: int
    nodes: Sequence[Label]
    arcs: Sequence[Arc]
    n_left: int


def tree_rows(thread: StoredThread, *, start: int = 0) -> list[TreeRow]:
    """Return up to `MOST_ROWS` comments as a reader goes down the tree, from the `start`-th on."""
    entries = thread.entries
    steps = islice(walk(_known_parents(entries)), start, start + MOST_ROWS)
    rows = []
    for step in steps:
        entry = entries[step.place]
        look, probability = look_of(entry.judgement.relation)
        rows.append(
            TreeRow(
                item_id=entry.item_id,
                name=call(entry),
                level=step.level,
                indent=min(step.level, DEEPEST),
                relation=look,
                probability=probability,
                link=entry.reply.probability,
                state=entry.state,
                beginning=excerpt(entry.comment.text, limit=160),
            )
        )
    return rows


def _known_parents(entries: Sequence[ThreadEntry]) -> list[Reply]:
    """Return the replies, each to a comment that stands before it, or to the article."""
    before = {ARTICLE}
    replies = []
    for entry in entries:
        reply = entry.reply
        if reply.parent_id not in before:
            reply = Reply(comment_id=entry.comment.id, parent_id=ARTICLE, probability=0.0)
        replies.append(reply)
        before.add(entry.comment.id)
    return replies


def matrix(thread: StoredThread) -> Matrix:
    """Return the stances as dots: a row a comment, a column an actor, those most spoken of first."""
    names = actor_names(thread)
    speaking = [entry for entry in thread.entries if entry.judgement.stances]
    counts = Counter(score.actor_id for entry in speaking for score in entry.judgement.stances)
    column_ids = [actor_id for actor_id, _ in counts.most_common(MOST_MATRIX_COLUMNS)]
    column_of = {actor_id: place for place, actor_id in enumerate(column_ids)}
    shown = [entry for entry in speaking if any(score.actor_id in column_of for score in entry.judgement.stances)][
        :MOST_MATRIX_ROWS
    ]
    left = 24 + _CHARACTER * max((min(_LABEL_CHARACTERS, len(call(entry))) for entry in shown), default=0)
    return Matrix(
        width=round(left) + len(column_ids) * _CELL + _SLANT,
        height=_HEAD + len(shown) * _ROW + 8,
        slant=_SLANT,
        rows=[
            Label(x=left - 12, y=_HEAD + (place + 0.5) * _ROW, words=call(entry), item_id=entry.item_id)
            for place, entry in enumerate(shown)
        ],
        columns=[
            Label(x=left + (place + 0.5) * _CELL, y=_HEAD - 10, words=names.get(actor_id, "?"))
            for place, actor_id in enumerate(column_ids)
        ],
        dots=[
            Dot(
                x=left + (column_of[score.actor_id] + 0.5) * _CELL,
                y=_HEAD + (place + 0.5) * _ROW,
                radius=_radius(score.probabilities[score.label]),
                stance=score.label,
                title=f"{call(entry)} {_SAYS[score.label]} {names.get(score.actor_id, '?')}, "
                f"{score.probabilities[score.label]:.2f}",
            )
            for place, entry in enumerate(shown)
            for score in entry.judgement.stances
            if score.actor_id in column_of
        ],
        totals=_totals(thread, column_ids, names),
        n_rows_left=len(speaking) - len(shown),
        n_columns_left=len(counts) - len(column_ids),
    )


_SAYS: Final = {Stance.FAVOR: "favours", Stance.AGAINST: "is against", Stance.NEUTRAL: "is neutral toward"}


def _radius(probability: float) -> float:
    least, most = _DOT
    return round(least + (most - least) * max(0.0, probability - 1 / 3) * 1.5, 1)


def _totals(
    thread: StoredThread, actor_ids: Sequence[str], names: Mapping[str, str]
) -> list[tuple[str, int, int, int]]:
    """Return for each actor how many comments favour it, are neutral and are against it: the picture in words."""
    counts = Counter((score.actor_id, score.label) for entry in thread.entries for score in entry.judgement.stances)
    return [
        (
            names.get(actor_id, "?"),
            counts[actor_id, Stance.FAVOR],
            counts[actor_id, Stance.NEUTRAL],
            counts[actor_id, Stance.AGAINST],
        )
        for actor_id in actor_ids
    ]


def rebuttals(thread: StoredThread) -> Rebuttals:
    """Return the rebuttals as arcs beside a list of those who take part, in thread order."""
    fights = [entry for entry in thread.entries if _rebuts(entry)]
    shown = fights[:MOST_ARCS]
    met = {entry.reply.parent_id for entry in shown} | {entry.comment.id for entry in shown}
    nodes: list[Label] = []
    y_of: dict[str, float] = {}
    if ARTICLE in met:
        nodes.append(Label(x=_AXIS, y=_TOP, words="the article"))
        y_of[ARTICLE] = _TOP
    for entry in thread.entries:
        if entry.comment.id in met:
            y_of[entry.comment.id] = y = _TOP + len(nodes) * _STEP
            nodes.append(
                Label(x=_AXIS, y=y, words=call(entry), item_id=entry.item_id, more=one_line(entry.comment.text))
            )
    name_of = {entry.comment.id: call(entry) for entry in thread.entries} | {ARTICLE: "the article"}
    return Rebuttals(
        width=_GRAPH_WIDTH,
        height=_TOP + max(1, len(nodes)) * _STEP,
        axis=_AXIS,
        nodes=nodes,
        arcs=[_arc(entry, y_of, name_of) for entry in shown if entry.reply.parent_id in y_of],
        n_left=len(fights) - len(shown),
    )


def _rebuts(entry: ThreadEntry) -> bool:
    relation = entry.judgement.relation
    return bool(relation) and entry.judgement.relation_label is Relation.REBUT


def _arc(entry: ThreadEntry, y_of: Mapping[str, float], name_of: Mapping[str, str]) -> Arc:
    start, end = y_of[entry.comment.id], y_of[entry.reply.parent_id]
    bow = _AXIS - min(_WIDEST_BOW, 24 + abs(start - end) * 0.5)
    probability = entry.judgement.relation[Relation.REBUT]
    return Arc(
        path=f"M{_AXIS - 9} {start:g}C{bow:g} {start:g} {bow:g} {end:g} {_AXIS - 11} {end:g}",
        weight=round(1 + 3 * probability**2, 2),
        title=f"{name_of[entry.comment.id]} rebuts {name_of[entry.reply.parent_id]}, {probability:.2f}",
    )
