"""Files of labels in; what people said of each unit out, with all that was left out counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from stance.study.errors import BadLabels
from stance.study.label_rows import Label, LabelRow, Unit
from stance.study.population import Population
from stance.study.what import Kind, What


class Joined(StrEnum):
    """How the labels of several people for one unit become one."""

    MEAN = "mean"
    MAJORITY = "majority"


@dataclass(slots=True, kw_only=True)
class Counts:
    """What became of the rows of the files.

    `other` counts rows that ask something else, by what they ask; `again` rows that the same person labelled anew,
    where the later stands; `unknown` units that are not among those of the scores.
    """

    rows: int = 0
    other: Counter[str] = field(default_factory=Counter)
    unlabelled: int = 0
    again: int = 0
    unknown: int = 0
    units: int = 0
    annotators: int = 0
    several: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """All labels of one unit, by annotator; those without a name are one person's of one file."""

    labels: Mapping[str, Label]
    probability: float | None
    stratified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What people said, by unit, in the order of the files; `designs` are those that the rows tell of."""

    what: What
    by_unit: Mapping[Unit, Answer]
    counts: Counts
    designs: tuple[str, ...]


def gather_answers(rows: Iterable[tuple[str, LabelRow]], what: What) -> Answers:
    """Gather what was asked out of rows of labels, each with the file it came from.

    Raises:
        BadLabels: A unit was drawn with two probabilities.
    """
    counts = Counts()
    by_unit: dict[Unit, Answer] = {}
    designs: dict[str, None] = {}
    for path, row in rows:
        counts.rows += 1
        if not same_question(row.what, what):
            counts.other[str(row.what)] += 1
        elif row.label is None:
            counts.unlabelled += 1
        else:
            _add(by_unit, row, path, counts)
            designs.update({row.design: None} if row.design else {})
    counts.annotators = len({name for answer in by_unit.values() for name in answer.labels})
    counts.several = sum(len(answer.labels) > 1 for answer in by_unit.values())
    return Answers(what=what, by_unit=by_unit, counts=counts, designs=tuple(designs))


def same_question(one: What, other: What) -> bool:
    """Whether two questions are the same; the case of an actor's name does not count."""
    return one.kind == other.kind and one.name.casefold() == other.name.casefold()


def annotator_of(row: LabelRow, path: str) -> str:
    """Return who labelled a row; one whose name nobody gave is known by the file."""
    return row.annotator if row.annotator is not None else f"(of {path})"


def _add(by_unit: dict[Unit, Answer], row: LabelRow, path: str, counts: Counts) -> None:
    assert row.label is not None
    name = annotator_of(row, path)
    before = by_unit.get(row.unit)
    if before is None:
        by_unit[row.unit] = Answer(
            labels={name: row.label}, probability=row.inclusion_probability, stratified=row.stratum is not None
        )
        return
    counts.again += name in before.labels
    if before.probability != row.inclusion_probability:
        mend = "Estimate each sample alone, or give --uniform where all were drawn evenly and leave the field out."
        raise BadLabels(path, what=f"unit {row.unit.id[:40]!a} was drawn with two probabilities", mend=mend)
    by_unit[row.unit] = Answer(
        labels={**before.labels, name: row.label}, probability=before.probability, stratified=before.stratified
    )


def to_shares(answer: Answer, what: What, *, joined: Joined) -> tuple[float, ...]:
    """Return what people said of a unit as one row of shares, in the columns of a population."""
    given = list(answer.labels.values())
    if what.kind not in (Kind.STANCE, Kind.RELATION):
        mean = float(np.mean([float(label) for label in given]))
        return ((mean if joined is Joined.MEAN else 0.5 if mean == 0.5 else float(mean > 0.5)),)
    times = Counter(str(label) for label in given)
    if joined is Joined.MAJORITY:
        most = max(times.values())
        times = Counter({label: 1 for label, n in times.items() if n == most})
    return tuple(times[choice] / times.total() for choice in what.choices)


def match(
    answers: Answers, population: Population, *, uniform: bool, joined: Joined
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Find the labelled units among all, and count those that are not there.

    Returns:
        (labelled,) places, (labelled, labels) shares and (labelled,) inclusion probabilities.

    Raises:
        BadLabels: No label can be used; or inclusion probabilities are missing and `uniform` is False, or are there
            and it is True.
    """
    known = {unit: answer for unit, answer in answers.by_unit.items() if unit in population.found}
    answers.counts.unknown = len(answers.by_unit) - len(known)
    answers.counts.units = len(known)
    if not known:
        raise BadLabels("labels", what=_why_none(answers), mend="Label what `stance sample` draws from these scores.")
    _check_probabilities(known.values(), uniform=uniform)
    even = len(known) / len(population.thread)
    return (
        np.array([population.found[unit] for unit in known], dtype=np.int64),
        np.array([to_shares(answer, answers.what, joined=joined) for answer in known.values()]),
        np.array([answer.probability or even for answer in known.values()]),
    )


def _check_probabilities(answers: Iterable[Answer], *, uniform: bool) -> None:
    given = [answer.probability is not None for answer in answers]
    if all(given) and not uniform:
        return
    if any(given) and uniform:
        what = f"{sum(given):,} of {len(given):,} say how likely they were drawn, and --uniform says that all are alike"
        raise BadLabels("labels", what=what, mend="Leave --uniform out, or the field inclusion_probability.")
    if not uniform:
        what = f"{given.count(False):,} of {len(given):,} do not say how likely they were drawn"
        mend = "Label what `stance sample` draws; or give --uniform, where each unit was as likely to be drawn."
        raise BadLabels("labels", what=f"{what} (inclusion_probability)", mend=mend)


def _why_none(answers: Answers) -> str:
    counts = answers.counts
    parts = [
        f"{counts.other.total():,} ask something else" if counts.other else "",
        f"{counts.unlabelled:,} have no label" if counts.unlabelled else "",
        f"{counts.unknown:,} units are not in the scores (by source, thread and id)" if counts.unknown else "",
    ]
    told = ", ".join(part for part in parts if part) or "there are none"
    return f"none of {counts.rows:,} rows can be used for {str(answers.what)!a}: {told}"
