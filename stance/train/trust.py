"""How far a model's answers can be trusted: calibration errors, reliability tables, abstention, hard language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from stance.evaluate import auc, chance_ece, coverage_curve, ece, label_figures, reliability_bins
from stance.records import Attribute, Stance
from stance.train.answers import TEMPLATE, Answer
from stance.train.load_contrasts import CONTRASTS

Answers = Mapping[str, Sequence[Answer]]
"""Answers by task."""
Pairs = tuple[list[float], list[bool]]
"""Probabilities given, and whether what was given them came true."""

_MULTI_CLASS: Final = ("stance", "relation")
_YES_NO: Final = ("sentence", "attributes")
_CURVE: Final = tuple(step / 100 for step in range(35, 100, 5))


def measure_calibration(answers: Answers) -> dict[str, dict[str, float | None]]:
    """Expected calibration errors on rows that calibration did not see, by "task/source" and label.

    A multi-class task has its error under `ece`, over the labels that its file offers.
    """
    errors: dict[str, dict[str, float | None]] = defaultdict(dict)
    for task in _MULTI_CLASS:
        for source, given in _by_source(answers.get(task, ())):
            unseen = [answer for answer in given if not answer.fitted]
            gold, shares = [str(answer.label) for answer in unseen], [answer.probabilities for answer in unseen]
            if unseen:
                errors[source]["ece"] = label_figures(gold, shares, _offered(given))["ece"]
    for task in _YES_NO:
        for source, given in _by_source(answers.get(task, ())):
            for label, (probability, came) in _yes_no(given).items():
                errors[source][label] = ece(probability, came, n_bins=15)
    return dict(errors)


def measure_reliability(answers: Answers) -> dict[str, dict[str, object]]:
    """Reliability of every head over all sources together, on rows that calibration did not see.

    Templated contrasts are left out. For stance and relation it is the winner's probability that is looked at.

    Returns:
        By label (`stance`, `relation`, `claim`, `TOXICITY`, ...): `n`, `ece`, `ece_by_chance` (what exactly right
        probabilities would show on as many rows) and `bins` of equal mass.
    """
    pairs = {task: _winners(_natural(answers.get(task, ()))) for task in _MULTI_CLASS}
    for task in _YES_NO:
        pairs |= _yes_no(list(_natural(answers.get(task, ()))))
    return {label: _reliability(label, *pair) for label, pair in pairs.items() if pair[1]}


def _reliability(label: str, probability: Sequence[float], came: Sequence[bool]) -> dict[str, object]:
    n_bins = 10 if label in _MULTI_CLASS else 15
    return {
        "n": len(came),
        "ece": ece(probability, came, n_bins=n_bins),
        "ece_by_chance": chance_ece(probability, n_bins=n_bins),
        "bins": reliability_bins(probability, came),
    }


def measure_abstention(answers: Iterable[Answer], *, threshold: float | None) -> dict[str, object]:
    """What "not sure" gains for stance, on rows that calibration did not see.

    Args:
        answers: To stance rows.
        threshold: The one that ships with the model; None where it has none.

    Returns:
        `threshold`, `coverage` and `accuracy` at it (absent without one), and the `curve` over other thresholds.
    """
    confidence, right = _winners(_natural(answers))
    shipped = coverage_curve(confidence, right, thresholds=() if threshold is None else (threshold,))
    return {
        "n": len(right),
        **{key: value for point in shipped for key, value in point.items()},
        "curve": coverage_curve(confidence, right, thresholds=_CURVE),
    }


def measure_contrasts(answers: Answers) -> dict[str, dict[str, float | None]]:
    """How held-back contrasts come out, by kind of hard language.

    Returns:
        By kind: `n_stances` and the accuracy of `stance`; `TOXICITY_auc`.
    """
    kinds: dict[str, dict[str, float | None]] = defaultdict(dict)
    for kind, given in _by_kind(answers.get("stance", ())):
        right = [_winner(answer, list(Stance))[0] == answer.label for answer in given]
        kinds[kind] |= {"n_stances": len(right), "stance_accuracy": round(float(np.mean(right)), 4)}
    for kind, given in _by_kind(answers.get("attributes", ())):
        gold = [answer.yes_no[Attribute.TOXICITY] for answer in given]
        probability = [answer.probabilities[Attribute.TOXICITY] for answer in given]
        kinds[kind] |= {"n_comments": len(gold), "toxicity_auc": auc(gold, probability)}
    return dict(sorted(kinds.items()))


def _by_source(answers: Iterable[Answer]) -> Iterator[tuple[str, list[Answer]]]:
    sources: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        sources[answer.source].append(answer)
    yield from sources.items()


def _by_kind(answers: Iterable[Answer]) -> Iterator[tuple[str, list[Answer]]]:
    kinds: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        if answer.source.endswith(f"/{CONTRASTS}"):
            kinds[str(answer.row[TEMPLATE]).partition(" |")[0]].append(answer)
    yield from kinds.items()


def _natural(answers: Iterable[Answer]) -> Iterator[Answer]:
    return (answer for answer in answers if not answer.source.endswith(f"/{CONTRASTS}"))


def _offered(answers: Iterable[Answer]) -> list[str]:
    """The labels that a file offers: a stance that its raters were not offered never is one's winner."""
    given = list(answers)
    gold = {answer.label for answer in given}
    sides = {Stance.FAVOR.value, Stance.AGAINST.value} if gold & set(Stance) else set()
    return [label for label in given[0].probabilities if label in gold | sides] if given else []


def _winner(answer: Answer, labels: Sequence[str]) -> tuple[str, float]:
    total = sum(answer.probabilities[label] for label in labels)
    best = max(labels, key=lambda label: answer.probabilities[label])
    return best, answer.probabilities[best] / max(total, 1e-9)


def _winners(answers: Iterable[Answer]) -> Pairs:
    confidence: list[float] = []
    right: list[bool] = []
    for _, given in _by_source(answers):
        labels = _offered(given)
        for answer in given:
            if not answer.fitted:
                label, probability = _winner(answer, labels)
                confidence.append(probability)
                right.append(label == answer.label)
    return confidence, right


def _yes_no(answers: Iterable[Answer]) -> dict[str, Pairs]:
    pairs: dict[str, Pairs] = defaultdict(lambda: ([], []))
    for answer in answers:
        for label, truth in answer.yes_no.items() if not answer.fitted else ():
            pairs[label][0].append(answer.probabilities[label])
            pairs[label][1].append(truth)
    return dict(pairs)
