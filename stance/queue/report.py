"""What the queue's orders would have bought, and how far moderators agree, from what they decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, select

from stance.queue.counting import standing
from stance.queue.lanes import LANE_WORDS
from stance.queue.measures import (
    Floats,
    Interval,
    agreement_interval,
    by_bins,
    capture,
    capture_intervals,
    cohen_kappa,
    krippendorff_alpha,
    wilson,
)
from stance.queue.moderation import ALL_LANE, ESCALATED_LANE, Action, Purpose
from stance.queue.packing import unpack_scores
from stance.queue.ranking import hybrid
from stance.queue.tables import decisions, golden, items

SHARES_READ: Final = (0.01, 0.05, 0.10, 0.20)
N_BINS: Final = 10
_JUDGED: Final = (Action.APPROVE.value, Action.REJECT.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """The share of the rejected comments that reading `share_read` of all would have found, with a 95 % interval."""

    order: str
    share_read: float
    found: float
    interval: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many of `n` were `hits` (rejected of a lane, answers that fit golden items), with a 95 % interval."""

    name: str
    n: int
    hits: int
    interval: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationBin:
    """Comments of like priority: their mean priority, and how many were rejected."""

    n: int
    mean_priority: float
    n_rejected: int
    interval: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far moderators agree on approving and rejecting, with 95 % intervals; None where it cannot be said.

    `kappa` is over first decisions and second reviews, `alpha` over all comments that several judged.
    """

    n_pairs: int
    n_disagreed: int
    kappa: float | None
    kappa_interval: Interval | None
    n_judged_by_several: int
    alpha: float | None
    alpha_interval: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueReport:
    """What `Store.report` finds. It can only speak of comments that were approved or rejected."""

    n_approved: int
    n_rejected: int
    captures: tuple[Capture, ...]
    lanes: tuple[Share, ...]
    calibration: tuple[CalibrationBin, ...]
    agreement: Agreement
    golden: tuple[Share, ...]


def make_report(connection: Connection) -> QueueReport:
    """Make the report from the decisions that stand; the scores are those that the decisions were made on."""
    rows = _judged(connection)
    last = {row.item_id: row for row in rows if row.purpose == Purpose.QUEUE.value}
    scores = [unpack_scores(row.scores) for row in last.values()]
    rejected = np.array([row.action == Action.REJECT.value for row in last.values()], dtype=np.float64)
    n_rejected = int(rejected.sum())
    orders = {
        "risk": np.array([one["priority"] for one in scores]),
        "uncertain": np.array([one["uncertainty"] for one in scores]),
        "hybrid": np.array([hybrid(one["priority"], one["uncertainty"]) for one in scores]),
        "newest first": np.array([row.posted_at or row.loaded_at for row in last.values()], dtype=np.float64),
        "toxicity only": np.array([one["toxicity"] for one in scores]),
    }
    return QueueReport(
        n_approved=len(last) - n_rejected,
        n_rejected=n_rejected,
        captures=tuple(one for name, keys in orders.items() for one in captures(name, keys, rejected)),
        lanes=_lane_shares(scores, rejected),
        calibration=_calibration(orders["risk"], rejected),
        agreement=_agreement(rows),
        golden=_golden_shares(connection, rows),
    )


def captures(order: str, keys: Floats, rejected: Floats) -> tuple[Capture, ...]:
    """Return what an order finds at each share read; nothing where nothing was rejected."""
    if not rejected.any():
        return ()
    found = capture(keys, rejected, shares=SHARES_READ)
    intervals = capture_intervals(keys, rejected, shares=SHARES_READ)
    return tuple(
        Capture(order=order, share_read=share, found=float(one), interval=interval)
        for share, one, interval in zip(SHARES_READ, found, intervals, strict=True)
    )


def _judged(connection: Connection) -> list[Any]:
    """Return the standing approvals and rejections in order, with when the comment came."""
    return list(
        connection.execute(
            select(
                decisions.c.item_id,
                decisions.c.action,
                decisions.c.moderator,
                decisions.c.purpose,
                decisions.c.scores,
                decisions.c.revision,
                items.c.posted_at,
                items.c.loaded_at,
            )
            .join(items, items.c.id == decisions.c.item_id)
            .where(standing(), decisions.c.action.in_(_JUDGED))
            .order_by(decisions.c.sequence)
        )
    )


def _lane_shares(scores: Sequence[Mapping[str, float]], rejected: Floats) -> tuple[Share, ...]:
    shares = []
    for lane in LANE_WORDS:
        if lane in {ALL_LANE, ESCALATED_LANE}:
            continue
        inside = np.array([lane in one for one in scores], dtype=bool)
        n, hits = int(inside.sum()), int(rejected[inside].sum())
        shares.append(Share(name=lane, n=n, hits=hits, interval=wilson(hits, n)))
    return tuple(shares)


def _calibration(priorities: Floats, rejected: Floats) -> tuple[CalibrationBin, ...]:
    return tuple(
        CalibrationBin(n=n, mean_priority=mean, n_rejected=hits, interval=wilson(hits, n))
        for n, mean, hits in by_bins(priorities, rejected, n_bins=N_BINS).values()
    )


def _agreement(rows: list[Any]) -> Agreement:
    """Compare second reviews with what they reviewed, and all that several people judged at one revision."""
    labels: dict[tuple[int, str], dict[str, str]] = {}
    first: dict[tuple[int, str], str] = {}
    pairs: list[Any] = []
    for row in rows:
        at = (row.item_id, row.revision)
        labels.setdefault(at, {})[row.moderator] = row.action
        if row.purpose == Purpose.QUEUE.value:
            first[at] = row.action
        elif row.purpose == Purpose.SECOND.value and at in first:
            pairs.append((first[at], row.action))
    units: list[Any] = [tuple(by_person.values()) for by_person in labels.values() if len(by_person) > 1]
    kappa: Callable[[list[Any]], float | None] = cohen_kappa
    alpha: Callable[[list[Any]], float | None] = krippendorff_alpha
    return Agreement(
        n_pairs=len(pairs),
        n_disagreed=sum(a != b for a, b in pairs),
        kappa=kappa(pairs),
        kappa_interval=agreement_interval(pairs, kappa),
        n_judged_by_several=len(units),
        alpha=alpha(units),
        alpha_interval=agreement_interval(units, alpha),
    )


def _golden_shares(connection: Connection, rows: list[Any]) -> tuple[Share, ...]:
    known = {row.item_id: row.action for row in connection.execute(select(golden))}
    answers: dict[str, list[bool]] = {}
    for row in rows:
        if row.purpose == Purpose.GOLDEN.value and row.item_id in known:
            answers.setdefault(row.moderator, []).append(row.action == known[row.item_id])
    return tuple(
        Share(name=name, n=len(fits), hits=sum(fits), interval=wilson(sum(fits), len(fits)))
        for name, fits in sorted(answers.items())
    )
