"""The deletion test: do the words that are said to carry an attribute or a stance carry its score?

Comments are judged again without those words, and without as many others drawn at random (what
ERASER calls comprehensiveness: DeYoung et al. 2020, arXiv:1911.03429).
"""

from __future__ import annotations

import math
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from stance.evaluate.outcome import judge_all
from stance.judge import Judge
from stance.records import Attribute, Case, Judgement, Stance, Target
from stance.thread import split_sentences

LEAST_PROBABILITY: Final = 0.5
"""Attributes that a comment has less of are not explained."""
MOST_COMMENTS: Final = 150
"""Comments tested for each attribute or stance: the first that can be."""
_DRAWS: Final = 2
_WORD: Final = re.compile(r"\S+")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Trial:
    """A comment of which something is said, and what is left of it: without its carriers, and without other words.

    `read` takes the probability of what is said from a judgement.
    """

    said: str
    whole: float
    read: Callable[[Judgement], float]
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
    found = _compare(judge, list(_attribute_trials(plain, judge_all(judge, plain))))
    return {attribute.value: found[attribute.value] for attribute in Attribute if attribute.value in found}


def measure_stance_deletion(judge: Judge, cases: Sequence[Case]) -> dict[str, Mapping[str, float]]:
    """Compare deleting the words that carry a stance with deleting as many others that it is read from.

    Both are drawn from the sentences that name the target (from all where none does), and its names always stay: so
    neither side wins by deleting of whom the comment speaks.

    Args:
        judge: Gives stance spans.
        cases: Comments with targets; those with quotations are passed over, since their offsets would move.

    Returns:
        By stance ("favor", "against"): the figures of `measure_deletion`.
    """
    plain = [case for case in cases if not case.quotes]
    found = _compare(judge, list(_stance_trials(plain, judge_all(judge, plain))))
    return {stance.value: found[stance.value] for stance in Stance if stance.value in found}


def _compare(judge: Judge, trials: Sequence[_Trial]) -> dict[str, Mapping[str, float]]:
    judged = judge_all(judge, [case for trial in trials for case in (trial.carriers, *trial.others)])
    falls: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for trial in trials:
        left = [trial.read(next(judged)) for _ in range(1 + len(trial.others))]
        fall = [_log_odds(trial.whole) - _log_odds(probability) for probability in left]
        falls[trial.said].append((fall[0], sum(fall[1:]) / len(trial.others)))
    return {said: _figures(found) for said, found in falls.items()}


def _attribute_trials(cases: Sequence[Case], judgements: Iterable[Judgement]) -> Iterator[_Trial]:
    n_found: dict[Attribute, int] = defaultdict(int)
    for case, judgement in zip(cases, judgements, strict=True):
        for attribute, probability in judgement.attributes.items():
            spans = [(span.start, span.end) for span in judgement.attribute_spans if span.attribute is attribute]
            if probability < LEAST_PROBABILITY or n_found[attribute] == MOST_COMMENTS:
                continue
            whole = replace(case, sentences=(), targets=())
            left = _left_of(whole, spans, within=[(0, len(case.text))], seed=attribute.value)
            if left is None:
                continue
            n_found[attribute] += 1
            yield _Trial(attribute.value, probability, partial(_attribute, attribute), *left)


def _stance_trials(cases: Sequence[Case], judgements: Iterable[Judgement]) -> Iterator[_Trial]:
    n_found: dict[Stance, int] = defaultdict(int)
    for case, judgement in zip(cases, judgements, strict=True):
        sentences = split_sentences(case.text)
        for target, score in zip(case.targets, judgement.stances, strict=True):
            if score.label is Stance.NEUTRAL or n_found[score.label] == MOST_COMMENTS:
                continue
            naming = [sentence for sentence in sentences if _touches(sentence, target.spans)]
            left = _left_of(
                replace(case, sentences=(), targets=(target,)),
                [(span.start, span.end) for span in score.spans],
                within=naming or sentences,
                seed=target.name,
            )
            if left is None:
                continue
            n_found[score.label] += 1
            yield _Trial(score.label.value, score.probabilities[score.label], partial(_stance, score.label), *left)


def _attribute(attribute: Attribute, judgement: Judgement) -> float:
    return judgement.attributes[attribute]


def _stance(label: Stance, judgement: Judgement) -> float:
    return judgement.stances[0].probabilities[label]


def _left_of(
    case: Case, carriers: Sequence[Span], *, within: Sequence[Span], seed: str
) -> tuple[Case, tuple[Case, ...]] | None:
    """The case without its carriers, and without as many other words; None where not so many are left."""
    named = [span for target in case.targets for span in target.spans]
    words = [found.span() for found in _WORD.finditer(case.text)]
    words = [word for word in words if _touches(word, within) and not _touches(word, named)]
    carrying = [word for word in words if _touches(word, carriers)]
    others = [word for word in words if not _touches(word, carriers)]
    if not carrying or len(others) < len(carrying):
        return None
    rng = random.Random(f"{seed} {case.text}")
    drawn = [rng.sample(others, len(carrying)) for _ in range(_DRAWS)]
    return _without(case, carrying), tuple(_without(case, words) for words in drawn)


def _touches(word: Span, spans: Sequence[Span]) -> bool:
    return any(word[0] < end and start < word[1] for start, end in spans)


def _without(case: Case, words: Sequence[Span]) -> Case:
    text, at = "", 0
    for start, end in sorted(words):
        text, at = text + case.text[at:start], end
    targets = tuple(replace(target, spans=_moved(target, words)) for target in case.targets)
    return replace(case, text=(text + case.text[at:]).rstrip(), targets=targets)


def _moved(target: Target, words: Sequence[Span]) -> tuple[Span, ...]:
    """Where a target's names stand when words beside them are gone."""
    gone = [sum(end - start for start, end in words if start < span[0]) for span in target.spans]
    return tuple((start - by, end - by) for (start, end), by in zip(target.spans, gone, strict=True))


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
