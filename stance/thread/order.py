"""In which order a page shows its comments, from what the comments themselves prove."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from stance.records import ARTICLE, Article, Comment, Order
from stance.thread.quotes import find_quoting_pairs

PRIOR_OLDEST_FIRST: Final = 0.6
"""A little over half: exports and forums run oldest first, many news pages newest first."""
PARENT_ERROR: Final = 0.02
"""How often one stated parent points against the page's order: pages that nest replies."""
TIME_ERROR: Final = 0.05
"""The same for two neighbours' times: edits, clocks, pinned comments, nested replies."""
QUOTATION_ERROR: Final = 0.1
"""The same for a quotation: both may have taken the words from somewhere else."""
DECISIVE_VOTES: Final = 20
"""Once so many quotations more point one way than the other, no more are looked for."""
MOST_LOG_ODDS: Final = 6.0
"""What one kind of evidence can weigh at most, for its cases are not independent: 6 is 0.9975 on its own."""


def find_order(comments: Sequence[Comment], article: Article) -> tuple[Order, float]:
    """Return the order of a page's comments and the probability that it is so.

    Each stated parent, each pair of neighbouring times and each quotation of one comment in another votes with the
    log-odds of its error rate; the votes of a kind are summed, bounded by `MOST_LOG_ODDS`, and added to the prior.
    Quotations, the costly kind, are looked for only where the other two leave doubt. With no evidence, or as much on
    either side, the order is UNKNOWN and the probability that of oldest first, as which it is treated.
    """
    evidence = _weigh(_parent_votes(comments), PARENT_ERROR) + _weigh(_time_votes(comments), TIME_ERROR)
    if abs(evidence) < MOST_LOG_ODDS:
        evidence += _weigh(list(_quotation_votes(comments, article)), QUOTATION_ERROR)
    if abs(evidence) < 1e-9:
        return Order.UNKNOWN, PRIOR_OLDEST_FIRST
    log_odds = math.log(PRIOR_OLDEST_FIRST / (1 - PRIOR_OLDEST_FIRST)) + evidence
    oldest_first = 1 / (1 + math.exp(-log_odds))
    return (Order.OLDEST_FIRST, oldest_first) if log_odds >= 0 else (Order.NEWEST_FIRST, 1 - oldest_first)


def _weigh(votes: Sequence[int], error: float) -> float:
    log_odds = sum(votes) * math.log((1 - error) / error)
    return max(-MOST_LOG_ODDS, min(MOST_LOG_ODDS, log_odds))


def _parent_votes(comments: Sequence[Comment]) -> list[int]:
    place = {comment.id: index for index, comment in enumerate(comments)}
    return [
        1 if place[comment.parent_id] < index else -1
        for index, comment in enumerate(comments)
        if comment.parent_id in place and comment.parent_id not in (None, ARTICLE)
    ]


def _time_votes(comments: Sequence[Comment]) -> list[int]:
    times = [comment.posted_at for comment in comments if comment.posted_at is not None]
    return [1 if earlier < later else -1 for earlier, later in pairwise(times) if earlier != later]


def _quotation_votes(comments: Sequence[Comment], article: Article) -> Iterator[int]:
    """A comment is younger than what it quotes: oldest first where it stands below."""
    balance = 0
    for quoting, quoted in find_quoting_pairs(comments, article):
        vote = 1 if quoting > quoted else -1
        yield vote
        balance += vote
        if abs(balance) >= DECISIVE_VOTES:
            return
