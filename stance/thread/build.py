"""A page's comments made into a sound thread."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Sequence
from pathlib import PurePath

from stance.records import ARTICLE, Comment, Fault, Order, Page, Thread
from stance.thread.mend import MENDED, clear_future, clear_orphans, cut_rings, renew_ids, tell
from stance.thread.order import find_order


def build_thread(page: Page, *, thread_id: str | None = None, mend: Collection[str] = MENDED) -> Thread:
    """Put a page's comments oldest first and prove that they make a thread; no comment is lost.

    Where every comment has a time the times decide the order, else the page's own order, turned where it is newest
    first; a comment never stands before the one it answers. `Thread.order` is the order found on the page.

    Args:
        page: From a reader.
        thread_id: None takes the page's own, or the source's file name without its ending where it has none.
        mend: The faults to mend, by name (`Fault`); any other is refused. A `ring` is cut where its oldest comment
            states a parent, a `duplicate` id becomes `ID~2`, the stated parent of an `orphan` or one posted in the
            `future`, by the times of both, counts as unstated. Each mended kind is counted in `Thread.notes`.

    Raises:
        DuplicateId: Comments share an id.
        MissingParent: A stated parent is not on the page.
        ReplyCycle: Stated parents form a ring.
        FutureParent: A stated parent was posted later.
        ValueError: `mend` names something that is no `Fault`.
    """
    mended = frozenset(map(Fault, mend))
    comments, n_renewed = renew_ids(page.comments, mend=Fault.DUPLICATE in mended)
    comments, n_orphans = clear_orphans(comments, mend=Fault.ORPHAN in mended)
    order, order_probability = find_order(comments, page.article)
    comments, n_rings = cut_rings(_oldest_first(comments, order), mend=Fault.RING in mended)
    comments, n_future = clear_future(comments, mend=Fault.FUTURE in mended)
    ordered, n_moved = _parents_first(comments)
    stood = "comment stood" if n_moved == 1 else "comments stood"
    names = (thread_id, page.thread_id, PurePath(page.source).stem, page.source)
    return Thread(
        id=next((name for name in names if name), ""),
        article=page.article,
        comments=tuple(ordered),
        order=order,
        order_probability=order_probability,
        stated_total=page.stated_total,
        notes=(
            *page.notes,
            *tell(Fault.DUPLICATE, n_renewed),
            *tell(Fault.ORPHAN, n_orphans),
            *tell(Fault.RING, n_rings),
            *tell(Fault.FUTURE, n_future),
            *([f"{n_moved:,} {stood} before what it answers and got a place after it"] if n_moved else []),
        ),
    )


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
