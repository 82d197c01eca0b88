"""What is measured of a comment and each of its candidate parents.

Every feature is one column of `FEATURES`; NaN stands for "not known" (no authors, no times, no quotations).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stance.records import Quote
from stance.replies.board import Board

Matrix = NDArray[np.float64]
Entries = NDArray[np.int64]
Column = Matrix | NDArray[np.bool_] | Entries | float

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


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Comments with their candidates, pair by pair.

    Whole columns are filled at once, for a call of numpy costs more than the numbers of one comment. `starts`
    (comments,) is where the pairs of each of `entries` (comments,) begin, `of` (pairs,) the comment's place among them;
    `at` and `candidates` (pairs,) are the two entries of a pair.
    """

    entries: Entries
    starts: Entries
    of: Entries
    at: Entries
    candidates: Entries


def measure(board: Board, entries: Sequence[int], candidates: Sequence[Entries]) -> Matrix:
    """Measure some comments against their candidates.

    Args:
        board: The thread.
        entries: The comments.
        candidates: The entries that each of them is measured against: at least one, ascending.

    Returns:
        (candidates of all comments, len(FEATURES)), float64; NaN for what is not known.
    """
    if not len(entries):
        return np.empty((0, len(FEATURES)))
    sizes = [len(found) for found in candidates]
    at, of = np.array(entries, dtype=np.int64), np.repeat(np.arange(len(entries)), sizes)
    pairs = _Pairs(at, np.cumsum([0, *sizes[:-1]]), of, at[of], np.concatenate(candidates))
    vectors = _vectors(board, pairs)
    columns: list[Column] = [
        *_position(board, pairs),
        *vectors,
        *_shared_words(board, pairs),
        *_previous(board, pairs, rank=vectors[1]),
        *_quotations(board, pairs),
        *_names(board, pairs),
        *_turns(board, pairs),
        *_times(board, pairs),
        *_manner(board, pairs),
    ]
    rows = np.empty((len(pairs.of), len(columns)))
    for at_column, column in enumerate(columns):
        rows[:, at_column] = column
    return rows


def _position(board: Board, pairs: _Pairs) -> list[Column]:
    steps = (pairs.at - pairs.candidates).astype(np.float64)
    return [
        pairs.candidates == 0,
        float(board.has_article),
        np.log(steps),
        np.where(pairs.candidates == 0, _FAR + 1, np.minimum(steps, _FAR)),
        pairs.candidates == 1,
        np.log(pairs.at),
    ]


def _standing(values: Matrix, pairs: _Pairs) -> tuple[Matrix, Matrix, Matrix]:
    """Return each value's rank (0 for the largest, ties share), how far behind the largest and above the mean it is."""
    order = np.lexsort((-values, pairs.of))
    at, ordered = np.arange(len(values)), values[order]
    starts = pairs.starts[pairs.of]
    new = (at == starts) | (ordered != np.concatenate([[np.nan], ordered[:-1]]))
    ranks = np.empty(len(values))
    ranks[order] = np.maximum.accumulate(np.where(new, at, 0)) - starts
    most = np.maximum.reduceat(values, pairs.starts)
    mean = np.bincount(pairs.of, weights=values) / np.bincount(pairs.of)
    return ranks, most[pairs.of] - values, values - mean[pairs.of]


def _vectors(board: Board, pairs: _Pairs) -> list[Matrix]:
    cosine, link = np.empty((2, len(pairs.of)))
    for at, start, found in _one_by_one(pairs):
        cosine[start : start + len(found)] = board.embedding[found] @ board.embedding[at]
        link[start : start + len(found)] = board.parent_vector[found] @ board.reply_vector[at]
    return [cosine, *_standing(cosine, pairs), link, *_standing(link, pairs)]


def _shared_words(board: Board, pairs: _Pairs) -> list[Column]:
    overlap, covered, alone = np.empty((3, len(pairs.of)))
    for at, start, found in _one_by_one(pairs):
        whole = slice(start, start + len(found))
        overlap[whole], covered[whole], alone[whole] = board.words.compare(at, found)
    ranks, behind, _ = _standing(overlap, pairs)
    return [overlap, ranks, behind, covered, alone]


def _previous(board: Board, pairs: _Pairs, *, rank: Matrix) -> list[Column]:
    previous = np.array([board.embedding[at - 1] @ board.embedding[at] for at in pairs.entries.tolist()])
    nearest = np.flatnonzero(rank == 0)
    _, first = np.unique(pairs.of[nearest], return_index=True)
    best = pairs.candidates[nearest[first]]
    return [previous[pairs.of], (best == pairs.entries - 1)[pairs.of]]


def _quotations(board: Board, pairs: _Pairs) -> list[Column]:
    columns = np.full((4, len(pairs.of)), np.nan)
    for at, start, found in _one_by_one(pairs):
        sourced = [quote for quote in board.quotes[at] if board.index.get(quote.source_id or "", at) < at]
        if sourced:
            columns[:, start : start + len(found)] = _quoted(board, at, found, sourced)
    return list(columns)


def _quoted(board: Board, at: int, candidates: Entries, sourced: Sequence[Quote]) -> list[Column]:
    share: dict[int, float] = defaultdict(float)
    for quote in sourced:
        share[board.index[quote.source_id or ""]] += (quote.end - quote.start) * quote.similarity
    length = board.own_length[at] + sum(quote.end - quote.start for quote in board.quotes[at])
    first = board.index[min(sourced, key=lambda quote: quote.start).source_id or ""]
    longest = board.index[max(sourced, key=lambda quote: (quote.end - quote.start) * quote.similarity).source_id or ""]
    quoted = np.array([share[entry] for entry in candidates.tolist()]) / length
    return [quoted, candidates == first, candidates == longest, quoted == 0]


def _names(board: Board, pairs: _Pairs) -> list[Column]:
    if not board.authors:
        return [np.nan] * 3
    named, others = np.zeros((2, len(pairs.of)))
    for at, start, found in _one_by_one(pairs):
        names = {number: sure for number, sure in board.names[at].items() if number != board.author[at]}
        if names:
            whole = slice(start, start + len(found))
            named[whole] = [names.get(number, 0.0) for number in board.author[found].tolist()]
            others[whole] = named[whole] == 0
    return [named, named * _latest(board, pairs), others]


def _latest(board: Board, pairs: _Pairs) -> NDArray[np.bool_]:
    """Tell which candidates are their author's latest comment before the one that is measured."""
    return (pairs.candidates > 0) & (board.next_after[pairs.candidates] >= pairs.at)


def _turns(board: Board, pairs: _Pairs) -> list[Column]:
    at, candidates = pairs.at, pairs.candidates
    me, authors, mine = board.author[at], board.author[candidates], board.last_before[at]
    known = (me >= 0) & (authors >= 0)
    after = (candidates > mine) & (mine > 0)
    low = np.maximum(1, at - _MEMORY)
    spoken = board.turns.spoken(authors, low=np.maximum(low, mine + 1), high=at)
    exchanged = board.turns.exchanged(me, authors, low=low, high=at)
    return [
        np.where(known, authors == me, np.nan),
        np.where(known, _latest(board, pairs), np.nan),
        np.where(me >= 0, after, np.nan),
        np.where(after, np.minimum(candidates - mine, _FAR), np.nan),
        np.where(known, spoken, np.nan),
        np.where(known, exchanged, np.nan),
        np.where(mine > 0, np.log1p(at - mine), np.nan),
    ]


def _times(board: Board, pairs: _Pairs) -> list[Column]:
    now = board.seconds[pairs.at]
    return [np.log1p(np.maximum(now - board.seconds[earlier], 0.0)) for earlier in (pairs.candidates, pairs.at - 1)]


def _manner(board: Board, pairs: _Pairs) -> list[Column]:
    openings = [board.openings[at] for at in pairs.entries.tolist()]
    flags = ("agrees", "disagrees", "anaphoric", "addresses", "asks", "negates")
    length = np.log1p(board.n_words[pairs.at])
    lengths = np.log1p(board.n_words[pairs.candidates])
    return [
        *(np.array([getattr(opening, flag) for opening in openings])[pairs.of] for flag in flags),
        board.addresses[pairs.at],
        board.of_article[pairs.at],
        board.asks[pairs.candidates],
        board.addresses[pairs.candidates],
        length,
        lengths,
        length - lengths,
    ]


def _one_by_one(pairs: _Pairs) -> Iterator[tuple[int, int, Entries]]:
    """Give each comment, the place of its first pair, and its candidates."""
    starts = pairs.starts.tolist()
    for at, start, stop in zip(pairs.entries.tolist(), starts, [*starts[1:], len(pairs.of)], strict=True):
        yield at, start, pairs.candidates[start:stop]
