"""Scores and labels of some of them in; shares with intervals out, and what could not be used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stance.study.answers import Answers, Counts, Joined, gather_answers, match
from stance.study.designs import name_strata
from stance.study.inference import FEW, Labelled, Of, Shares, Units, estimate_shares, tune_power, wilson_interval
from stance.study.label_rows import read_label_rows
from stance.study.population import DATED, YES_FROM, By, Population, classify, columns_of, load_population
from stance.study.what import What


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimated share with its standard error and its interval, all as shares of 1."""

    share: float
    error: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One label's share in one group ("" where nothing is told apart).

    `labels_share` is that of the labels alone, None without one. `labels_alone` and `prediction_powered` are None where
    there is no telling, and `why` says why. `classified` and `mean_probability` are the model's own, with its bias.
    """

    group: str
    label: str
    n_units: int
    n_labels: int
    n_threads: int
    n_with_label: int
    labels_share: float | None
    labels_alone: Interval | None
    prediction_powered: Interval | None
    why: str
    classified: float
    mean_probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """All that came of a study.

    `power` is how far the model was followed, `weights` how many units the labelled stand for by their probabilities,
    `n_agreed` with how many of them the model's likeliest answer agrees. `blind` is the largest share of all units in
    a stratum of which all labels agree, where drawing was stratified: what is rare there is in no interval.
    """

    what: What
    words: str
    of: Of
    confidence: float
    joined: Joined
    n_comments: int
    n_threads: int
    n_units: int
    model_id: str
    power: float
    weights: float
    n_agreed: int
    blind: float
    designs: tuple[str, ...]
    counts: Counts
    estimates: tuple[Estimate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """Everything about one question, in numbers."""

    population: Population
    units: Units
    labelled: Labelled
    of: Of
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How a study is made.

    Args:
        by: What to tell apart.
        of: Of what the share is; None for all threads of which these are a sample, but for the corpus itself where it
            is one thread, or where threads are told apart.
        confidence: Of the intervals, such as 0.95.
        joined: How several people's labels of a unit become one.
        uniform: The labels do not say how likely they were drawn, and each unit was as likely.
    """

    by: By | None = None
    of: Of | None = None
    confidence: float = 0.95
    joined: Joined = Joined.MEAN
    uniform: bool = False


def estimate(path: Path, labels: Sequence[Path], what: What, *, how: How | None = None) -> Study:
    """Estimate the share of every label from scores and labels of some of them.

    Args:
        path: Scores, as `read_scores` takes them.
        labels: Files of labels; of a unit that several people labelled, all labels count.
        what: The question.
        how: How it is made; None as it is by default.

    Raises:
        ReadError: A file cannot be opened.
        DataError: The scores or labels cannot be used.
    """
    how = how or How()
    rows = [(str(file), row) for file in labels for row in read_label_rows(file, what=what)]
    population = load_population(path, what, by=how.by, wanted={row.unit for _, row in rows})
    # The actor may have been asked for by another spelling than the scores and the labels have.
    rows = [(file, replace(row, what=population.what) if row.what == what else row) for file, row in rows]
    answers = gather_answers(rows, population.what)
    place, shares, probability = match(answers, population, uniform=how.uniform, joined=how.joined)
    stratum = _strata(population, answers)
    one_thread = len(np.unique(population.thread)) == 1
    known = _Known(
        population=population,
        units=Units(predicted=population.predicted, thread=population.thread, stratum=stratum),
        labelled=Labelled(place=place, shares=shares, probability=probability, stratum=stratum[place]),
        of=how.of or (Of.CORPUS if one_thread or how.by is By.THREAD else Of.POPULATION),
        confidence=how.confidence,
    )
    power = tune_power(known.units, known.labelled, of=known.of)
    parts = _split(population.group, len(population.groups)), _split(population.group[place], len(population.groups))
    order = _order(population, dated=how.by in DATED)
    return Study(
        what=population.what,
        words=population.words,
        of=known.of,
        confidence=how.confidence,
        joined=how.joined,
        n_comments=population.n_comments,
        n_threads=len(np.unique(population.thread)),
        n_units=len(population.thread),
        model_id=population.model_id,
        power=power,
        weights=float((1 / probability).sum()),
        n_agreed=int((_likeliest(shares) == _likeliest(population.predicted[place])).sum()),
        blind=_blind(known),
        designs=answers.designs,
        counts=answers.counts,
        estimates=tuple(
            one
            for number in order
            for one in _group_estimates(
                known, population.groups[number], inside=parts[0][number], kept=parts[1][number], power=power
            )
        ),
    )


def _strata(population: Population, answers: Answers) -> NDArray[np.int64]:
    """Find each unit's stratum anew: the file's names for them hide what the model said."""
    if not any(answer.stratified for answer in answers.by_unit.values()):
        return np.zeros(len(population.thread), dtype=np.int64)
    names = name_strata(population.predicted, population.what.choices)
    found: NDArray[np.int64] = np.unique(np.array(names), return_inverse=True)[1].astype(np.int64)
    return found


def _likeliest(shares: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return (units,), the number of the likeliest label; of yes and no, 1 for yes."""
    yes_no = shares.shape[1] == 1
    found: NDArray[np.int64] = np.asarray(shares[:, 0] >= YES_FROM if yes_no else shares.argmax(axis=1), np.int64)
    return found


def _blind(known: _Known) -> float:
    labelled, everyone = known.labelled, known.units.stratum
    found = [0.0]
    for stratum in np.unique(labelled.stratum) if everyone.any() else ():
        inside = labelled.stratum == stratum
        if inside.sum() < (everyone == stratum).sum() and not np.ptp(labelled.shares[inside], axis=0).any():
            found.append(float((everyone == stratum).mean()))
    return max(found)


def _order(population: Population, *, dated: bool) -> list[int]:
    """Return the numbers of the groups: dates in order, others the largest first."""
    names, sizes = population.groups, np.bincount(population.group, minlength=len(population.groups))
    return sorted(range(len(names)), key=lambda one: (0 if dated else -sizes[one], names[one]))


def _split(group: NDArray[np.int64], n_groups: int) -> list[NDArray[np.int64]]:
    """Return the places of each group's members, in order."""
    return np.split(np.argsort(group, kind="stable"), np.cumsum(np.bincount(group, minlength=n_groups))[:-1])


def _group_estimates(
    known: _Known, name: str, *, inside: NDArray[np.int64], kept: NDArray[np.int64], power: float
) -> Iterator[Estimate]:
    """Estimate within one group: `inside` are the places of its units, `kept` those of its labels."""
    units = Units(
        predicted=known.units.predicted[inside],
        thread=known.units.thread[inside],
        stratum=known.units.stratum[inside],
    )
    labelled = Labelled(
        place=np.searchsorted(inside, known.labelled.place[kept]),
        shares=known.labelled.shares[kept],
        probability=known.labelled.probability[kept],
        stratum=known.labelled.stratum[kept],
    )
    n_threads = len(np.unique(units.thread[labelled.place]))
    alone = helped = None
    if len(labelled.place):
        alone = estimate_shares(units, labelled, power=0.0, of=known.of)
        helped = estimate_shares(units, labelled, power=power, of=known.of)
    counted = classify(units.predicted)
    for column, label in enumerate(columns_of(known.population.what)):
        n_with = float(labelled.shares[:, column].sum())
        few = min(n_with, len(labelled.place) - n_with) < FEW
        yield Estimate(
            group=name,
            label=label,
            n_units=len(units.thread),
            n_labels=len(labelled.place),
            n_threads=n_threads,
            n_with_label=round(n_with),
            labels_share=float(alone.share[column]) if alone else None,
            labels_alone=_interval(alone, column, known.confidence),
            prediction_powered=None if few else _interval(helped, column, known.confidence),
            why=_why(alone, few=few, n_threads=n_threads, of=known.of),
            classified=float(counted[column]),
            mean_probability=float(units.predicted[:, column].mean()),
        )


def _interval(shares: Shares | None, column: int, confidence: float) -> Interval | None:
    if shares is None or not shares.degrees:
        return None
    low, high = wilson_interval(shares.share, shares.n_effective, degrees=shares.degrees, confidence=confidence)
    numbers = (shares.share[column], shares.error[column], low[column], high[column])
    return Interval(*(float(number) for number in numbers))


def _why(alone: Shares | None, *, few: bool, n_threads: int, of: Of) -> str:
    if alone is None:
        return "no labels"
    if not alone.degrees:
        return "one thread only" if of is Of.POPULATION and n_threads < 2 else "too few labels"
    return f"fewer than {FEW} labels on one side" if few else ""
