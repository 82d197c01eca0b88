"""Scores in, a probability sample of comments or sentences to label out, without a word of the model's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from stance.study.designs import (
    Allocation,
    Design,
    Draw,
    draw_by_uncertainty,
    draw_stratified,
    draw_uniform,
    name_strata,
)
from stance.study.errors import BadScores
from stance.study.label_rows import LabelRow
from stance.study.population import Asked, Population, chance_of, columns_for, load_population, units_of
from stance.study.scores import read_scores
from stance.study.what import Kind, What

_MOST_CONTEXT: Final = 3
"""Comments shown above the one to be labelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """One stratum under its name in the file, which does not tell the model's answer."""

    name: str
    n_units: int
    n_drawn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What was drawn, in the order in which to label it, and of what."""

    rows: tuple[LabelRow, ...]
    population: Population
    strata: tuple[Stratum, ...]


def draw_sample(
    path: Path,
    what: What,
    *,
    n: int,
    design: Design = Design.UNIFORM,
    allocation: Allocation = Allocation.PROPORTIONAL,
    seed: int = 0,
) -> Sample:
    """Draw units to label; the same scores, question and seed give the same ones, in whatever order files stand.

    The scores are read twice: for numbers, then for the texts of what was drawn. Rows come in an order that is random,
    so that labelling a part of them from the top is a sample too.

    Args:
        path: Scores, as `read_scores` takes them.
        what: What will be asked of the units.
        n: How many, at least 1; of fewer units all are drawn, and of strata at least two each.
        design: How.
        allocation: How labels are shared among strata.
        seed: Another one gives another sample.

    Raises:
        ReadError: The scores cannot be opened.
        DataError: They cannot be used, or there is nothing to draw from.
        ValueError: `n` is below 1.
    """
    if n < 1:
        raise ValueError(f"n: got {n}, want at least 1")
    population = load_population(path, what, seed=seed)
    drawn, strata = _draw(population, n=n, design=design, allocation=allocation, seed=seed)
    places = {int(place): rank for rank, place in enumerate(drawn.place)}
    rows: dict[int, LabelRow] = {}
    told = f"{design.value} n={n} seed={seed}"
    for place, row in _texts(path, population.what, places):
        rank = places[place]
        rows[rank] = LabelRow(
            **row,
            what=population.what,
            inclusion_probability=round(float(drawn.probability[rank]), 12),
            stratum=drawn.stratum[rank] or None,
            design=told,
        )
    if len(rows) != len(places):
        raise BadScores(str(path), what="changed while it was read", mend="Give the same command again.")
    return Sample(rows=tuple(rows[rank] for rank in range(len(rows))), population=population, strata=strata)


def _draw(
    population: Population, *, n: int, design: Design, allocation: Allocation, seed: int
) -> tuple[Draw, tuple[Stratum, ...]]:
    if design is Design.UNIFORM:
        return draw_uniform(population.chance, n=n), ()
    if design is Design.UNCERTAINTY:
        start = chance_of("where the walk begins", seed=seed)
        return draw_by_uncertainty(population.chance, population.predicted, n=n, start=start), ()
    strata = name_strata(population.predicted, population.what.choices)
    sizes = Counter(strata)
    # The name of a stratum would tell the model's answer to whoever labels.
    hidden = sorted(sizes, key=lambda name: chance_of(name, seed=seed))
    names = {name: str(number) for number, name in enumerate(hidden, start=1)}
    drawn = draw_stratified(population.chance, [names[name] for name in strata], n=n, allocation=allocation)
    n_drawn = Counter(drawn.stratum)
    told = tuple(Stratum(name=names[name], n_units=sizes[name], n_drawn=n_drawn[names[name]]) for name in hidden)
    return drawn, told


def _texts(path: Path, what: What, places: Mapping[int, int]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Give what a person needs to label each unit that was drawn."""
    place = 0
    columns = {*columns_for(what), "text", "reply", "mentions"}
    for thread in read_scores(path, columns=columns):
        texts: dict[str, Mapping[str, Any]] | None = None
        for asked in units_of(thread, what):
            if place in places:
                texts = texts or {row["id"]: row for row in thread.rows}
                yield place, _row_of(asked, what, texts)
            place += 1


def _row_of(asked: Asked, what: What, rows: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    context = _context(asked.row, rows)
    shared: dict[str, Any] = {"unit": asked.unit, "context": context}
    if what.kind in (Kind.RELATION, Kind.ATTRIBUTE) and context:
        shared["parent"] = context[-1]
    if asked.sentence is not None:
        sentences = asked.row["sentences"]
        one = sentences[asked.sentence]
        return {
            **shared,
            "text": one["text"],
            "end": one["end"],
            "before": sentences[asked.sentence - 1]["text"] if asked.sentence else "",
            "after": sentences[asked.sentence + 1]["text"] if asked.sentence + 1 < len(sentences) else "",
        }
    if what.kind is Kind.STANCE:
        spans = [
            (mention["start"], mention["end"])
            for mention in asked.row["mentions"]
            if mention["actor"].casefold() == what.name.casefold() and not mention["quoted"]
        ]
        shared |= {"target": what.name, "mentions": tuple(sorted(set(spans)))}
    return {**shared, "text": asked.row["text"]}


def _context(row: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the texts above a comment, the nearest last; a few of them, so that no ring of replies holds us."""
    found: list[str] = []
    while len(found) < _MOST_CONTEXT and (above := rows.get(row["reply"]["parent"])) is not None:
        found.append(above["text"])
        row = above
    return tuple(reversed(found))
