"""The learned scorer: boosted trees over candidate features, and a softmax over each comment's candidates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from stance.errors import ModelBroken, ModelMissing
from stance.replies.features import FEATURES
from stance.replies.forest import Forest

FILE_NAME = "replies.safetensors"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyScorer:
    """Weighs candidate parents.

    `temperature` (> 0, fitted on held-out threads) divides the logits before the softmax over a comment's candidates.
    `notes` are kept beside the weights: what it was trained on and what it reached.
    """

    forest: Forest
    temperature: float
    notes: Mapping[str, str]

    def probabilities(self, rows: NDArray[np.float64], starts: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return each candidate's probability; those of one comment sum to 1.

        Args:
            rows: (candidates of all comments, features), float64, those of one comment together.
            starts: (comments,), where each comment's candidates begin; every comment has at least one.
        """
        return softmax_by_group(self.forest.logits(rows) / self.temperature, starts)

    def save(self, folder: Path) -> None:
        """Write the scorer into a model folder."""
        forest = self.forest
        arrays = {name: getattr(forest, name) for name in _ARRAYS}
        facts = {
            "features": list(FEATURES),
            "baseline": forest.baseline,
            "depth": forest.depth,
            "temperature": self.temperature,
            "notes": dict(self.notes),
        }
        folder.mkdir(parents=True, exist_ok=True)
        save_file(arrays, folder / FILE_NAME, metadata={"scorer": json.dumps(facts, sort_keys=True)})


_ARRAYS = ("feature", "threshold", "left", "right", "missing_left", "value", "roots")


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
            arrays = {name: file.get_tensor(name) for name in _ARRAYS}
        forest = Forest(**arrays, baseline=float(facts["baseline"]), depth=int(facts["depth"]))
        scorer = ReplyScorer(forest=forest, temperature=float(facts["temperature"]), notes=facts["notes"])
        features = tuple(facts["features"])
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise ModelBroken(folder, what=f"{FILE_NAME} does not hold a reply scorer ({type(error).__name__})") from error
    if features != FEATURES:
        raise ModelBroken(folder, what=f"{FILE_NAME} was trained on other features than this version measures")
    _check_forest(folder, forest)
    return scorer


def _check_forest(folder: Path, forest: Forest) -> None:
    """Refuse trees that point outside themselves: they would read past the arrays or give numbers that mean nothing."""
    n = len(forest.feature)
    nodes = (forest.left, forest.right, forest.roots)
    sound = all(len(getattr(forest, name)) == n for name in _ARRAYS if name != "roots")
    sound = sound and all(((part >= 0) & (part < n)).all() for part in nodes)
    sound = sound and bool(((forest.feature >= 0) & (forest.feature < len(FEATURES))).all())
    if not sound or not 0 <= forest.depth <= 64:
        raise ModelBroken(folder, what=f"{FILE_NAME} holds trees that point outside themselves")
    if np.isnan(forest.threshold).any():
        raise ModelBroken(folder, what=f"{FILE_NAME} holds a threshold that is no number")
    try:
        # Laid out here and not at the first comment, so that what is no tree is told of while loading.
        _ = forest.sieve
    except ValueError as error:
        raise ModelBroken(folder, what=f"{FILE_NAME}: {error}") from error
