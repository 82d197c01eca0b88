"""Two scores of the same comments in, the thresholds that flag the same share out, with how far they agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

LEAST_ROWS: Final = 50
"""Comments that an attribute must have: with fewer, a threshold would be one comment's accident."""
LEAST_FLAGGED: Final = 10
"""Where fewer comments are flagged, or fewer are not, the threshold stands on single comments."""
_SAMPLES: Final = 400
_DIGITS: Final = 4

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """A threshold there and the one here. `here` and what follows is None where nothing or everything is flagged.

    `low`, `high` hold `here` in 95 of 100 samples of as many comments. `shared` is the share, of the comments flagged
    there, that is flagged here too; `kappa` is Cohen's. `few` is True where too few are flagged to rely on it.
    """

    there: float
    n_there: int
    here: float | None = None
    low: float | None = None
    high: float | None = None
    n_here: int = 0
    shared: float | None = None
    kappa: float | None = None
    few: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeMap:
    """One attribute's thresholds. `rank_correlation` is Spearman's, None where either side gives all one score."""

    attribute: str
    n: int
    rank_correlation: float | None
    thresholds: tuple[Mapped, ...]


def map_thresholds(attribute: str, theirs: Scores, ours: Scores, thresholds: Sequence[float]) -> AttributeMap:
    """Find, for thresholds there, the ones here that flag as many comments.

    A comment is flagged where its score is at or above the threshold. Where many comments share one score here, the
    count that comes nearest is taken.

    Args:
        attribute: Its name.
        theirs: (comments,), in [0, 1].
        ours: (comments,), in [0, 1], of the same comments in the same order.
        thresholds: Theirs, in [0, 1].
    """
    order = np.argsort(-ours, kind="stable")
    ranked = ours[order]
    flags = np.stack([theirs[order] >= threshold for threshold in thresholds])
    intervals = _intervals(ranked, flags)
    mapped = [
        _map_one(threshold, flagged, ranked, interval)
        for threshold, flagged, interval in zip(thresholds, flags, intervals, strict=True)
    ]
    return AttributeMap(
        attribute=attribute, n=len(ours), rank_correlation=_rank_correlation(theirs, ours), thresholds=tuple(mapped)
    )


def _map_one(there: float, flagged: NDArray[np.bool_], ranked: Scores, interval: tuple[float, float]) -> Mapped:
    n, n_there = len(ranked), int(flagged.sum())
    if not 0 < n_there < n:
        return Mapped(there=there, n_there=n_there)
    here = _cut(ranked, n_there)
    also = ranked >= here
    few = min(n_there, n - n_there) < LEAST_FLAGGED
    return Mapped(
        there=there,
        n_there=n_there,
        here=here,
        low=round(min(interval[0], here), _DIGITS),
        high=round(max(interval[1], here), _DIGITS),
        n_here=int(also.sum()),
        shared=round(float((flagged & also).sum()) / n_there, _DIGITS),
        kappa=_kappa(flagged, also),
        few=few,
    )


def _cut(ranked: Scores, n_wanted: int) -> float:
    """Return the threshold that flags nearest to `n_wanted` of scores that fall; rounded, and still apart from both."""
    tied = ranked[n_wanted - 1]
    first, last = (int(np.searchsorted(-ranked, -tied, side=side)) for side in ("left", "right"))
    at = first if first and n_wanted - first < last - n_wanted else last
    if at == len(ranked):
        return float(np.floor(ranked[-1] * 10**_DIGITS) / 10**_DIGITS)
    above, below = float(ranked[at - 1]), float(ranked[at])
    middle = (above + below) / 2
    rounded = round(middle, _DIGITS)
    return rounded if below < rounded <= above else middle


def _intervals(ranked: Scores, flags: NDArray[np.bool_]) -> list[tuple[float, float]]:
    """Return the 2.5th and 97.5th percentile of each threshold here, over samples drawn with replacement.

    A sample is how often each comment is in it, so that nothing is sorted again: O(comments) a sample.
    """
    n = len(ranked)
    chance = np.random.default_rng(0)
    found = np.empty((_SAMPLES, len(flags)))
    for sample in range(_SAMPLES):
        times = np.bincount(chance.integers(0, n, n), minlength=n)
        n_wanted = flags @ times
        at = np.searchsorted(np.cumsum(times), n_wanted)
        found[sample] = np.where(n_wanted > 0, ranked[np.minimum(at, n - 1)], 1.0)
    low, high = np.percentile(found, [2.5, 97.5], axis=0)
    return list(zip(low.tolist(), high.tolist(), strict=True))


def _kappa(there: NDArray[np.bool_], here: NDArray[np.bool_]) -> float | None:
    agreed = float(np.mean(there == here))
    share_there, share_here = float(there.mean()), float(here.mean())
    by_chance = share_there * share_here + (1 - share_there) * (1 - share_here)
    return None if by_chance == 1 else round((agreed - by_chance) / (1 - by_chance), _DIGITS)


def _rank_correlation(theirs: Scores, ours: Scores) -> float | None:
    if np.ptp(theirs) == 0 or np.ptp(ours) == 0:
        return None
    from scipy.stats import spearmanr

    return round(float(spearmanr(theirs, ours).statistic), _DIGITS)
