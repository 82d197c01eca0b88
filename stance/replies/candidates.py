"""Which older comments are weighed as a comment's parent: few enough that a long thread stays cheap."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from stance.replies.board import Board

N_RECENT = 15
N_FIRST = 2
N_NEAR = 8
N_LINKED = 6
N_RARE = 4
N_ADDRESSED = 16
N_ANSWERS = 4
MOST = 40
"""No comment has more candidates than this, the article among them."""
WINDOW = 4096
"""Comments back in which the nearest by vector are looked for: the search costs n times this, not n squared. What is
quoted, called by name, or shares rare words is found however far back."""

_BLOCK = 256
_RARE_SPREAD = 8
_RARE_WORDS = 12

Entries = NDArray[np.int64]


def find_candidates(board: Board, entries: Entries) -> list[Entries]:
    """Return for some comments the entries that may be their parents, ascending; the article (0) is always one.

    The surest kinds come first when the bound bites: quoted sources, latest comments of whom the comment is addressed
    to and of people called by name, the most recent, the first, stated answers to the comment's own author, the
    nearest by embedding and by link vector, those sharing rare words.

    Args:
        board: The thread.
        entries: (comments,), from 1, ascending, each once.

    Returns:
        One array of entries for each of `entries`.
    """
    near = _nearest(board.embedding, board.embedding, entries, N_NEAR)
    linked = _nearest(board.reply_vector, board.parent_vector, entries, N_LINKED)
    past = _Past(board)
    found = []
    for at, by_meaning, by_link in zip(entries.tolist(), near.tolist(), linked.tolist(), strict=True):
        past.go_to(at)
        chosen = dict.fromkeys(
            chain(
                (0,),
                _quoted(board, at),
                past.of(int(board.addressee[at]), N_ADDRESSED),
                *(past.of(number, 2) for number in board.names[at]),
                range(at - 1, max(0, at - 1 - N_RECENT), -1),
                range(1, min(at, 1 + N_FIRST)),
                past.answers_to(int(board.author[at])),
                by_meaning,
                by_link,
                past.sharing(at),
            )
        )
        found.append(np.sort(np.fromiter(list(chosen)[:MOST], dtype=np.int64)))
    return found


def _quoted(board: Board, at: int) -> list[int]:
    sources = (quote.source_id for quote in board.quotes[at] if quote.source_id is not None)
    return [board.index[source] for source in sources if board.index.get(source, at) < at]


def _nearest(left: NDArray[np.float32], right: NDArray[np.float32], entries: Entries, most: int) -> Entries:
    """Return for some rows of `left` the earlier rows of `right`, from 1 on, with the largest products.

    Returns:
        (len(entries), most), the largest first, filled up with 0 where there are fewer; at least `WINDOW` rows back
        are looked at.
    """
    found = np.zeros((len(entries), most), dtype=np.int64)
    groups = np.split(np.arange(len(entries)), np.flatnonzero(np.diff(entries // _BLOCK)) + 1)
    for group in groups if len(entries) else ():
        rows = entries[group]
        low, high = max(1, int(rows[0]) - WINDOW), int(rows[-1])
        products = left[rows] @ right[low:high].T
        products[np.arange(low, high) >= rows[:, None]] = -np.inf
        if high - low > most:
            columns = np.argpartition(products, high - low - most, axis=1)[:, -most:]
        else:
            columns = np.broadcast_to(np.arange(high - low), products.shape)
        best = np.take_along_axis(products, columns, axis=1)
        order = np.argsort(-best, axis=1, kind="stable")
        places = np.where(np.isneginf(best), 0, columns + low)
        found[group, : columns.shape[1]] = np.take_along_axis(places, order, axis=1)
    return found


class _Past:
    """What stands before one comment, kept up as the thread is walked."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._next = 1
        self._of: dict[int, list[int]] = defaultdict(list)
        self._answers: dict[int, list[int]] = defaultdict(list)
        self._holders: dict[int, list[tuple[int, float]]] = defaultdict(list)

    def go_to(self, at: int) -> None:
        """Take in all comments before the entry `at`."""
        board = self._board
        for entry in range(self._next, at):
            self._of[int(board.author[entry])].append(entry)
            if board.parent[entry] > 0:
                self._answers[int(board.author[board.parent[entry]])].append(entry)
            words, weights = board.words.of(entry)
            spread = board.words.spread[words]
            rare = (spread > 1) & (spread <= _RARE_SPREAD)
            for word, weight in zip(words[rare].tolist(), weights[rare].tolist(), strict=True):
                self._holders[word].append((entry, weight))
        self._next = at

    def of(self, author: int, most: int) -> list[int]:
        """Return an author's latest comments; none of an unknown author."""
        return self._of[author][-most:] if author in self._of and author >= 0 else []

    def answers_to(self, author: int) -> list[int]:
        """Return the latest comments that are stated to answer an author."""
        return self._answers[author][-N_ANSWERS:] if author in self._answers and author >= 0 else []

    def sharing(self, at: int) -> list[int]:
        """Return the comments that share the heaviest rare words with the one at entry `at`."""
        words, weights = self._board.words.of(at)
        shared: dict[int, float] = defaultdict(float)
        heaviest = np.argsort(-weights, kind="stable")[:_RARE_WORDS]
        for word, weight in zip(words[heaviest].tolist(), weights[heaviest].tolist(), strict=True):
            for entry, theirs in self._holders.get(word, ()):
                shared[entry] += weight * theirs
        return sorted(shared, key=lambda entry: -shared[entry])[:N_RARE]


def keep_addressed(board: Board, at: int, candidates: Entries) -> NDArray[np.bool_]:
    """Tell which candidates are left for the comment at entry `at` once it is known whom it answers.

    Returns:
        (candidates,), True for the older comments of the author it is addressed to; True for all where it is
        addressed to nobody, or to somebody who has not spoken yet.
    """
    number = board.addressee[at]
    theirs: NDArray[np.bool_] = (candidates > 0) & (board.author[candidates] == number)
    return theirs if number >= 0 and theirs.any() else np.ones(len(candidates), dtype=np.bool_)
