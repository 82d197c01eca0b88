"""How much each word of each entry weighs, as flat arrays: a dictionary an entry would take ten times the memory."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

_LONG: Final = 512
"""Of an entry with more words, only those are looked up that the other entry has: else an article of many words, which
is everybody's candidate, would be read once a comment."""

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


class WordCounter:
    """Counts the words of one entry after the other, and gives each spelling a number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._words, self._counts, self._bounds = array("q"), array("q"), array("q", [0])

    def add(self, words: Sequence[str]) -> None:
        """Count the words of the next entry."""
        for word, n in Counter(words).items():
            self._words.append(self._numbers.setdefault(word, len(self._numbers)))
            self._counts.append(n)
        self._bounds.append(len(self._words))

    def weigh(self) -> WordWeights:
        """Weigh all words counted so far."""
        words, counts, bounds = (np.array(part, dtype=np.int64) for part in (self._words, self._counts, self._bounds))
        return WordWeights(tuple(self._numbers), words, counts, bounds)


class WordWeights:
    """The words of each entry, weighed by how rare they are in this thread.

    Words are weighed tf-idf (1 + ln tf, ln(1 + n/df) - ln 2 so that a word in every entry weighs nothing) and each
    entry has unit length, so that the sum of products over shared words is a cosine.

    Attributes:
        vocabulary: The spellings; a word's number is its place here.
        spread: (words,), in how many entries each word stands.
    """

    def __init__(self, vocabulary: tuple[str, ...], words: Places, counts: Places, bounds: Places) -> None:
        """Take entries one after the other.

        Args:
            vocabulary: The spellings.
            words: Numbers of the distinct words of each entry, in the order in which they come in it.
            counts: How often each of them stands there.
            bounds: (entries + 1,), where each entry's words begin.
        """
        n_entries = len(bounds) - 1
        self.vocabulary = vocabulary
        self.spread = np.bincount(words, minlength=len(vocabulary))
        rarity = np.log(1 + n_entries / self.spread) - math.log(2)
        weighs = self.spread[words] < n_entries
        entry = np.repeat(np.arange(n_entries), np.diff(bounds))[weighs]
        weights = (1 + np.log(counts[weighs])) * rarity[words[weighs]]
        length = np.sqrt(_sum_by(entry, weights * weights, n_entries))
        self._words = words[weighs].astype(np.int32)
        self._weights = weights / length[entry]
        self._bounds = np.concatenate([[0], np.cumsum(np.bincount(entry, minlength=n_entries))])
        self._sizes = np.diff(self._bounds)
        self._mine = np.zeros(len(vocabulary))
        self._sorted: dict[int, tuple[NDArray[np.int32], Floats]] = {}

    def of(self, entry: int) -> tuple[NDArray[np.int32], Floats]:
        """Return the numbers of an entry's words that weigh anything, in the order of its text, and their weights."""
        whole = slice(self._bounds[entry], self._bounds[entry + 1])
        return self._words[whole], self._weights[whole]

    def shared(self, entry: int, other: int) -> tuple[NDArray[np.int32], Floats, Floats]:
        """Return the numbers of the words that two entries share, and their weights in the one and in the other."""
        words, mine, theirs = self._shared(entry, np.array([other]))[1:]
        return words, mine, theirs

    def compare(self, entry: int, others: Places) -> tuple[Floats, Floats, Floats]:
        """Compare one entry with some others, each once.

        Returns:
            (others,) each: the cosine; the share of the entry's word weight that the other has too; the summed product
            over words that no third entry has.
        """
        place, words, mine, theirs = self._shared(entry, others)
        n, products = len(others), mine * theirs
        alone = self.spread[words] == 2
        total = float(self.of(entry)[1].sum()) or 1.0
        return (
            _sum_by(place, products, n),
            _sum_by(place, mine, n) / total,
            _sum_by(place[alone], products[alone], n),
        )

    def _shared(self, entry: int, others: Places) -> tuple[Places, NDArray[np.int32], Floats, Floats]:
        """Return, for each word shared with one of the others, which it is, the word, and its weight here and there."""
        words, weights = self.of(entry)
        sizes = self._sizes[others]
        short = sizes <= _LONG
        self._mine[words] = weights
        n_words = np.where(short, sizes, 0)
        ends = np.cumsum(n_words)
        at = np.repeat(self._bounds[others] - ends + n_words, n_words) + np.arange(ends[-1])
        found = self._mine[self._words[at]]
        self._mine[words] = 0.0
        hits = np.flatnonzero(found)
        parts = [
            (np.searchsorted(ends, hits, side="right"), self._words[at[hits]], found[hits], self._weights[at[hits]])
        ]
        parts += [self._look_up(entry, int(others[place]), int(place)) for place in np.flatnonzero(~short)]
        if len(parts) == 1:
            return parts[0]
        place, shared, mine, theirs = (np.concatenate(column) for column in zip(*parts, strict=True))
        return place, shared, mine, theirs

    def _look_up(self, entry: int, other: int, place: int) -> tuple[Places, NDArray[np.int32], Floats, Floats]:
        if other not in self._sorted:
            words, weights = self.of(other)
            order = np.argsort(words)
            self._sorted[other] = (words[order], weights[order])
        theirs, their_weights = self._sorted[other]
        words, weights = self.of(entry)
        at = np.minimum(np.searchsorted(theirs, words), len(theirs) - 1)
        hits = theirs[at] == words
        return np.full(int(hits.sum()), place), words[hits], weights[hits], their_weights[at[hits]]


def _sum_by(place: Places, values: Floats, n: int) -> Floats:
    # Of no values numpy makes whole numbers.
    return np.bincount(place, weights=values, minlength=n).astype(np.float64, copy=False)
