"""Thread in, one Reply a comment out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stance.records import Candidate, Comment, Evidence, EvidenceKind, Quote, Reading, Reply, Thread
from stance.replies.board import Board, lay_out
from stance.replies.candidates import find_candidates, keep_addressed
from stance.replies.evidence import tell_evidence
from stance.replies.features import FEATURES, measure
from stance.replies.scorer import ReplyScorer
from stance.replies.talk import Talk

N_ALTERNATIVES: Final = 3
"""Runners-up that a reply lists unless asked for more or fewer."""

Quotes = Mapping[str, tuple[Quote, ...]]

_AT_ONCE = 1024
"""Comments measured at once: all candidates of a long thread together would take gigabytes."""


def link_replies(
    thread: Thread,
    readings: Mapping[str, Reading],
    *,
    scorer: ReplyScorer,
    quotes: Quotes,
    n_alternatives: int = N_ALTERNATIVES,
) -> tuple[Reply, ...]:
    """Say what each comment answers.

    A parent that the source states stands, with probability 1. Any other comment is weighed against the article and a
    bounded number of older comments; the probabilities of one comment's candidates sum to 1. Where a comment says whom
    it answers, by `extra["answers_author"]` or by opening with "@Name" or "Name:", and that author has spoken before,
    only their older comments are weighed. Stated parents tell who talks with whom, and so inform the others, as do
    the earlier links that were inferred.

    Args:
        readings: By comment id, and under `ARTICLE` the article's; a missing one counts as unlike everything.
        quotes: By comment id, as `stance.thread.find_quotes` gives them.
        n_alternatives: How many runners-up a reply lists at most, 0 or more.

    Returns:
        One reply a comment, in thread order.

    Raises:
        ValueError: `n_alternatives` is negative.
    """
    if n_alternatives < 0:
        raise ValueError(f"n_alternatives: got {n_alternatives}, want 0 or more")
    board = lay_out(thread, readings, quotes)
    entries = np.array([at for at, c in enumerate(thread.comments, start=1) if c.parent_id is None], dtype=np.int64)
    candidates = find_candidates(board, entries)
    inferred: list[Reply] = []
    talk = Talk(board)
    for start in range(0, len(entries), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        inferred += _weigh(board, entries[some].tolist(), candidates[some], scorer, talk, n_alternatives)
    in_order = iter(inferred)
    return tuple(
        next(in_order) if comment.parent_id is None else _state(comment, board.quotes[at])
        for at, comment in enumerate(thread.comments, start=1)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Features of comments' candidates: `rows` of one comment stand together, from its element of `starts` on."""

    candidates: list[NDArray[np.int64]]
    rows: NDArray[np.float64]
    starts: NDArray[np.int64]


def measure_thread(
    thread: Thread, readings: Mapping[str, Reading], *, quotes: Quotes, comment_ids: Sequence[str]
) -> tuple[Board, Measured]:
    """Lay a thread out and measure the candidates of some of its comments, in the order of `comment_ids`."""
    board = lay_out(thread, readings, quotes)
    entries = [board.index[comment_id] for comment_id in comment_ids]
    once = np.unique(np.array(entries, dtype=np.int64))
    found = dict(zip(once.tolist(), find_candidates(board, once), strict=True))
    candidates = [found[at] for at in entries]
    return board, Measured(candidates=candidates, rows=measure(board, entries, candidates), starts=_starts(candidates))


def _starts(candidates: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.cumsum([0, *(len(found) for found in candidates)])[:-1]


def _weigh(
    board: Board,
    entries: Sequence[int],
    candidates: list[NDArray[np.int64]],
    scorer: ReplyScorer,
    talk: Talk,
    n_alternatives: int,
) -> list[Reply]:
    """Infer the parents of the next comments.

    All candidates are measured together, as in training, before those are dropped whom the comment cannot answer.
    """
    may_be = [keep_addressed(board, at, found) for at, found in zip(entries, candidates, strict=True)]
    rows = measure(board, entries, candidates)[np.concatenate(may_be)]
    kept = [found[these] for found, these in zip(candidates, may_be, strict=True)]
    starts = _starts(kept)
    shares = scorer.probabilities(rows, starts)
    if scorer.second is not None:
        told = talk.measure(entries, kept, shares, starts)
        shares = scorer.second.probabilities(np.hstack([rows, told]), starts)
    stops = [*starts[1:].tolist(), len(shares)]
    return [
        _infer(board, at, found, shares[start:stop], rows[start:stop], n_alternatives)
        for at, found, start, stop in zip(entries, kept, starts.tolist(), stops, strict=True)
    ]


def _state(comment: Comment, quotes: tuple[Quote, ...]) -> Reply:
    stated = Evidence(kind=EvidenceKind.EXPLICIT, words="its source says so")
    return Reply(
        comment_id=comment.id, parent_id=comment.parent_id or "", probability=1.0, evidence=(stated,), quotes=quotes
    )


def _infer(
    board: Board,
    at: int,
    candidates: NDArray[np.int64],
    probabilities: NDArray[np.float64],
    rows: NDArray[np.float64],
    n_alternatives: int,
) -> Reply:
    # Later candidates first among equals, so that a tie goes to the comment nearer by.
    order = np.lexsort((-candidates, -probabilities)).tolist()
    best, rest = order[0], order[1 : 1 + n_alternatives]
    parent = int(candidates[best])
    return Reply(
        comment_id=board.ids[at],
        parent_id=board.ids[parent],
        probability=float(probabilities[best]),
        evidence=tell_evidence(board, at, parent, dict(zip(FEATURES, rows[best].tolist(), strict=True))),
        alternatives=tuple(
            Candidate(parent_id=board.ids[int(candidates[row])], probability=float(probabilities[row])) for row in rest
        ),
        quotes=board.quotes[at],
    )
