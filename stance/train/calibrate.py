"""Calibration of a trained model on half of its development rows; the other half is left to measure it by."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve

from stance.judge import (
    ATTRIBUTES,
    COMMENT_TOKENS,
    SENTENCE_LABELS,
    Calibration,
    StanceModel,
    TextEncoder,
    fit_scale,
    fit_temperature,
)
from stance.train.batches import Step, StepMaker, batches
from stance.train.examples import Example
from stance.train.load_contrasts import CONTRASTS
from stance.train.origins import fraction_of
from stance.train.sources import SOURCES

Floats = NDArray[np.float64]
_TOKEN_BUDGET = 2048
SURE_ACCURACY = 0.75
"""How often sure answers must be right on the rows that calibration is fitted on."""
_LEAST_SURE = 20
"""Fewer sure answers than this decide no threshold."""


def calibrates(example: Example) -> bool:
    """Whether calibration is fitted on a row: on half of the development rows, by a hash that never changes.

    Calibration ships with the weights, so sources for evaluation only have no part in it; nor have templated
    contrasts, half of which are positives.
    """
    return (
        example.split == "dev"
        and example.source != CONTRASTS
        and not (example.source in SOURCES and SOURCES[example.source].evaluation_only)
        and fraction_of(f"calibration {example.source} {example.group} {example.text}") < 0.5
    )


def calibration_half(examples: Sequence[Example]) -> list[Example]:
    """The development rows that calibration is fitted on."""
    return [example for example in examples if calibrates(example)]


@torch.inference_mode()
def fit_calibration(model: StanceModel, encoder: TextEncoder, examples: Sequence[Example]) -> Calibration:
    """Fit every head's calibration.

    Args:
        model: Trained; put to `eval` by the caller.
        encoder: With the model's tokenizer.
        examples: Development rows, as `calibration_half` picks them. Of a long text one window is read.
    """
    maker = StepMaker(encoder, comment_tokens=COMMENT_TOKENS)
    plain = [example for example in examples if example.answered is None]
    heads: dict[str, list[tuple[Floats, Floats]]] = defaultdict(list)
    for group in batches(plain, token_budget=_TOKEN_BUDGET, comment_tokens=COMMENT_TOKENS, rng=random.Random(0)):
        step = maker.step(group, random.Random(0))
        for head, logits, gold in _logits(model, step):
            heads[head].append((logits, gold))
    joined = {head: tuple(map(np.concatenate, zip(*parts, strict=True))) for head, parts in heads.items()}
    scales: dict[str, tuple[float, float]] = {}
    thresholds: dict[str, float] = {}
    for head, labels in (("sentence", SENTENCE_LABELS), ("attribute", [item.value for item in ATTRIBUTES])):
        for column, label in enumerate(labels if head in joined else ()):
            logits, gold = (part[:, column] for part in joined[head])
            known = gold >= 0
            if not 0 < (gold[known] >= 0.5).sum() < known.sum():
                continue
            scales[label] = fit_scale(logits[known], gold[known])
            if head == "sentence":
                fitted = Calibration(scales=scales).sigmoid([label], logits[known, None])[:, 0]
                thresholds[label] = _best_threshold(fitted, gold[known] >= 0.5)
    calibration = Calibration(
        temperatures={head: _temperature(*joined[head]) for head in ("stance", "relation") if head in joined},
        scales=scales,
        thresholds=thresholds,
    )
    sure = _sure(calibration, *joined["stance"]) if "stance" in joined else {}
    if "names" in joined:
        tags, gold = joined["names"]
        sure["names"] = round(_best_threshold(1.0 - calibration.softmax("names", tags)[:, 0], gold > 0), 2)
    return replace(calibration, sure=sure)


def _logits(model: StanceModel, step: Step) -> Iterator[tuple[str, Floats, Floats]]:
    states = model.encode(step.batch)
    yield "attribute", _array(model.attribute(states, step.batch.own)[0]), _array(step.attributes)
    if step.batch.targets is not None:
        yield "stance", _array(model.stance(states, step.batch.targets)), _array(step.stances)
    known = step.tags >= 0
    if bool(known.any()):
        yield "names", _array(model.tags(states, step.batch.capitals)[known]), _array(step.tags[known])
    if len(step.relation_rows):
        related = model.relation(states, step.batch.own, step.batch.other)[step.relation_rows]
        yield "relation", _array(related), _array(step.relations)
    if len(step.sentence_rows):
        yield (
            "sentence",
            _array(model.sentence(states, step.sentence_rows, step.sentence_tokens)),
            _array(step.sentences),
        )


def _array(tensor: torch.Tensor) -> Floats:
    return np.asarray(tensor.cpu().numpy(), dtype=np.float64)


def _temperature(logits: Floats, gold: Floats) -> float:
    offered = gold >= 0
    return fit_temperature(np.where(offered, logits, -np.inf), np.where(offered, gold, -1.0).argmax(axis=1))


def _sure(calibration: Calibration, logits: Floats, gold: Floats) -> dict[str, float]:
    """The lowest winning probability at which `SURE_ACCURACY` of the stances are right; nothing where none is."""
    offered = gold >= 0
    probability = calibration.softmax("stance", np.where(offered, logits, -np.inf))
    confidence, right = (
        probability.max(axis=1),
        probability.argmax(axis=1) == np.where(offered, gold, -1.0).argmax(axis=1),
    )
    for threshold in np.arange(0.35, 1.0, 0.01):
        answered = confidence >= threshold
        if answered.sum() < _LEAST_SURE:
            break
        if right[answered].mean() >= SURE_ACCURACY:
            return {"stance": round(float(threshold), 2)}
    return {}


def _best_threshold(probability: Floats, gold: NDArray[np.bool_]) -> float:
    precision, recall, thresholds = precision_recall_curve(gold, probability)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
    return float(thresholds[int(f1[:-1].argmax())])
