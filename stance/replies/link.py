"""Thread in, one Reply a comment out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stance.records import Candidate, Comment, Evidence, EvidenceKind, Quote, Reading, Reply, Thread
from stance.replies.board import Board, lay_out
from stance.replies.candidates import find_candidates
from stance.replies.evidence import tell_evidence
from stance.replies.features import FEATURES, measure
from stance.replies.scorer import ReplyScorer

N_ALTERNATIVES = 3

Quotes = Mapping[str, tuple[Quote, ...]]


def link_replies(
    thread: Thread, readings: Mapping[str, Reading], *, scorer: ReplyScorer, quotes: Quotes
) -> tuple[Reply, ...]:
    """Say what each comment answers.

    A parent that the source states stands, with probability 1. Any other comment is weighed against the article and a
    bounded number of older comments; the probabilities of one comment's candidates sum to 1.

    Args:
        readings: By comment id, and under `ARTICLE` the article's; a missing one counts as unlike everything.
        quotes: By comment id, as `stance.thread.find_quotes` gives them.

    Returns:
        One reply a comment, in thread order.
    """
    open_ids = [comment.id for comment in thread.comments if comment.parent_id is None]
    board, measured = measure_thread(thread, readings, quotes=quotes, comment_ids=open_ids)
    shares = scorer.probabilities(measured.rows, measured.starts)
    stops = [*measured.starts[1:].tolist(), len(shares)]
    inferred = {
        comment_id: _infer(board, board.index[comment_id], candidates, shares[start:stop], measured.rows[start:stop])
        for comment_id, candidates, start, stop in zip(
            open_ids, measured.candidates, measured.starts.tolist(), stops[: len(open_ids)], strict=True
        )
    }
    return tuple(
        inferred[comment.id] if comment.parent_id is None else _state(comment, board.quotes[at])
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
    every = find_candidates(board)
    entries = [board.index[comment_id] for comment_id in comment_ids]
    parts = [measure(board, at, every[at]) for at in entries]
    rows = np.concatenate(parts) if parts else np.empty((0, len(FEATURES)))
    starts = np.cumsum([0, *(len(part) for part in parts)])[:-1].astype(np.int64)
    return board, Measured(candidates=[every[at] for at in entries], rows=rows, starts=starts)


def _state(comment: Comment, quotes: tuple[Quote, ...]) -> Reply:
    stated = Evidence(kind=EvidenceKind.EXPLICIT, words="its source says so")
    return Reply(
        comment_id=comment.id, parent_id=comment.parent_id or "", probability=1.0, evidence=(stated,), quotes=quotes
    )


def _infer(
    board: Board, at: int, candidates: NDArray[np.int64], probabilities: NDArray[np.float64], rows: NDArray[np.float64]
) -> Reply:
    # Later candidates first among equals, so that a tie goes to the comment nearer by.
    order = sorted(range(len(candidates)), key=lambda row: (-probabilities[row], -candidates[row]))
    best, rest = order[0], order[1 : 1 + N_ALTERNATIVES]
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
