"""Proof that nothing decided was changed, lost or made twice."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Row, Table, select

from stance.queue.chain import entry_hash, note_digest
from stance.queue.ledger import Counter
from stance.queue.loading import revision_of
from stance.queue.moderation import ChainReport, Fault, ItemState
from stance.queue.tables import decisions, items, ledger, notes, texts, threads


def verify(connection: Connection, *, head: str | None) -> ChainReport:
    """Walk the whole chain, then hold every item, note and text against it.

    Args:
        connection: Of one state of the database.
        head: The hash of an entry known from earlier, which must still be there; None to trust the last one.
    """
    walk = _Walk(head)
    faults = [*walk.faults(connection)]
    if not walk.head_seen:
        faults.append(Fault(what="the entry with the hash that you gave is not in the chain"))
    faults += _item_faults(connection, walk)
    faults += _gaps(connection, items, "load", "item")
    faults += _gaps(connection, threads, "thread", "thread")
    return ChainReport(n_decisions=walk.n_decisions, head=walk.hash, faults=tuple(faults))


class _Walk:
    """The chain from its first entry to its last, and what it says of every item."""

    def __init__(self, head: str | None) -> None:
        self.head = head
        self.head_seen = head in {None, ""}
        self.hash = ""
        self.n_decisions = 0
        self._expected = 1
        self.last: dict[int, tuple[str, str]] = {}
        """By item: the state after its last entry, and the revision that it was about."""
        self._decided: set[tuple[int, int]] = set()

    def faults(self, connection: Connection) -> Iterator[Fault]:
        """Give what is wrong with the chain itself."""
        entries = connection.execute(
            select(decisions, notes.c.note, notes.c.salt)
            .outerjoin(notes, notes.c.sequence == decisions.c.sequence)
            .order_by(decisions.c.sequence)
            .execution_options(yield_per=1000)
        )
        for row in entries:
            yield from self._entry_faults(row)
            self.n_decisions += 1
            self.hash = row.hash
            self.head_seen = self.head_seen or row.hash == self.head
            self.last[row.item_id] = (row.state_after, row.revision)
        end = connection.execute(select(ledger).where(ledger.c.name == "chain")).one_or_none()
        if end is None:
            yield Fault(what="the counter that says where the chain ends is gone")
        elif (end.value, end.hash) != (self.n_decisions, self.hash):
            yield Fault(what=f"the chain should end at entry {end.value} and ends at {self.n_decisions}")

    def _entry_faults(self, row: Row[Any]) -> Iterator[Fault]:
        sequence = row.sequence
        if sequence != self._expected:
            yield Fault(what=f"is missing: the next there is {sequence}", sequence=self._expected)
        self._expected = sequence + 1
        if row.previous_hash != self.hash:
            yield Fault(what="does not follow the entry before it", sequence=sequence)
        if entry_hash(row._asdict()) != row.hash:
            yield Fault(what="was changed: its hash is another", sequence=sequence)
        if row.note is not None and note_digest(row.note, salt=row.salt) != row.note_digest:
            yield Fault(what="its note was changed", sequence=sequence)
        at = (row.item_id, row.item_version)
        if at in self._decided:
            yield Fault(what=f"decides a second time on version {row.item_version}", sequence=sequence)
        self._decided.add(at)


def _item_faults(connection: Connection, walk: _Walk) -> Iterator[Fault]:
    rows = connection.execute(
        select(items.c.id, items.c.state, items.c.revision, texts.c.text, texts.c.salt)
        .outerjoin(texts, texts.c.item_id == items.c.id)
        .order_by(items.c.id)
        .execution_options(yield_per=1000)
    )
    seen = set()
    for row in rows:
        seen.add(row.id)
        if row.state == ItemState.ERASED.value:
            if row.text is not None:
                yield Fault(what="is erased and still has its text", item_id=row.id)
            continue
        if row.text is None or revision_of(row.text, salt=row.salt) != row.revision:
            yield Fault(what="its text is not the one that was loaded", item_id=row.id)
        expected = _expected_states(walk, row.id, row.revision)
        if row.state not in expected:
            yield Fault(what=f"is {row.state}, and its decisions make it {' or '.join(expected)}", item_id=row.id)
    for item_id in walk.last:
        if item_id not in seen:
            yield Fault(what="was decided on and is gone", item_id=item_id)


def _gaps(connection: Connection, table: Table, counter: Counter, name: str) -> Iterator[Fault]:
    """Give runs of ids that were handed out and are in the table no more; erasing itself keeps every row."""
    last = connection.execute(select(ledger.c.value).where(ledger.c.name == counter)).scalar()
    if last is None:
        yield Fault(what=f"the counter that says how many {name}s were loaded is gone")
        return
    ids = connection.execute(select(table.c.id).order_by(table.c.id).execution_options(yield_per=1000)).scalars()
    expected = 1
    for found in chain(ids, (last + 1,)):
        if found > expected:
            yield Fault(
                what=f"{found - expected:,} of the {name}s that were loaded are gone, from {name} {expected} on"
            )
        expected = found + 1


def _expected_states(walk: _Walk, item_id: int, revision: str) -> tuple[str, ...]:
    state, decided_on = walk.last.get(item_id, (ItemState.OPEN.value, revision))
    if decided_on != revision:
        return (ItemState.OPEN.value,)
    if state == ItemState.DEFERRED.value:
        return (ItemState.DEFERRED.value, ItemState.OPEN.value)
    return (state,)
