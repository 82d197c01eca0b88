"""Decisions that other sites are to be told: written with the decision, told until the site has acknowledged it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, exists, insert, select, update

from stance.queue import errands
from stance.queue.counting import standing
from stance.queue.database import Database
from stance.queue.elsewhere import is_from_outside
from stance.queue.ledger import next_values
from stance.queue.moderation import Action, Decision, ItemState, Purpose, RejectReason
from stance.queue.packing import storable_id, to_kind, to_microseconds, to_optional_kind
from stance.queue.tables import decisions, origins, outbox

_AT_ONCE: Final = 500
"""Ids in one statement: databases limit its parameters."""
_WANTED: Final = {ItemState.APPROVED: Action.APPROVE, ItemState.REJECTED: Action.REJECT}
"""What a site is told of an item that is in this state now; of any other it is told nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A decision that a site is to be told; `revision` is that of the text which was decided on."""

    id: int
    site: str
    comment_id: str
    revision: str
    action: Action
    reason: RejectReason | None


class Outbox:
    """What one queue has to tell other sites; `Store.outbox` gives it."""

    def __init__(self, database: Database, *, now: Callable[[], int]) -> None:
        self._database = database
        self._now = now

    def take(self, *, sites: Sequence[str], limit: int) -> tuple[Telling, ...]:
        """Take up what those sites are to be told, oldest first; for a minute nobody else is given it.

        What was decided later on a comment waits while somebody may still be telling what was decided before.
        """
        now = self._now()
        earlier = outbox.alias()
        in_hands = exists(earlier.c.id).where(
            earlier.c.item_id == outbox.c.item_id,
            earlier.c.id < outbox.c.id,
            earlier.c.state == errands.CANCELLED,
            earlier.c.due_at.between(now + 1, now + errands.CLAIM_MICROSECONDS),
        )
        theirs = outbox.c.site.in_(list(map(storable_id, sites)))
        with self._database.writing() as connection:
            rows = errands.take(connection, outbox, theirs, ~in_hands, limit=limit, now=now)
        return tuple(
            Telling(
                id=row.id,
                site=row.site,
                comment_id=row.comment_id,
                revision=row.revision,
                action=to_kind(Action, row.action),
                reason=to_optional_kind(RejectReason, row.reason),
            )
            for row in rows
        )

    def close(self, telling: Telling) -> None:
        """Note that the site has acknowledged a decision, also one that was taken back in the meantime."""
        with self._database.writing() as connection:
            told = (
                update(outbox).where(outbox.c.id == telling.id).values(state=errands.TOLD, why="", due_at=self._now())
            )
            item_id = connection.execute(told.returning(outbox.c.item_id)).scalar_one()
            held = {"standing": telling.action.value, "told_at": self._now()}
            connection.execute(update(origins).where(origins.c.item_id == item_id).values(**held))

    def put_off(self, numbers: Sequence[int], *, why: str) -> None:
        """Note that these could not be told; after 30 tries, in about a day, they are given up."""
        with self._database.writing() as connection:
            errands.put_off(connection, outbox, numbers, why=why, now=self._now())

    def rest(self, site: str, numbers: Sequence[int] = ()) -> None:
        """Leave a site alone for ten seconds; `numbers` are in hand and were not tried."""
        with self._database.writing() as connection:
            errands.rest(connection, outbox, storable_id(site), numbers, now=self._now())

    def give_up(self, telling: Telling, *, why: str) -> None:
        """Note that a site can never be told of a decision."""
        with self._database.writing() as connection:
            pending = update(outbox).where(outbox.c.id == telling.id, outbox.c.state == errands.PENDING)
            connection.execute(pending.values(state=errands.GIVEN_UP, why=why[:200]))

    def counts(self) -> dict[str, int]:
        """Return how many are pending, told, cancelled and given up."""
        with self._database.reading() as connection:
            return errands.count_states(connection, outbox, errands.TELLING_STATES)

    def forget(self, *, older_than: datetime) -> int:
        """Forget what was told, cancelled or given up before; return how many. What is pending stays."""
        with self._database.writing() as connection:
            return errands.forget(connection, outbox, before=to_microseconds(older_than))


def note_tellings(connection: Connection, made: Sequence[Decision], *, now: int) -> None:
    """Have sites told of what was decided on their comments, instead of what they were to be told before.

    What was decided on a site is not told to it again.
    """
    moved = {decision.item_id: decision for decision in made if decision.purpose is Purpose.QUEUE}
    ids = sorted(moved)
    for start in range(0, len(ids), _AT_ONCE):
        theirs = select(origins).where(origins.c.item_id.in_(ids[start : start + _AT_ONCE]))
        for origin in connection.execute(theirs.order_by(origins.c.item_id)).all():
            decision = moved[origin.item_id]
            untold = (outbox.c.item_id == origin.item_id, outbox.c.state == errands.PENDING)
            connection.execute(update(outbox).where(*untold).values(state=errands.CANCELLED))
            action = _WANTED.get(decision.state_after)
            if is_from_outside(decision.moderator):
                held = {"standing": decision.action.value, "told_at": None}
                connection.execute(update(origins).where(origins.c.item_id == origin.item_id).values(**held))
            elif action is not None and origin.revision is not None:
                row = {name: getattr(origin, name) for name in ("item_id", "site", "comment_id", "revision")}
                row |= {"action": action.value, "reason": _reason(connection, decision, action)}
                row |= {"id": next_values(connection, "telling", n=1), "due_at": now, "tries": 0}
                connection.execute(insert(outbox).values(**row, state=errands.PENDING, why=""))


def _reason(connection: Connection, decision: Decision, action: Action) -> str | None:
    """Return why a comment stands rejected: after an undo, by the decision that stands again."""
    if decision.action is not Action.UNDO:
        return None if decision.reason is None else decision.reason.value
    before = select(decisions.c.reason).where(
        decisions.c.item_id == decision.item_id, decisions.c.action == action.value, standing()
    )
    found: str | None = connection.execute(before.order_by(decisions.c.sequence.desc()).limit(1)).scalar()
    return found
