"""Which older comments are weighed as a comment's parent: few enough that a long thread stays cheap."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from stance.replies.board import Board

N_RECENT = 15
N_FIRST = 2
N_NEAR = 8
N_LINKED = 6
N_RARE = 4
MOST = 40
"""No comment has more candidates than this, the article among them."""

_BLOCK = 256
_RARE_SPREAD = 8
_RARE_WORDS = 12


def find_candidates(board: Board) -> list[NDArray[np.int64]]:
    """Return for each comment the entries that may be its parent, ascending; the article (0) is always one.

    The surest kinds come first when the bound bites: quoted sources, latest comments of people called by name, the
    most recent, the first, the nearest by embedding and by link vector, those sharing rare words.

    Returns:
        One array of entries for each entry of the board; that of entry 0 is empty.
    """
    near = _nearest(board.embedding, board.embedding, N_NEAR)
    linked = _nearest(board.reply_vector, board.parent_vector, N_LINKED)
    latest: dict[int, list[int]] = defaultdict(list)
    holders: dict[str, list[int]] = defaultdict(list)
    found: list[NDArray[np.int64]] = [np.empty(0, dtype=np.int64)]
    for at in range(1, board.n):
        chosen: dict[int, None] = {0: None}
        sources = (quote.source_id for quote in board.quotes[at] if quote.source_id is not None)
        chosen.update(dict.fromkeys(board.index[source] for source in sources if board.index.get(source, at) < at))
        for number in board.names[at]:
            chosen.update(dict.fromkeys(latest[number][-2:]))
        chosen.update(dict.fromkeys(range(at - 1, max(0, at - 1 - N_RECENT), -1)))
        chosen.update(dict.fromkeys(range(1, min(at, 1 + N_FIRST))))
        chosen.update(dict.fromkeys([*near[at], *linked[at], *_sharing(board, at, holders)]))
        found.append(np.sort(np.fromiter(list(chosen)[:MOST], dtype=np.int64)))
        latest[int(board.author[at])].append(at)
        for word in board.weights[at]:
            if board.spread[word] <= _RARE_SPREAD:
                holders[word].append(at)
    return found


def _nearest(left: NDArray[np.float32], right: NDArray[np.float32], most: int) -> list[list[int]]:
    """Return for each row of `left` the earlier rows of `right`, from 1 on, with the largest products."""
    found: list[list[int]] = [[]]
    for start in range(1, len(left), _BLOCK):
        stop = min(start + _BLOCK, len(left))
        products = left[start:stop] @ right[:stop].T
        for at in range(start, stop):
            row = products[at - start, 1:at]
            if len(row) <= most:
                found.append(list(range(1, at)))
            else:
                found.append((np.argpartition(-row, most)[:most] + 1).tolist())
    return found


def _sharing(board: Board, at: int, holders: dict[str, list[int]]) -> list[int]:
    shared: dict[int, float] = defaultdict(float)
    heaviest = sorted(board.weights[at].items(), key=lambda item: -item[1])[:_RARE_WORDS]
    for word, weight in heaviest:
        for entry in holders.get(word, ()):
            shared[entry] += weight * board.weights[entry][word]
    return sorted(shared, key=lambda entry: -shared[entry])[:N_RARE]
