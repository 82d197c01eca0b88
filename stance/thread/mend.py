"""What can be wrong with the links of a page, and how each fault is mended without losing a comment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from stance.errors import DuplicateId, FutureParent, MissingParent, ReplyCycle
from stance.records import ARTICLE, Comment, Fault
from stance.thread.ring import find_rings

MENDED: Final = frozenset({Fault.ORPHAN, Fault.FUTURE})
"""Mended unless told otherwise: pages are cut off and clocks are wrong. The other two mean a broken export."""

_NOTES: Final = {
    Fault.RING: ("ring of replies was", "rings of replies were", "cut where its oldest comment states a parent"),
    Fault.DUPLICATE: ("comment has", "comments have", "an id that was taken and got a new one"),
    Fault.ORPHAN: ("comment states", "comments state", "a parent that is not on the page; it is inferred instead"),
    Fault.FUTURE: ("comment states", "comments state", "a parent that was posted later; it is inferred instead"),
}


def tell(fault: Fault, n: int) -> tuple[str, ...]:
    """Return the note that counts what was mended; none where there was nothing."""
    one, many, rest = _NOTES[fault]
    return (f"{n:,} {one if n == 1 else many} {rest}",) if n else ()


def renew_ids(comments: Sequence[Comment], *, mend: bool) -> tuple[list[Comment], int]:
    """Give every comment an id of its own: the first on the page keeps it, the next become `ID~2`, `ID~3`.

    Replies to an id that was used twice answer the comment that keeps it.

    Returns:
        The comments, and how many got a new id.

    Raises:
        DuplicateId: An id is used twice, or is the article's, and that is not to be mended.
    """
    uses = Counter([ARTICLE, *(comment.id for comment in comments)])
    if len(uses) == len(comments) + 1:
        return list(comments), 0
    if not mend:
        twice = next(comment.id for comment in comments if uses[comment.id] > 1)
        raise DuplicateId(twice, numbers=[comment.number for comment in comments if comment.id == twice])
    taken, last = set(uses), dict.fromkeys(uses, 1)
    kept = {ARTICLE}
    renewed = []
    for comment in comments:
        if comment.id in kept:
            comment = replace(comment, id=_next_free(comment.id, taken, last))
        kept.add(comment.id)
        renewed.append(comment)
    return renewed, len(comments) + 1 - len(uses)


def _next_free(comment_id: str, taken: set[str], last: dict[str, int]) -> str:
    while True:
        last[comment_id] += 1
        new = f"{comment_id}~{last[comment_id]}"
        if new not in taken:
            taken.add(new)
            return new


def clear_orphans(comments: Sequence[Comment], *, mend: bool) -> tuple[list[Comment], int]:
    """Clear stated parents that are not on the page.

    Returns:
        The comments, and how many parents were cleared.

    Raises:
        MissingParent: There is one, and that is not to be mended.
    """
    present = {comment.id for comment in comments} | {ARTICLE}
    cleared, n_orphans = [], 0
    for comment in comments:
        if comment.parent_id is not None and comment.parent_id not in present:
            if not mend:
                raise MissingParent(comment.id, parent_id=comment.parent_id)
            comment = replace(comment, parent_id=None)
            n_orphans += 1
        cleared.append(comment)
    return cleared, n_orphans


def cut_rings(comments: Sequence[Comment], *, mend: bool) -> tuple[list[Comment], int]:
    """Cut each ring of replies where its oldest comment states a parent.

    Args:
        comments: Oldest first.
        mend: False refuses rings.

    Returns:
        The comments, and how many rings were cut.

    Raises:
        ReplyCycle: There is a ring, and that is not to be mended.
    """
    place = {comment.id: at for at, comment in enumerate(comments)}
    rings = find_rings({comment.id: comment.parent_id for comment in comments})
    oldest = set()
    for ring in rings:
        if not mend:
            raise ReplyCycle(ring)
        oldest.add(min(place[comment_id] for comment_id in ring))
    cut = [replace(comment, parent_id=None) if at in oldest else comment for at, comment in enumerate(comments)]
    return cut, len(oldest)


def clear_future(comments: Sequence[Comment], *, mend: bool) -> tuple[list[Comment], int]:
    """Clear stated parents that were posted later than the comment, by the times of both.

    Returns:
        The comments, and how many parents were cleared.

    Raises:
        FutureParent: There is one, and that is not to be mended.
    """
    times = {comment.id: comment.posted_at for comment in comments}
    cleared, n_future = [], 0
    for comment in comments:
        parent = comment.parent_id
        parent_time = times.get(parent) if parent is not None else None
        if parent is not None and comment.posted_at and parent_time and parent_time > comment.posted_at:
            if not mend:
                raise FutureParent(comment.id, parent_id=parent)
            comment = replace(comment, parent_id=None)
            n_future += 1
        cleared.append(comment)
    return cleared, n_future
