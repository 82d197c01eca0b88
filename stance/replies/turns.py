"""Who spoke when, and beside whom, counted between any two entries without walking from one to the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Entries = NDArray[np.int64]


class Turns:
    """The turns of a thread. Authors are numbers, -1 where unknown; an unknown one counts for nothing."""

    def __init__(self, author: Entries, parent: Entries) -> None:
        """Index a thread.

        Args:
            author: (entries,), of each entry; that of the article, entry 0, takes no turn.
            parent: (entries,), the entry of the stated parent, -1 where none is stated.
        """
        entries = np.arange(1, len(author))
        answers = entries[(parent[1:] > 0) & (parent[1:] != entries - 1)]
        self._spoken = _Tally(author[1:], entries)
        self._width = int(author.max(initial=-1)) + 1
        self._beside = self._pair(author[1:-1], author[2:], entries[1:])
        self._answers = self._pair(author[parent[answers]], author[answers], answers)

    def spoken(self, author: Entries, *, low: Entries, high: Entries) -> Entries:
        """Count the comments of each author from entry `low` up to and without `high`."""
        return self._spoken.count(author, low, high)

    def exchanged(self, one: Entries, other: Entries, *, low: Entries, high: Entries) -> Entries:
        """Count how often, from entry `low` up to and without `high`, one stood next to the other or answered them.

        A stated answer to the comment right before is one exchange and not two. Who follows upon themselves has two.
        """
        pair = np.where((one >= 0) & (other >= 0), one * self._width + other, -1)
        return self._beside.count(pair, low + 1, high) + self._answers.count(pair, low, high)

    def _pair(self, one: Entries, other: Entries, entries: Entries) -> _Tally:
        known = (one >= 0) & (other >= 0)
        both = np.concatenate([one * self._width + other, other * self._width + one])
        return _Tally(np.where(np.tile(known, 2), both, -1), np.tile(entries, 2))


class _Tally:
    """Counts the entries of a key within a range by two binary searches."""

    def __init__(self, keys: Entries, entries: Entries) -> None:
        self._keys, number = np.unique(keys[keys >= 0], return_inverse=True)
        self._stride = int(entries.max(initial=0)) + 2
        self._places = np.sort(number * self._stride + entries[keys >= 0])

    def count(self, keys: Entries, low: Entries, high: Entries) -> Entries:
        if not len(self._keys):
            return np.zeros(len(keys), dtype=np.int64)
        number = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        counts = np.diff(
            np.searchsorted(self._places, number * self._stride + np.stack([low, np.maximum(low, high)])), axis=0
        )[0]
        return np.where(self._keys[number] == keys, counts, 0)
