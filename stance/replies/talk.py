"""Who has been talking with whom, as far as a first look at the thread knows.

A comment's parent is easier to tell once the earlier links are known: people answer those who answered them. The first
look weighs every comment by itself; what it found of the earlier ones is measured here for a second look (stacked
generalisation, Wolpert 1992, doi:10.1016/S0893-6080(05)80023-1).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stance.replies.board import Board

TALK_FEATURES: Final = (
    "first_log",  # ln of the first look's probability
    "first_behind",  # how far behind the likeliest candidate's
    "first_rank",  # among the candidates, 0 for the likeliest
    "answers_so_far",  # how many comments in between are expected to answer the candidate
    "answers_me",  # probability that the candidate answers the comment's author
    "i_answered_author",  # how often the comment's author is expected to have answered the candidate's before
    "author_answered_me",  # and the other way round
    "i_answered_it",  # how often the comment's author is expected to have answered this candidate before
)
"""Column names, in order, beside those of `FEATURES`; counts are sums of probabilities. NaN: an author is unknown."""

_LEAST = 0.02
"""Links less likely than this are forgotten: they would fill the memory and tell nothing."""

_FLOOR = 1e-9


class Talk:
    """The links of a thread so far, walked from its oldest comment on."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._next = 1
        self._answers = np.zeros(board.n)
        self._whom: list[dict[int, float]] = [{} for _ in range(board.n)]
        self._authors: defaultdict[tuple[int, int], float] = defaultdict(float)
        self._comments: defaultdict[tuple[int, int], float] = defaultdict(float)

    def measure(
        self,
        entries: Sequence[int],
        candidates: Sequence[NDArray[np.int64]],
        shares: NDArray[np.float64],
        starts: NDArray[np.int64],
    ) -> NDArray[np.float64]:
        """Measure the candidates of the next comments and take their likely links in.

        Args:
            entries: The comments whose parents nobody states, ascending and later than all measured before.
            candidates: The entries that may be the parent of each.
            shares: (candidates of all,), the first look's probabilities.
            starts: (comments,), where each comment's candidates begin in `shares`.

        Returns:
            (candidates of all, len(TALK_FEATURES)), float64.
        """
        rows = np.full((len(shares), len(TALK_FEATURES)), np.nan)
        for at, found, start in zip(entries, candidates, starts.tolist(), strict=True):
            self._take_stated(at)
            some = slice(start, start + len(found))
            self._measure(rows[some], at, found, shares[some])
            self._take(at, found.tolist(), shares[some].tolist())
        return rows

    def _measure(
        self, rows: NDArray[np.float64], at: int, found: NDArray[np.int64], shares: NDArray[np.float64]
    ) -> None:
        logs = np.log(np.maximum(shares, _FLOOR))
        rows[:, 0] = logs
        rows[:, 1] = logs.max() - logs
        rows[:, 2] = np.searchsorted(np.sort(-shares), -shares, side="left")
        rows[:, 3] = self._answers[found]
        me = int(self._board.author[at])
        if me < 0:
            return
        authors = self._board.author[found].tolist()
        for row, (entry, author) in enumerate(zip(found.tolist(), authors, strict=True)):
            if author >= 0 and entry > 0:
                rows[row, 4] = self._whom[entry].get(me, 0.0)
                rows[row, 5] = self._authors.get((me, author), 0.0)
                rows[row, 6] = self._authors.get((author, me), 0.0)
                rows[row, 7] = self._comments.get((me, entry), 0.0)

    def _take_stated(self, at: int) -> None:
        """Take in the comments before `at` whose parents are stated."""
        for entry in range(self._next, at):
            parent = int(self._board.parent[entry])
            if parent >= 0:
                self._take(entry, [parent], [1.0])
        self._next = at + 1

    def _take(self, at: int, found: Sequence[int], shares: Sequence[float]) -> None:
        me = int(self._board.author[at])
        for entry, share in zip(found, shares, strict=True):
            if share < _LEAST:
                continue
            self._answers[entry] += share
            author = int(self._board.author[entry])
            if author >= 0:
                self._whom[at][author] = self._whom[at].get(author, 0.0) + share
            if me >= 0:
                self._comments[me, entry] += share
                if author >= 0:
                    self._authors[me, author] += share
