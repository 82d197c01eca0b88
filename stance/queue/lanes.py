"""The lanes of the queue: which reasons put a comment into which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from stance.queue.moderation import ALL_LANE, ESCALATED_LANE
from stance.records import ActorKind, Attribute, Policy, PolicyLine, Reason, Signal

PEOPLE: Final = "people_attacked"
GROUPS: Final = "groups_attacked"
VIOLENCE: Final = "violence"
SPAM: Final = "spam"
CLAIMS: Final = "claims"
REBUTTALS: Final = "heated_rebuttals"

LANE_WORDS: Final[Mapping[str, str]] = {
    ALL_LANE: "everything",
    PEOPLE: "people attacked",
    GROUPS: "groups attacked",
    VIOLENCE: "violence",
    SPAM: "spam",
    CLAIMS: "claims to check",
    REBUTTALS: "heated rebuttals",
    ESCALATED_LANE: "escalated",
}
"""The lanes in the order in which they are shown, in words."""

_LANE_OF: Final[Mapping[Attribute | Signal, str]] = {
    Attribute.THREAT: VIOLENCE,
    Attribute.IDENTITY_ATTACK: GROUPS,
    Attribute.SEVERE_TOXICITY: PEOPLE,
    Attribute.TOXICITY: PEOPLE,
    Attribute.INSULT: PEOPLE,
    Attribute.ATTACK_ON_COMMENTER: PEOPLE,
    Attribute.SPAM: SPAM,
    Signal.UNSUPPORTED_CLAIMS: CLAIMS,
    Signal.REBUTTAL_HEAT: REBUTTALS,
}
"""Profanity is in none: swear words alone are aimed at nobody."""
_PEOPLE_KINDS: Final = frozenset({ActorKind.PERSON, ActorKind.AUTHOR, ActorKind.COMMENTER})


def lane_of(line: PolicyLine) -> str | None:
    """Return the lane of what a policy line looks at, None where it puts a comment into none."""
    if line.looks_at is Signal.HOSTILE_STANCE:
        return PEOPLE if _PEOPLE_KINDS.intersection(line.toward) else GROUPS
    return _LANE_OF.get(line.looks_at)


def lanes_of_lines(policy: Policy) -> dict[str, str]:
    """Return the lane of each line by the line's name; lines without a lane are left out."""
    return {line.name: lane for line in policy.lines if (lane := lane_of(line)) is not None}


def lane_scores(reasons: Iterable[Reason], lane_by_line: Mapping[str, str]) -> dict[str, float]:
    """Return the lanes that reasons put a comment into, each with its weightiest reason's weight times probability."""
    scores: dict[str, float] = {}
    for reason in reasons:
        lane = lane_by_line.get(reason.line)
        if lane is not None:
            scores[lane] = max(scores.get(lane, 0.0), reason.weight * reason.probability)
    return scores
