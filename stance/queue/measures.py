"""Figures on decisions: what an order of reading finds, and how far people agree."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Interval = tuple[float, float]

REPLICATES: Final = 500
_SEED: Final = 0
_NORMAL_95: Final = 1.959964


def capture(scores: Floats, rejected: Floats, *, shares: Sequence[float], weights: Floats | None = None) -> Floats:
    """Return the share of the rejected found by reading the highest scores first, at each share read.

    Equal scores are read in no order: of a group that is read in part, the found are its expected share.

    Args:
        scores: (items,), highest read first.
        rejected: (items,), 1 where rejected, 0 where approved; at least one is 1.
        shares: Shares of the items read, in [0, 1].
        weights: (items,), how often each item counts; None for once.

    Returns:
        (shares,), in [0, 1].
    """
    order = np.argsort(-scores, kind="stable")
    counts = np.ones(len(scores)) if weights is None else weights[order]
    ends = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    n_read = np.concatenate(([0.0], np.cumsum(counts)[ends]))
    n_found = np.concatenate(([0.0], np.cumsum(counts * rejected[order])[ends]))
    found: Floats = np.interp(np.asarray(shares) * n_read[-1], n_read, n_found) / max(n_found[-1], 1e-12)
    return found


def capture_intervals(scores: Floats, rejected: Floats, *, shares: Sequence[float]) -> list[Interval]:
    """Return 95 % bootstrap intervals of `capture`: items drawn again with replacement, the same for every order."""
    chance = np.random.default_rng(_SEED)
    n = len(scores)
    drawn = []
    for _ in range(REPLICATES):
        weights = np.bincount(chance.integers(n, size=n), minlength=n).astype(np.float64)
        if (weights * rejected).sum():
            drawn.append(capture(scores, rejected, shares=shares, weights=weights))
    low, high = np.percentile(np.asarray(drawn), [2.5, 97.5], axis=0)
    return [(float(a), float(b)) for a, b in zip(low, high, strict=True)]


def wilson(n_hits: int, n: int) -> Interval:
    """Return the 95 % interval of a share (Wilson 1927); of nothing, all of [0, 1]."""
    if not n:
        return 0.0, 1.0
    z2 = _NORMAL_95**2
    share = n_hits / n
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _NORMAL_95 * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def cohen_kappa(pairs: Sequence[tuple[Hashable, Hashable]]) -> float | None:
    """Return Cohen's kappa (1960) of pairs of labels; None where it has none, for all labels are one."""
    if not pairs:
        return None
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    n = len(pairs)
    seen = sum(a == b for a, b in pairs) / n
    by_chance = sum(first[label] * second[label] for label in first) / (n * n)
    return None if by_chance == 1 else (seen - by_chance) / (1 - by_chance)


def krippendorff_alpha(units: Sequence[Sequence[Hashable]]) -> float | None:
    """Return Krippendorff's alpha (2004) for labels without order; None where all labels are one or none is paired.

    Args:
        units: The labels that each item got, of any number of people; items with fewer than two count for nothing.
    """
    pairable = [Counter(labels) for labels in units if len(labels) > 1]
    totals: Counter[Hashable] = Counter()
    disagreed = 0.0
    for counts in pairable:
        n_labels = counts.total()
        totals += counts
        disagreed += (n_labels**2 - sum(n * n for n in counts.values())) / (n_labels - 1)
    n = totals.total()
    expected = n * n - sum(count * count for count in totals.values())
    return None if not expected else 1 - (n - 1) * disagreed / expected


def agreement_interval(units: Sequence[object], measure: Callable[[list[object]], float | None]) -> Interval | None:
    """Return the 95 % bootstrap interval of a measure over items; None where it is rarely to be had."""
    chance = np.random.default_rng(_SEED)
    drawn = []
    for _ in range(REPLICATES if units else 0):
        found = measure([units[place] for place in chance.integers(len(units), size=len(units))])
        if found is not None:
            drawn.append(found)
    if len(drawn) < REPLICATES // 2:
        return None
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(low), float(high)


def by_bins(probabilities: Floats, happened: Floats, *, n_bins: int) -> Mapping[int, tuple[int, float, int]]:
    """Return for each bin of equal width that holds any: how many, their mean, and how many happened."""
    bins = np.minimum((probabilities * n_bins).astype(int), n_bins - 1)
    return {
        int(one): (int((bins == one).sum()), float(probabilities[bins == one].mean()), int(happened[bins == one].sum()))
        for one in np.unique(bins)
    }
