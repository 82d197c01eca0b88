"""Figures over gold labels and probabilities; None where a figure is not defined (one class only, no row)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, brier_score_loss, f1_score, precision_recall_curve, roc_auc_score

Array = NDArray[np.float64]
Figure = float | None

BUDGETS: Final = (1, 5, 10, 20)
"""Shares of a file that moderators review, in per cent."""

_BINS_LABEL = 10
_BINS_YES_NO = 15


def tidy(value: float | None) -> Figure:
    """Round to four digits; None for what is not a number."""
    return None if value is None or math.isnan(value) else round(float(value), 4)


def ece(confidence: Sequence[float] | Array, right: Sequence[bool] | NDArray[np.bool_], *, n_bins: int) -> Figure:
    """Expected calibration error over bins of equal width (Guo et al. 2017, arXiv:1706.04599).

    Bins are [0, 1/n), [1/n, 2/n), ... with 1 in the last; each counts by its share of the rows.

    Args:
        confidence: (rows,), the probability given.
        right: (rows,), whether what was given that probability came true.
    """
    given, came = np.asarray(confidence, dtype=np.float64), np.asarray(right, dtype=np.float64)
    if not len(given):
        return None
    place = np.minimum((given * n_bins).astype(np.int64), n_bins - 1)
    gaps = np.abs(np.bincount(place, came, n_bins) - np.bincount(place, given, n_bins))
    return tidy(float(gaps.sum() / len(given)))


def auc(gold: Sequence[bool] | NDArray[np.bool_], probability: Sequence[float] | Array) -> Figure:
    """Area under the ROC curve: how often a positive stands above a negative, ties counting half."""
    truth = np.asarray(gold, dtype=bool)
    if truth.all() or not truth.any():
        return None
    return tidy(roc_auc_score(truth, np.asarray(probability)))


def average_precision(gold: Sequence[bool], probability: Sequence[float]) -> Figure:
    """Average precision; None without a positive."""
    return tidy(average_precision_score(np.asarray(gold), np.asarray(probability))) if any(gold) else None


def f1_at(gold: Sequence[bool], probability: Sequence[float], *, threshold: float) -> Figure:
    """F1 of calling positive whatever reaches the threshold; None without a row."""
    if not gold:
        return None
    return tidy(f1_score(np.asarray(gold), np.asarray(probability) >= threshold, zero_division=0))


def best_f1(gold: Sequence[bool], probability: Sequence[float]) -> Figure:
    """The highest F1 that any threshold reaches on these very rows; None without a positive."""
    if not any(gold):
        return None
    precision, recall, _ = precision_recall_curve(np.asarray(gold), np.asarray(probability))
    return tidy(float(np.max(2 * precision * recall / np.maximum(precision + recall, 1e-12))))


def yes_no_figures(gold: Sequence[bool], probability: Sequence[float]) -> dict[str, Figure]:
    """`auc`, `average_precision`, `ece` (15 bins over the positive class's probability) and `brier`."""
    return {
        "auc": auc(gold, probability),
        "average_precision": average_precision(gold, probability),
        "ece": ece(probability, gold, n_bins=_BINS_YES_NO),
        "brier": tidy(brier_score_loss(np.asarray(gold), np.asarray(probability), pos_label=1)) if gold else None,
    }


def recall_at_budget(gold: Sequence[bool], probability: Sequence[float]) -> dict[str, Figure]:
    """Share of all positives found when the likeliest 1, 5, 10 and 20 % of the rows are reviewed.

    The number of rows is rounded up, so that some are always reviewed; among equals the earlier row comes first.
    """
    truth = np.asarray(gold, dtype=bool)
    order = np.argsort(-np.asarray(probability, dtype=np.float64), kind="stable")
    reviewed = {budget: math.ceil(len(truth) * budget / 100) for budget in BUDGETS}
    found = {str(budget): truth[order[:n]].sum() / max(1, truth.sum()) for budget, n in reviewed.items()}
    return {budget: tidy(share) if truth.any() else None for budget, share in found.items()}


def group_aucs(gold: Sequence[bool], probability: Sequence[float], member: Sequence[bool]) -> dict[str, Figure]:
    """How a group fares against the rest (Borkan et al. 2019, arXiv:1903.04561).

    Returns:
        `subgroup_auc` within the group; `bpsn_auc` of the others' positives against the group's negatives (low: the
        group's harmless comments are over-flagged); `bnsp_auc` of the others' negatives against the group's positives.
    """
    truth, given, inside = np.asarray(gold, bool), np.asarray(probability, np.float64), np.asarray(member, bool)
    parts = {
        "subgroup_auc": inside,
        "bpsn_auc": (inside & ~truth) | (~inside & truth),
        "bnsp_auc": (inside & truth) | (~inside & ~truth),
    }
    return {name: auc(truth[rows], given[rows]) for name, rows in parts.items()}


def label_figures(
    gold: Sequence[str], shares: Sequence[Mapping[str, float]], labels: Sequence[str]
) -> dict[str, Figure]:
    """`macro_f1` over `labels`, `accuracy`, and `ece` (10 bins over the winner's probability).

    Columns not in `labels` are dropped before the winner is taken, and the rest made to sum to 1.
    """
    picked = [pick(row, labels) for row in shares]
    right = [label == wanted for (label, _), wanted in zip(picked, gold, strict=True)]
    return {
        **hard_figures(gold, [label for label, _ in picked], labels),
        "ece": ece([probability for _, probability in picked], right, n_bins=_BINS_LABEL),
    }


def hard_figures(gold: Sequence[str], given: Sequence[str], labels: Sequence[str]) -> dict[str, Figure]:
    """`macro_f1` over `labels` and `accuracy` of answers without probabilities."""
    if not gold:
        return {"macro_f1": None, "accuracy": None}
    return {
        "macro_f1": tidy(f1_score(gold, given, labels=list(labels), average="macro", zero_division=0)),
        "accuracy": tidy(float(np.mean([a == b for a, b in zip(gold, given, strict=True)]))),
    }


def mean_f1(gold: Sequence[str], given: Sequence[str], labels: Sequence[str]) -> Figure:
    """Mean F1 of some labels, the others counting as their negatives."""
    return hard_figures(gold, given, labels)["macro_f1"]


def pick(shares: Mapping[str, float], labels: Sequence[str]) -> tuple[str, float]:
    """Return the likeliest of `labels` and its probability among them; the earlier label wins a tie."""
    total = sum(shares[label] for label in labels) or 1.0
    best = max(labels, key=lambda label: shares[label])
    return best, shares[best] / total


def majority(gold: Sequence[str]) -> str:
    """The commonest label; the first met wins a tie."""
    return max(dict.fromkeys(gold), key=list(gold).count) if gold else ""
