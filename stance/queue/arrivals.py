"""What other sites told of: noted before it is acknowledged, loaded into the queue once it was fetched and judged."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, insert, select, update

from stance.queue import errands
from stance.queue.database import Database
from stance.queue.ledger import lock, next_values
from stance.queue.loading import load_batch
from stance.queue.moderation import ItemState, LoadReport
from stance.queue.packing import storable_id, to_microseconds
from stance.queue.tables import arrivals, items, origins, threads
from stance.records import Analysis, Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A comment that a site told of; `delivery` tells one telling from another."""

    site: str
    comment_id: str
    delivery: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingArrival:
    """A comment that is still to be fetched."""

    id: int
    site: str
    comment_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a comment is from. `revision` is that of its text, None where its site is not to be told of decisions.

    `author` is the id that the site knows the writer by.
    """

    site: str
    revision: str | None = None
    author: str | None = None


class Arrivals:
    """What one queue was told of by other sites; `Store.arrivals` gives it."""

    def __init__(self, database: Database, *, now: Callable[[], int]) -> None:
        self._database = database
        self._now = now

    def note(self, arrival: Arrival) -> bool:
        """Note what was told, for good once this returns; False where this delivery was noted before."""
        digest = sha256(json.dumps([arrival.site, arrival.delivery]).encode()).hexdigest()
        ids = {name: storable_id(getattr(arrival, name)) for name in ("site", "comment_id")}
        with self._database.writing() as connection:
            lock(connection, "arrival")
            if connection.execute(select(arrivals.c.id).where(arrivals.c.digest == digest)).scalar() is not None:
                return False
            row = {"id": next_values(connection, "arrival", n=1), "digest": digest, "due_at": self._now(), **ids}
            connection.execute(insert(arrivals).values(**row, tries=0, state=errands.PENDING, why=""))
        return True

    def take(self, *, sites: Sequence[str], limit: int) -> tuple[PendingArrival, ...]:
        """Take up what those sites told of, oldest first; for a minute nobody else is given it."""
        theirs = arrivals.c.site.in_(list(map(storable_id, sites)))
        with self._database.writing() as connection:
            rows = errands.take(connection, arrivals, theirs, limit=limit, now=self._now())
        return tuple(PendingArrival(id=row.id, site=row.site, comment_id=row.comment_id) for row in rows)

    def known(self, thread_id: str) -> dict[str, int]:
        """Return the ids of a thread's comments with their numbers in it; none where the queue has no such thread."""
        with self._database.reading() as connection:
            return _known(connection, thread_id)

    def load(self, analysis: Analysis, *, origins_of: Mapping[str, Origin], policy: Policy) -> LoadReport | None:
        """Add comments to a thread that may be in the queue already; what was there keeps its decisions and scores.

        Args:
            analysis: Of the comments and what they answer. Those that the queue has carry the numbers that `known`
                gave, the others numbers above.
            origins_of: Where each comment is from, by id.
            policy: The one that ranked it.

        Returns:
            None where somebody else added to the thread in between, and nothing was written.
        """
        with self._database.writing() as connection:
            lock(connection, "load")
            known = _known(connection, analysis.thread.id)
            taken = set(known.values())
            for comment in analysis.thread.comments:
                number = known.get(storable_id(comment.id))
                if (number is None and comment.number in taken) or number not in {None, comment.number}:
                    return None
            report = load_batch(connection, [analysis], policy=policy, now=self._now(), adding=True)
            _write_origins(connection, analysis.thread.id, origins_of)
        return report

    def erased(self, thread_id: str) -> frozenset[str]:
        """Return the ids of a thread's comments that were erased here: of these nothing is to be kept again."""
        asked = (
            select(items.c.comment_id)
            .join(threads, threads.c.id == items.c.thread_id)
            .where(threads.c.key == storable_id(thread_id), items.c.state == ItemState.ERASED.value)
        )
        with self._database.reading() as connection:
            return frozenset(connection.execute(asked).scalars())

    def close(self, numbers: Sequence[int], *, why: str = "") -> None:
        """Note that these were loaded, or why there is nothing to load."""
        with self._database.writing() as connection:
            done = update(arrivals).where(arrivals.c.id.in_(numbers))
            connection.execute(done.values(state=errands.LANDED, why=why[:200]))

    def put_off(self, numbers: Sequence[int], *, why: str) -> None:
        """Note that these could not be fetched; after 30 tries, in about a day, they are given up."""
        with self._database.writing() as connection:
            errands.put_off(connection, arrivals, numbers, why=why, now=self._now())

    def rest(self, site: str, numbers: Sequence[int] = ()) -> None:
        """Leave a site alone for ten seconds; `numbers` are in hand and were not tried."""
        with self._database.writing() as connection:
            errands.rest(connection, arrivals, storable_id(site), numbers, now=self._now())

    def counts(self) -> dict[str, int]:
        """Return how many are pending, landed and given up."""
        with self._database.reading() as connection:
            return errands.count_states(connection, arrivals, errands.ARRIVAL_STATES)

    def forget(self, *, older_than: datetime) -> int:
        """Forget what was loaded or given up before; return how many. What is pending stays."""
        with self._database.writing() as connection:
            return errands.forget(connection, arrivals, before=to_microseconds(older_than))


def _known(connection: Connection, thread_id: str) -> dict[str, int]:
    asked = (
        select(items.c.comment_id, items.c.number)
        .join(threads, threads.c.id == items.c.thread_id)
        .where(threads.c.key == storable_id(thread_id))
    )
    return {row.comment_id: int(row.number) for row in connection.execute(asked)}


def _write_origins(connection: Connection, thread_id: str, origins_of: Mapping[str, Origin]) -> None:
    """Keep where the comments are from; of those that were erased nothing is kept."""
    held = {storable_id(comment_id): origin for comment_id, origin in origins_of.items()}
    of_thread = (
        select(items.c.id, items.c.comment_id, origins.c.item_id, origins.c.revision)
        .join(threads, threads.c.id == items.c.thread_id)
        .outerjoin(origins, origins.c.item_id == items.c.id)
        .where(threads.c.key == storable_id(thread_id), items.c.state != ItemState.ERASED.value)
        .where(items.c.comment_id.in_(held))
    )
    for item in connection.execute(of_thread).all():
        origin = held[item.comment_id]
        row = {"revision": origin.revision, "author": None if origin.author is None else storable_id(origin.author)}
        if item.item_id is not None:
            if item.revision != origin.revision:  # of another text the site holds no decision
                row |= {"standing": None, "told_at": None}
            connection.execute(update(origins).where(origins.c.item_id == item.id).values(**row))
        else:
            ids = {"item_id": item.id, "site": storable_id(origin.site), "comment_id": item.comment_id}
            connection.execute(insert(origins).values(**ids, **row, standing=None, told_at=None))
