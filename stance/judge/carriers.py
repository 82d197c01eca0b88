"""Which words carry an attribute or a stance: the ones that its head rests on, whole words at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stance.judge.encoding import Window
from stance.judge.model import ATTRIBUTES
from stance.records import AttributeSpan, StanceSpan

_TIMES_THE_MEAN: Final = 2.0
"""A word is a carrier where it weighs this many times what an average word weighs."""

_Word = tuple[int, int, list[int]]
_Run = tuple[int, int, float]


def find_carriers(text: str, window: Window, attention: NDArray[np.float32]) -> list[AttributeSpan]:
    """Return runs of words that get far more attention than the average word, for each attribute.

    Args:
        text: The comment that the window was cut from.
        window: The window.
        attention: (attributes, tokens), rows summing to 1 over the writer's own words.
    """
    words = list(_own_words(text, window))
    shares = _shares(words, attention)
    return [
        AttributeSpan(attribute=attribute, start=start, end=end, weight=weight)
        for attribute, row in zip(ATTRIBUTES, shares, strict=True)
        for start, end, weight in _runs(words, row, total=1.0)
    ]


def find_stance_carriers(text: str, window: Window, weights: NDArray[np.float32], naming: Set[int]) -> list[StanceSpan]:
    """Return runs of words that a stance rests on far more than on the average word it is read from.

    Args:
        text: The comment that the window was cut from.
        window: The window.
        weights: (tokens,), how much of the stance rests on each; 0 for those it is not read from.
        naming: Tokens that name the target: they say of whom, and not what.
    """
    words = [
        (start, end, tokens)
        for start, end, tokens in _own_words(text, window)
        if naming.isdisjoint(tokens) and weights[tokens].any() and any(map(str.isalnum, text[start:end]))
    ]
    (shares,) = _shares(words, weights[None])
    total = float(shares.sum(dtype=np.float64))
    return [StanceSpan(start=start, end=end, weight=weight) for start, end, weight in _runs(words, shares, total=total)]


def _own_words(text: str, window: Window) -> Iterator[_Word]:
    """Each word in the writer's own words with the tokens it was cut into."""
    start = end = -1
    tokens: list[int] = []
    for index, (begin, stop) in enumerate(window.offsets):
        if begin < 0 or not window.own[index]:
            continue
        if tokens and begin == end and text[end - 1].isalnum() and text[begin].isalnum():
            end = stop
            tokens.append(index)
            continue
        if tokens:
            yield start, end, tokens
        start, end, tokens = begin, stop, [index]
    if tokens:
        yield start, end, tokens


def _shares(words: Sequence[_Word], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Add up the weights (rows, tokens) of each word's tokens, (rows, words)."""
    if not words:
        return np.zeros((len(weights), 0), dtype=np.float32)
    lengths = [len(tokens) for _, _, tokens in words]
    tokens = [token for _, _, inside in words for token in inside]
    return np.add.reduceat(weights[:, tokens], np.cumsum([0, *lengths[:-1]]), axis=1)


def _runs(words: Sequence[_Word], shares: NDArray[np.float32], *, total: float) -> Iterator[_Run]:
    bar = _TIMES_THE_MEAN * total / max(1, len(words))
    run: _Run | None = None
    last = -2
    for place in np.flatnonzero(shares >= np.float64(bar)).tolist():
        start, end, tokens = words[place]
        share = float(shares[place])
        # A quotation between two own words ends the run: its tokens stand between theirs.
        if run is not None and tokens[0] == last + 1:
            run = (run[0], end, min(1.0, run[2] + share))
        else:
            if run is not None:
                yield run
            run = (start, end, min(1.0, share))
        last = tokens[-1]
    if run is not None:
        yield run
