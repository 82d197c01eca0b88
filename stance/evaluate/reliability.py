"""How far probabilities can be believed: reliability tables, and what is gained by not answering."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stance.evaluate.metrics import ece, tidy

Array = NDArray[np.float64]

N_BINS: Final = 10
_DRAWS: Final = 200


def reliability_bins(
    probability: Sequence[float] | Array, came: Sequence[bool], *, n_bins: int = N_BINS
) -> list[dict[str, float]]:
    """Cut rows into bins of equal mass by their probability (Nixon et al. 2019, arXiv:1904.01685).

    Args:
        probability: (rows,), the probability given.
        came: (rows,), whether what was given that probability came true.
        n_bins: Bins at most; with fewer rows there are as many bins as rows.

    Returns:
        From the least probable bin to the most: `n`, mean `probability` given, `share` that came true.
    """
    given, truth = np.asarray(probability, dtype=np.float64), np.asarray(came, dtype=np.float64)
    order = np.argsort(given, kind="stable")
    return [
        {
            "n": len(rows),
            "probability": round(float(given[rows].mean()), 4),
            "share": round(float(truth[rows].mean()), 4),
        }
        for rows in np.array_split(order, n_bins)
        if len(rows)
    ]


def chance_ece(probability: Sequence[float] | Array, *, n_bins: int) -> float | None:
    """The expected calibration error that probabilities would show if they were exactly right.

    Few rows make every bin miss its mark: an error near this one is no evidence of bad calibration.

    Args:
        probability: (rows,), the probability given.
        n_bins: As for the error that it is laid beside.

    Returns:
        Mean over draws of what comes true by those very probabilities; None without a row.
    """
    given, rng = np.asarray(probability, dtype=np.float64), np.random.default_rng(0)
    errors = [ece(given, rng.random(len(given)) < given, n_bins=n_bins) for _ in range(_DRAWS)]
    found = [error for error in errors if error is not None]
    return tidy(float(np.mean(found))) if found else None


def coverage_curve(
    confidence: Sequence[float] | Array, right: Sequence[bool], *, thresholds: Sequence[float]
) -> list[dict[str, float | None]]:
    """What answering only above a confidence leaves, and how often that is right (El-Yaniv & Wiener 2010).

    Args:
        confidence: (rows,), the winner's probability.
        right: (rows,), whether the winner is right.
        thresholds: An answer below the threshold is withheld.

    Returns:
        For each threshold: `threshold`, `coverage` (share of rows answered), `accuracy` of those (None where there
        is none).
    """
    given, truth = np.asarray(confidence, dtype=np.float64), np.asarray(right, dtype=bool)
    curve: list[dict[str, float | None]] = []
    for threshold in thresholds:
        answered = given >= threshold
        accuracy = round(float(truth[answered].mean()), 4) if answered.any() else None
        coverage = round(float(answered.mean()), 4) if len(given) else None
        curve.append({"threshold": threshold, "coverage": coverage, "accuracy": accuracy})
    return curve
