"""Files of labels by several people in; how far they agree beyond chance, and where they do not, out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stance.study.answers import annotator_of, same_question
from stance.study.errors import BadLabels
from stance.study.label_rows import LabelRow, Unit, read_label_rows
from stance.study.what import What

REPLICATES: Final = 500
_SEED: Final = 0
_YES_FROM: Final = 0.5
Places = NDArray[np.int64]
Draws = Callable[[], Iterator[Places]]
"""Gives the numbers of all units first, then those of each bootstrap sample."""
Figure = Callable[[Places], float | None]
"""What units of these numbers give; None where it is not defined."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure with its 95 % bootstrap interval; None where it is not defined."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two people over the units that both labelled; `confusion[one][other]` counts pairs of their labels."""

    one: str
    other: str
    n_units: int
    percent: Measure
    cohen_kappa: Measure
    confusion: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A unit that got different labels."""

    unit: Unit
    labels: Mapping[str, str]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """One question's agreement.

    `percent` is the chance that two labels of a unit agree. `fleiss_kappa` is over the `n_complete` units that all
    people labelled, `krippendorff_alpha` (nominal) over all `n_units` with two labels or more. `resampled` says what
    the bootstrap draws: threads, or units where there are fewer than two threads.
    """

    what: What
    annotators: Mapping[str, int]
    n_units: int
    n_single: int
    n_complete: int
    n_again: int
    n_unlabelled: int
    resampled: str
    percent: Measure
    fleiss_kappa: Measure
    krippendorff_alpha: Measure
    pairs: tuple[Pair, ...]
    disagreements: tuple[Disagreement, ...]


@dataclass(slots=True)
class _Gathered:
    """Labels of one question: by unit, and of each by annotator."""

    labels: dict[Unit, dict[str, str]]
    texts: dict[Unit, str]
    again: int = 0
    unlabelled: int = 0


def measure_agreement(paths: Sequence[Path], *, what: What | None = None) -> list[Agreement]:
    """Measure how far people agree, for each question that two of them were asked.

    A person is known by `annotator`, or by the file where rows have none; of two labels that one person gave a unit
    the later stands.

    Args:
        paths: Files of labels.
        what: The only question to measure, and that of rows which do not say theirs; None for all.

    Raises:
        ReadError, DataError: A file or a row of it cannot be used.
        BadLabels: No unit has the labels of two people.
    """
    gathered: dict[What, _Gathered] = {}
    for path in paths:
        for row in read_label_rows(path, what=what):
            if what is None or same_question(row.what, what):
                _add(gathered.setdefault(row.what, _Gathered({}, {})), row, str(path))
    found = [_measure(one, held) for one, held in gathered.items() if any(len(got) > 1 for got in held.labels.values())]
    if not found:
        several = "no unit has labels of two people"
        mend = "Give a file of each person, or one with the field annotator; their units must be the same."
        raise BadLabels(", ".join(map(str, paths)), what=several, mend=mend)
    return found


def _add(held: _Gathered, row: LabelRow, path: str) -> None:
    if row.label is None:
        held.unlabelled += 1
        return
    labels = held.labels.setdefault(row.unit, {})
    name = annotator_of(row, path)
    held.again += name in labels
    labels[name] = row.label if isinstance(row.label, str) else row.what.choices[int(row.label >= _YES_FROM)]
    held.texts.setdefault(row.unit, row.text)


def _measure(what: What, held: _Gathered) -> Agreement:
    names = sorted({name for labels in held.labels.values() for name in labels})
    choices = {label: number for number, label in enumerate(what.choices)}
    units = [unit for unit, labels in held.labels.items() if len(labels) > 1]
    given = np.full((len(units), len(names)), -1, dtype=np.int64)
    for at, unit in enumerate(units):
        for name, label in held.labels[unit].items():
            given[at, names.index(name)] = choices[label]
    counts = np.stack([(given == number).sum(axis=1) for number in range(len(choices))], axis=1)
    threads = {(unit.source, unit.thread): None for unit in units}
    resample = _resampler(
        units if len(threads) > 1 else [unit._replace(thread=str(at)) for at, unit in enumerate(units)]
    )
    complete: NDArray[np.bool_] = np.asarray((given >= 0).all(axis=1))
    return Agreement(
        what=what,
        annotators={name: int(n) for name, n in _times(held).items()},
        n_units=len(units),
        n_single=len(held.labels) - len(units),
        n_complete=int(complete.sum()),
        n_again=held.again,
        n_unlabelled=held.unlabelled,
        resampled="threads" if len(threads) > 1 else "units",
        percent=_with_interval(lambda rows: _percent(counts[rows]), resample),
        fleiss_kappa=_with_interval(lambda rows: _fleiss(counts[rows[complete[rows]]]), resample),
        krippendorff_alpha=_with_interval(lambda rows: _alpha(counts[rows]), resample),
        pairs=tuple(_pairs(names, given, resample, what.choices)),
        disagreements=tuple(
            Disagreement(unit=unit, labels=held.labels[unit], text=held.texts[unit])
            for unit in units
            if len(set(held.labels[unit].values())) > 1
        ),
    )


def _times(held: _Gathered) -> Counter[str]:
    return Counter(name for labels in held.labels.values() for name in labels)


def _pairs(names: Sequence[str], given: Places, resample: Draws, choices: Sequence[str]) -> Iterator[Pair]:
    for one, other in combinations(range(len(names)), 2):
        first, second = given[:, one], given[:, other]
        both = np.flatnonzero((first >= 0) & (second >= 0))
        if not len(both):
            continue
        table = np.zeros((len(choices), len(choices)), dtype=np.int64)
        np.add.at(table, (first[both], second[both]), 1)
        yield Pair(
            one=names[one],
            other=names[other],
            n_units=len(both),
            percent=_with_interval(_over_pair(_same, first, second), resample),
            cohen_kappa=_with_interval(_over_pair(_cohen, first, second), resample),
            confusion={
                label: dict(zip(choices, map(int, row), strict=True)) for label, row in zip(choices, table, strict=True)
            },
        )


def _over_pair(measure: Callable[[Places, Places], float | None], first: Places, second: Places) -> Figure:
    """Return a figure over those of the drawn units that both people labelled."""

    def over(rows: Places) -> float | None:
        kept = rows[(first[rows] >= 0) & (second[rows] >= 0)]
        return measure(first[kept], second[kept])

    return over


def _resampler(units: Sequence[Unit]) -> Draws:
    """Return what gives all rows first, then draws of whole threads with replacement, the same every time."""
    codes: dict[tuple[str, str], int] = {}
    thread = np.array([codes.setdefault((unit.source, unit.thread), len(codes)) for unit in units])
    members = [np.flatnonzero(thread == code) for code in range(len(codes))]

    def draws() -> Iterator[Places]:
        yield np.arange(len(units))
        rng = np.random.default_rng(_SEED)
        for _ in range(REPLICATES):
            yield np.concatenate([members[code] for code in rng.integers(len(members), size=len(members))])

    return draws


def _with_interval(measure: Figure, resample: Draws) -> Measure:
    """Measure, and take the middle 95 % of what draws give; no interval where half of them give nothing."""
    draws = resample()
    value = measure(next(draws))
    if value is None:
        return Measure(None, None, None)
    found = [one for rows in draws if (one := measure(rows)) is not None]
    if len(found) < REPLICATES // 2:
        return Measure(value, None, None)
    low, high = np.percentile(found, [2.5, 97.5])
    return Measure(value, float(low), float(high))


def _percent(counts: Places) -> float | None:
    n = counts.sum(axis=1)
    return None if not len(n) else float(((counts**2).sum(axis=1) - n).sum() / (n * (n - 1)).sum())


def _same(one: Places, other: Places) -> float | None:
    return float((one == other).mean()) if len(one) else None


def _cohen(one: Places, other: Places) -> float | None:
    """Cohen (1960); not defined where both gave one and the same label throughout."""
    from sklearn.metrics import cohen_kappa_score

    if not len(one) or (np.unique(np.concatenate([one, other])).size < 2):
        return None
    return float(cohen_kappa_score(one, other))


def _fleiss(counts: Places) -> float | None:
    """Fleiss (1971), of units that all have as many labels."""
    if not len(counts):
        return None
    n = counts[0].sum()
    seen = float((((counts**2).sum(axis=1) - n) / (n * (n - 1))).mean())
    by_chance = float(((counts.sum(axis=0) / counts.sum()) ** 2).sum())
    return None if by_chance == 1 else (seen - by_chance) / (1 - by_chance)


def _alpha(counts: Places) -> float | None:
    """Krippendorff (2004), for labels without order."""
    import krippendorff

    if np.count_nonzero(counts.sum(axis=0)) < 2:
        return None
    return float(krippendorff.alpha(value_counts=counts, level_of_measurement="nominal"))
