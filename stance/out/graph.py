"""The reply tree as every picture needs it: a way down the tree, and how each relation looks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from stance.records import ARTICLE, Relation, Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a relation is told apart without colour: a verb and a sign; `ascii_sign` is for terminals of few letters."""

    verb: str
    sign: str
    ascii_sign: str


LOOKS: Final[Mapping[Relation, Look]] = {
    Relation.REBUT: Look(verb="rebuts", sign="×", ascii_sign="x"),
    Relation.SUPPORT: Look(verb="supports", sign="+", ascii_sign="+"),
    Relation.QUERY: Look(verb="asks", sign="?", ascii_sign="?"),
    Relation.COMMENT: Look(verb="comments", sign="·", ascii_sign="."),
}
"""How each relation is shown, everywhere alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One comment on the way down the tree.

    `place` is its index in thread order, `level` 1 for what answers the article. `last` is True where no sibling
    follows; `n_hidden` counts the comments below it that are left out, 0 unless it stands on the last level shown.
    """

    place: int
    level: int
    last: bool
    n_hidden: int


def walk(replies: Sequence[Reply], *, depth: int | None = None) -> Iterator[Step]:
    """Yield the comments as a reader goes down the tree, siblings oldest first; no recursion, for threads are deep.

    Args:
        replies: In thread order, so that every parent stands before its replies.
        depth: The last level shown, from 1; None shows all.
    """
    answers: dict[str, list[int]] = {}
    for place, reply in enumerate(replies):
        answers.setdefault(reply.parent_id, []).append(place)
    n_below = _count_below(replies) if depth is not None else []
    stack = [(place, 1) for place in reversed(answers.get(ARTICLE, []))]
    while stack:
        place, level = stack.pop()
        open_here = depth is None or level < depth
        yield Step(
            place=place,
            level=level,
            last=answers[replies[place].parent_id][-1] == place,
            n_hidden=0 if open_here else n_below[place],
        )
        if open_here:
            stack.extend((answer, level + 1) for answer in reversed(answers.get(replies[place].comment_id, [])))


def _count_below(replies: Sequence[Reply]) -> list[int]:
    """Return how many comments stand below each, at any level."""
    place_of = {reply.comment_id: place for place, reply in enumerate(replies)}
    n_below = [0] * len(replies)
    for place in range(len(replies) - 1, -1, -1):
        parent = place_of.get(replies[place].parent_id)
        if parent is not None:
            n_below[parent] += 1 + n_below[place]
    return n_below
