"""What every task hands back, and how cases are put to the judge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from stance.judge import Judge
from stance.records import Case, Judgement

Figures = Mapping[str, object]

_CHUNK = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Figures of one task over one file; `predictions` holds one JSON-ready object an item."""

    n: int
    metrics: Figures
    baseline: Figures
    predictions: Sequence[Mapping[str, object]] = field(default=())


def judge_all(judge: Judge, cases: Sequence[Case]) -> Iterator[Judgement]:
    """Judge cases in order, so many at a time that memory stays bounded."""
    for start in range(0, len(cases), _CHUNK):
        yield from judge.judge(cases[start : start + _CHUNK])
