"""Items, threads and lanes as they are shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, func, select

from stance.queue.chain import read_decisions
from stance.queue.choosing import after, conditions, in_order, lane_names, order_column
from stance.queue.errors import NoSuchItem
from stance.queue.lanes import LANE_WORDS
from stance.queue.moderation import (
    ALL_LANE,
    ESCALATED_LANE,
    CheckOutcome,
    ClaimCheck,
    Cursor,
    ItemFilter,
    ItemPage,
    ItemState,
    ItemSummary,
    Lane,
    StoredItem,
    StoredThread,
    StoreOrder,
    ThreadEntry,
)
from stance.queue.packing import (
    Details,
    empty_details,
    from_microseconds,
    from_optional_microseconds,
    to_kind,
    unpack_actors,
    unpack_article,
    unpack_details,
    unpack_reasons,
)
from stance.queue.tables import checks, decisions, items, places, texts, threads
from stance.records import Article, Comment, Order, Thread

COUNT_CAP: Final = 1_000
"""Where counting the items of a list stops."""
_EXCERPT_CHARACTERS: Final = 200
MOST_ITEMS: Final = 500


def list_items(
    connection: Connection,
    wanted: ItemFilter,
    *,
    order: StoreOrder,
    limit: int,
    cursor: Cursor | None,
    now: int,
) -> ItemPage:
    """Return one page of the wanted items.

    Raises:
        ValueError: `limit` is not from 1 to 500, or the order or lane is unknown.
    """
    if not 1 <= limit <= MOST_ITEMS:
        raise ValueError(f"limit: got {limit}, want 1 to {MOST_ITEMS}")
    fitting = conditions(connection, wanted)
    joined = select(items.c.id).join(places, places.c.item_id == items.c.id).where(*fitting)
    capped = joined.limit(COUNT_CAP + 1).subquery()
    count = connection.execute(select(func.count()).select_from(capped)).scalar_one()
    chosen = _summaries(order_column(order).label("key")).where(*fitting)
    if cursor is not None:
        chosen = chosen.where(after(order, cursor))
    rows = connection.execute(in_order(chosen, order).limit(limit + 1)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return ItemPage(
        items=tuple(_summary(row, now=now) for row in rows[:limit]),
        after=None if last is None else Cursor(last.key, last.id),
        count=min(count, COUNT_CAP),
        count_cap=COUNT_CAP,
    )


def _summaries(key: Any) -> Select[Any]:
    excerpt = func.substr(texts.c.text, 1, _EXCERPT_CHARACTERS).label("excerpt")
    return (
        select(items, threads.c.key.label("thread_key"), texts.c.reasons, excerpt, key)
        .join(places, places.c.item_id == items.c.id)
        .join(threads, threads.c.id == items.c.thread_id)
        .outerjoin(texts, texts.c.item_id == items.c.id)
    )


def _summary(row: Row[Any], *, now: int) -> ItemSummary:
    reasons = unpack_reasons(row.reasons) if row.reasons else ()
    return ItemSummary(
        id=row.id,
        thread_id=row.thread_key,
        comment_id=row.comment_id,
        number=row.number,
        author=row.author,
        posted_at=from_optional_microseconds(row.posted_at),
        excerpt=row.excerpt or "",
        what=reasons[0].what if reasons else "",
        state=to_kind(ItemState, row.state),
        version=row.version,
        priority=row.priority,
        uncertainty=row.uncertainty,
        lanes=lane_names(row.lanes),
        holder=_holder(row, now=now),
    )


def _holder(row: Row[Any], *, now: int) -> str | None:
    return row.holder if row.lease_until is not None and row.lease_until > now else None


def count_lanes(connection: Connection) -> tuple[Lane, ...]:
    """Return every lane with its open items; the lane of escalated ones with those."""
    counted = select(places.c.lane, func.count().label("n"))
    by_lane = counted.where(places.c.state == ItemState.OPEN.value).group_by(places.c.lane)
    n_open: dict[str, int] = {row.lane: row.n for row in connection.execute(by_lane)}
    escalated = (places.c.lane == ALL_LANE, places.c.state == ItemState.ESCALATED.value)
    n_open[ESCALATED_LANE] = connection.execute(select(func.count()).select_from(places).where(*escalated)).scalar_one()
    return tuple(Lane(name=name, words=words, n_open=n_open.get(name, 0)) for name, words in LANE_WORDS.items())


def read_item(connection: Connection, item_id: int, *, now: int) -> StoredItem:
    """Return everything known of one item.

    Raises:
        NoSuchItem: The queue holds no item of that id.
    """
    row = connection.execute(_whole().where(items.c.id == item_id)).one_or_none()
    if row is None:
        raise NoSuchItem(f"item {item_id}")
    details = _details(row)
    holder = _holder(row, now=now)
    return StoredItem(
        id=row.id,
        thread_id=row.thread_key,
        comment=_comment(row),
        reply=details.reply,
        mentions=details.mentions,
        judgement=details.judgement,
        reasons=unpack_reasons(row.reasons) if row.reasons else (),
        lanes=lane_names(row.lanes),
        priority=row.priority,
        uncertainty=row.uncertainty,
        state=to_kind(ItemState, row.state),
        version=row.version,
        revision=row.revision,
        model_id=row.model_id,
        policy_digest=row.policy_digest,
        holder=holder,
        lease_expires_at=from_microseconds(row.lease_until) if holder else None,
        deferred_until=from_optional_microseconds(row.deferred_until),
        history=tuple(read_decisions(connection, decisions.c.item_id == item_id)),
        checks=_read_checks(connection, item_id),
    )


def read_thread(connection: Connection, thread_id: int) -> StoredThread:
    """Return a whole thread by its number in the database."""
    thread = connection.execute(select(threads).where(threads.c.id == thread_id)).one()
    rows = connection.execute(_whole().where(items.c.thread_id == thread_id).order_by(items.c.place, items.c.id))
    return StoredThread(
        id=thread.key,
        article=unpack_article(thread.article) if thread.article else Article(),
        actors=unpack_actors(thread.actors) if thread.actors else (),
        entries=tuple(_entries(rows)),
    )


def as_thread(stored: StoredThread) -> Thread:
    """Return a stored thread as the ranking takes it."""
    comments = tuple(entry.comment for entry in stored.entries)
    return Thread(
        id=stored.id, article=stored.article, comments=comments, order=Order.OLDEST_FIRST, order_probability=1.0
    )


def find_thread(connection: Connection, *, item_id: int) -> int:
    """Return the number of the thread of an item.

    Raises:
        NoSuchItem: The queue holds no such item.
    """
    found = connection.execute(select(items.c.thread_id).where(items.c.id == item_id)).scalar()
    if found is None:
        raise NoSuchItem(f"item {item_id}")
    return int(found)


def _whole() -> Select[Any]:
    return (
        select(items, threads.c.key.label("thread_key"), texts.c.text, texts.c.reasons, texts.c.details)
        .join(threads, threads.c.id == items.c.thread_id)
        .outerjoin(texts, texts.c.item_id == items.c.id)
    )


def _entries(rows: Iterable[Row[Any]]) -> Iterable[ThreadEntry]:
    for row in rows:
        details = _details(row)
        yield ThreadEntry(
            item_id=row.id,
            comment=_comment(row),
            reply=details.reply,
            mentions=details.mentions,
            judgement=details.judgement,
            state=to_kind(ItemState, row.state),
            priority=row.priority,
        )


def _details(row: Row[Any]) -> Details:
    return unpack_details(row.details) if row.details else empty_details(row.comment_id)


def _comment(row: Row[Any]) -> Comment:
    return Comment(
        id=row.comment_id,
        text=row.text or "",
        number=row.number,
        author=row.author,
        posted_at=from_optional_microseconds(row.posted_at),
    )


def _read_checks(connection: Connection, item_id: int) -> tuple[ClaimCheck, ...]:
    found = connection.execute(select(checks).where(checks.c.item_id == item_id).order_by(checks.c.noted_at))
    return tuple(
        ClaimCheck(
            sentence=row.sentence,
            outcome=to_kind(CheckOutcome, row.outcome),
            note=row.note,
            moderator=row.moderator,
            noted_at=from_microseconds(row.noted_at),
        )
        for row in found
    )


def prove_sentence(connection: Connection, item_id: int, sentence: int) -> None:
    """Raise where an item has no such sentence.

    Raises:
        NoSuchItem: The queue holds no such item, or the item no such sentence.
    """
    details = connection.execute(select(texts.c.details).where(texts.c.item_id == item_id)).scalar()
    if details is None or not 0 <= sentence < len(unpack_details(details).judgement.sentences):
        raise NoSuchItem(f"sentence {sentence} of item {item_id}")
