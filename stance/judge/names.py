"""From tag probabilities on word pieces to names with their places in the text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stance.judge.model import NAME_KINDS
from stance.records import NameSpan


class NamePiece(NamedTuple):
    """One word piece at `start`, `end` with its tag probabilities in `TAGS` order."""

    start: int
    end: int
    tags: NDArray[np.float32]


def join_names(text: str, windows: Sequence[Sequence[NamePiece]]) -> tuple[NameSpan, ...]:
    """Join pieces into names, whole words at a time; where windows overlap each is heard for its nearer half.

    A word takes the tags of its first piece. A name goes on while words follow with an inside tag likelier than any
    other; its probability is the least of its words'.
    """
    return tuple(_names(text, list(_heard(windows))))


def _heard(windows: Sequence[Sequence[NamePiece]]) -> Iterator[NamePiece]:
    begin = 0
    for window, following in zip_longest(windows, windows[1:], fillvalue=()):
        stop = (window[-1].end + following[0].start) // 2 if window and following else None
        yield from (piece for piece in window if begin <= piece.start and (stop is None or piece.start < stop))
        begin = begin if stop is None else stop


def _names(text: str, pieces: Sequence[NamePiece]) -> Iterator[NameSpan]:
    start, end, kind, least = -1, -1, -1, 1.0
    for word_start, word_end, tags in _words(text, pieces):
        best = int(tags.argmax())
        inside = best > 0 and best % 2 == 0
        if inside and start >= 0 and (best - 1) // 2 == kind:
            end, least = word_end, min(least, 1.0 - float(tags[0]))
            continue
        if start >= 0:
            yield NameSpan(start=start, end=end, kind=NAME_KINDS[kind], probability=least)
            start = -1
        if best > 0:
            start, end, kind, least = word_start, word_end, (best - 1) // 2, 1.0 - float(tags[0])
    if start >= 0:
        yield NameSpan(start=start, end=end, kind=NAME_KINDS[kind], probability=least)


def _words(text: str, pieces: Sequence[NamePiece]) -> Iterator[tuple[int, int, NDArray[np.float32]]]:
    """Whole words with the tags of their first piece; pieces that touch between letters are one word."""
    at = 0
    while at < len(pieces):
        start, end, tags = pieces[at]
        at += 1
        while at < len(pieces) and pieces[at].start == end and text[end - 1].isalnum() and text[end].isalnum():
            end = pieces[at].end
            at += 1
        yield start, end, tags
