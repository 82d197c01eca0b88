"""The chain of decisions: appended under one lock, each entry hashed with the one before."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, select, update

from stance.queue.ledger import lock
from stance.queue.moderation import Action, Decision, ItemState, Purpose, RejectReason
from stance.queue.packing import from_microseconds, to_kind, to_optional_kind, unpack_scores
from stance.queue.tables import decisions, ledger, notes

HASHED: Final = tuple(column.name for column in decisions.columns if column.name != "hash")
"""What an entry's hash covers: everything in it, the previous hash among them."""


def entry_hash(entry: dict[str, Any]) -> str:
    """Return the sha256 of an entry's canonical JSON: keys sorted, no spaces, ASCII, shortest floats."""
    covered = {name: entry[name] for name in HASHED}
    # Bytes, which no entry is made with and SQLite takes in any column, become words and so another hash.
    canonical = json.dumps(covered, sort_keys=True, separators=(",", ":"), default=repr)
    return sha256(canonical.encode()).hexdigest()


def note_digest(note: str, *, salt: str) -> str:
    """Return what stands for a note in the chain; the salt is erased with the note."""
    return sha256(f"{salt}:{note}".encode()).hexdigest()


def append(connection: Connection, entries: Sequence[dict[str, Any]]) -> tuple[Decision, ...]:
    """Append entries, all of one batch, and return them as decisions.

    Each entry has the columns of `decisions` but `sequence`, `batch`, `note_digest` and the hashes, and a `note`.
    """
    last, previous_hash = lock(connection, "chain")
    batch = last + 1
    rows, note_rows, made = [], [], []
    for sequence, entry in enumerate(entries, start=batch):
        note = entry["note"]
        salt = secrets.token_hex(16)
        row = {name: value for name, value in entry.items() if name != "note"} | {
            "sequence": sequence,
            "batch": batch,
            "note_digest": note_digest(note, salt=salt) if note else None,
            "previous_hash": previous_hash,
        }
        row["hash"] = previous_hash = entry_hash(row)
        rows.append(row)
        if note:
            note_rows.append({"sequence": sequence, "salt": salt, "note": note})
        made.append(to_decision(row, note=note))
    connection.execute(insert(decisions), rows)
    if note_rows:
        connection.execute(insert(notes), note_rows)
    moved = {"value": last + len(rows), "hash": previous_hash}
    connection.execute(update(ledger).where(ledger.c.name == "chain").values(**moved))
    return tuple(made)


def to_decision(row: Any, *, note: str) -> Decision:
    """Return a row of `decisions`, as a mapping, as a record."""
    return Decision(
        **{
            **{name: value for name, value in row.items() if name != "note_digest"},
            "action": to_kind(Action, row["action"]),
            "reason": to_optional_kind(RejectReason, row["reason"]),
            "decided_at": from_microseconds(row["decided_at"]),
            "state_before": to_kind(ItemState, row["state_before"]),
            "state_after": to_kind(ItemState, row["state_after"]),
            "purpose": to_kind(Purpose, row["purpose"]),
            "scores": unpack_scores(row["scores"]),
            "note": note,
        }
    )


def read_decisions(connection: Connection, *conditions: Any, newest_first: bool = False) -> Iterable[Decision]:
    """Give the decisions that fit all conditions, by sequence."""
    order = decisions.c.sequence.desc() if newest_first else decisions.c.sequence
    found = connection.execute(
        select(decisions, notes.c.note)
        .outerjoin(notes, notes.c.sequence == decisions.c.sequence)
        .where(*conditions)
        .order_by(order)
        .execution_options(yield_per=1000)
    )
    for row in found:
        yield _with_note(row)


def _with_note(row: Row[Any]) -> Decision:
    held = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name begins so
    note = held.pop("note") or ""
    return to_decision(held, note=note)
