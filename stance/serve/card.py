"""One item as the page shows it: its text with the words that carry a reason, and what was found and done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from stance.out import Look
from stance.queue import LANE_WORDS, Action, ClaimCheck, Decision, ItemState, RejectReason, StoredItem, StoredThread
from stance.records import Actor, ActorKind, SentenceScore, Stance, StanceScore
from stance.serve.context import Surroundings, look_of, named, surroundings
from stance.serve.inert import SHOWN_CHARACTERS, Piece, excerpt, one_line, pieces

LIKELY: Final = 0.5
MOST_CLAIMS: Final = 40
_SENTENCE_CHARACTERS: Final = 360
_MOST_CARRIERS: Final = 3
_CARRIER_CHARACTERS: Final = 40

ACTION_WORDS: Final[Mapping[Action, str]] = {
    Action.APPROVE: "approved",
    Action.REJECT: "rejected",
    Action.ESCALATE: "escalated",
    Action.DEFER: "deferred",
    Action.UNDO: "taken back",
}
REASON_WORDS: Final[Mapping[RejectReason, tuple[str, str]]] = {
    RejectReason.PERSON: ("p", "attack on a person"),
    RejectReason.GROUP: ("g", "hostility to a group"),
    RejectReason.VIOLENCE: ("v", "threat or violence"),
    RejectReason.SPAM: ("s", "spam"),
    RejectReason.OFF_TOPIC: ("t", "off topic"),
    RejectReason.FALSE_CLAIM: ("c", "false claim"),
    RejectReason.OTHER: ("o", "other"),
}
"""Each reason's key and words, in the order in which they are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonShown:
    """One reason; `number` is what its words in the text are marked with."""

    number: int
    what: str
    line: str
    toward: str
    probability: float
    weight: float
    marked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StanceShown:
    """The stance toward one actor; `carriers` are the words that carry it most, in the order of the text."""

    actor_id: str
    name: str
    label: Stance
    favor: float
    neutral: float
    against: float
    carriers: Sequence[Sequence[Piece]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimShown:
    """One sentence that claims something, with what came of checking it; `place` is its place in the judgement."""

    place: int
    text: Sequence[Piece]
    claim: float
    check_worthy: float
    rhetoric: float
    checks: Sequence[ClaimCheck]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionShown:
    """One entry of the history, newest first."""

    decision: Decision
    words: str
    taken_back: bool
    note: Sequence[Piece]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """All that is shown of one item. `held_by` is somebody else who holds it, or ""."""

    item: StoredItem
    name: str
    relation: Look | None
    relation_probability: float
    answers: str
    text: Sequence[Piece]
    n_left_out: int
    context: Surroundings
    reasons: Sequence[ReasonShown]
    stances: Sequence[StanceShown]
    claims: Sequence[ClaimShown]
    n_claims_left: int
    history: Sequence[DecisionShown]
    lanes: Sequence[str]
    state: ItemState
    held_by: str


def make_card(item: StoredItem, thread: StoredThread, *, viewer: str, blind: bool) -> Card:
    """Put together what is shown of an item.

    Args:
        item: The item.
        thread: Its thread.
        viewer: Who sees it; what they hold themselves is not told as held.
        blind: Show it as if nobody had decided on it, for a review that must not be swayed.
    """
    context = surroundings(thread, item.id)
    names = actor_names(thread)
    look, probability = look_of(item.judgement.relation)
    claims = _claims(item)
    return Card(
        item=item,
        name=named(item.comment),
        relation=look,
        relation_probability=probability,
        answers=context.ancestors[-1].name if context.ancestors else "the article",
        text=_text(item, names),
        n_left_out=max(0, len(item.comment.text) - SHOWN_CHARACTERS),
        context=context,
        reasons=[
            ReasonShown(
                number=number,
                what=one_line(reason.what),
                line=reason.line,
                toward="" if reason.toward is None else names.get(reason.toward, one_line(reason.toward)),
                probability=reason.probability,
                weight=reason.weight,
                marked=any(start < SHOWN_CHARACTERS for start, _ in reason.words),
            )
            for number, reason in enumerate(item.reasons, start=1)
        ],
        stances=_stances(item, names),
        claims=claims[:MOST_CLAIMS],
        n_claims_left=max(0, len(claims) - MOST_CLAIMS),
        history=[] if blind else _history(item.history),
        lanes=[LANE_WORDS[lane] for lane in item.lanes if lane in LANE_WORDS],
        state=ItemState.OPEN if blind else item.state,
        held_by=item.holder if item.holder is not None and item.holder != viewer else "",
    )


def _text(item: StoredItem, names: Mapping[str, str]) -> list[Piece]:
    return pieces(
        item.comment.text,
        reasons=[reason.words for reason in item.reasons],
        quotes=[(quote.start, quote.end) for quote in item.reply.quotes],
        actors=[
            (mention.start, mention.end, names.get(mention.actor_id, mention.actor_id))
            for mention in item.mentions
            if not mention.quoted
        ],
    )


def actor_names(thread: StoredThread) -> dict[str, str]:
    """Return what to call each actor; commenters by their number on the page, as everywhere else."""
    return {actor.id: _actor_name(actor) for actor in thread.actors}


def _actor_name(actor: Actor) -> str:
    if actor.kind is ActorKind.COMMENTER:
        return f"#{actor.id.removeprefix('commenter ')}"
    if actor.kind is ActorKind.AUTHOR:
        return "the article's author"
    return one_line(actor.name, limit=60)


def _stances(item: StoredItem, names: Mapping[str, str]) -> list[StanceShown]:
    """Return the stances, those that take a side most surely first."""
    shown = [
        StanceShown(
            actor_id=score.actor_id,
            name=names.get(score.actor_id, one_line(score.actor_id, limit=60)),
            label=score.label,
            favor=score.probabilities.get(Stance.FAVOR, 0.0),
            neutral=score.probabilities.get(Stance.NEUTRAL, 0.0),
            against=score.probabilities.get(Stance.AGAINST, 0.0),
            carriers=_carriers(item.comment.text, score),
        )
        for score in item.judgement.stances
    ]
    return sorted(shown, key=lambda one: one.neutral)


def _carriers(text: str, score: StanceScore) -> list[list[Piece]]:
    heaviest = sorted(score.spans, key=lambda span: -span.weight)[:_MOST_CARRIERS]
    spans = sorted((span.start, span.end) for span in heaviest)
    return [excerpt(text[start:end], limit=_CARRIER_CHARACTERS) for start, end in spans]


def _claims(item: StoredItem) -> list[ClaimShown]:
    """Return the sentences that claim something or are worth a check, and whatever was checked already."""
    checks: dict[int, list[ClaimCheck]] = {}
    for check in item.checks:
        checks.setdefault(check.sentence, []).append(check)
    return [
        ClaimShown(
            place=place,
            text=excerpt(item.comment.text[sentence.start : sentence.end], limit=_SENTENCE_CHARACTERS),
            claim=sentence.claim,
            check_worthy=sentence.check_worthy,
            rhetoric=sentence.rhetoric,
            checks=checks.get(place, []),
        )
        for place, sentence in enumerate(item.judgement.sentences)
        if place in checks or _claims_something(sentence)
    ]


def _claims_something(sentence: SentenceScore) -> bool:
    return max(sentence.claim, sentence.check_worthy) >= LIKELY


def _history(decisions: Iterable[Decision]) -> list[DecisionShown]:
    held = list(decisions)
    taken_back = {decision.undoes for decision in held}
    return [
        DecisionShown(
            decision=decision,
            words=_decided(decision),
            taken_back=decision.sequence in taken_back,
            note=excerpt(decision.note, limit=1_000),
        )
        for decision in reversed(held)
    ]


def _decided(decision: Decision) -> str:
    words = ACTION_WORDS[decision.action]
    return f"{words}: {REASON_WORDS[decision.reason][1]}" if decision.reason is not None else words
