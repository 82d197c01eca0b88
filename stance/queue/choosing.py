"""Which items are wanted, in which order, as SQL: the same for lists and for leases."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal_column, or_, select, text

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


def conditions(wanted: ItemFilter, *, dialect: str) -> list[ColumnElement[bool]]:
    """Return what a row of `places` joined with `items` must fulfil."""
    lane, state = place_of(wanted)
    found: list[ColumnElement[bool]] = [places.c.lane == lane, places.c.state == state.value]
    if wanted.thread_id is not None:
        thread = select(threads.c.id).where(threads.c.key == storable_id(wanted.thread_id)).scalar_subquery()
        found.append(items.c.thread_id == thread)
    if wanted.author is not None:
        found.append(items.c.author == storable_id(wanted.author))
    if wanted.min_priority is not None:
        found.append(items.c.priority >= wanted.min_priority)
    if wanted.actor is not None or wanted.stance is not None:
        found.append(_speaks_of(wanted))
    if wanted.search.strip():
        found.append(_says(wanted.search, dialect=dialect))
    return found


def after(order: StoreOrder, cursor: Cursor) -> ColumnElement[bool]:
    """Return what comes after a cursor; the first half alone lets the index find it."""
    key = order_column(order)
    return and_(key <= cursor.key, or_(key < cursor.key, places.c.item_id > cursor.item_id))


def in_order(chosen: Select[Any], order: StoreOrder) -> Select[Any]:
    """Sort a selection; equals stay in the order in which they were loaded."""
    return chosen.order_by(order_column(order).desc(), places.c.item_id)


def _speaks_of(wanted: ItemFilter) -> ColumnElement[bool]:
    fits = [item_actors.c.item_id == places.c.item_id]
    if wanted.actor is not None:
        fits.append(item_actors.c.actor == storable_id(wanted.actor))
    if wanted.stance is not None:
        fits.append(item_actors.c.stance == wanted.stance.value)
    return exists().where(*fits)


def _says(search: str, *, dialect: str) -> ColumnElement[bool]:
    """Return that a comment holds all words, the last of them perhaps only begun."""
    words = _WORD.findall(search)[:_MOST_WORDS]
    if not words:
        return literal_column("1") == literal_column("0")
    if dialect == "sqlite":
        asked = " ".join(f'"{word}"' for word in words) + "*"
        hits: Any = text("SELECT rowid FROM words WHERE words MATCH :asked").bindparams(asked=asked)
        return places.c.item_id.in_(hits)
    asked = " & ".join(words) + ":*"
    indexed = func.to_tsvector(literal_column("'simple'"), func.left(texts.c.text, literal_column("50000")))
    matches = indexed.op("@@", is_comparison=True)(func.to_tsquery(literal_column("'simple'"), asked))
    return places.c.item_id.in_(select(texts.c.item_id).where(matches))


def lane_names(joined: str) -> tuple[str, ...]:
    """Return the lanes of an item as `items.lanes` holds them."""
    return tuple(joined.split())


def free_for(moderator: str, *, now: int) -> ColumnElement[bool]:
    """Return that nobody else holds an item."""
    return or_(items.c.lease_until.is_(None), items.c.lease_until <= now, items.c.holder == moderator)


def not_among(item_ids: Sequence[int]) -> list[ColumnElement[bool]]:
    """Return that an item is none of these."""
    return [places.c.item_id.not_in(item_ids)] if item_ids else []
