"""The counters that writers lock, what changed, and the settings.

Writers lock in one order, so that none waits for another in a ring: `load`, then items by id, then `chain`, then
`telling`, then `change`. On SQLite a writing transaction is alone from its beginning, and the locks are no more than
reads.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from sqlalchemy import Connection, insert, select, update

from stance.queue.moderation import Change
from stance.queue.packing import pack_policy
from stance.queue.tables import changes, ledger, policies, settings
from stance.records import Policy

Counter = Literal["load", "thread", "chain", "change", "suggestion", "arrival", "telling", "seen"]
What = Literal["loaded", "leased", "released", "decided", "undone", "checked", "purged", "rescored"]


def lock(connection: Connection, name: Counter) -> tuple[int, str]:
    """Hold a counter until the transaction ends; return its value and hash."""
    held = select(ledger).where(ledger.c.name == name).with_for_update()
    row = connection.execute(held).one()
    return int(row.value), str(row.hash)


def next_values(connection: Connection, name: Counter, *, n: int) -> int:
    """Take `n` values of a counter; return the first."""
    taken = update(ledger).where(ledger.c.name == name).values(value=ledger.c.value + n).returning(ledger.c.value)
    return int(connection.execute(taken).scalar_one()) - n + 1


def note_change(
    connection: Connection, what: What, *, item_ids: Iterable[int | None] = (None,), moderator: str | None = None
) -> None:
    """Tell whoever watches what changed. Last in its transaction: the counter then grows in the order of commits."""
    ids = tuple(item_ids)
    first = next_values(connection, "change", n=len(ids))
    connection.execute(
        insert(changes),
        [
            {"sequence": sequence, "what": what, "item_id": item_id, "moderator": moderator}
            for sequence, item_id in enumerate(ids, start=first)
        ],
    )


def read_changes(connection: Connection, since: int, *, limit: int) -> tuple[Change, ...]:
    """Return what changed after `since`, oldest first."""
    found = connection.execute(
        select(changes).where(changes.c.sequence > since).order_by(changes.c.sequence).limit(limit)
    )
    return tuple(
        Change(sequence=row.sequence, what=row.what, item_id=row.item_id, moderator=row.moderator) for row in found
    )


def last_change(connection: Connection) -> int:
    """Return the sequence of the newest change, 0 where there is none."""
    return int(connection.execute(select(ledger.c.value).where(ledger.c.name == "change")).scalar_one())


def remember_policy(connection: Connection, policy: Policy, *, now: int) -> None:
    """Keep the lines of a policy that ranked something here."""
    if connection.execute(select(policies.c.digest).where(policies.c.digest == policy.digest)).scalar() is None:
        connection.execute(insert(policies).values(digest=policy.digest, lines=pack_policy(policy), seen_at=now))


def read_setting(connection: Connection, name: str) -> str | None:
    """Return a setting, None where it was never written."""
    found: str | None = connection.execute(select(settings.c.value).where(settings.c.name == name)).scalar()
    return found


def write_setting(connection: Connection, name: str, value: str) -> None:
    """Write a setting."""
    done = connection.execute(update(settings).where(settings.c.name == name).values(value=value))
    if not done.rowcount:
        connection.execute(insert(settings).values(name=name, value=value))
