"""Decisions: made on the version that was seen, appended, and taken back by a further one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, func, select

from stance.queue.chain import append
from stance.queue.counting import standing
from stance.queue.errors import Erased, NoSuchItem, NothingToUndo, StaleItem
from stance.queue.leases import hold, locked_item, set_state
from stance.queue.ledger import note_change
from stance.queue.moderation import Action, Choice, Decision, ItemState, Purpose
from stance.queue.outbox import note_tellings
from stance.queue.packing import storable, to_kind
from stance.queue.tables import decisions, places, threads

DEFER_MICROSECONDS: Final = 60 * 60 * 1_000_000
"""How long a deferred item stays away: an hour."""
_LONGEST_NOTE: Final = 10_000
_STATE_AFTER: Final = {
    Action.APPROVE: ItemState.APPROVED,
    Action.REJECT: ItemState.REJECTED,
    Action.ESCALATE: ItemState.ESCALATED,
    Action.DEFER: ItemState.DEFERRED,
}


def decide(connection: Connection, choices: Sequence[Choice], *, moderator: str, now: int) -> tuple[Decision, ...]:
    """Make all decisions or none.

    Raises:
        StaleItem: A version is not the item's, or somebody else holds it.
        NoSuchItem: The queue holds no item of that id.
        Erased: An item has no text any more.
    """
    for choice in choices:
        _prove(choice)
    if len({choice.item_id for choice in choices}) != len(choices):
        raise ValueError("choices: want one an item")
    rows = {
        choice.item_id: _locked(connection, choice.item_id) for choice in sorted(choices, key=lambda one: one.item_id)
    }
    _refuse_stale(choices, rows, moderator=moderator, now=now)
    entries = []
    for choice in choices:
        row = rows[choice.item_id]
        purpose = _purpose(row, moderator=moderator)
        after = _STATE_AFTER[choice.action] if purpose is Purpose.QUEUE else to_kind(ItemState, row.state)
        entries.append(
            _entry(connection, row, moderator=moderator, now=now)
            | {
                "action": choice.action.value,
                "reason": None if choice.reason is None else choice.reason.value,
                "note": storable(choice.note),
                "seconds": None if choice.seconds is None else float(choice.seconds),
                "state_after": after.value,
                "purpose": purpose.value,
                "undoes": None,
            }
        )
        due = now + DEFER_MICROSECONDS if after is ItemState.DEFERRED else None
        due = row.deferred_until if purpose is not Purpose.QUEUE else due
        set_state(connection, row.id, state=after, deferred_until=due)
    made = append(connection, entries)
    note_tellings(connection, made, now=now)
    note_change(connection, "decided", item_ids=[one.item_id for one in made], moderator=moderator)
    return made


def undo(
    connection: Connection, *, moderator: str, sequence: int | None, others: bool, now: int
) -> tuple[Decision, ...]:
    """Take a decision back, or the moderator's last with all that was decided at once with it.

    Raises:
        NothingToUndo: There is none, it is another's, it was taken back, or the item moved on since.
    """
    undone = _to_undo(connection, moderator=moderator, sequence=sequence, others=others)
    entries = []
    for row in sorted(undone, key=lambda one: one.item_id):
        item = _locked(connection, row.item_id)
        _refuse_moved_on(connection, row, item)
        entries.append(
            _entry(connection, item, moderator=moderator, now=now)
            | {
                "action": Action.UNDO.value,
                "reason": None,
                "note": "",
                "seconds": None,
                "state_after": row.state_before,
                "purpose": row.purpose,
                "undoes": row.sequence,
            }
        )
        before = to_kind(ItemState, row.state_before)
        # Deferred once more it would never wake: when it was due is not known any more.
        state = ItemState.OPEN if before is ItemState.DEFERRED else before
        entries[-1]["state_after"] = state.value
        set_state(connection, item.id, state=state, deferred_until=None)
        if state is ItemState.OPEN:
            hold(connection, item.id, version=item.version + 1, moderator=moderator, purpose=Purpose.QUEUE, now=now)
    made = append(connection, entries)
    note_tellings(connection, made, now=now)
    note_change(connection, "undone", item_ids=[one.item_id for one in made], moderator=moderator)
    held = [one.item_id for one in made if one.state_after is ItemState.OPEN]
    if held:
        note_change(connection, "leased", item_ids=held, moderator=moderator)
    return made


def _prove(choice: Choice) -> None:
    """Refuse what no caller may ask for."""
    if choice.action is Action.UNDO:
        raise ValueError("action: got undo, want undo() for it")
    if choice.reason is not None and choice.action not in {Action.REJECT, Action.ESCALATE}:
        raise ValueError(
            f"reason: got {choice.reason.value} with {choice.action.value}, want it with reject or escalate"
        )
    if len(choice.note) > _LONGEST_NOTE:
        raise ValueError(f"note: got {len(choice.note)} characters, want {_LONGEST_NOTE} at most")
    if choice.seconds is not None and not (math.isfinite(choice.seconds) and choice.seconds >= 0):
        raise ValueError(f"seconds: got {choice.seconds!r}, want a finite number that is not negative")


def _locked(connection: Connection, item_id: int) -> Row[Any]:
    row = locked_item(connection, item_id)
    if row is None:
        raise NoSuchItem(f"item {item_id}")
    if row.state == ItemState.ERASED.value:
        raise Erased(item_id)
    return row


def _refuse_stale(choices: Sequence[Choice], rows: dict[int, Row[Any]], *, moderator: str, now: int) -> None:
    stale = {}
    for choice in choices:
        row = rows[choice.item_id]
        if row.version != choice.version:
            stale[choice.item_id] = f"it is at version {row.version}, and you saw {choice.version}"
        elif row.holder not in {None, moderator} and row.lease_until > now:
            stale[choice.item_id] = "somebody else holds it"
    if stale:
        raise StaleItem(stale, why=next(iter(stale.values())))


def _purpose(row: Row[Any], *, moderator: str) -> Purpose:
    """Return why the moderator was given the item; it stays that also where the lease ran out."""
    return Purpose(row.purpose) if row.holder == moderator and row.purpose else Purpose.QUEUE


def _entry(connection: Connection, row: Row[Any], *, moderator: str, now: int) -> dict[str, Any]:
    """Return what every entry of the chain tells of its item."""
    in_lanes = (
        select(threads.c.key, places.c.lane, places.c.risk)
        .join(places, places.c.item_id == row.id)
        .where(threads.c.id == row.thread_id)
    )
    lanes = connection.execute(in_lanes.order_by(places.c.lane)).all()
    scores: dict[str, float] = {one.lane: one.risk for one in lanes}
    scores |= {"priority": row.priority, "uncertainty": row.uncertainty, "toxicity": row.toxicity}
    return {
        "item_id": row.id,
        "thread_id": lanes[0].key,
        "comment_id": row.comment_id,
        "revision": row.revision,
        "item_version": row.version,
        "moderator": moderator,
        "decided_at": now,
        "state_before": row.state,
        "scores": orjson.dumps(scores).decode(),
        "model_id": row.model_id,
        "policy_digest": row.policy_digest,
    }


def _to_undo(connection: Connection, *, moderator: str, sequence: int | None, others: bool) -> Sequence[Row[Any]]:
    not_undone = select(decisions).where(standing())
    if sequence is None:
        own = not_undone.where(decisions.c.moderator == moderator)
        last = connection.execute(own.order_by(decisions.c.sequence.desc()).limit(1)).one_or_none()
        if last is None:
            raise NothingToUndo(moderator, why="has made no decision that stands")
        return connection.execute(own.where(decisions.c.batch == last.batch)).all()
    found = connection.execute(not_undone.where(decisions.c.sequence == sequence)).one_or_none()
    if found is None:
        raise NothingToUndo(f"decision {sequence}", why="is not there, or was taken back already")
    if found.moderator != moderator and not others:
        raise NothingToUndo(f"decision {sequence}", why="is another moderator's")
    return [found]


def _refuse_moved_on(connection: Connection, decision: Row[Any], item: Row[Any]) -> None:
    """Raise where a later decision stands on the item, or its text is another."""
    last = connection.execute(
        select(func.max(decisions.c.sequence)).where(
            decisions.c.item_id == item.id,
            decisions.c.purpose == decision.purpose,
            standing(),
        )
    ).scalar()
    if last != decision.sequence:
        raise NothingToUndo(f"decision {decision.sequence}", why="was followed by another on the same comment")
    if item.revision != decision.revision:
        raise NothingToUndo(f"decision {decision.sequence}", why="was made before the comment was edited")
