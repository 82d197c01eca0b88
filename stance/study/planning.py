"""Scores and a wanted width in, how many labels it would take out, if the model were right about its own doubts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stance.study.inference import Of, Units, threads_alone
from stance.study.population import Population, classify, columns_of, load_population
from stance.study.what import What


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Labels for one label's interval to be `width` wide; None where no number in these threads would do."""

    label: str
    width: float
    labels_alone: int | None
    prediction_powered: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the model says by itself, which is no estimate, and the labels that estimates would take."""

    what: What
    words: str
    of: Of
    confidence: float
    n_comments: int
    n_threads: int
    n_units: int
    model_id: str
    classified: dict[str, float]
    mean_probability: dict[str, float]
    needs: tuple[Need, ...]


def plan(path: Path, what: What, *, widths: Sequence[float], of: Of | None = None, confidence: float = 0.95) -> Plan:
    """Say how many evenly drawn labels would give intervals of some widths, before there is one label.

    It takes the model's probabilities to be right: then the variance of a label is p (1 - p) with its mean p, and what
    is left of it once the model has spoken is the mean of f (1 - f). Of the population, the differences between
    threads are added, as the model's probabilities show them; no number of labels makes these smaller.

    Args:
        path: Scores.
        what: The question.
        widths: Of the intervals, from end to end, in (0, 1).
        of: Of what the share is; None for the population where there are two threads or more.
        confidence: Of the intervals.

    Raises:
        ReadError: The scores cannot be opened.
        DataError: They cannot be used.
    """
    population = load_population(path, what)
    n_threads = len(np.unique(population.thread))
    of = of or (Of.POPULATION if n_threads > 1 else Of.CORPUS)
    labels = columns_of(population.what)
    mean = population.predicted.mean(axis=0)
    return Plan(
        what=population.what,
        words=population.words,
        of=of,
        confidence=confidence,
        n_comments=population.n_comments,
        n_threads=n_threads,
        n_units=len(population.thread),
        model_id=population.model_id,
        classified=dict(zip(labels, classify(population.predicted).tolist(), strict=True)),
        mean_probability=dict(zip(labels, mean.tolist(), strict=True)),
        needs=tuple(_needs(population, labels, widths=widths, of=of, confidence=confidence)),
    )


def _needs(
    population: Population, labels: Sequence[str], *, widths: Sequence[float], of: Of, confidence: float
) -> list[Need]:
    from scipy.stats import norm

    quantile = float(norm.ppf((1 + confidence) / 2))
    predicted, n_units = population.predicted, len(population.thread)
    units = Units(predicted=predicted, thread=population.thread, stratum=np.zeros_like(population.thread))
    between = threads_alone(units) if of is Of.POPULATION else np.zeros(len(labels))
    mean = predicted.mean(axis=0)
    whole, left = mean * (1 - mean), (predicted * (1 - predicted)).mean(axis=0)
    return [
        Need(
            label=label,
            width=width,
            labels_alone=_count(float(whole[at]), (width / 2 / quantile) ** 2 - float(between[at]), n_units),
            prediction_powered=_count(float(left[at]), (width / 2 / quantile) ** 2 - float(between[at]), n_units),
        )
        for width in widths
        for at, label in enumerate(labels)
    ]


def _count(spread: float, wanted: float, n_units: int) -> int | None:
    """How many of `n_units` to label for a variance, where each has a spread; None where all would not do."""
    if wanted <= 0:
        return None
    return max(2, min(n_units, math.ceil(spread / (wanted + spread / n_units))))
