"""Predictions for all units and labels for some in; shares with standard errors and intervals out.

The estimator of a label's share is the mean of the labels, weighted by the inverse of their inclusion probabilities,
put right by what the model says of all units against what it says of the labelled ones:

    share = mean_labelled(y) + power * (mean_all(f) - mean_labelled(f))

With power 0 it is the labels alone (Hájek 1971), with power 1 the difference estimator of survey sampling (Cassel,
Särndal & Wretman 1976), known as prediction-powered inference (Angelopoulos et al. 2023, arXiv:2301.09633); the power
that makes the variance least is that of PPI++ (Angelopoulos, Duchi & Zrnic 2023, arXiv:2311.01453). Unequal inclusion
probabilities are those of Zrnic & Candès (2024, arXiv:2403.03208) and Datta & Polson (2025, arXiv:2508.10149).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

FEW: Final = 5
"""With fewer labels on one side of a question the model's help cannot be checked, and its interval is not given."""
_NOTHING: Final = 1e-12
_LEAST_DEGREES: Final = 0.5
"""Below it t has no quantiles worth the name: all weight is in one thread."""


class Of(StrEnum):
    """Of what the share is: of these very units, or of all threads of which these are a sample."""

    CORPUS = "corpus"
    POPULATION = "population"


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """Everything that was scored.

    Args:
        predicted: (units, labels), the model's probabilities.
        thread: (units,), a number for each thread.
        stratum: (units,), a number for each stratum of the draw; all 0 where there are none.
    """

    predicted: Floats
    thread: Places
    stratum: Places


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """What people said of some of the units.

    Args:
        place: (labelled,), where each stands among the units.
        shares: (labelled, labels), rows sum to 1 but for yes and no, which is one column.
        probability: (labelled,), in (0, 1], of having been drawn.
        stratum: (labelled,), as for the units.
    """

    place: Places
    shares: Floats
    probability: Floats
    stratum: Places


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Estimated shares of labels.

    Args:
        share: (labels,); may leave [0, 1] a little where the model is put right.
        error: (labels,), standard errors; nan where there is no telling.
        degrees: Of freedom of the t distribution; 0 where there is no telling.
        n_effective: (labels,), labels drawn one by one that would tell as much.
    """

    share: Floats
    error: Floats
    degrees: float
    n_effective: Floats


def tune_power(units: Units, labelled: Labelled, *, of: Of) -> float:
    """Return the power, in [0, 1], with which the sum of the variances of all labels' shares is least.

    One power for all labels, so that shares add up to 1. It is estimated on the same labels, as in PPI++.
    """
    parts = _parts(units, labelled, of=of)
    if parts is None:
        return 0.0
    own, help_ = parts
    spread = float((help_ * help_).sum())
    return 0.0 if spread < _NOTHING**2 else float(np.clip(-(own * help_).sum() / spread, 0.0, 1.0))


def estimate_shares(units: Units, labelled: Labelled, *, power: float, of: Of) -> Shares:
    """Estimate the share of every label.

    Args:
        units: All units, of one group where there are groups.
        labelled: At least one.
        power: How far the model is followed, in [0, 1]; 0 for the labels alone.
        of: Of what the share is. Of the population, threads are taken as drawn at random; the variance is that of
            the jackknife that leaves out one thread at a time, those without labels included, and t has m - 1 degrees
            of freedom, where m is the effective number (Kish 1965) of threads with labels. Of the corpus, only drawing
            is random; the variance is Hájek's (1964) within strata, which for even drawing is the textbook one, and t
            has labels - strata degrees.
    """
    weight = 1 / labelled.probability
    own = np.average(labelled.shares, axis=0, weights=weight)
    seen = np.average(units.predicted[labelled.place], axis=0, weights=weight)
    share: Floats = own + power * (units.predicted.mean(axis=0) - seen)
    parts = _parts(units, labelled, of=of)
    n_labels, parts = len(labelled.place), _parts(units, labelled, of=of)
    if of is Of.POPULATION:
        codes = np.unique(units.thread[labelled.place], return_inverse=True)[1]
        least = _kish(_sums(weight[:, None], codes, int(codes.max()) + 1)[:, 0])
        degrees = least - 1
    else:
        least = n_labels / max(1 - float(np.average(labelled.probability)), _NOTHING)
        degrees = n_labels - (int(_joined_strata(labelled.stratum).max()) + 1)
    if parts is None or degrees < _LEAST_DEGREES:
        nothing = np.full(len(share), np.nan)
        return Shares(share=share, error=nothing, degrees=0, n_effective=nothing)
    variance = ((parts[0] + power * parts[1]) ** 2).sum(axis=0)
    return Shares(
        share=share,
        error=np.sqrt(variance),
        degrees=degrees,
        n_effective=_effective(share, variance, n_labels=n_labels, least=least),
    )


def _kish(weight: Floats) -> float:
    """How many of equal weight would count as much (Kish 1965)."""
    return float(weight.sum() ** 2 / (weight**2).sum())


def threads_alone(units: Units) -> Floats:
    """Return (labels,), the variance of the mean prediction that comes of which threads were met; two at least."""
    _, codes = np.unique(units.thread, return_inverse=True)
    sizes = np.bincount(codes)
    everywhere = (units.predicted - units.predicted.mean(axis=0)) / len(codes)
    found: Floats = (_thread_sums(everywhere, codes, len(sizes), share=sizes / len(codes)) ** 2).sum(axis=0)
    return found


def wilson_interval(share: Floats, n_effective: Floats, *, degrees: float, confidence: float) -> tuple[Floats, Floats]:
    """Return intervals of shares in [0, 1], by Wilson's method (1927) with effective numbers of labels.

    Unlike share ± t times error it keeps its promise where labels are few or a share is near 0 or 1 (Franco, Little,
    Louis & Slud 2019, PMC6690503); with many labels the two agree.

    Args:
        share: (labels,); what lies outside [0, 1] is taken as the end.
        n_effective: (labels,), above 0, infinite where nothing is left to chance.
        degrees: Of freedom of the t distribution, above 0.
        confidence: Such as 0.95.
    """
    from scipy.stats import t

    share = np.clip(share, 0, 1)
    t2 = float(t.ppf((1 + confidence) / 2, degrees)) ** 2 / n_effective
    middle = (share + t2 / 2) / (1 + t2)
    half = np.sqrt(t2 * share * (1 - share) + t2 * t2 / 4) / (1 + t2)
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)


def _effective(share: Floats, variance: Floats, *, n_labels: int, least: float) -> Floats:
    """As many labels, drawn one by one, as would give the variance; `least` where labels that all agree give none."""
    inside = np.clip(share, 0.5 / n_labels, 1 - 0.5 / n_labels)
    with np.errstate(divide="ignore"):
        found: Floats = np.where(variance < _NOTHING**2, least, inside * (1 - inside) / variance)
    return found


def _parts(units: Units, labelled: Labelled, *, of: Of) -> tuple[Floats, Floats] | None:
    """Return (pieces, labels) twice: the variance with a power is the sum over pieces of (first + power * second)²."""
    if of is Of.CORPUS:
        return _drawn_parts(labelled.shares, labelled), -_drawn_parts(units.predicted[labelled.place], labelled)
    threads, codes = np.unique(units.thread, return_inverse=True)
    if len(np.unique(codes[labelled.place])) < 2:
        return None
    everywhere = (units.predicted - units.predicted.mean(axis=0)) / len(codes)
    helped = _thread_sums(everywhere, codes, len(threads), share=np.bincount(codes) / len(codes))
    return (
        _thread_parts(labelled.shares, units, labelled, codes),
        helped - _thread_parts(units.predicted[labelled.place], units, labelled, codes),
    )


def _thread_parts(values: Floats, units: Units, labelled: Labelled, codes: Places) -> Floats:
    """Return (threads, labels): how far the estimate moves where each thread is left out.

    Drawing within strata takes what lies between strata from the draw; it is left to how strata lie in threads.
    """
    n_threads = int(codes.max()) + 1
    at = codes[labelled.place]
    weight = 1 / labelled.probability
    weight = weight / weight.sum()
    strata = _joined_strata(labelled.stratum)
    means, inside = _strata_means(values, weight, strata)
    drawn = _sums(weight[:, None], at, n_threads)[:, 0]
    moved = _thread_sums(weight[:, None] * (values - inside), at, n_threads, share=drawn)
    if len(means) > 1:
        known = dict(zip(labelled.stratum.tolist(), strata.tolist(), strict=True))
        middle = (weight[:, None] * values).sum(axis=0)
        table = np.vstack([means, middle])
        # A stratum without labels in this group is taken to be as the rest.
        everyone = np.array([known.get(stratum, len(means)) for stratum in units.stratum.tolist()])
        between = (table[everyone] - table[everyone].mean(axis=0)) / len(codes)
        moved += _thread_sums(between, codes, n_threads, share=np.bincount(codes, minlength=n_threads) / len(codes))
    return moved


def _thread_sums(values: Floats, codes: Places, n_threads: int, *, share: Floats) -> Floats:
    """Add up by thread, as in the jackknife that leaves out a thread at a time: a long one counts for more."""
    n_seen = np.count_nonzero(share)
    scale = np.sqrt((n_seen - 1) / n_seen) / np.maximum(1 - share, _NOTHING)
    found: Floats = scale[:, None] * _sums(values, codes, n_threads)
    return found


def _drawn_parts(values: Floats, labelled: Labelled) -> Floats:
    """Return (labelled, labels): what each adds to the variance of drawing, by Hájek's formula within strata."""
    weight = 1 / labelled.probability[:, None]
    middle = (weight * values).sum(axis=0) / weight.sum()
    parts = weight * (values - middle) / weight.sum()
    left = 1 - labelled.probability
    strata = _joined_strata(labelled.stratum)
    _, inside = _strata_means(parts, left, strata)
    counts = np.bincount(strata)[strata]
    scale = np.sqrt(left * counts / np.maximum(counts - 1, 1))
    found: Floats = scale[:, None] * (parts - np.where(counts[:, None] > 1, inside, 0.0))
    return found


def _joined_strata(strata: Places) -> Places:
    """Number strata from 0, with those of a single label, which has no variance to be seen, as one."""
    _, codes, counts = np.unique(strata, return_inverse=True, return_counts=True)
    codes = np.where(counts[codes] == 1, len(counts), codes)
    found: Places = np.unique(codes, return_inverse=True)[1]
    return found


def _strata_means(values: Floats, weight: Floats, strata: Places) -> tuple[Floats, Floats]:
    """Return the weighted mean of each stratum, and for each row that of its own."""
    n_strata = int(strata.max()) + 1
    total = np.bincount(strata, weights=weight, minlength=n_strata)[:, None]
    means = _sums(weight[:, None] * values, strata, n_strata) / np.maximum(total, _NOTHING)
    return means, means[strata]


def _sums(values: Floats, codes: Places, n: int) -> Floats:
    return np.stack([np.bincount(codes, weights=column, minlength=n) for column in values.T], axis=1)
