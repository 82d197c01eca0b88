"""Which items are wanted, in which order, as SQL: the same for lists and for leases."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    column,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    table,
)

from stance.queue.lanes import LANE_WORDS
from stance.queue.moderation import (
    ALL_LANE,
    ESCALATED_LANE,
    STORE_ORDERS,
    Cursor,
    ItemFilter,
    ItemState,
    StoreOrder,
)
from stance.queue.packing import storable_id
from stance.queue.tables import item_actors, items, places, texts, threads

_WORD: Final = re.compile(r"[^\W_]+")
_MOST_WORDS: Final = 20
"""Words of a search that are looked for; the others would only narrow it further."""
_FEW: Final = 2_000
"""Items that are sorted faster than all the others are walked past."""


def place_of(wanted: ItemFilter) -> tuple[str, ItemState]:
    """Return the lane and state in which the wanted items stand.

    Raises:
        ValueError: No lane has that name.
    """
    if wanted.lane not in LANE_WORDS:
        raise ValueError(f"lane: got {wanted.lane!r}, want one of {', '.join(LANE_WORDS)}")
    return (ALL_LANE, ItemState.ESCALATED) if wanted.lane == ESCALATED_LANE else (wanted.lane, wanted.state)


def order_column(order: StoreOrder) -> ColumnElement[float]:
    """Return the column that an order sorts by, highest first.

    Raises:
        ValueError: There is no such order.
    """
    if order not in STORE_ORDERS:
        raise ValueError(f"order: got {order!r}, want one of {', '.join(STORE_ORDERS)}")
    return places.c[order]


def conditions(connection: Connection, wanted: ItemFilter) -> list[ColumnElement[bool]]:
    """Return what a row of `places` joined with `items` must fulfil.

    A filter that few items pass is asked first, and what passes it is sorted; through one that many pass the items are
    walked in order until enough are found. SQLite cannot know which is which, so the few are counted.
    """
    lane, state = place_of(wanted)
    filters = list(_filters(wanted, dialect=connection.dialect.name))
    n_passing = [_count_few(connection, one.ids) for one in filters]
    rarest = min(n_passing, default=_FEW + 1)
    found: list[ColumnElement[bool]] = [places.c.state == state.value]
    # With an operator around it, the column is no use to the index that is in order.
    found.append(places.c.lane == lane if rarest > _FEW else places.c.lane.concat("") == lane)
    for one, n in zip(filters, n_passing, strict=True):
        found.append(places.c.item_id.in_(one.ids) if n == rarest <= _FEW else one.walked)
    return found


@dataclass(frozen=True, slots=True)
class _Filter:
    """One filter: the ids of the items that pass it, and the same as a condition on an item walked by."""

    ids: Any
    walked: ColumnElement[bool]


def _count_few(connection: Connection, ids: Any) -> int:
    """Return how many items pass a filter, at most one more than few."""
    some = ids.limit(_FEW + 1).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())


def _filters(wanted: ItemFilter, *, dialect: str) -> Iterator[_Filter]:
    if wanted.thread_id is not None:
        thread = select(threads.c.id).where(threads.c.key == storable_id(wanted.thread_id)).scalar_subquery()
        yield _Filter(select(items.c.id).where(items.c.thread_id == thread), items.c.thread_id == thread)
    if wanted.author is not None:
        by_author = items.c.author == storable_id(wanted.author)
        yield _Filter(select(items.c.id).where(by_author), by_author)
    if wanted.min_priority is not None:
        lane, state = place_of(wanted)
        risky = places.alias()
        found = select(risky.c.item_id).where(
            risky.c.lane == lane, risky.c.state == state.value, risky.c.risk >= wanted.min_priority
        )
        yield _Filter(found, places.c.risk >= wanted.min_priority)
    if wanted.actor is not None or wanted.stance is not None:
        yield _speaks_of(wanted)
    if wanted.search.strip():
        ids = _hits(wanted.search, dialect=dialect)
        yield _Filter(ids, places.c.item_id.in_(ids))


def after(order: StoreOrder, cursor: Cursor) -> ColumnElement[bool]:
    """Return what comes after a cursor; the first half alone lets the index find it."""
    key = order_column(order)
    return and_(key <= cursor.key, or_(key < cursor.key, places.c.item_id > cursor.item_id))


def in_order(chosen: Select[Any], order: StoreOrder) -> Select[Any]:
    """Sort a selection; equals stay in the order in which they were loaded."""
    return chosen.order_by(order_column(order).desc(), places.c.item_id)


def _speaks_of(wanted: ItemFilter) -> _Filter:
    fits = []
    if wanted.actor is not None:
        fits.append(item_actors.c.actor == storable_id(wanted.actor))
    if wanted.stance is not None:
        fits.append(item_actors.c.stance == wanted.stance.value)
    return _Filter(
        select(item_actors.c.item_id).where(*fits), exists().where(item_actors.c.item_id == places.c.item_id, *fits)
    )


def _hits(search: str, *, dialect: str) -> Any:
    """Return the ids of the comments that hold all words, the last of them perhaps only begun."""
    words = _WORD.findall(search)[:_MOST_WORDS]
    if not words:
        return select(texts.c.item_id).where(false())
    if dialect == "sqlite":
        index = table("words", column("rowid"), column("words"))
        asked = " ".join(f'"{word}"' for word in words) + "*"
        return select(index.c.rowid).where(index.c.words.op("MATCH", is_comparison=True)(asked))
    asked = " & ".join(words) + ":*"
    indexed = func.to_tsvector(literal_column("'simple'"), func.left(texts.c.text, literal_column("50000")))
    matches = indexed.op("@@", is_comparison=True)(func.to_tsquery(literal_column("'simple'"), asked))
    return select(texts.c.item_id).where(matches)


def lane_names(joined: str) -> tuple[str, ...]:
    """Return the lanes of an item as `items.lanes` holds them."""
    return tuple(joined.split())


def free_for(moderator: str, *, now: int) -> ColumnElement[bool]:
    """Return that nobody else holds an item."""
    return or_(items.c.lease_until.is_(None), items.c.lease_until <= now, items.c.holder == moderator)


def not_among(item_ids: Sequence[int]) -> list[ColumnElement[bool]]:
    """Return that an item is none of these."""
    return [places.c.item_id.not_in(item_ids)] if item_ids else []
