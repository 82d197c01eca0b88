"""Analyses into the store: what is new is added, what is known keeps its decisions."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Connection, Table, delete, insert, select, update

from stance.queue.lanes import lane_scores, lanes_of_lines
from stance.queue.ledger import lock, next_values, note_change, remember_policy
from stance.queue.moderation import ALL_LANE, ItemState, LoadReport
from stance.queue.packing import (
    Details,
    mentions_by_comment,
    pack,
    pack_details,
    storable,
    storable_id,
    to_microseconds,
    unpack_actors,
)
from stance.queue.ranking import hybrid
from stance.queue.tables import item_actors, items, places, texts, threads
from stance.records import (
    Analysis,
    Attribute,
    Comment,
    Mention,
    Policy,
    QueueItem,
    Reply,
)

BATCH_ITEMS: Final = 5_000
"""Items that are gathered before they are written: each transaction waits for the disk once."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Rows:
    """One comment as rows."""

    item: Row
    text: str
    reasons: str
    details: str
    places: list[Row]
    actors: list[Row]


def in_batches(analyses: Iterable[Analysis], *, policy: Policy) -> Iterator[list[Analysis]]:
    """Gather analyses until a batch holds `BATCH_ITEMS` comments.

    Raises:
        ValueError: An analysis was ranked by another policy.
    """
    batch: list[Analysis] = []
    n_items = 0
    for analysis in analyses:
        if analysis.policy_digest != policy.digest:
            raise ValueError(f"policy: got {policy.digest[:12]}, want {analysis.policy_digest[:12]}, which ranked it")
        batch.append(analysis)
        n_items += len(analysis.thread.comments)
        if n_items >= BATCH_ITEMS:
            yield batch
            batch, n_items = [], 0
    if batch:
        yield batch


def load_batch(
    connection: Connection, batch: Sequence[Analysis], *, policy: Policy, now: int, adding: bool = False
) -> LoadReport:
    """Write analyses in one transaction; `adding` to threads of which each analysis may hold a part alone."""
    lock(connection, "load")
    remember_policy(connection, policy, now=now)
    lane_by_line = lanes_of_lines(policy)
    report = LoadReport()
    fresh = _Fresh(connection, now=now)
    for analysis in batch:
        if storable_id(analysis.thread.id) in fresh.threads:
            fresh.write()
        held = _with_storable_ids(analysis)
        loading = _Loading(connection, held, fresh, lane_by_line=lane_by_line, now=now, adding=adding)
        report += loading.run()
    fresh.write()
    for analysis in batch if adding else ():
        put_in_order(connection, storable_id(analysis.thread.id))
    if report.n_new or report.n_rescored or report.n_edited:
        note_change(connection, "loaded")
    return report


class _Fresh:
    """Rows of comments that the queue does not know, gathered over threads and written at once."""

    def __init__(self, connection: Connection, *, now: int) -> None:
        self.connection = connection
        self.now = now
        self.threads: set[str] = set()
        self._gathered: list[_Rows] = []

    def add(self, thread_key: str, rows: Iterable[_Rows]) -> None:
        """Gather the new comments of a thread."""
        self.threads.add(thread_key)
        self._gathered += rows

    def write(self) -> None:
        """Insert all that was gathered."""
        if not self._gathered:
            return
        first = next_values(self.connection, "load", n=len(self._gathered))
        written: dict[Table, list[Row]] = {items: [], texts: [], places: [], item_actors: []}
        for item_id, rows in enumerate(self._gathered, start=first):
            salt = secrets.token_hex(16)
            own = {"id": item_id, "loaded_at": self.now, "revision": revision_of(rows.text, salt=salt)}
            unheld = {"holder": None, "purpose": None, "lease_until": None, "deferred_until": None}
            written[items].append({**rows.item, **own, **unheld, "state": ItemState.OPEN.value, "version": 1})
            shown = {"text": rows.text, "salt": salt, "reasons": rows.reasons, "details": rows.details}
            written[texts].append({"item_id": item_id, **shown})
            written[places] += ({"item_id": item_id, "state": ItemState.OPEN.value, **place} for place in rows.places)
            written[item_actors] += ({"item_id": item_id, **actor} for actor in rows.actors)
        for table, table_rows in written.items():
            _insert_many(self.connection, table, table_rows)
        self.threads, self._gathered = set(), []


def _insert_many(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows that hold every column, through the driver: a third of the time of loading was SQLAlchemy's own."""
    if not rows:
        return
    compiled = insert(table).compile(dialect=connection.dialect)
    if compiled.positional:
        in_order = itemgetter(*compiled.positiontup or ())
        connection.exec_driver_sql(str(compiled), list(map(in_order, rows)))
    else:
        connection.exec_driver_sql(str(compiled), list(rows))


class _Loading:
    """The loading of one thread."""

    def __init__(
        self,
        connection: Connection,
        analysis: Analysis,
        fresh: _Fresh,
        *,
        lane_by_line: Mapping[str, str],
        now: int,
        adding: bool,
    ) -> None:
        self.connection = connection
        self.analysis = analysis
        self.fresh = fresh
        self.lane_by_line = lane_by_line
        self.now = now
        self.adding = adding

    def run(self) -> LoadReport:
        """Write the thread and its comments."""
        thread_id = self._write_thread()
        known = {
            row.comment_id: row
            for row in self.connection.execute(
                select(items, texts.c.text, texts.c.salt, texts.c.details)
                .outerjoin(texts, texts.c.item_id == items.c.id)
                .where(items.c.thread_id == thread_id)
                .order_by(items.c.id)
                .with_for_update(of=items)
            )
        }
        rows = list(self._rows(thread_id))
        report = LoadReport()
        fresh: list[_Rows] = []
        for row in rows:
            before = known.get(row.item["comment_id"])
            if before is None:
                fresh.append(row)
            else:
                report += self._renew(before, row)
        self.fresh.add(storable_id(self.analysis.thread.id), fresh)
        return report + LoadReport(n_new=len(fresh))

    def _write_thread(self) -> int:
        """Add the thread, or bring its article and actors up to date; return its id."""
        thread = self.analysis.thread
        key = storable_id(thread.id)
        shown = {"article": pack(thread.article), "actors": pack(self.analysis.actors)}
        found = self.connection.execute(
            select(threads.c.id, threads.c.actors).where(threads.c.key == key)
        ).one_or_none()
        if found is not None:
            if self.adding:
                known = {actor.id: actor for actor in unpack_actors(found.actors)}
                shown["actors"] = pack(tuple(({actor.id: actor for actor in self.analysis.actors} | known).values()))
            self.connection.execute(update(threads).where(threads.c.id == found.id).values(**shown))
            return int(found.id)
        thread_id = next_values(self.connection, "thread", n=1)
        self.connection.execute(insert(threads).values(id=thread_id, key=key, loaded_at=self.now, **shown))
        return thread_id

    def _rows(self, thread_id: int) -> Iterator[_Rows]:
        analysis = self.analysis
        queued = {item.comment_id: item for item in analysis.queue}
        mentions = mentions_by_comment(analysis.mentions)
        for place, (comment, reply, judgement) in enumerate(
            zip(analysis.thread.comments, analysis.replies, analysis.judgements, strict=True)
        ):
            details = Details(reply=reply, mentions=tuple(mentions.get(comment.id, ())), judgement=judgement)
            yield self._row(thread_id, place, comment, details, queued[comment.id])

    def _row(self, thread_id: int, place: int, comment: Comment, details: Details, queued: QueueItem) -> _Rows:
        scores = lane_scores(queued.reasons, self.lane_by_line)
        posted_at = to_microseconds(comment.posted_at) if comment.posted_at else None
        # What has no date is as new as its loading, and newer the later it stands on its page.
        newest = float((self.now if posted_at is None else posted_at) + place)
        return _Rows(
            item={
                "thread_id": thread_id,
                "comment_id": comment.id,
                "place": place,
                "number": comment.number,
                "author": None if comment.author is None else storable_id(comment.author),
                "posted_at": posted_at,
                "model_id": storable(self.analysis.model_id),
                "policy_digest": self.analysis.policy_digest,
                "priority": float(queued.priority),
                "uncertainty": float(queued.uncertainty),
                "toxicity": float(details.judgement.attributes.get(Attribute.TOXICITY, 0.0)),
                "lanes": " ".join(scores),
            },
            text=storable(comment.text),
            reasons=pack(queued.reasons),
            details=pack_details(details),
            places=place_rows(queued, scores, newest=newest),
            actors=[
                {"actor": actor_id, "stance": score.label.value}
                for actor_id, score in {storable_id(one.actor_id): one for one in details.judgement.stances}.items()
            ],
        )

    def _renew(self, before: Any, rows: _Rows) -> LoadReport:
        """Bring a known comment up to date: its scores keep its decisions, another text opens it again."""
        if before.state == ItemState.ERASED:
            return LoadReport(n_erased=1)
        edited = before.text != rows.text
        made_by = (before.model_id, before.policy_digest, before.details)
        by_now = (rows.item["model_id"], rows.item["policy_digest"], rows.details)
        # Where a part of the thread is added, what was judged with all of it would be judged with less.
        if not edited and (made_by == by_now or self.adding):
            return LoadReport(n_same=1)
        values = dict(rows.item)
        if self.adding:
            del values["place"]
        state = before.state
        if edited:
            state = ItemState.OPEN.value
            values |= {
                "revision": revision_of(rows.text, salt=before.salt),
                "state": state,
                "version": before.version + 1,
                "holder": None,
                "purpose": None,
                "lease_until": None,
                "deferred_until": None,
            }
        self.connection.execute(update(items).where(items.c.id == before.id).values(**values))
        write_scores(self.connection, before.id, rows.places, state=state)
        self.connection.execute(delete(item_actors).where(item_actors.c.item_id == before.id))
        if rows.actors:
            self.connection.execute(insert(item_actors), [{"item_id": before.id, **actor} for actor in rows.actors])
        shown = {"reasons": rows.reasons, "details": rows.details} | ({"text": rows.text} if edited else {})
        self.connection.execute(update(texts).where(texts.c.item_id == before.id).values(**shown))
        return LoadReport(n_edited=1) if edited else LoadReport(n_rescored=1)


def put_in_order(connection: Connection, thread_key: str) -> None:
    """Have the comments of a thread stand by their times, oldest first; those without one stay where they are."""
    of_thread = (
        select(items.c.id, items.c.place, items.c.posted_at)
        .join(threads, threads.c.id == items.c.thread_id)
        .where(threads.c.key == thread_key)
        .order_by(items.c.number)
    )
    latest = 0
    rows = []
    for row in connection.execute(of_thread):
        latest = latest if row.posted_at is None else row.posted_at
        rows.append((latest, row.id, row.place))
    for place, (_, item_id, before) in enumerate(sorted(rows, key=itemgetter(0))):
        if place != before:
            connection.execute(update(items).where(items.c.id == item_id).values(place=place))


def place_rows(queued: QueueItem, lanes: Mapping[str, float], *, newest: float) -> list[Row]:
    """Return where an item stands in the lane of everything and in its own."""
    order = {
        "uncertain": float(queued.uncertainty),
        "hybrid": hybrid(queued.priority, queued.uncertainty),
        "newest": newest,
    }
    return [
        {"lane": lane, "risk": float(score), **order} for lane, score in {ALL_LANE: queued.priority, **lanes}.items()
    ]


def write_scores(connection: Connection, item_id: int, rows: Iterable[Row], *, state: str) -> None:
    """Replace an item's places in all lanes."""
    connection.execute(delete(places).where(places.c.item_id == item_id))
    connection.execute(insert(places), [{"item_id": item_id, "state": state, **row} for row in rows])


def revision_of(text: str, *, salt: str) -> str:
    """Return the digest that stands for a text in the chain; without the salt, no guess at the text can be proven."""
    return sha256(f"{salt}:{text}".encode()).hexdigest()


def _with_storable_ids(analysis: Analysis) -> Analysis:
    """Return the analysis with ids that an index can hold; nearly always the same one."""
    ids = {comment.id: storable_id(comment.id) for comment in analysis.thread.comments}
    if all(held == comment_id for comment_id, held in ids.items()):
        return analysis

    def held(comment_id: str) -> str:
        return ids.get(comment_id, comment_id)

    def reply_with_held(reply: Reply) -> Reply:
        return replace(
            reply,
            comment_id=held(reply.comment_id),
            parent_id=held(reply.parent_id),
            alternatives=tuple(replace(one, parent_id=held(one.parent_id)) for one in reply.alternatives),
            quotes=tuple(replace(one, source_id=one.source_id and held(one.source_id)) for one in reply.quotes),
        )

    def mention_with_held(mention: Mention) -> Mention:
        return replace(mention, comment_id=held(mention.comment_id))

    comments = tuple(replace(comment, id=held(comment.id)) for comment in analysis.thread.comments)
    return replace(
        analysis,
        thread=replace(analysis.thread, comments=comments),
        replies=tuple(map(reply_with_held, analysis.replies)),
        mentions=tuple(map(mention_with_held, analysis.mentions)),
        judgements=tuple(replace(one, comment_id=held(one.comment_id)) for one in analysis.judgements),
        queue=tuple(replace(one, comment_id=held(one.comment_id)) for one in analysis.queue),
    )
