"""The queue's store: one object over one database, for several programs and threads at once."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Self

from stance.queue import deciding, erasing, leases, listing, reviewing
from stance.queue.arrivals import Arrivals
from stance.queue.counting import count_queue, decision_rows
from stance.queue.database import Database, open_database
from stance.queue.keys import Keys
from stance.queue.ledger import last_change, read_changes
from stance.queue.lessons import Lessons
from stance.queue.loading import in_batches, load_batch
from stance.queue.moderation import (
    Action,
    ChainReport,
    Change,
    CheckOutcome,
    Choice,
    Cursor,
    Decision,
    ItemFilter,
    ItemPage,
    Lane,
    Lease,
    LoadReport,
    PurgeReport,
    Purpose,
    QueueStats,
    RejectReason,
    ReviewRates,
    StoredItem,
    StoredThread,
    StoreOrder,
)
from stance.queue.naming import prove_name
from stance.queue.outbox import Outbox
from stance.queue.outside import Outside
from stance.queue.packing import storable, to_microseconds
from stance.queue.reviewing import draw_review
from stance.queue.seen import Seen
from stance.queue.users import Users
from stance.queue.verifying import verify
from stance.records import Analysis, Policy

_name = partial(prove_name, what="moderator")
_utc_now = partial(datetime.now, UTC)


def open_store(where: str | Path, *, create: bool = True) -> Store:
    """Open a queue, making or migrating it where needed.

    Args:
        where: A file (SQLite), or a URL that begins with `postgresql`.
        create: Make the queue where there is none.

    Raises:
        StoreError: The database cannot be used; see `stance.errors` for the leaves.
        MissingExtra: The driver for PostgreSQL is not installed.
    """
    return Store(open_database(where, create=create))


class Store:
    """A queue in a database. Every method is one transaction, whole or not at all.

    Any method can raise `QueueBusy`, `QueueUnreachable`, `QueueDamaged`, `QueueEdited` or `QueueBroken`. `moderator` is
    a name of 1 to 80 printable characters; anything else is a `ValueError`.
    """

    def __init__(
        self, database: Database, *, clock: Callable[[], datetime] = _utc_now, chance: random.Random | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._chance = chance or random.SystemRandom()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give all connections back."""
        self._database.close()

    @property
    def users(self) -> Users:
        """Who may log in, and their sessions."""
        return Users(self._database, now=self._now)

    @property
    def lessons(self) -> Lessons:
        """What the decisions teach: the report, a refitted policy, and putting one in force."""
        return Lessons(self._database, now=self._now)

    @property
    def keys(self) -> Keys:
        """The API keys of programs that ask for scores."""
        return Keys(self._database, now=self._now)

    @property
    def outside(self) -> Outside:
        """Decisions that were made elsewhere."""
        return Outside(self._database, now=self._now)

    @property
    def arrivals(self) -> Arrivals:
        """What other sites told of and is to be loaded."""
        return Arrivals(self._database, now=self._now)

    @property
    def outbox(self) -> Outbox:
        """Decisions that other sites are to be told."""
        return Outbox(self._database, now=self._now)

    @property
    def seen(self) -> Seen:
        """Comments of other sites, for the replies that will answer them."""
        return Seen(self._database, now=self._now)

    @property
    def where(self) -> str:
        """The file, or the URL without its password."""
        return self._database.where

    def load(self, analyses: Iterable[Analysis], *, policy: Policy) -> LoadReport:
        """Bring threads into the queue.

        The same analysis twice changes nothing; other scores for the same text keep every decision; an edited text is
        open again. Analyses are drawn while nothing is locked and written in batches, each whole: what was written
        when a stream breaks off stays, and loading it again is safe.

        Args:
            analyses: Threads of any number.
            policy: The one that ranked them; its lines say which lanes they stand in.

        Raises:
            ValueError: An analysis was ranked by another policy.
        """
        report = LoadReport()
        for batch in in_batches(analyses, policy=policy):
            with self._database.writing() as connection:
                report += load_batch(connection, batch, policy=policy, now=self._now())
        return report

    def items(
        self,
        wanted: ItemFilter | None = None,
        *,
        order: StoreOrder = "risk",
        limit: int = 50,
        after: Cursor | None = None,
    ) -> ItemPage:
        """Return one page of the wanted items, the first where `after` is None.

        Raises:
            ValueError: `limit` is not from 1 to 500, or the order or lane is unknown.
        """
        with self._database.reading() as connection:
            return listing.list_items(
                connection, wanted or ItemFilter(), order=order, limit=limit, cursor=after, now=self._now()
            )

    def lanes(self) -> tuple[Lane, ...]:
        """Return every lane and how many open items stand in it."""
        with self._database.reading() as connection:
            return listing.count_lanes(connection)

    def item(self, item_id: int) -> StoredItem:
        """Return everything known of one item.

        Raises:
            NoSuchItem: The queue holds no item of that id.
        """
        with self._database.reading() as connection:
            return listing.read_item(connection, item_id, now=self._now())

    def thread(self, item_id: int) -> StoredThread:
        """Return the whole thread in which an item stands.

        Raises:
            NoSuchItem: The queue holds no item of that id.
        """
        with self._database.reading() as connection:
            return listing.read_thread(connection, listing.find_thread(connection, item_id=item_id))

    def lease(
        self,
        moderator: str,
        *,
        wanted: ItemFilter | None = None,
        order: StoreOrder = "risk",
        avoid: Sequence[int] = (),
    ) -> Lease | None:
        """Give the first wanted item that nobody else holds, for ten minutes; None where there is none.

        What the moderator holds already is given again, unless it is in `avoid` (ids of items to pass over). At the
        rates of `set_review_rates` it is instead an item for a second review, or one with a known answer: these are
        to be shown as if they were open, without their history.
        """
        now = self._now()
        with self._database.writing() as connection:
            leases.wake_deferred(connection, now=now)
            review = draw_review(connection, moderator=_name(moderator), avoid=avoid, chance=self._chance, now=now)
            row, purpose = review or (
                leases.next_item(
                    connection, wanted or ItemFilter(), order=order, moderator=moderator, avoid=avoid, now=now
                ),
                Purpose.QUEUE,
            )
            if row is None:
                return None
            return leases.give(connection, row.id, version=row.version, moderator=moderator, purpose=purpose, now=now)

    def hold(self, item_id: int, *, moderator: str) -> Lease:
        """Give one item that was asked for by its id, for ten minutes, whatever its state.

        Raises:
            StaleItem: Somebody else holds it.
            NoSuchItem: The queue holds no item of that id.
            Erased: The item has no text any more.
        """
        with self._database.writing() as connection:
            return leases.take(connection, item_id, moderator=_name(moderator), now=self._now())

    def renew(self, item_id: int, *, moderator: str) -> Lease:
        """Hold an item for another ten minutes.

        Raises:
            StaleItem: Somebody else holds it, or it was decided.
        """
        with self._database.writing() as connection:
            return leases.renew(connection, item_id, moderator=moderator, now=self._now())

    def release(self, item_id: int, *, moderator: str) -> None:
        """Let an item go; where the moderator does not hold it, nothing happens."""
        with self._database.writing() as connection:
            leases.release(connection, item_id, moderator=moderator)

    def decide(
        self,
        item_id: int,
        *,
        version: int,
        moderator: str,
        action: Action,
        reason: RejectReason | None = None,
        note: str = "",
        seconds: float | None = None,
    ) -> Decision:
        """Decide on an item as it was seen.

        A decided item can be decided anew. Deferred items come back after an hour.

        Args:
            item_id: The item.
            version: Its version when it was read.
            moderator: Who decides.
            action: Anything but `UNDO`.
            reason: With `REJECT` or `ESCALATE` only.
            note: At most 10,000 characters.
            seconds: How long it took; finite, not negative.

        Raises:
            StaleItem: The item has another version, or somebody else holds it; nothing was written.
            NoSuchItem: The queue holds no item of that id.
            Erased: The item has no text any more.
        """
        choice = Choice(item_id=item_id, version=version, action=action, reason=reason, note=note, seconds=seconds)
        (decision,) = self.decide_many([choice], moderator=moderator)
        return decision

    def decide_many(self, choices: Sequence[Choice], *, moderator: str) -> tuple[Decision, ...]:
        """Decide on several items: all or none; `undo` takes them back together.

        Raises:
            StaleItem: As `decide`; its `stale` names every such item.
            NoSuchItem: As `decide`.
            Erased: As `decide`.
        """
        if not choices:
            return ()
        with self._database.writing() as connection:
            return deciding.decide(connection, choices, moderator=_name(moderator), now=self._now())

    def undo(self, *, moderator: str, sequence: int | None = None, others: bool = False) -> tuple[Decision, ...]:
        """Take back a decision by a further one; what is open again is held by the moderator.

        Args:
            moderator: Who takes it back.
            sequence: Which; None is the moderator's last that stands, with all that were decided at once with it.
            others: Allow taking back somebody else's (an admin's right).

        Raises:
            NothingToUndo: There is none, it is another's, it was taken back, or the item moved on since.
            Erased: The item has no text any more.
        """
        with self._database.writing() as connection:
            return deciding.undo(
                connection, moderator=_name(moderator), sequence=sequence, others=others, now=self._now()
            )

    def note_check(self, item_id: int, sentence: int, outcome: CheckOutcome, *, moderator: str, note: str = "") -> None:
        """Note what came of checking a claim; `sentence` is its place in the judgement's sentences, from 0.

        Raises:
            NoSuchItem: The queue holds no such item, or the item no such sentence.
        """
        with self._database.writing() as connection:
            check = {"outcome": outcome.value, "note": storable(note), "moderator": _name(moderator)}
            reviewing.note_check(connection, item_id, sentence, {**check, "noted_at": self._now()})

    def review_rates(self) -> ReviewRates:
        """Return how often `lease` gives a review; never until it is set."""
        with self._database.reading() as connection:
            return reviewing.read_rates(connection)

    def set_review_rates(self, rates: ReviewRates) -> None:
        """Set how often `lease` gives a review.

        Raises:
            ValueError: A rate is not in [0, 1], or they sum to more than 1.
        """
        with self._database.writing() as connection:
            reviewing.write_rates(connection, rates)

    def set_golden(self, item_id: int, action: Action | None, *, moderator: str) -> None:
        """Set the known answer of an item (approve or reject), or with None take it back.

        Raises:
            NoSuchItem: The queue holds no item of that id.
            Erased: The item has no text any more.
        """
        with self._database.writing() as connection:
            reviewing.set_golden(connection, item_id, action=action, moderator=_name(moderator))

    def verify(self, *, head: str | None = None) -> ChainReport:
        """Prove that no decision was changed, lost or made twice, and that items, notes and texts agree with them.

        Args:
            head: The hash that an earlier report gave; it must still be in the chain. Without one, a chain whose end
                was cut off together with its counter cannot be told from a shorter one.
        """
        with self._database.reading() as connection:
            return verify(connection, head=head)

    def purge(
        self, *, author: str | None = None, older_than: datetime | None = None, item_id: int | None = None
    ) -> PurgeReport:
        """Erase the text of comments for good, with all that shows what was in it; the chain stays valid.

        What others quoted of it is theirs and stays. Loading the comment again brings nothing back.

        Args:
            author: Everything by this author.
            older_than: Everything posted (or, without a date, loaded) before.
            item_id: One item.

        Raises:
            ValueError: Not exactly one is given.
        """
        with self._database.writing() as connection:
            report = erasing.purge(connection, author=author, older_than=older_than, item_id=item_id)
        if report.n_items or report.n_outside:
            self._database.compact()
        return report

    def export(self, *, with_text: bool = False) -> Iterator[dict[str, object]]:
        """Give every decision in order as a row that JSON can hold, with all that its hash covers."""
        with self._database.reading() as connection:
            yield from decision_rows(connection, with_text=with_text)

    def stats(self) -> QueueStats:
        """Return the queue in numbers."""
        with self._database.reading() as connection:
            return count_queue(connection, now=self._now())

    def changes(self, since: int, *, limit: int = 200) -> tuple[Change, ...]:
        """Return what changed after the change of that sequence, oldest first."""
        with self._database.reading() as connection:
            return read_changes(connection, since, limit=limit)

    def last_change(self) -> int:
        """Return the sequence of the newest change, 0 where there is none: where `changes` begins for a new page."""
        with self._database.reading() as connection:
            return last_change(connection)

    def _now(self) -> int:
        return to_microseconds(self._clock())
