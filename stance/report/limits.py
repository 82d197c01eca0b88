"""What is known of how far the model may be trusted: out of the `evaluation.json` that stands with its weights."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_FILE: Final = "evaluation.json"
_BY_CHANCE: Final = "AUC"
"""One half without any skill, whatever the data."""
_MOST_BYTES: Final = 5_000_000
_SENTENCE_LABELS: Final = {
    "claim": "Is this sentence a claim?",
    "check_worthy": "Is this claim worth a check?",
    "rhetoric": "Is this sentence rhetoric?",
}
_MULTI_CLASS: Final = {
    "stance": "Stance toward an actor",
    "relation": "Relation to what is answered",
}
_ATTRIBUTES: Final = {"TOXICITY": "Toxicity", "INSULT": "Insult", "ATTACK_ON_COMMENTER": "Attack on a commenter"}

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One thing the model does, how good it was at it on several sets of development data, from worst to best."""

    what: str
    measure: str
    values: tuple[float, ...]
    guesses: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What was measured; `sure_share` of stances it answered surely, and was right in `sure_accuracy` of these."""

    measured: tuple[Measured, ...]
    sure_share: float | None
    sure_accuracy: float | None


def read_limits(folder: Path, *, model_id: str) -> Limits | None:
    """Return what was measured of a model; None where its folder does not tell, or tells of another model."""
    path = folder / _FILE
    try:
        if path.stat().st_size > _MOST_BYTES:
            return None
        held = json.loads(path.read_bytes())
        if held["model_id"] != model_id.partition("+")[0]:
            return None
        measured = tuple(one for one in _measured(held["tasks"]) if one.values)
        sure = held.get("abstention") or {}
        share, accuracy = (_number(sure.get(name)) for name in ("coverage", "accuracy"))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    return Limits(measured=measured, sure_share=share, sure_accuracy=accuracy)


def _measured(tasks: Json) -> Iterator[Measured]:
    for task, what in _MULTI_CLASS.items():
        yield _collect(tasks, task, what, "macro-F1", "macro_f1")
    yield _collect(tasks, "structure", "Which comment is answered", "share found", "parent_accuracy")
    for label, what in _SENTENCE_LABELS.items():
        yield _collect(tasks, "sentence", what, "AUC", label, "auc")
    for label, what in _ATTRIBUTES.items():
        yield _collect(tasks, "attributes", what, "AUC", label, "auc")
    yield _collect(tasks, "actors", "Names of actors in the text", "span F1", "span_f1")


def _collect(tasks: Json, task: str, what: str, measure: str, *path: str) -> Measured:
    values, guesses = [], []
    for name, held in tasks.items():
        if name.partition("/")[0] != task:
            continue
        value = _number(_reach(held["metrics"], path))
        if value is None:
            continue
        values.append(value)
        others = [_number(_reach(one, path)) for one in held.get("baseline", {}).values() if isinstance(one, dict)]
        guesses += [max(other for other in others if other is not None)] if any(o is not None for o in others) else []
    if measure == _BY_CHANCE and values:
        guesses = [0.5]
    return Measured(what=what, measure=measure, values=tuple(sorted(values)), guesses=tuple(sorted(guesses)))


def _reach(held: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        held = held.get(name) if isinstance(held, dict) else None
    return held


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
