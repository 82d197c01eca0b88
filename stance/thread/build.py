"""A page's comments made into a sound thread."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath

from stance.errors import DuplicateId, ReplyCycle
from stance.records import ARTICLE, Comment, Order, Page, Thread
from stance.thread.order import find_order
from stance.thread.ring import find_ring


def build_thread(page: Page, *, thread_id: str | None = None) -> Thread:
    """Put a page's comments oldest first and prove that they make a thread; no comment is lost.

    A parent that is not on the page is cleared, with a note. Where every comment has a time the times decide the order,
    else the page's own order, turned where it is newest first; a comment never stands before the one it answers.
    `Thread.order` is the order found on the page.

    Args:
        page: From a reader.
        thread_id: None takes the source's file name without its ending.

    Raises:
        DuplicateId: Two comments carry one id.
        ReplyCycle: Stated parents form a ring.
    """
    _refuse_duplicates(page.comments)
    comments, n_missing = _clear_missing_parents(page.comments)
    if ring := find_ring({comment.id: comment.parent_id for comment in comments}):
        raise ReplyCycle(ring)
    order, order_probability = find_order(comments, page.article)
    ordered, n_moved = _parents_first(_oldest_first(comments, order))
    notes = page.notes
    if n_missing:
        notes += (f"{n_missing} comments state a parent that is not on the page; it is inferred instead",)
    if n_moved:
        notes += (f"{n_moved} comments stood before the one they answer and were placed after it",)
    return Thread(
        id=PurePath(page.source).stem or page.source if thread_id is None else thread_id,
        article=page.article,
        comments=tuple(ordered),
        order=order,
        order_probability=order_probability,
        stated_total=page.stated_total,
        notes=notes,
    )


def _refuse_duplicates(comments: Sequence[Comment]) -> None:
    uses = Counter(comment.id for comment in comments)
    for comment in comments:
        if uses[comment.id] > 1:
            raise DuplicateId(comment.id, numbers=[other.number for other in comments if other.id == comment.id])


def _clear_missing_parents(comments: Sequence[Comment]) -> tuple[list[Comment], int]:
    present = {comment.id for comment in comments} | {ARTICLE, None}
    cleared = [comment if comment.parent_id in present else replace(comment, parent_id=None) for comment in comments]
    return cleared, sum(old.parent_id != new.parent_id for old, new in zip(comments, cleared, strict=True))


def _oldest_first(comments: Sequence[Comment], order: Order) -> list[Comment]:
    turned = list(reversed(comments)) if order is Order.NEWEST_FIRST else list(comments)
    times = [comment.posted_at for comment in turned]
    if all(time is not None for time in times):
        # Equal times keep the page's order.
        turned.sort(key=lambda comment: comment.posted_at.timestamp() if comment.posted_at else 0.0)
    return turned


def _parents_first(comments: Sequence[Comment]) -> tuple[list[Comment], int]:
    """Place every comment after its stated parent, else as early as `comments` has it; O(n log n), no recursion."""
    rank = {comment.id: index for index, comment in enumerate(comments)}
    waiting: dict[str, list[int]] = {}
    ready = []
    for index, comment in enumerate(comments):
        if comment.parent_id is None or comment.parent_id == ARTICLE:
            ready.append(index)
        else:
            waiting.setdefault(comment.parent_id, []).append(index)
    ordered = []
    while ready:
        index = heapq.heappop(ready)
        ordered.append(comments[index])
        for child in waiting.get(comments[index].id, ()):
            heapq.heappush(ready, child)
    n_moved = sum(rank[parent] > rank[comment.id] for comment in comments if (parent := comment.parent_id) in rank)
    return ordered, n_moved
