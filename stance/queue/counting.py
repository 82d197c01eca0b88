"""The queue in numbers, and its decisions as rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from stance.queue import errands
from stance.queue.listing import count_lanes
from stance.queue.moderation import Action, ItemState, ModeratorStats, QueueStats, RejectReason
from stance.queue.packing import from_microseconds, to_kind, unpack_scores
from stance.queue.tables import arrivals, decisions, items, notes, outbox, texts, threads

Row = dict[str, object]


def standing() -> ColumnElement[bool]:
    """Return that a decision is no undo and was not taken back."""
    taken_back = decisions.alias()
    undone = select(taken_back.c.sequence).where(taken_back.c.undoes == decisions.c.sequence).exists()
    return (decisions.c.action != Action.UNDO.value) & ~undone


def count_queue(connection: Connection, *, now: int) -> QueueStats:
    """Return the queue in numbers."""
    by_state = {row.state: row.n for row in _counts(connection, items.c.state)}
    n_leased = connection.execute(select(func.count()).select_from(items).where(items.c.lease_until > now))
    by_reason: Counter[RejectReason] = Counter()
    actions: dict[str, Counter[Action]] = {}
    seconds: dict[str, list[float]] = {}
    for row in connection.execute(
        select(decisions.c.moderator, decisions.c.action, decisions.c.reason, decisions.c.seconds).where(standing())
    ):
        actions.setdefault(row.moderator, Counter())[to_kind(Action, row.action)] += 1
        if row.reason is not None:
            by_reason[to_kind(RejectReason, row.reason)] += 1
        if row.seconds is not None:
            seconds.setdefault(row.moderator, []).append(row.seconds)
    return QueueStats(
        n_threads=connection.execute(select(func.count()).select_from(threads)).scalar_one(),
        by_state={state: by_state.get(state.value, 0) for state in ItemState},
        lanes=count_lanes(connection),
        n_decisions=connection.execute(select(func.count()).select_from(decisions)).scalar_one(),
        n_leased=n_leased.scalar_one(),
        by_reason={reason: by_reason[reason] for reason in RejectReason},
        moderators=tuple(
            ModeratorStats(
                moderator=name,
                by_action={action: actions[name][action] for action in Action if action is not Action.UNDO},
                median_seconds=median(seconds[name]) if name in seconds else None,
            )
            for name in sorted(actions)
        ),
        arriving=errands.count_states(connection, arrivals, errands.ARRIVAL_STATES),
        telling=errands.count_states(connection, outbox, errands.TELLING_STATES),
        untold=_given_up(connection),
    )


def _given_up(connection: Connection) -> dict[str, int]:
    """Count what was given up, by its reason."""
    found: Counter[str] = Counter()
    for table in (arrivals, outbox):
        asked = select(table.c.why, func.count().label("n")).where(table.c.state == errands.GIVEN_UP)
        for row in connection.execute(asked.group_by(table.c.why)):
            found[row.why] += row.n
    return dict(found.most_common())


def _counts(connection: Connection, column: ColumnElement[str]) -> Iterator[Any]:
    yield from connection.execute(select(column, func.count().label("n")).group_by(column))


def decision_rows(connection: Connection, *, with_text: bool) -> Iterator[Row]:
    """Give every entry of the chain as a row that JSON can hold, with all that its hash covers.

    `decided_at` is in microseconds since 1970, as the hash covers it; `decided` is the same for a person. `text` is
    null where it was edited since or erased.
    """
    unedited = (texts.c.item_id == items.c.id) & (items.c.revision == decisions.c.revision)
    asked = (
        select(decisions, notes.c.note, texts.c.text)
        .join(items, items.c.id == decisions.c.item_id)
        .outerjoin(notes, notes.c.sequence == decisions.c.sequence)
        .outerjoin(texts, unedited)
        .order_by(decisions.c.sequence)
        .execution_options(yield_per=1000)
    )
    for row in connection.execute(asked):
        held: Row = row._asdict()
        text = held.pop("text")
        scores = unpack_scores(row.scores)
        yield {**held, "scores": scores, "decided": from_microseconds(row.decided_at).isoformat()} | (
            {"text": text} if with_text else {}
        )
