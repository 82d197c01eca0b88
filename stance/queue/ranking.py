"""The order in which a moderator reads, each place with its reasons."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from stance.queue.scene import Scene, set_scenes
from stance.queue.signals import Finding, find
from stance.records import (
    Actor,
    Judgement,
    Mention,
    Policy,
    PolicyLine,
    QueueItem,
    Reason,
    Reply,
    Thread,
)

QueueOrder = Literal["risk", "uncertain", "hybrid"]

UNFIRED_SHARE: Final = 0.1
"""What a line below its threshold counts for: it orders the comments that no line fired for."""
_DOUBT_WEIGHT: Final = 0.3
"""What full uncertainty is worth in the hybrid order: as much as a line of this weight that surely fires."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A comment before it has a rank."""

    comment_id: str
    priority: float
    uncertainty: float
    reasons: tuple[Reason, ...]


def rank(
    judgements: Sequence[Judgement],
    *,
    thread: Thread,
    replies: Sequence[Reply],
    actors: Sequence[Actor],
    mentions: Sequence[Mention],
    policy: Policy,
    order: QueueOrder = "risk",
) -> tuple[QueueItem, ...]:
    """Rank every comment of a thread, the one to read first at rank 1.

    A line that fires counts for its weight times its probability (the harm to be expected), one that does not for a
    tenth of that; the priority is their noisy-or, 1 - (1 - c1)(1 - c2)..., so it stays in [0, 1] and never sinks where
    the judge grows surer of something bad. The uncertainty is that of the line whose probability is nearest to its
    threshold: 1 on the threshold, 0 at probability 0 or 1. Ties keep the order of the thread.

    Args:
        judgements: One for each comment, in thread order.
        thread: The comments to rank.
        replies: One for each comment, in thread order.
        actors: Everyone the thread speaks of.
        mentions: Where it does; those in quotations are left out of account.
        policy: What matters from which probability on, and how much.
        order: `risk` ranks by priority; `uncertain` by uncertainty: what a person's label would teach most; `hybrid` by
            both, see `hybrid`.

    Raises:
        ValueError: `order` is none of these, or `replies` or `judgements` do not fit the thread.
    """
    if order not in _SORT_KEYS:
        raise ValueError(f"order: got {order!r}, want 'risk', 'uncertain' or 'hybrid'")
    scenes = set_scenes(thread, replies=replies, actors=actors, mentions=mentions, judgements=judgements)
    places = [_weigh(scene, policy=policy) for scene in scenes]
    sort_key = _SORT_KEYS[order]
    places.sort(key=lambda place: -sort_key(place))
    return tuple(
        QueueItem(
            rank=rank,
            comment_id=place.comment_id,
            priority=place.priority,
            uncertainty=place.uncertainty,
            reasons=place.reasons,
        )
        for rank, place in enumerate(places, start=1)
    )


def hybrid(priority: float, uncertainty: float) -> float:
    """Return what the hybrid order sorts by, in [0, 1]: the priority, with the uncertainty as one more line."""
    return 1 - (1 - priority) * (1 - _DOUBT_WEIGHT * uncertainty)


_SORT_KEYS: Final[Mapping[str, Callable[[_Place], float]]] = {
    "risk": lambda place: place.priority,
    "uncertain": lambda place: place.uncertainty,
    "hybrid": lambda place: hybrid(place.priority, place.uncertainty),
}


def _weigh(scene: Scene, *, policy: Policy) -> _Place:
    """Return one comment's priority and uncertainty with the reasons that fired, the weightiest first."""
    seen = [(line, finding) for line in policy.lines if (finding := find(line, scene)) is not None]
    reasons = [_reason(line, finding) for line, finding in seen if finding.probability >= line.threshold]
    return _Place(
        comment_id=scene.comment.id,
        priority=1 - math.prod(1 - _count(line, finding) for line, finding in seen),
        uncertainty=max((_closeness(line, finding) for line, finding in seen), default=0.0),
        reasons=tuple(sorted(reasons, key=lambda reason: -reason.weight * reason.probability)),
    )


def _count(line: PolicyLine, finding: Finding) -> float:
    """Return what one line adds to the priority."""
    share = 1.0 if finding.probability >= line.threshold else UNFIRED_SHARE
    return share * line.weight * min(1.0, finding.probability)


def _closeness(line: PolicyLine, finding: Finding) -> float:
    """Return how near a probability is to its threshold: 1 on it, falling evenly to 0 at both ends."""
    if finding.probability < line.threshold:
        return finding.probability / line.threshold
    return max(0.0, 1 - finding.probability) / (1 - line.threshold)


def _reason(line: PolicyLine, finding: Finding) -> Reason:
    """Return a line that fired as a reason."""
    return Reason(
        line=line.name,
        what=finding.what,
        toward=finding.toward,
        words=finding.words,
        probability=finding.probability,
        weight=line.weight,
    )
