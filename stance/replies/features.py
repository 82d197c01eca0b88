"""What is measured of a comment and each of its candidate parents.

Every feature is one column of `FEATURES`; NaN stands for "not known" (no authors, no times, no quotations).
"""

from __future__ import annotations

from collections import defaultdict
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stance.replies.board import Board

Matrix = NDArray[np.float64]
Column = Matrix | NDArray[np.bool_] | NDArray[np.int64] | float

FEATURES: Final = (
    "is_article",  # the candidate is the article
    "article_known",  # the article has a text, not a title alone
    "distance",  # ln(1 + comments between the two); the article stands before all
    "steps",  # comments from candidate to comment, at most 12
    "is_first",  # the candidate is the oldest comment
    "place",  # ln of the comment's own place in the thread
    "cosine",  # of the embeddings
    "cosine_rank",  # among the candidates, 0 for the nearest
    "cosine_behind",  # how far behind the best candidate
    "cosine_lead",  # above the mean of all candidates
    "link",  # reply vector · parent vector
    "link_rank",
    "link_behind",
    "link_lead",
    "words",  # cosine of tf-idf weights
    "words_rank",
    "words_behind",
    "words_covered",  # share of the comment's word weight that the candidate has too
    "words_alone",  # summed tf-idf product over words that no third comment has
    "previous_cosine",  # of the comment with the one right before it
    "best_is_previous",  # the nearest candidate by embedding is the one right before
    "quoted_share",  # share of the comment's characters quoted from the candidate
    "quoted_first",  # the first sourced quotation is from the candidate
    "quoted_longest",  # the longest is
    "quotes_other",  # the comment quotes from somebody else and not from the candidate
    "named",  # the comment names the candidate's author
    "named_latest",  # and this is that author's latest comment
    "names_other",  # the comment names another author
    "same_author",  # the candidate is by the comment's author
    "author_latest",  # the candidate is its author's latest comment so far
    "after_mine",  # the candidate came after the comment's author last spoke
    "steps_after_mine",  # how many comments after that
    "author_spoke_between",  # comments of the candidate's author since the comment's author last spoke
    "exchanges",  # how often the two authors stood next to each other before, or one was stated to answer the other
    "mine_before",  # ln(1 + comments since the author last spoke)
    "seconds",  # ln(1 + seconds between the two)
    "pause",  # ln(1 + seconds since the previous comment)
    "agrees",  # openings of the comment
    "disagrees",
    "anaphoric",
    "addresses",
    "asks",
    "negates",
    "second_person",  # share of "you" words in the comment
    "of_article",  # the comment speaks of an article, post or author
    "candidate_asks",
    "candidate_second_person",
    "length",  # ln(1 + own words) of the comment
    "candidate_length",
    "length_ratio",
)
"""Column names, in order; stored with the weights and checked when they are loaded."""

_FAR = 12.0
_MEMORY = 200  # comments back that turn-taking looks; bounds the cost of a long thread


def measure(board: Board, at: int, candidates: NDArray[np.int64]) -> Matrix:
    """Measure the comment at entry `at` against its candidates.

    Returns:
        (candidates, len(FEATURES)), float64; NaN for what is not known.
    """
    columns = [
        *_position(board, at, candidates),
        *_vectors(board, at, candidates),
        *_shared_words(board, at, candidates),
        *_previous(board, at, candidates),
        *_quotations(board, at, candidates),
        *_names(board, at, candidates),
        *_turns(board, at, candidates),
        *_times(board, at, candidates),
        *_manner(board, at, candidates),
    ]
    rows = np.empty((len(candidates), len(columns)))
    for at_column, column in enumerate(columns):
        rows[:, at_column] = column
    return rows


def _position(board: Board, at: int, candidates: NDArray[np.int64]) -> list[Column]:
    steps = (at - candidates).astype(np.float64)
    is_article = (candidates == 0).astype(np.float64)
    return [
        is_article,
        float(board.has_article),
        np.log(steps),
        np.where(candidates == 0, _FAR + 1, np.minimum(steps, _FAR)),
        (candidates == 1).astype(np.float64),
        float(np.log(at)),
    ]


def _standing(values: Matrix) -> tuple[Matrix, Matrix, Matrix]:
    """Return each value's rank (0 for the largest, ties share), how far behind the largest and above the mean it is."""
    ranks = np.searchsorted(np.sort(-values), -values, side="left").astype(np.float64)
    return ranks, values.max() - values, values - values.mean()


def _vectors(board: Board, at: int, candidates: NDArray[np.int64]) -> list[Column]:
    cosine = (board.embedding[candidates] @ board.embedding[at]).astype(np.float64)
    link = (board.parent_vector[candidates] @ board.reply_vector[at]).astype(np.float64)
    return [cosine, *_standing(cosine), link, *_standing(link)]


def _shared_words(board: Board, at: int, candidates: NDArray[np.int64]) -> list[Column]:
    mine = board.weights[at]
    overlap, covered, alone = np.zeros((3, len(candidates)))
    total = sum(mine.values()) or 1.0
    for row, entry in enumerate(candidates.tolist()):
        theirs = board.weights[entry]
        for word in mine.keys() & theirs.keys():
            product = mine[word] * theirs[word]
            overlap[row] += product
            covered[row] += mine[word]
            if board.spread[word] == 2:
                alone[row] += product
    ranks, behind, _ = _standing(overlap)
    return [overlap, ranks, behind, covered / total, alone]


def _previous(board: Board, at: int, candidates: NDArray[np.int64]) -> list[Column]:
    cosine = board.embedding[candidates] @ board.embedding[at]
    previous = float(board.embedding[at - 1] @ board.embedding[at])
    return [previous, float(candidates[int(np.argmax(cosine))] == at - 1)]


def _quotations(board: Board, at: int, candidates: NDArray[np.int64]) -> list[Column]:
    sourced = [quote for quote in board.quotes[at] if board.index.get(quote.source_id or "", at) < at]
    if not sourced:
        return [np.full(len(candidates), np.nan)] * 4
    share: dict[int, float] = defaultdict(float)
    for quote in sourced:
        share[board.index[quote.source_id or ""]] += (quote.end - quote.start) * quote.similarity
    length = board.own_length[at] + sum(quote.end - quote.start for quote in board.quotes[at])
    first = board.index[min(sourced, key=lambda quote: quote.start).source_id or ""]
    longest = board.index[max(sourced, key=lambda quote: (quote.end - quote.start) * quote.similarity).source_id or ""]
    quoted = np.array([share[entry] for entry in candidates.tolist()]) / length
    return [quoted, candidates == first, candidates == longest, quoted == 0]


def _names(board: Board, at: int, candidates: NDArray[np.int64]) -> list[Column]:
    names = {number: sure for number, sure in board.names[at].items() if number != board.author[at]}
    if not (board.author >= 0).any():
        return [np.full(len(candidates), np.nan)] * 3
    named = np.array([names.get(number, 0.0) for number in board.author[candidates].tolist()])
    latest = _latest(board, at, candidates)
    return [named, named * latest, (named == 0) * float(bool(names))]


def _latest(board: Board, at: int, candidates: NDArray[np.int64]) -> Matrix:
    """Tell which candidates are their author's latest comment before `at`."""
    return ((candidates > 0) & (board.next_after[candidates] >= at)).astype(np.float64)


def _turns(board: Board, at: int, candidates: NDArray[np.int64]) -> list[Column]:
    me, authors = board.author[at], board.author[candidates]
    if me < 0:
        return [np.full(len(candidates), np.nan)] * 7
    mine = int(board.last_before[at])
    after = (candidates > mine) & (mine > 0)
    recent = board.author[max(1, at - _MEMORY) : at]
    since = recent[max(0, len(recent) - (at - mine - 1)) :]
    answered, answering = _stated_exchanges(board, at)
    beside = np.concatenate(
        [
            *(recent[1:][recent[:-1] == me], recent[:-1][recent[1:] == me]),
            *(answered[answering == me], answering[answered == me]),
        ]
    )
    known = authors >= 0
    return [
        np.where(known, authors == me, np.nan),
        np.where(known, _latest(board, at, candidates), np.nan),
        after,
        np.where(after, np.minimum(candidates - mine, _FAR), np.nan),
        np.where(known, (since[None, :] == authors[:, None]).sum(axis=1), np.nan),
        np.where(known, (beside[None, :] == authors[:, None]).sum(axis=1), np.nan),
        float(np.log1p(at - mine)) if mine else np.nan,
    ]


def _stated_exchanges(board: Board, at: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the authors (answered, answering) of the stated replies before `at` that do not stand side by side."""
    entries = np.arange(max(1, at - _MEMORY), at)
    parents = board.parent[entries]
    apart = (parents > 0) & (parents != entries - 1)
    return board.author[parents[apart]], board.author[entries[apart]]


def _times(board: Board, at: int, candidates: NDArray[np.int64]) -> list[Column]:
    gap = np.maximum(board.seconds[at] - board.seconds[candidates], 0.0)
    return [np.log1p(gap), float(np.log1p(np.maximum(board.seconds[at] - board.seconds[at - 1], 0.0)))]


def _manner(board: Board, at: int, candidates: NDArray[np.int64]) -> list[Column]:
    opening = board.openings[at]
    length = float(np.log1p(board.n_words[at]))
    lengths = np.log1p(board.n_words[candidates])
    return [
        opening.agrees,
        opening.disagrees,
        opening.anaphoric,
        opening.addresses,
        opening.asks,
        opening.negates,
        float(board.addresses[at]),
        board.of_article[at],
        board.asks[candidates].astype(np.float64),
        board.addresses[candidates],
        length,
        lengths,
        length - lengths,
    ]
