"""A policy refitted to what moderators decided, with what it would have bought on decisions held back from it.

Nothing is put in force here: the new policy is a proposal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.metrics import average_precision_score
from sklearn.model_selection import GroupShuffleSplit
from sklearn.tree import DecisionTreeClassifier
from sqlalchemy import Connection, select

from stance.queue.counting import standing
from stance.queue.errors import TooFewDecisions
from stance.queue.listing import as_thread, read_thread
from stance.queue.measures import Floats
from stance.queue.moderation import Action, Purpose, StoredThread
from stance.queue.policy import with_lines
from stance.queue.ranking import UNFIRED_SHARE
from stance.queue.report import Capture, captures
from stance.queue.scene import set_scenes
from stance.queue.signals import find
from stance.queue.tables import decisions, items, texts
from stance.records import Policy, PolicyLine

FEWEST: Final = 30
"""Of approved and of rejected comments each, below which nothing is learned."""
_HELD_BACK: Final = 0.3
_SEED: Final = 0
_PULL: Final = 2.0
"""How strongly weights stay where the policy in force has them, in decisions: few decisions move them little."""
_LEAF_SHARE: Final = 0.05
_NARROWEST: Final = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One policy on the decisions held back: what its order finds, and its average precision in [0, 1]."""

    captures: tuple[Capture, ...]
    average_precision: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """A proposed policy, and both policies on `n_held_back` decisions (of them `n_rejected`) that it never saw."""

    policy: Policy
    n_learned_from: int
    n_held_back: int
    n_rejected: int
    before: Side
    after: Side


@dataclass(frozen=True, slots=True)
class _Judged:
    """Decided comments: (items, lines) probabilities, (items,) 1 where rejected, (items,) the thread of each."""

    probabilities: Floats
    rejected: Floats
    threads: NDArray[np.int64]


def learn(connection: Connection, policy: Policy) -> Learned:
    """Refit a policy's thresholds and weights.

    Each line's threshold goes where a single cut of its probability parts rejected from approved best; where higher
    probabilities were not rejected more often, it stays. The weights are then fitted so that the priority is as near
    as can be to the probability of being rejected, pulled toward those in force. Threads are held back whole.

    Raises:
        TooFewDecisions: Fewer than 30 comments were rejected, or approved, that still have their text.
    """
    judged = _read_judged(connection, policy)
    n_rejected = int(judged.rejected.sum())
    n_approved = len(judged.rejected) - n_rejected
    if min(n_rejected, n_approved) < FEWEST:
        raise TooFewDecisions(n_rejected=n_rejected, n_approved=n_approved, wanted=FEWEST)
    seen, held_back = _split(judged)
    thresholds = [
        _threshold(line, judged.probabilities[seen, place], judged.rejected[seen])
        for place, line in enumerate(policy.lines)
    ]
    cut = [replace(line, threshold=threshold) for line, threshold in zip(policy.lines, thresholds, strict=True)]
    weights = _weights(cut, judged.probabilities[seen], judged.rejected[seen])
    fitted = [replace(line, weight=round(float(weight), 3)) for line, weight in zip(cut, weights, strict=True)]
    proposed = with_lines(fitted)
    return Learned(
        policy=proposed,
        n_learned_from=len(seen),
        n_held_back=len(held_back),
        n_rejected=int(judged.rejected[held_back].sum()),
        before=_side("before", policy, judged, held_back),
        after=_side("after", proposed, judged, held_back),
    )


def _read_judged(connection: Connection, policy: Policy) -> _Judged:
    """Read what every line sees in the comments that were approved or rejected as they now stand."""
    decided = select(decisions.c.item_id, decisions.c.action, items.c.thread_id)
    rows = connection.execute(
        decided.join(items, items.c.id == decisions.c.item_id)
        .join(texts, texts.c.item_id == items.c.id)
        .where(
            standing(),
            decisions.c.purpose == Purpose.QUEUE.value,
            decisions.c.revision == items.c.revision,
            decisions.c.action.in_([Action.APPROVE.value, Action.REJECT.value]),
        )
        .order_by(decisions.c.sequence)
    )
    by_thread: dict[int, dict[int, bool]] = {}
    for row in rows:
        by_thread.setdefault(row.thread_id, {})[row.item_id] = row.action == Action.REJECT.value
    probabilities, rejected, threads = [], [], []
    for thread_id, labels in by_thread.items():
        seen = see_lines(read_thread(connection, thread_id), policy)
        probabilities += [seen[item_id] for item_id in labels]
        rejected += list(labels.values())
        threads += [thread_id] * len(labels)
    return _Judged(
        np.array(probabilities, dtype=np.float64).reshape(len(rejected), len(policy.lines)),
        np.array(rejected, dtype=np.float64),
        np.array(threads, dtype=np.int64),
    )


def see_lines(stored: StoredThread, policy: Policy) -> dict[int, list[float]]:
    """Return for each item of a thread what every line sees; 0 where the judge gave nothing to see it by."""
    entries = stored.entries
    scenes = set_scenes(
        as_thread(stored),
        replies=[entry.reply for entry in entries],
        actors=stored.actors,
        mentions=[mention for entry in entries for mention in entry.mentions],
        judgements=[entry.judgement for entry in entries],
    )
    return {
        entry.item_id: [0.0 if (finding := find(line, scene)) is None else finding.probability for line in policy.lines]
        for entry, scene in zip(entries, scenes, strict=True)
    }


def _split(judged: _Judged) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Hold threads back whole, for comments of one thread are alike; of fewer than five threads, comments.

    Both sides need both classes: seeds are tried in turn until they have them.
    """
    groups = judged.threads if len(set(judged.threads.tolist())) >= 5 else np.arange(len(judged.threads))
    tries = GroupShuffleSplit(n_splits=50, test_size=_HELD_BACK, random_state=_SEED)
    splits = list(tries.split(judged.probabilities, groups=groups))
    for seen, held_back in splits:
        if all(0 < judged.rejected[side].mean() < 1 for side in (seen, held_back)):
            return seen, held_back
    seen, held_back = splits[0]
    return seen, held_back


def _threshold(line: PolicyLine, probabilities: Floats, rejected: Floats) -> float:
    """Return where one cut parts rejected from approved best, or the line's own threshold."""
    stump = DecisionTreeClassifier(max_depth=1, min_samples_leaf=_LEAF_SHARE, random_state=_SEED)
    tree = stump.fit(probabilities[:, None], rejected).tree_
    if tree.node_count == 1:
        return line.threshold
    cut = float(tree.threshold[0])
    above = probabilities > cut
    if rejected[above].mean() <= rejected[~above].mean():
        return line.threshold
    return round(min(max(cut, _NARROWEST), 1 - _NARROWEST), 4)


def _weights(lines: Sequence[PolicyLine], probabilities: Floats, rejected: Floats) -> Floats:
    """Return the weights in [0, 1] under which the priority fits rejection best (a noisy-or, by likelihood)."""
    counts = _counts(lines, probabilities)
    start = np.array([line.weight for line in lines])

    def loss(weights: Floats) -> tuple[float, Floats]:
        factors = np.clip(1 - weights * counts, 1e-6, 1.0)
        approved = np.clip(factors.prod(axis=1), 1e-6, 1 - 1e-6)
        likelihood = np.where(rejected == 1, np.log(1 - approved), np.log(approved)).sum()
        slope = np.where(rejected == 1, approved / (1 - approved), -1.0)[:, None] * counts / factors
        pulled = _PULL * ((weights - start) ** 2).sum()
        gradient: Floats = -slope.sum(axis=0) + 2 * _PULL * (weights - start)
        return float(pulled - likelihood), gradient

    found = minimize(loss, start, jac=True, bounds=[(0.0, 1.0)] * len(lines), method="L-BFGS-B")
    fitted: Floats = np.clip(found.x, 0.0, 1.0)
    return fitted


def _counts(lines: Sequence[PolicyLine], probabilities: Floats) -> Floats:
    """Return what each line counts for before its weight, as the ranking has it."""
    fired = probabilities >= np.array([line.threshold for line in lines])
    return np.where(fired, 1.0, UNFIRED_SHARE) * np.minimum(probabilities, 1.0)


def _side(name: str, policy: Policy, judged: _Judged, places: NDArray[np.int64]) -> Side:
    weights = np.array([line.weight for line in policy.lines])
    priorities = 1 - (1 - weights * _counts(policy.lines, judged.probabilities[places])).prod(axis=1)
    rejected = judged.rejected[places]
    precision = float(average_precision_score(rejected, priorities)) if rejected.any() else 0.0
    return Side(captures=captures(name, priorities, rejected), average_precision=precision)
