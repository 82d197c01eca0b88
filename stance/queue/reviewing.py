"""Second reviews and golden items, mixed into the queue at a set rate, to measure how far moderators agree."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, or_, select

from stance.queue.counting import standing
from stance.queue.errors import Erased, NoSuchItem
from stance.queue.leases import locked_item
from stance.queue.ledger import note_change, read_setting, write_setting
from stance.queue.listing import prove_sentence
from stance.queue.moderation import Action, ItemState, Purpose, ReviewRates
from stance.queue.tables import checks, decisions, golden, items, ledger

_RATES = "review_rates"
_JUDGED = (Action.APPROVE.value, Action.REJECT.value)


def read_rates(connection: Connection) -> ReviewRates:
    """Return the rates in force; both 0 until they are set."""
    written = read_setting(connection, _RATES)
    if written is None:
        return ReviewRates()
    second, golden_rate = map(float, written.split())
    return ReviewRates(second=second, golden=golden_rate)


def write_rates(connection: Connection, rates: ReviewRates) -> None:
    """Set the rates.

    Raises:
        ValueError: A rate is not in [0, 1], or they sum to more than 1.
    """
    if not (0 <= rates.second <= 1 and 0 <= rates.golden <= 1 and rates.second + rates.golden <= 1):
        raise ValueError(f"rates: got {rates.second} and {rates.golden}, want both in [0, 1] and together at most 1")
    write_setting(connection, _RATES, f"{rates.second!r} {rates.golden!r}")


def note_check(connection: Connection, item_id: int, sentence: int, check: Mapping[str, object]) -> None:
    """Note what came of checking a claim; `check` has the other columns of `checks`.

    Raises:
        NoSuchItem: The queue holds no such item, or the item no such sentence.
    """
    prove_sentence(connection, item_id, sentence)
    connection.execute(insert(checks).values(item_id=item_id, sentence=sentence, **check))
    note_change(connection, "checked", item_ids=[item_id], moderator=str(check["moderator"]))


def set_golden(connection: Connection, item_id: int, *, action: Action | None, moderator: str) -> None:
    """Set the known answer of an item, or with None take it back.

    Raises:
        NoSuchItem: The queue holds no item of that id.
        Erased: The item has no text any more.
        ValueError: The action is neither approve nor reject.
    """
    if action is not None and action.value not in _JUDGED:
        raise ValueError(f"action: got {action.value}, want approve or reject")
    row = locked_item(connection, item_id)
    if row is None:
        raise NoSuchItem(f"item {item_id}")
    if row.state == ItemState.ERASED.value:
        raise Erased(item_id)
    connection.execute(delete(golden).where(golden.c.item_id == item_id))
    if action is not None:
        connection.execute(insert(golden).values(item_id=item_id, action=action.value, set_by=moderator))


def draw_review(
    connection: Connection, *, moderator: str, avoid: Sequence[int], chance: random.Random, now: int
) -> tuple[Row[Any], Purpose] | None:
    """Draw whether the moderator's next item is a review, and find and lock it; None where it is not, or none is left.

    Drawn anew each time, so that nobody can tell from the place of an item what it is for.
    """
    free = _free(avoid, now=now)
    rates = read_rates(connection)
    drawn = chance.random()
    if drawn < rates.golden:
        row = _golden_item(connection, free, moderator=moderator, chance=chance)
        return None if row is None else (row, Purpose.GOLDEN)
    if drawn < rates.golden + rates.second:
        row = _second_item(connection, free, moderator=moderator, chance=chance)
        return None if row is None else (row, Purpose.SECOND)
    return None


def _golden_item(
    connection: Connection, free: Select[Any], *, moderator: str, chance: random.Random
) -> Row[Any] | None:
    """Find a golden item that the moderator never answered as such."""
    answered = select(decisions.c.item_id).where(
        decisions.c.moderator == moderator, decisions.c.purpose == Purpose.GOLDEN.value, standing()
    )
    unanswered = select(golden.c.item_id).where(golden.c.item_id.not_in(answered)).order_by(golden.c.item_id)
    ids = list(connection.execute(unanswered).scalars())
    return _locked_free(connection, free.where(items.c.id == chance.choice(ids))) if ids else None


def _second_item(
    connection: Connection, free: Select[Any], *, moderator: str, chance: random.Random
) -> Row[Any] | None:
    """Find a comment that another moderator approved or rejected and nobody reviewed, beginning anywhere."""
    reviews = decisions.alias()
    reviewed = select(reviews.c.sequence).where(
        reviews.c.item_id == items.c.id, reviews.c.purpose == Purpose.SECOND.value
    )
    last = connection.execute(select(ledger.c.value).where(ledger.c.name == "chain")).scalar_one()
    candidates = (
        free.join(decisions, decisions.c.item_id == items.c.id)
        .where(
            decisions.c.purpose == Purpose.QUEUE.value,
            decisions.c.action.in_(_JUDGED),
            decisions.c.moderator != moderator,
            decisions.c.state_after == items.c.state,
            decisions.c.revision == items.c.revision,
            standing(),
            ~reviewed.exists(),
        )
        .order_by(decisions.c.sequence)
    )
    begin = chance.randrange(1, last + 1) if last else 1
    found = _locked_free(connection, candidates.where(decisions.c.sequence >= begin))
    return found or _locked_free(connection, candidates.where(decisions.c.sequence < begin))


def _free(avoid: Sequence[int], *, now: int) -> Select[Any]:
    """Return the selection of items that nobody holds, less those to avoid."""
    free = select(items.c.id, items.c.version).where(or_(items.c.lease_until.is_(None), items.c.lease_until <= now))
    return free.where(items.c.id.not_in(avoid)) if avoid else free


def _locked_free(connection: Connection, candidates: Select[Any]) -> Row[Any] | None:
    return connection.execute(candidates.limit(1).with_for_update(of=items, skip_locked=True)).one_or_none()
