"""Which words carry an attribute: the ones its head pays attention to, whole words at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stance.judge.encoding import Window
from stance.judge.model import ATTRIBUTES
from stance.records import Attribute, AttributeSpan

_TIMES_THE_MEAN: Final = 2.0
"""A word carries an attribute where it gets this many times the attention of an average word."""


def find_carriers(text: str, window: Window, attention: NDArray[np.float32]) -> list[AttributeSpan]:
    """Return runs of words that get far more attention than the average word, for each attribute.

    Args:
        text: The comment that the window was cut from.
        window: The window.
        attention: (attributes, tokens), rows summing to 1 over the writer's own words.
    """
    words = list(_own_words(text, window))
    return [
        span
        for attribute, row in zip(ATTRIBUTES, attention, strict=True)
        for span in _runs(attribute, words, [float(row[tokens].sum()) for _, _, tokens in words])
    ]


def _own_words(text: str, window: Window) -> Iterator[tuple[int, int, list[int]]]:
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


def _runs(
    attribute: Attribute, words: list[tuple[int, int, list[int]]], weights: list[float]
) -> Iterator[AttributeSpan]:
    bar = _TIMES_THE_MEAN / max(1, len(words))
    run: AttributeSpan | None = None
    last = -2
    for (start, end, tokens), weight in zip(words, weights, strict=True):
        if weight < bar:
            continue
        # A quotation between two own words ends the run: its tokens stand between theirs.
        if run is not None and tokens[0] == last + 1:
            run = AttributeSpan(attribute=attribute, start=run.start, end=end, weight=min(1.0, run.weight + weight))
        else:
            if run is not None:
                yield run
            run = AttributeSpan(attribute=attribute, start=start, end=end, weight=min(1.0, weight))
        last = tokens[-1]
    if run is not None:
        yield run
