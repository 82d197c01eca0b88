"""What moderators do: take, hold, decide, take back, note a check. Every answer tells what the queue holds now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from stance.queue import (
    ESCALATED_LANE,
    Action,
    CheckOutcome,
    Choice,
    Decision,
    ItemState,
    Lease,
    Purpose,
    RejectReason,
    StaleItem,
)
from stance.serve.desk import AtDesk, Decider, Desk
from stance.serve.doors import Visitor
from stance.serve.front import NotAllowed
from stance.serve.reading import ItemId, card_row, read_card
from stance.serve.wanted import Wanted

router: Final = APIRouter(prefix="/api")
MOST_AVOIDED: Final = 1_000
MOST_CHOICES: Final = 500
_Version = Annotated[int, Field(ge=1)]
_Id = Annotated[int, Field(ge=1, le=2**53)]
_Note = Annotated[str, Field(max_length=2_000)]


class _Body(BaseModel):
    """A body in which nothing unknown stands."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Taking(_Body):
    """Ask for the next items: one to show, and some to have at hand."""

    wanted: Wanted
    avoid: Annotated[list[_Id], Field(max_length=MOST_AVOIDED)] = []
    n: Annotated[int, Field(ge=1, le=4)] = 1


class Holding(_Body):
    """Items that are held, to hold them longer or to let them go."""

    items: Annotated[list[_Id], Field(max_length=50)]


class Deciding(_Body):
    """One decision on an item as it was seen."""

    version: _Version
    action: Action
    reason: RejectReason | None = None
    note: _Note = ""
    seconds: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)] | None = None


class Seen(_Body):
    """An item and the version in which it was seen."""

    id: _Id
    version: _Version


class DecidingMany(_Body):
    """One decision on several items: all or none."""

    items: Annotated[list[Seen], Field(min_length=1, max_length=MOST_CHOICES)]
    action: Action
    reason: RejectReason | None = None
    note: _Note = ""


class Undoing(_Body):
    """Take back a decision; None is the moderator's last."""

    sequence: Annotated[int, Field(ge=1)] | None = None


class Checking(_Body):
    """What came of checking one sentence."""

    sentence: Annotated[int, Field(ge=0, le=10**7)]
    outcome: CheckOutcome
    note: _Note = ""


@router.post("/take")
def take(desk: AtDesk, who: Decider, asked: Taking) -> dict[str, Any]:
    """Hold the next items that nobody holds, and return them as they are shown."""
    if asked.wanted.lane == ESCALATED_LANE and not who.rules:
        raise NotAllowed("What was escalated is for an admin to decide.")
    avoid = list(asked.avoid)
    cards: list[dict[str, Any]] = []
    while len(cards) < asked.n:
        lease = desk.store.lease(who.name, wanted=asked.wanted.filter, order=asked.wanted.order, avoid=avoid)
        if lease is None:
            break
        avoid.append(lease.item_id)
        cards.append(_held_card(desk, who, lease))
    return {"cards": cards}


@router.post("/items/{item_id}/hold")
def hold(desk: AtDesk, who: Decider, item_id: ItemId) -> dict[str, Any]:
    """Hold one item that was chosen from a list; where somebody else holds it, show it all the same."""
    try:
        lease = desk.store.hold(item_id, moderator=who.name)
    except StaleItem:
        return card_row(desk, read_card(desk, item_id, who), who, held=False)
    return _held_card(desk, who, lease)


@router.post("/renew")
def renew(desk: AtDesk, who: Decider, held: Holding) -> dict[str, Any]:
    """Hold items for another while; return those that are lost."""
    lost = []
    for item_id in held.items:
        try:
            desk.store.renew(item_id, moderator=who.name)
        except StaleItem:
            lost.append(item_id)
    return {"lost": lost}


@router.post("/release")
def release(desk: AtDesk, who: Decider, held: Holding) -> dict[str, Any]:
    """Let items go."""
    for item_id in held.items:
        desk.store.release(item_id, moderator=who.name)
    return {}


@router.post("/items/{item_id}/decide")
def decide(desk: AtDesk, who: Decider, item_id: ItemId, asked: Deciding) -> dict[str, Any]:
    """Decide on one item. When this answers with 200, the decision is on the disk."""
    choice = Choice(
        item_id=item_id,
        version=asked.version,
        action=asked.action,
        reason=asked.reason,
        note=asked.note.strip(),
        seconds=asked.seconds,
    )
    return {"decisions": _decide(desk, who, [choice])}


@router.post("/decide")
def decide_many(desk: AtDesk, who: Decider, asked: DecidingMany) -> dict[str, Any]:
    """Decide on several items at once, all or none."""
    choices = [
        Choice(item_id=one.id, version=one.version, action=asked.action, reason=asked.reason, note=asked.note.strip())
        for one in asked.items
    ]
    return {"decisions": _decide(desk, who, choices)}


@router.post("/undo")
def undo(desk: AtDesk, who: Decider, asked: Undoing) -> dict[str, Any]:
    """Take back a decision; what is open again is held, and returned as it is shown."""
    decisions = desk.store.undo(moderator=who.name, sequence=asked.sequence, others=who.rules)
    cards = [card_row(desk, read_card(desk, one.item_id, who), who, held=True) for one in decisions[:4]]
    return {"decisions": _rows(decisions), "cards": cards}


@router.post("/items/{item_id}/check")
def check(desk: AtDesk, who: Decider, item_id: ItemId, asked: Checking) -> dict[str, Any]:
    """Note what came of checking a claim."""
    desk.store.note_check(item_id, asked.sentence, asked.outcome, moderator=who.name, note=asked.note.strip())
    return card_row(desk, read_card(desk, item_id, who), who, held=False)


def _held_card(desk: Desk, who: Visitor, lease: Lease) -> dict[str, Any]:
    card = read_card(desk, lease.item_id, who, blind=lease.purpose is not Purpose.QUEUE)
    # Read after the lease: an edit in between has a newer version, which was not leased and must not be decided on.
    return card_row(desk, card, who, held=True) | {"version": lease.version}


def _decide(desk: Desk, who: Visitor, choices: Sequence[Choice]) -> list[dict[str, Any]]:
    if any(choice.action is Action.UNDO for choice in choices):
        raise NotAllowed("Take a decision back with undo.")
    if any(choice.reason is not None and choice.action not in {Action.REJECT, Action.ESCALATE} for choice in choices):
        raise NotAllowed("A reason goes with rejecting or escalating.")
    if not who.rules:
        _refuse_escalated(desk, choices)
    return _rows(desk.store.decide_many(choices, moderator=who.name))


def _refuse_escalated(desk: Desk, choices: Iterable[Choice]) -> None:
    """Raise where an item waits for an admin; the version keeps what is seen here true until it is written."""
    for choice in choices:
        item = desk.store.item(choice.item_id)
        if item.state is ItemState.ESCALATED and item.version == choice.version:
            raise NotAllowed("What was escalated is for an admin to decide.")


def _rows(decisions: Iterable[Decision]) -> list[dict[str, Any]]:
    return [
        {"sequence": one.sequence, "item": one.item_id, "action": one.action.value, "state": one.state_after.value}
        for one in decisions
    ]
