"""Erasing people's text: the chain stays valid, for it holds salted digests alone, and the salts go too."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from operator import itemgetter
from typing import Final

from sqlalchemy import ColumnElement, Connection, delete, func, select, text, update

from stance.queue.leases import set_state
from stance.queue.ledger import note_change
from stance.queue.moderation import ItemState, PurgeReport
from stance.queue.packing import pack, storable_id, to_microseconds, unpack_actors
from stance.queue.seen import same_words
from stance.queue.tables import (
    checks,
    decisions,
    golden,
    item_actors,
    items,
    notes,
    origins,
    seen,
    suggestions,
    texts,
    threads,
)

_AT_ONCE: Final = 500
"""Ids in one statement: databases limit its parameters."""


def purge(
    connection: Connection, *, author: str | None, older_than: datetime | None, item_id: int | None
) -> PurgeReport:
    """Erase items by author, age or number, and what of the same author or age waits to become one.

    Raises:
        ValueError: Not exactly one is given.
    """
    chosen = _chosen_by(author=author, older_than=older_than, item_id=item_id)
    names = [] if author is None else _names_elsewhere(connection, author)
    report = _erase(connection, chosen)
    return replace(report, n_outside=_erase_outside(connection, authors=names, older_than=older_than))


def _names_elsewhere(connection: Connection, author: str) -> list[str]:
    """Return the names of an author: the one given, and the ids that sites know the writer by."""
    theirs = select(origins.c.author).join(items, items.c.id == origins.c.item_id)
    found = connection.execute(theirs.where(items.c.author == storable_id(author)).distinct()).scalars()
    return sorted({storable_id(author), *(name for name in found if name is not None)})


def _chosen_by(*, author: str | None, older_than: datetime | None, item_id: int | None) -> ColumnElement[bool]:
    """Return which items are meant.

    Raises:
        ValueError: Not exactly one is given.
    """
    if sum(one is not None for one in (author, older_than, item_id)) != 1:
        raise ValueError("purge: want exactly one of author, older_than and item_id")
    if author is not None:
        by_id = select(origins.c.item_id).where(origins.c.author == storable_id(author))
        return (items.c.author == storable_id(author)) | items.c.id.in_(by_id)
    if older_than is not None:
        return func.coalesce(items.c.posted_at, items.c.loaded_at) < to_microseconds(older_than)
    return items.c.id == item_id


def _erase(connection: Connection, chosen: ColumnElement[bool]) -> PurgeReport:
    """Erase text, judgement, reasons, author, checks and notes of the chosen items, and whom they spoke of."""
    wanted = select(items.c.id, items.c.thread_id, items.c.author).where(
        chosen, items.c.state != ItemState.ERASED.value
    )
    rows = connection.execute(wanted.order_by(items.c.id).with_for_update()).all()
    n_notes = 0
    for start in range(0, len(rows), _AT_ONCE):
        n_notes += _erase_items(connection, [row.id for row in rows[start : start + _AT_ONCE]])
    authors: defaultdict[int, set[str | None]] = defaultdict(set)
    for row in rows:
        authors[row.thread_id].add(row.author)
    for thread_id, names in sorted(authors.items(), key=itemgetter(0)):
        _forget_authors(connection, thread_id, names)
    if rows:
        if connection.dialect.name == "sqlite":
            # Deleted words stay in the search index's old segments until these are merged.
            connection.execute(text("INSERT INTO words(words) VALUES ('optimize')"))
        note_change(connection, "purged")
    return PurgeReport(n_items=len(rows), n_notes=n_notes)


def _erase_outside(connection: Connection, *, authors: Sequence[str], older_than: datetime | None) -> int:
    """Erase what other sites' comments are kept as, and the texts of feedback that was not taken in yet.

    Whose comment a suggestion is about is known only where the comment was seen.
    """
    n_erased = 0
    given_up = {"state": "refused", "why": "it was erased", "about": "{}"}
    if authors:
        theirs = select(suggestions.c.id, suggestions.c.about, seen.c.text).join(
            seen, seen.c.comment_id == suggestions.c.comment_id
        )
        pending = connection.execute(theirs.where(seen.c.author.in_(authors), suggestions.c.state == "pending"))
        ids = [row.id for row in pending if same_words(json.loads(row.about)["text"], row.text)]
        for start in range(0, len(ids), _AT_ONCE):
            chosen = suggestions.c.id.in_(ids[start : start + _AT_ONCE])
            connection.execute(update(suggestions).where(chosen, suggestions.c.state == "pending").values(**given_up))
        n_erased += len(ids) + connection.execute(delete(seen).where(seen.c.author.in_(authors))).rowcount
    if older_than is not None:
        moment = to_microseconds(older_than)
        n_erased += connection.execute(delete(seen).where(seen.c.seen_at < moment)).rowcount
        late = (suggestions.c.state == "pending", suggestions.c.received_at < moment)
        n_erased += connection.execute(update(suggestions).where(*late).values(**given_up)).rowcount
    return n_erased


def _erase_items(connection: Connection, ids: Sequence[int]) -> int:
    decided = select(decisions.c.sequence).where(decisions.c.item_id.in_(ids))
    n_notes = connection.execute(delete(notes).where(notes.c.sequence.in_(decided))).rowcount
    for table in (texts, item_actors, checks, golden, origins):
        connection.execute(delete(table).where(table.c.item_id.in_(ids)))
    for item_id in ids:
        set_state(connection, item_id, state=ItemState.ERASED, author=None, deferred_until=None)
    return n_notes


def _forget_authors(connection: Connection, thread_id: int, authors: set[str | None]) -> None:
    """Take the names of those who have no comment left here out of the thread's list of actors."""
    still_there = select(items.c.author).where(items.c.thread_id == thread_id, items.c.author.is_not(None))
    gone = authors - set(connection.execute(still_there.distinct()).scalars()) - {None}
    if not gone:
        return
    packed = connection.execute(select(threads.c.actors).where(threads.c.id == thread_id)).scalar_one()
    kept = [
        replace(
            actor,
            name=actor.id if storable_id(actor.name) in gone else actor.name,
            aliases=tuple(alias for alias in actor.aliases if storable_id(alias) not in gone),
        )
        for actor in unpack_actors(packed)
    ]
    connection.execute(update(threads).where(threads.c.id == thread_id).values(actors=pack(kept)))
