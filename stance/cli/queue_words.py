"""Items and decisions of a queue, in words for a terminal and as JSON."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from stance.queue import Decision, ItemPage, ItemSummary, StoredItem, StoredThread
    from stance.records import Reason

_EXCERPT_CELLS: Final = 60
_PARENT_CELLS: Final = 200
_MOST_LINES: Final = 200
"""Lines of a comment that a terminal is shown; the page shows all."""


def to_json(record: object) -> str:
    """Return a record as one line of JSON in ASCII, so that nothing in a text can steer a terminal."""
    import orjson

    return json.dumps(orjson.loads(orjson.dumps(record, option=orjson.OPT_NON_STR_KEYS)))


def page_of_items(page: ItemPage) -> str:
    """Return a list of items, one a line, and how to go on."""
    count = f"{page.count:,}" if page.count < page.count_cap else f"{page.count_cap:,} or more"
    lines = [_line(item) for item in page.items]
    lines.append(f"{count} {'item' if page.count == 1 else 'items'}")
    if page.after is not None:
        lines.append(f"more with --after {page.after}")
    return "".join(f"{line}\n" for line in lines)


def _line(item: ItemSummary) -> str:
    from stance.out import snip

    held = f" (held by {snip(item.holder, 20)})" if item.holder else ""
    what = snip(item.what, 30) or "no reason"
    return f"{item.id:>7}  {item.priority:.2f}  {what:<30}  {snip(item.excerpt, _EXCERPT_CELLS)}{held}"


def shown_item(item: StoredItem, thread: StoredThread, *, expires_at: datetime) -> str:
    """Return an item with its reasons, what it answers, and its whole text."""
    from stance.out import safe, snip

    title = snip(thread.article.title, 60) or snip(item.thread_id, 60)
    author = snip(item.comment.author or "somebody", 30)
    lines = [
        f"item {item.id}, version {item.version}, yours until {expires_at.astimezone():%H:%M:%S}",
        f"comment {item.comment.number} by {author} under {title}",
        f"priority {item.priority:.2f}, uncertainty {item.uncertainty:.2f}",
        *(_reason(reason, item) for reason in item.reasons),
    ]
    lines += [
        f"answers comment {parent.comment.number}: {snip(parent.comment.text, _PARENT_CELLS)}"
        for parent in thread.entries
        if parent.comment.id == item.reply.parent_id
    ]
    text = [safe(line) for line in item.comment.text.splitlines()]
    lines += ["", *text[:_MOST_LINES]]
    if len(text) > _MOST_LINES:
        lines.append(f"({len(text) - _MOST_LINES:,} lines more)")
    lines += ["", f"stance queue decide QUEUE {item.id} approve|reject|escalate|defer"]
    return "\n".join(lines)


def _reason(reason: Reason, item: StoredItem) -> str:
    from stance.out import snip

    words = " / ".join(item.comment.text[start:end] for start, end in reason.words)
    return f"  {reason.probability:.2f}  {snip(reason.what, 40)}: {snip(words, 80)}"


def told_decision(decision: Decision) -> str:
    """Return what became of an item."""
    what = f"undid decision {decision.undoes}" if decision.undoes is not None else decision.action.value
    return f"decision {decision.sequence}: item {decision.item_id} {what}, now {decision.state_after.value}"
