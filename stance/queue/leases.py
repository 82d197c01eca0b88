"""Who works on what: an item is held by one moderator at a time, for a while."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, select, update

from stance.queue.choosing import conditions, free_for, in_order, not_among
from stance.queue.errors import Erased, NoSuchItem, StaleItem
from stance.queue.ledger import note_change
from stance.queue.moderation import ItemFilter, ItemState, Lease, Purpose, StoreOrder
from stance.queue.packing import from_microseconds
from stance.queue.tables import items, places

LEASE_MINUTES: Final = 10
LEASE_MICROSECONDS: Final = LEASE_MINUTES * 60 * 1_000_000
NO_LEASE: Final = {"holder": None, "purpose": None, "lease_until": None}


def next_item(
    connection: Connection, wanted: ItemFilter, *, order: StoreOrder, moderator: str, avoid: Sequence[int], now: int
) -> Row[Any] | None:
    """Find and lock the first wanted item that nobody else holds; rows that others are locking are passed over."""
    chosen: Select[Any] = (
        select(items.c.id, items.c.version, items.c.holder)
        .join(places, places.c.item_id == items.c.id)
        .where(
            *conditions(connection, wanted),
            items.c.state == places.c.state,
            free_for(moderator, now=now),
            *not_among(avoid),
        )
    )
    chosen = in_order(chosen, order).limit(1).with_for_update(of=items, skip_locked=True)
    return connection.execute(chosen).one_or_none()


def give(connection: Connection, item_id: int, *, version: int, moderator: str, purpose: Purpose, now: int) -> Lease:
    """Write a lease on an item that is locked by this transaction, and tell."""
    lease = hold(connection, item_id, version=version, moderator=moderator, purpose=purpose, now=now)
    note_change(connection, "leased", item_ids=[item_id], moderator=moderator)
    return lease


def hold(connection: Connection, item_id: int, *, version: int, moderator: str, purpose: Purpose, now: int) -> Lease:
    """Write a lease on an item that is locked by this transaction."""
    until = now + LEASE_MICROSECONDS
    held = {"holder": moderator, "purpose": purpose.value, "lease_until": until}
    connection.execute(update(items).where(items.c.id == item_id).values(**held))
    return Lease(
        item_id=item_id, version=version, moderator=moderator, expires_at=from_microseconds(until), purpose=purpose
    )


def take(connection: Connection, item_id: int, *, moderator: str, now: int) -> Lease:
    """Hold one item that was asked for by its id; what the moderator holds already keeps its purpose.

    Raises:
        StaleItem: Somebody else holds it.
        NoSuchItem: The queue holds no item of that id.
        Erased: The item has no text any more.
    """
    row = locked_item(connection, item_id)
    if row is None:
        raise NoSuchItem(f"item {item_id}")
    if row.state == ItemState.ERASED.value:
        raise Erased(item_id)
    if row.holder not in {None, moderator} and row.lease_until > now:
        raise StaleItem([item_id], why="somebody else holds it")
    purpose = Purpose(row.purpose) if row.holder == moderator and row.purpose else Purpose.QUEUE
    return give(connection, item_id, version=row.version, moderator=moderator, purpose=purpose, now=now)


def renew(connection: Connection, item_id: int, *, moderator: str, now: int) -> Lease:
    """Hold an item for another while, also where the lease ran out and nobody else took it.

    Raises:
        StaleItem: Somebody else holds it, it was decided, or the moderator let it go.
    """
    row = locked_item(connection, item_id)
    if row is None or row.holder != moderator or row.lease_until is None:
        raise StaleItem([item_id], why="you hold it no longer")
    until = now + LEASE_MICROSECONDS
    connection.execute(update(items).where(items.c.id == item_id).values(lease_until=until))
    return Lease(
        item_id=item_id,
        version=row.version,
        moderator=moderator,
        expires_at=from_microseconds(until),
        purpose=Purpose(row.purpose),
    )


def release(connection: Connection, item_id: int, *, moderator: str) -> None:
    """Let an item go; where the moderator does not hold it, nothing happens."""
    done = connection.execute(
        update(items).where(items.c.id == item_id, items.c.holder == moderator).values(**NO_LEASE)
    )
    if done.rowcount:
        note_change(connection, "released", item_ids=[item_id], moderator=moderator)


def locked_item(connection: Connection, item_id: int) -> Row[Any] | None:
    """Read an item and keep it from changing until the transaction ends."""
    return connection.execute(select(items).where(items.c.id == item_id).with_for_update()).one_or_none()


def wake_deferred(connection: Connection, *, now: int) -> None:
    """Open again what was deferred until now."""
    ids = [row.id for row in connection.execute(due_items(now=now).with_for_update(skip_locked=True))]
    for item_id in ids:
        set_state(connection, item_id, state=ItemState.OPEN, deferred_until=None)


def due_items(*, now: int) -> Select[Any]:
    """Return the selection of what was deferred until now, by id."""
    due = select(items.c.id).where(items.c.deferred_until <= now, items.c.state == ItemState.DEFERRED.value)
    # Sorted by the bare column, SQLite walks the whole table in that order and leaves the index of what is due alone.
    return due.order_by(items.c.id + 0)


def set_state(connection: Connection, item_id: int, *, state: ItemState, **values: Any) -> None:
    """Move an item into a state: its version grows, nobody holds it, and all its places follow."""
    moved = {"state": state.value, "version": items.c.version + 1, **NO_LEASE, **values}
    connection.execute(update(items).where(items.c.id == item_id).values(**moved))
    connection.execute(update(places).where(places.c.item_id == item_id).values(state=state.value))
