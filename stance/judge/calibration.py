"""Calibration: from logits to probabilities that match observed frequencies, fitted on held-out labels."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stance.errors import ModelBroken

Floats = NDArray[np.float64]
_LEAST_SLOPE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What turns logits into probabilities.

    Multi-class heads are scaled by a temperature (Guo et al. 2017, arXiv:1706.04599), which keeps the winning label;
    yes/no labels by slope and intercept (Platt 1999), which keeps their order. `thresholds` are the probabilities at
    which a sentence label's F1 was highest on development data: told to users, used by no judgement. `sure` is, by
    head, the probability that an answer must reach for the model to stand by it: for "stance" the winner's, for
    "names" that of a word to belong to one.
    """

    temperatures: Mapping[str, float] = field(default_factory=dict)
    scales: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    thresholds: Mapping[str, float] = field(default_factory=dict)
    sure: Mapping[str, float] = field(default_factory=dict)

    def softmax(self, head: str, logits: Floats) -> Floats:
        """Probabilities over the last axis; `head` is "stance" or "relation"."""
        scaled = logits / self.temperatures.get(head, 1.0)
        powers = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=-1, keepdims=True))

    def sigmoid(self, labels: Sequence[str], logits: Floats) -> Floats:
        """Probabilities of yes/no labels, one in each place of the last axis."""
        slopes, intercepts = np.array([self.scales.get(label, (1.0, 0.0)) for label in labels]).T
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(slopes * logits + intercepts, -50, 50))))

    def updated(self, other: Calibration) -> Calibration:
        """Take from `other` whatever it knows, and keep the rest."""
        return Calibration(
            temperatures={**self.temperatures, **other.temperatures},
            scales={**self.scales, **other.scales},
            thresholds={**self.thresholds, **other.thresholds},
            sure={**self.sure, **other.sure},
        )

    def save(self, path: Path) -> None:
        """Write as JSON."""
        path.write_text(
            json.dumps(
                {
                    "temperatures": dict(self.temperatures),
                    "scales": {label: list(pair) for label, pair in self.scales.items()},
                    "thresholds": dict(self.thresholds),
                    "sure": dict(self.sure),
                },
                indent=1,
            )
            + "\n"
        )


def load_calibration(folder: Path) -> Calibration:
    """Read `calibration.json` of a model folder; a model not yet calibrated has none and keeps its raw logits.

    Raises:
        ModelBroken: The file is not what `Calibration.save` writes.
    """
    path = folder / "calibration.json"
    if not path.is_file():
        return Calibration()
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
        calibration = Calibration(
            temperatures={head: float(value) for head, value in read["temperatures"].items()},
            scales={label: (float(slope), float(shift)) for label, (slope, shift) in read["scales"].items()},
            thresholds={label: float(value) for label, value in read["thresholds"].items()},
            sure={head: float(value) for head, value in read.get("sure", {}).items()},
        )
        numbers = [*calibration.temperatures.values(), *chain.from_iterable(calibration.scales.values())]
        if not all(map(math.isfinite, numbers)) or not all(value > 0 for value in calibration.temperatures.values()):
            raise ValueError("want finite numbers and temperatures above 0")
        return calibration
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelBroken(folder, what="calibration.json is not a calibration") from error


def fit_temperature(logits: Floats, gold: NDArray[np.int64]) -> float:
    """The temperature in [0.2, 5] with the least negative log-likelihood, by golden-section search.

    Args:
        logits: (rows, classes); a class that a row's source does not offer may be -inf.
        gold: (rows,), column of the right class.
    """

    def loss(temperature: float) -> float:
        scaled = logits / temperature
        top = scaled.max(axis=1, keepdims=True)
        log_sum = np.log(np.exp(scaled - top).sum(axis=1)) + top[:, 0]
        return float((log_sum - scaled[np.arange(len(gold)), gold]).mean())

    low, high, ratio = math.log(0.2), math.log(5.0), (math.sqrt(5) - 1) / 2
    for _ in range(40):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        if loss(math.exp(left)) < loss(math.exp(right)):
            high = right
        else:
            low = left
    return math.exp((low + high) / 2)


def fit_scale(logits: Floats, gold: Floats) -> tuple[float, float]:
    """Slope and intercept of Platt scaling; soft `gold` in [0, 1] is allowed. Slope is kept positive.

    With a small ridge toward (1, 0), so that few rows change little.
    """
    slope, shift = _descend(logits, gold, slope=1.0, fixed=False)
    return (slope, shift) if slope >= _LEAST_SLOPE else _descend(logits, gold, slope=_LEAST_SLOPE, fixed=True)


def _descend(logits: Floats, gold: Floats, *, slope: float, fixed: bool) -> tuple[float, float]:
    """Newton's method, a step halved until the loss falls: saturated logits would send a whole one far out."""

    def loss(slope: float, shift: float) -> float:
        scaled = slope * logits + shift
        likelihood = (np.logaddexp(0.0, scaled) - gold * scaled).sum()
        return float(likelihood) + 0.5 * (slope - 1.0) ** 2 + 0.005 * shift**2

    shift = 0.0
    for _ in range(100):
        probability = 1.0 / (1.0 + np.exp(-np.clip(slope * logits + shift, -50, 50)))
        error, spread = probability - gold, probability * (1 - probability)
        gradient = np.array([(error * logits).sum() + (slope - 1.0), error.sum() + 0.01 * shift])
        cross = (spread * logits).sum()
        hessian = np.array([[(spread * logits**2).sum() + 1.0, cross], [cross, spread.sum() + 0.01]])
        step = np.array([0.0, gradient[1] / hessian[1, 1]]) if fixed else np.linalg.solve(hessian, gradient)
        while np.abs(step).max() > 1e-9 and loss(slope - step[0], shift - step[1]) > loss(slope, shift):
            step = step / 2
        slope, shift = slope - float(step[0]), shift - float(step[1])
        if np.abs(step).max() < 1e-8:
            break
    return slope, shift
