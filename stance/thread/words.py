"""The words of a whole thread as numbers, so that shared wording is found by sorting instead of by comparing pairs."""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

# Han and kana are written without spaces: each character counts as a word.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|(?:(?![\u3040-\u30ff\u3400-\u9fff])[^\W_])+(?:['’ʼ][^\W_]+)*")
_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Words:
    """Every word of some documents, one document after the other.

    `ids` (words,) int64 holds one number a spelling (case, width and apostrophes folded); `starts`, `ends` (words,)
    are its place in its document; `bounds` (documents + 1,) says where each document's words begin.
    """

    ids: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    bounds: NDArray[np.int64]

    def within(self, document: int, start: int, end: int) -> tuple[int, int]:
        """Return the range of words that lie in `start`, `end` of a document's text."""
        low, high = int(self.bounds[document]), int(self.bounds[document + 1])
        first = low + int(np.searchsorted(self.starts[low:high], start))
        last = low + int(np.searchsorted(self.ends[low:high], end, side="right"))
        return first, max(first, last)


@dataclass(frozen=True, slots=True)
class Shingles:
    """Every run of `size` words: its hash, and the places of each hash in order.

    `hashes` (words,) uint64 belongs to the run that starts at that word, `whole` (words,) is False where the run would
    leave its document; `order` sorts the whole ones by hash, then place.
    """

    size: int
    hashes: NDArray[np.uint64]
    whole: NDArray[np.bool_]
    order: NDArray[np.int64]
    in_order: NDArray[np.uint64]

    def places(self, at: int) -> NDArray[np.int64]:
        """Return every place, ascending, where the run that starts at word `at` stands."""
        low = np.searchsorted(self.in_order, self.hashes[at])
        high = np.searchsorted(self.in_order, self.hashes[at], side="right")
        return self.order[low:high]


def number_words(texts: Sequence[str]) -> Words:
    """Split texts into words and number the spellings."""
    numbers: dict[str, int] = {}
    ids, starts, ends, bounds = array("q"), array("q"), array("q"), array("q", [0])
    for text in texts:
        for found in _WORD.finditer(text):
            ids.append(numbers.setdefault(_fold(found[0]), len(numbers)))
            starts.append(found.start())
            ends.append(found.end())
        bounds.append(len(ids))
    return Words(_column(ids), _column(starts), _column(ends), _column(bounds))


def _column(values: array[int]) -> NDArray[np.int64]:
    # numpy refuses an empty buffer.
    return np.frombuffer(values, dtype=np.int64) if values else np.zeros(0, dtype=np.int64)


def find_shingles(words: Words, *, size: int) -> Shingles:
    """Index the runs of `size` words; O(n log n)."""
    n_words = len(words.ids)
    hashes = np.zeros(n_words, dtype=np.uint64)
    whole = np.zeros(n_words, dtype=np.bool_)
    n_runs = max(0, n_words - size + 1)
    for offset in range(size):
        hashes[:n_runs] = (hashes[:n_runs] ^ words.ids[offset : offset + n_runs].astype(np.uint64)) * _MULTIPLIER
        hashes[:n_runs] ^= hashes[:n_runs] >> np.uint64(29)
    document = np.repeat(np.arange(len(words.bounds) - 1), np.diff(words.bounds))
    whole[:n_runs] = document[:n_runs] == document[size - 1 : size - 1 + n_runs]
    places = np.flatnonzero(whole)
    order = places[np.argsort(hashes[places], kind="stable")]
    return Shingles(size, hashes, whole, order, hashes[order])


def _fold(word: str) -> str:
    if word.isascii():
        return word.lower()
    return unicodedata.normalize("NFKC", word).casefold().replace("’", "'").replace("ʼ", "'")
