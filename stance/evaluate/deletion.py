"""The deletion test: do the words that are said to carry an attribute carry its score?

Comments are judged again without those words, and without as many others drawn at random (what
ERASER calls comprehensiveness: DeYoung et al. 2020, arXiv:1911.03429).
"""

from __future__ import annotations

import math
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from stance.evaluate.outcome import judge_all
from stance.judge import Judge
from stance.records import Attribute, Case, Judgement

LEAST_PROBABILITY: Final = 0.5
"""Attributes that a comment has less of are not explained."""
MOST_COMMENTS: Final = 150
"""Comments tested for each attribute: the first that can be."""
_DRAWS: Final = 2
_WORD: Final = re.compile(r"\S+")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Trial:
    """A comment that has an attribute, and what is left of it: without its carriers, and without other words."""

    attribute: Attribute
    whole: float
    carriers: Case
    others: tuple[Case, ...]


def measure_deletion(judge: Judge, cases: Sequence[Case]) -> dict[str, Mapping[str, float]]:
    """Compare deleting the words that carry an attribute with deleting as many other words at random.

    A comment counts for an attribute of at least `LEAST_PROBABILITY` that has carriers, where at least as many words
    are left without them.

    Args:
        judge: Gives attribute spans.
        cases: Comments; those with quotations are passed over, since their offsets would move.

    Returns:
        By attribute: `n` comments, how far the log-odds fall without the `carriers` and without `random` words (means,
        nats), and the share of comments where the carriers take more (`carriers_take_more`, ties counting half).
    """
    plain = [case for case in cases if not case.quotes]
    trials = list(_trials(plain, judge_all(judge, plain)))
    judged = judge_all(judge, [case for trial in trials for case in (trial.carriers, *trial.others)])
    falls: dict[Attribute, list[tuple[float, float]]] = defaultdict(list)
    for trial in trials:
        left = [next(judged).attributes[trial.attribute] for _ in range(1 + len(trial.others))]
        fall = [_log_odds(trial.whole) - _log_odds(probability) for probability in left]
        falls[trial.attribute].append((fall[0], sum(fall[1:]) / len(trial.others)))
    return {attribute.value: _figures(falls[attribute]) for attribute in Attribute if attribute in falls}


def _trials(cases: Sequence[Case], judgements: Iterable[Judgement]) -> Iterator[_Trial]:
    n_found: dict[Attribute, int] = defaultdict(int)
    for case, judgement in zip(cases, judgements, strict=True):
        for attribute, probability in judgement.attributes.items():
            spans = [(span.start, span.end) for span in judgement.attribute_spans if span.attribute is attribute]
            if probability < LEAST_PROBABILITY or n_found[attribute] == MOST_COMMENTS:
                continue
            words = [found.span() for found in _WORD.finditer(case.text)]
            carriers = [word for word in words if _touches(word, spans)]
            others = [word for word in words if not _touches(word, spans)]
            if not carriers or len(others) < len(carriers):
                continue
            n_found[attribute] += 1
            rng = random.Random(f"{attribute.value} {case.text}")
            yield _Trial(
                attribute=attribute,
                whole=probability,
                carriers=_without(case, carriers),
                others=tuple(_without(case, rng.sample(others, len(carriers))) for _ in range(_DRAWS)),
            )


def _touches(word: Span, spans: Sequence[Span]) -> bool:
    return any(word[0] < end and start < word[1] for start, end in spans)


def _without(case: Case, words: Sequence[Span]) -> Case:
    text, at = "", 0
    for start, end in sorted(words):
        text, at = text + case.text[at:start], end
    return replace(case, text=(text + case.text[at:]).strip(), sentences=(), targets=())


def _log_odds(probability: float) -> float:
    inside = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(inside / (1 - inside))


def _figures(falls: Sequence[tuple[float, float]]) -> Mapping[str, float]:
    more = sum(1.0 if carriers > others else 0.5 * (carriers == others) for carriers, others in falls)
    return {
        "n": len(falls),
        "carriers": round(sum(carriers for carriers, _ in falls) / len(falls), 4),
        "random": round(sum(others for _, others in falls) / len(falls), 4),
        "carriers_take_more": round(more / len(falls), 4),
    }
