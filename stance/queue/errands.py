"""Errands to other sites: each is in the hands of one program at a time, and tried again with growing waits.

A table of errands has the columns `id`, `due_at`, `tries`, `state` and `why`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Table, delete, func, select, update

PENDING, GIVEN_UP = "pending", "given up"
LANDED, TOLD, CANCELLED = "landed", "told", "cancelled"
ARRIVAL_STATES: Final = (PENDING, LANDED, GIVEN_UP)
TELLING_STATES: Final = (PENDING, TOLD, CANCELLED, GIVEN_UP)
MOST_TRIES: Final = 30
"""Then an errand is given up: after about a day."""
_SECOND: Final = 1_000_000
CLAIM_MICROSECONDS: Final = 60 * _SECOND
"""For so long nobody else takes up what somebody works on."""
_FIRST_WAIT: Final = 10 * _SECOND
_LONGEST_WAIT: Final = 60 * 60 * _SECOND


def take(
    connection: Connection, table: Table, *conditions: ColumnElement[bool], limit: int, now: int
) -> Sequence[Row[Any]]:
    """Take up what is due, oldest first; for a minute nobody else is given it."""
    due = select(table).where(table.c.state == PENDING, table.c.due_at <= now, *conditions)
    rows = connection.execute(due.order_by(table.c.id).limit(limit).with_for_update(skip_locked=True)).all()
    claimed = update(table).where(table.c.id.in_([row.id for row in rows]))
    connection.execute(claimed.values(due_at=now + CLAIM_MICROSECONDS))
    return rows


def put_off(connection: Connection, table: Table, numbers: Sequence[int], *, why: str, now: int) -> None:
    """Note that errands failed: they are due again after a wait that doubles, or given up after `MOST_TRIES`."""
    failed = select(table.c.id, table.c.tries).where(table.c.id.in_(numbers), table.c.state == PENDING)
    for row in connection.execute(failed.order_by(table.c.id).with_for_update()).all():
        tries = row.tries + 1
        due_at = now + min(_LONGEST_WAIT, _FIRST_WAIT << (tries - 1))
        state = PENDING if tries < MOST_TRIES else GIVEN_UP
        held = {"tries": tries, "due_at": due_at, "state": state, "why": why[:200]}
        connection.execute(update(table).where(table.c.id == row.id).values(**held))


def rest(connection: Connection, table: Table, site: str, numbers: Sequence[int], *, now: int) -> None:
    """Leave a site alone for a while: what was taken up and not tried, and all else that is due, is due again then."""
    due = (table.c.site == site) & (table.c.due_at <= now)
    waiting = update(table).where(table.c.state == PENDING, due | table.c.id.in_(numbers))
    connection.execute(waiting.values(due_at=now + _FIRST_WAIT))


def count_states(connection: Connection, table: Table, states: Sequence[str]) -> dict[str, int]:
    """Return how many errands are in each of the states."""
    asked = select(table.c.state, func.count().label("n")).group_by(table.c.state)
    found = {row.state: int(row.n) for row in connection.execute(asked)}
    return {state: found.get(state, 0) for state in states}


def forget(connection: Connection, table: Table, *, before: int) -> int:
    """Forget what is done with and was due before; return how much. What is pending stays."""
    done = (table.c.state != PENDING, table.c.due_at < before)
    return connection.execute(delete(table).where(*done)).rowcount
