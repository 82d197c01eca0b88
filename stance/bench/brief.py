"""The figures of one minute: what anyone can measure on their own machine, without data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from stance.bench.encoder import measure_batches
from stance.bench.figures import Measured
from stance.bench.int8 import measure_int8
from stance.bench.machine import describe_machine, one_thread
from stance.bench.made import make_comments, words_of
from stance.bench.pipeline import measure_pipeline
from stance.errors import JudgeError, MissingExtra
from stance.judge import TextEncoder, default_model_folder, load_model, load_tokenizer, model_id

_ALONE: Final = 96
"""Comments that the encoder reads by itself, in each kind of batches: three of 32."""


def measure_briefly(folder: Path | None = None, *, n_comments: int) -> dict[str, Any]:
    """Measure a model on generated comments, with one thread.

    Args:
        folder: The model; None for the one that ships.
        n_comments: How many to score; 150 take a minute on one core of 2020.

    Returns:
        A JSON object: `model_id`, `machine`, `groups` by their names in `GROUPS`, and in `missing` why others are not
        among them.

    Raises:
        JudgeError: The model cannot be loaded.
    """
    folder = folder or default_model_folder()
    tokenizer = load_tokenizer(folder)
    words = words_of(tokenizer)
    texts = [comment.text for comment in make_comments(words, n_comments=min(n_comments, _ALONE))]
    missing: dict[str, str] = {}
    with one_thread():
        groups: dict[str, Measured] = {"pipeline": measure_pipeline(folder, words, n_comments=n_comments)}
        groups["encoder"] = measure_batches(load_model(folder), TextEncoder(tokenizer), texts, times=1)
        try:
            groups["int8"] = measure_int8(folder, texts)
        except (MissingExtra, JudgeError) as absent:
            missing["int8"] = str(absent)
    return {
        "model_id": model_id(folder),
        "machine": describe_machine(),
        "groups": {name: group.to_json() for name, group in groups.items()},
        "missing": missing,
    }


def hours_of(n_comments: int, groups: Mapping[str, Mapping[str, Any]], *, n_workers: int) -> float:
    """How long so many comments would take at the measured rate, if workers did not slow each other."""
    return n_comments / float(groups["pipeline"]["seen"]["comments_a_second"]) / 3600 / n_workers
