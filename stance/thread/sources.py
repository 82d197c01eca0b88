"""Where quoted words come from: the passage of another document that they match best."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stance.thread.words import Shingles, Words

SEED_WORDS: Final = 3
"""A shared run of three words makes a document a candidate: near quotations keep at least one."""
MAX_PLACES: Final = 64
"""Of a run that stands everywhere ("one of the"), only the oldest places are looked at: the cost stays linear."""
MAX_CANDIDATES: Final = 6
MAX_PART_WORDS: Final = 160
MAX_QUOTE_WORDS: Final = 960
"""Of a longer quotation the beginning decides its source."""


@dataclass(frozen=True, slots=True)
class Source:
    """A document that holds quoted words. `own` says whether it has them outside its own quotations."""

    document: int
    similarity: float
    own: bool


@dataclass(frozen=True, slots=True)
class Library:
    """The thread's documents, oldest first, ready to be searched. `own` (words,) is False inside marked words."""

    words: Words
    seeds: Shingles
    own: NDArray[np.bool_]

    def find_sources(self, parts: Sequence[tuple[int, int]], *, among: NDArray[np.bool_]) -> list[Source]:
        """Return the documents that hold a quotation, the likeliest author of the words first.

        Who has the words outside quotation marks comes before who quotes them too, then the closer match, then the
        older document.

        Args:
            parts: Word ranges of the quotation, split at its ellipses.
            among: (documents,), True where the source may be.
        """
        parts = list(_shorten(parts))
        n_words = sum(stop - start for start, stop in parts)
        if not n_words:
            return []
        votes = [self._vote(part, among) for part in parts]
        tally: Counter[int] = Counter()
        for vote in votes:
            tally.update({document: len(places) for document, places in vote.items()})
        candidates = sorted(tally, key=lambda document: (-tally[document], document))[:MAX_CANDIDATES]
        sources = [self._compare(parts, votes, document, n_words) for document in candidates]
        return sorted(sources, key=lambda source: (not source.own, -round(source.similarity, 2), source.document))

    def _vote(self, part: tuple[int, int], among: NDArray[np.bool_]) -> dict[int, list[int]]:
        """Return, for each document, where the part would start if one of its runs of three stands there."""
        vote: dict[int, list[int]] = {}
        for at in range(part[0], part[1] - SEED_WORDS + 1):
            places = self.seeds.places(at)[: MAX_PLACES * 4] if self.seeds.whole[at] else np.zeros(0, np.int64)
            documents = np.searchsorted(self.words.bounds, places, side="right") - 1
            fits = np.flatnonzero(among[documents])[:MAX_PLACES]
            for document, place in zip(documents[fits].tolist(), places[fits].tolist(), strict=True):
                vote.setdefault(document, []).append(place - (at - part[0]))
        return vote

    def _compare(
        self, parts: Sequence[tuple[int, int]], votes: Sequence[dict[int, list[int]]], document: int, n_words: int
    ) -> Source:
        low, high = int(self.words.bounds[document]), int(self.words.bounds[document + 1])
        n_found = n_own = 0
        for (start, stop), vote in zip(parts, votes, strict=True):
            if document not in vote:
                continue
            length = stop - start
            ((begin, n_votes),) = Counter(vote[document]).most_common(1)
            if n_votes == length - SEED_WORDS + 1 and low <= begin:
                blocks: Iterable[tuple[int, int]] = [(begin, length)]
            else:
                first, last = max(low, begin - length), min(high, begin + 2 * length + SEED_WORDS)
                blocks = _align(self.words.ids[start:stop], self.words.ids[first:last], shift=first)
            for place, size in blocks:
                n_found += size
                n_own += int(self.own[place : place + size].sum())
        return Source(document, n_found / n_words, own=2 * n_own > n_found)


def _shorten(parts: Iterable[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    """Cut long parts up, for aligning costs the square of a part; stop at `MAX_QUOTE_WORDS`."""
    left = MAX_QUOTE_WORDS
    for start, stop in parts:
        for piece in range(start, min(stop, start + left), MAX_PART_WORDS):
            yield piece, min(piece + MAX_PART_WORDS, stop, start + left)
        left -= min(stop - start, left)
        if left <= 0:
            return


def _align(quoted: NDArray[np.int64], source: NDArray[np.int64], *, shift: int) -> Iterable[tuple[int, int]]:
    """Return (place, words) of the runs that both hold in the same order."""
    matcher = SequenceMatcher(None, quoted.tolist(), source.tolist(), autojunk=False)
    return [(block.b + shift, block.size) for block in matcher.get_matching_blocks() if block.size]
