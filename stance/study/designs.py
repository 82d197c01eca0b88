"""Predictions and a random number for each unit in; which units to label, and how likely each was drawn, out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

EVENLY: Final = 0.5
"""Of the draw by uncertainty, the part that goes to all units alike: no weight exceeds twice that of an even draw."""
LEAST_IN_STRATUM: Final = 2
"""Below two labels a stratum has no variance to be seen."""
BINS: Final = (0.1, 0.5, 0.9)
"""Where probabilities of yes are cut into strata."""


class Design(StrEnum):
    """How units are drawn."""

    UNIFORM = "uniform"
    STRATIFIED = "stratified"
    UNCERTAINTY = "uncertainty"


class Allocation(StrEnum):
    """How labels are shared among strata."""

    PROPORTIONAL = "proportional"
    EQUAL = "equal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """What was drawn.

    Args:
        place: (drawn,), where each stands among the units, in an order that is random too.
        probability: (drawn,), of inclusion, in (0, 1].
        stratum: (drawn,), the stratum of each; all "" where there are none.
    """

    place: Places
    probability: Floats
    stratum: tuple[str, ...]


def draw_uniform(chance: Floats, *, n: int) -> Draw:
    """Draw `n` units evenly, without replacement: those with the smallest random numbers.

    Args:
        chance: (units,), random numbers in [0, 1), one a unit.
        n: At most the number of units; more are cut to that.
    """
    n = min(n, len(chance))
    place = np.argsort(chance, kind="stable")[:n]
    return Draw(place=place, probability=np.full(n, n / len(chance)), stratum=("",) * n)


def draw_stratified(chance: Floats, strata: list[str], *, n: int, allocation: Allocation) -> Draw:
    """Draw evenly within each stratum; at least two of each, so there may be more than `n`.

    Args:
        chance: (units,), random numbers in [0, 1), one a unit.
        strata: (units,), the name of each one's stratum.
        n: How many in all, about: shares are rounded.
        allocation: As large as the stratum is, or the same for each.
    """
    names, codes, sizes = np.unique(np.array(strata), return_inverse=True, return_counts=True)
    wanted = allocate(sizes, n=n, allocation=allocation)
    drawn: list[tuple[float, int, float, str]] = []
    for code, name in enumerate(names):
        inside = np.flatnonzero(codes == code)
        one = draw_uniform(chance[inside], n=int(wanted[code]))
        drawn += [
            (float(chance[place]), int(place), float(share), str(name))
            for place, share in zip(inside[one.place], one.probability, strict=True)
        ]
    drawn.sort()
    return Draw(
        place=np.array([place for _, place, _, _ in drawn], dtype=np.int64),
        probability=np.array([share for _, _, share, _ in drawn]),
        stratum=tuple(name for *_, name in drawn),
    )


def allocate(sizes: Places, *, n: int, allocation: Allocation) -> Places:
    """Share `n` labels among strata: two each where there are as many, and what a small one cannot take to the others.

    Args:
        sizes: (strata,), how many units each has.
        n: How many labels, about: shares are rounded.
        allocation: By sizes, or evenly.
    """
    weight = sizes / sizes.sum() if allocation is Allocation.PROPORTIONAL else np.full(len(sizes), 1 / len(sizes))
    wanted = np.minimum(sizes, LEAST_IN_STRATUM)
    full = wanted >= sizes
    while True:
        left = n - int(sizes[full].sum())
        share = np.where(full, 0.0, weight)
        if full.all() or left <= 0:
            break
        asked = np.maximum(LEAST_IN_STRATUM, np.rint(share / share.sum() * left)).astype(np.int64)
        above = ~full & (asked >= sizes)
        wanted = np.where(full, sizes, np.minimum(asked, sizes))
        if not above.any():
            break
        full |= above
        wanted = np.where(full, sizes, wanted)
    return wanted


def draw_by_uncertainty(chance: Floats, predicted: Floats, *, n: int, start: float) -> Draw:
    """Draw `n` units, those of which the model is unsure more often.

    Systematic sampling with unequal probabilities (Madow 1949) of a list in random order (Hartley & Rao 1962): the
    number drawn is fixed, and inclusion probabilities are exact. They are half even and half as the standard
    deviation of the label if the model were right, sqrt(1 - sum of squares): the best rule of Zrnic & Candès (2024,
    arXiv:2403.03208, section 4), mixed with the even one as they advise, so that none comes near 0.

    Args:
        chance: (units,), random numbers in [0, 1), one a unit.
        predicted: (units, labels), probabilities; a single column is that of yes.
        n: At most the number of units; more are cut to that.
        start: A random number in [0, 1).
    """
    n = min(n, len(chance))
    probability = inclusion_probabilities(doubt(predicted), n=n)
    order = np.argsort(chance, kind="stable")
    ends = np.cumsum(probability[order])
    ends[-1] = n  # rounding must not lose the last
    drawn = order[np.searchsorted(ends, start + np.arange(n), side="right")]
    # The walk meets the drawn in the order of their random numbers, so that labelling a part is fair as well.
    return Draw(place=drawn, probability=probability[drawn], stratum=("",) * n)


def doubt(predicted: Floats) -> Floats:
    """Return (units,), the standard deviation of each unit's label if the model were right."""
    if predicted.shape[1] == 1:
        variance: Floats = predicted[:, 0] * (1 - predicted[:, 0])
    else:
        variance = np.maximum(0.0, 1 - (predicted**2).sum(axis=1))
    found: Floats = np.sqrt(variance)
    return found


def inclusion_probabilities(size: Floats, *, n: int) -> Floats:
    """Return (units,) probabilities that sum to `n`: half even, half as `size`; what would exceed 1 is 1."""
    certain = np.zeros(len(size), dtype=bool)
    while True:
        rest = ~certain
        left = n - int(certain.sum())
        sizes = np.where(rest, size, 0.0)
        total = sizes.sum()
        even = rest / max(1, int(rest.sum()))
        share = EVENLY * even + (1 - EVENLY) * sizes / total if total > 0 else even
        probability = np.where(certain, 1.0, left * share)
        above = probability > 1 + 1e-12
        if not above.any():
            return np.minimum(probability, 1.0)
        certain |= above


def name_strata(predicted: Floats, choices: tuple[str, ...]) -> list[str]:
    """Name each unit's stratum: its likeliest label, or for yes and no the bin of its probability."""
    if predicted.shape[1] > 1:
        return [choices[place] for place in predicted.argmax(axis=1)]
    edges = (0.0, *BINS, 1.0)
    names = [f"{low:g} to {high:g}" for low, high in pairwise(edges)]
    return [names[place] for place in np.searchsorted(BINS, predicted[:, 0], side="right")]
