"""The learned scorer: boosted trees over candidate features, and a softmax over each comment's candidates.

It looks twice: first at every comment by itself, then with what the first look found of the earlier ones.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from stance.errors import ModelBroken, ModelMissing
from stance.replies.features import FEATURES
from stance.replies.forest import Forest
from stance.replies.talk import TALK_FEATURES

FILE_NAME = "replies.safetensors"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondLook:
    """Weighs candidate parents again, once the first look at the thread is known.

    `temperature` is as in `ReplyScorer`.
    """

    forest: Forest
    temperature: float

    def probabilities(self, rows: NDArray[np.float64], starts: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return each candidate's probability; those of one comment sum to 1.

        Args:
            rows: (candidates of all comments, FEATURES and then TALK_FEATURES), float64, those of one comment together.
            starts: (comments,), where each comment's candidates begin; every comment has at least one.
        """
        return softmax_by_group(self.forest.logits(rows) / self.temperature, starts)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyScorer:
    """Weighs candidate parents.

    `temperature` (> 0, fitted on held-out threads) divides the logits before the softmax over a comment's candidates.
    `notes` are kept beside the weights: what it was trained on and what it reached. Without a `second` look the first
    one stands.
    """

    forest: Forest
    temperature: float
    notes: Mapping[str, str]
    second: SecondLook | None = None

    def probabilities(self, rows: NDArray[np.float64], starts: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return each candidate's probability at first look; those of one comment sum to 1.

        Args:
            rows: (candidates of all comments, FEATURES), float64, those of one comment together.
            starts: (comments,), where each comment's candidates begin; every comment has at least one.
        """
        return softmax_by_group(self.forest.logits(rows) / self.temperature, starts)

    def save(self, folder: Path) -> None:
        """Write the scorer into a model folder."""
        arrays = {name: getattr(self.forest, name) for name in _ARRAYS}
        facts = _facts(self.forest, self.temperature, FEATURES) | {"notes": dict(self.notes)}
        if self.second is not None:
            arrays |= {_SECOND + name: getattr(self.second.forest, name) for name in _ARRAYS}
            facts["second"] = _facts(self.second.forest, self.second.temperature, _BOTH)
        folder.mkdir(parents=True, exist_ok=True)
        save_file(arrays, folder / FILE_NAME, metadata={"scorer": json.dumps(facts, sort_keys=True)})


_ARRAYS = ("feature", "threshold", "left", "right", "missing_left", "value", "roots")
_SECOND = "second."
_BOTH = (*FEATURES, *TALK_FEATURES)


def _facts(forest: Forest, temperature: float, features: tuple[str, ...]) -> dict[str, object]:
    return {"features": features, "baseline": forest.baseline, "depth": forest.depth, "temperature": temperature}


def softmax_by_group(logits: NDArray[np.float64], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Softmax over runs of rows; `starts` are where the runs begin, ascending from 0."""
    if not len(starts):
        return np.empty(0)
    sizes = np.diff(np.append(starts, len(logits)))
    raised = np.exp(logits - np.repeat(np.maximum.reduceat(logits, starts), sizes))
    shares: NDArray[np.float64] = raised / np.repeat(np.add.reduceat(raised, starts), sizes)
    return shares


def load_scorer(folder: Path) -> ReplyScorer:
    """Load the reply scorer of a model folder.

    Raises:
        ModelMissing: The folder has no `replies.safetensors`.
        ModelBroken: The file does not hold a scorer that this version can use.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise ModelMissing(folder, missing=FILE_NAME)
    try:
        with safe_open(path, framework="numpy") as file:
            facts = json.loads((file.metadata() or {})["scorer"])
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # not a dictionary
        forest, temperature, features = _look(facts, arrays, "")
        second = _look(facts["second"], arrays, _SECOND) if "second" in facts else None
        scorer = ReplyScorer(
            forest=forest,
            temperature=temperature,
            notes=facts["notes"],
            second=second and SecondLook(forest=second[0], temperature=second[1]),
        )
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise ModelBroken(folder, what=f"{FILE_NAME} does not hold a reply scorer ({type(error).__name__})") from error
    if features != FEATURES or (second is not None and second[2] != _BOTH):
        raise ModelBroken(folder, what=f"{FILE_NAME} was trained on other features than this version measures")
    _check_forest(folder, forest, n_features=len(FEATURES))
    if second is not None:
        _check_forest(folder, second[0], n_features=len(_BOTH))
    return scorer


def _look(
    facts: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], prefix: str
) -> tuple[Forest, float, tuple[str, ...]]:
    """Return the forest of one look with its temperature and the features that it was trained on."""
    trees = {name: arrays[prefix + name] for name in _ARRAYS}
    forest = Forest(**trees, baseline=float(facts["baseline"]), depth=int(facts["depth"]))
    return forest, float(facts["temperature"]), tuple(facts["features"])


def _check_forest(folder: Path, forest: Forest, *, n_features: int) -> None:
    """Refuse trees that point outside themselves: they would read past the arrays or give numbers that mean nothing."""
    n = len(forest.feature)
    nodes = (forest.left, forest.right, forest.roots)
    sound = all(len(getattr(forest, name)) == n for name in _ARRAYS if name != "roots")
    sound = sound and all(((part >= 0) & (part < n)).all() for part in nodes)
    sound = sound and bool(((forest.feature >= 0) & (forest.feature < n_features)).all())
    if not sound or not 0 <= forest.depth <= 64:
        raise ModelBroken(folder, what=f"{FILE_NAME} holds trees that point outside themselves")
    if np.isnan(forest.threshold).any():
        raise ModelBroken(folder, what=f"{FILE_NAME} holds a threshold that is no number")
    try:
        # Laid out here and not at the first comment, so that what is no tree is told of while loading.
        _ = forest.sieve
    except ValueError as error:
        raise ModelBroken(folder, what=f"{FILE_NAME}: {error}") from error
