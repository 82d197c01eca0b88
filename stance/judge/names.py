"""From tag probabilities on word pieces to names with their places in the text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stance.judge.model import NAME_KINDS
from stance.records import NameSpan

LEAST_PROBABILITY: Final = 0.5
"""Of a word in a name, where calibration has nothing better."""


class NamePiece(NamedTuple):
    """One word piece at `start`, `end` with its tag probabilities in `TAGS` order."""

    start: int
    end: int
    tags: NDArray[np.float32]


def join_names(
    text: str, windows: Sequence[Sequence[NamePiece]], *, least: float = LEAST_PROBABILITY
) -> tuple[NameSpan, ...]:
    """Join pieces into names, whole words at a time; where windows overlap each is heard for its nearer half.

    A word takes the tags of its first piece and belongs to a name where the tags that are not "outside" have `least`
    probability together. Words that follow each other on a line are one name: two names with not a mark between them
    are rarer than a tagger that begins one name twice. Its kind is that with the most probability over all its
    words, its probability the least of its words'.
    """
    return tuple(_names(text, list(_heard(windows)), least))


def _heard(windows: Sequence[Sequence[NamePiece]]) -> Iterator[NamePiece]:
    begin = 0
    for window, following in zip_longest(windows, windows[1:], fillvalue=()):
        stop = (window[-1].end + following[0].start) // 2 if window and following else None
        yield from (piece for piece in window if begin <= piece.start and (stop is None or piece.start < stop))
        begin = begin if stop is None else stop


def _names(text: str, pieces: Sequence[NamePiece], least: float) -> Iterator[NameSpan]:
    name: list[NamePiece] = []
    for word in _words(text, pieces):
        named = 1.0 - float(word.tags[0]) >= least
        if name and (not named or "\n" in text[name[-1].end : word.start]):
            yield _span(name)
            name = []
        if named:
            name.append(word)
    if name:
        yield _span(name)


def _span(words: Sequence[NamePiece]) -> NameSpan:
    kinds = np.sum([word.tags[1::2] + word.tags[2::2] for word in words], axis=0)
    return NameSpan(
        start=words[0].start,
        end=words[-1].end,
        kind=NAME_KINDS[int(kinds.argmax())],
        probability=min(1.0 - float(word.tags[0]) for word in words),
    )


def _words(text: str, pieces: Sequence[NamePiece]) -> Iterator[NamePiece]:
    """Whole words with the tags of their first piece; pieces that touch between letters are one word."""
    at = 0
    while at < len(pieces):
        start, end, tags = pieces[at]
        at += 1
        while at < len(pieces) and pieces[at].start == end and text[end - 1].isalnum() and text[end].isalnum():
            end = pieces[at].end
            at += 1
        yield NamePiece(start, end, tags)
