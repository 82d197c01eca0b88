"""Training on labels that a user brings, on top of a model that is there or of any encoder."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from stance.evaluate import run_task
from stance.judge import (
    Calibration,
    Judge,
    TextEncoder,
    default_model_folder,
    load_judge,
    load_model,
    load_tokenizer,
)
from stance.queue import load_policy
from stance.replies import load_scorer
from stance.train.calibrate import calibration_half, fit_calibration
from stance.train.development import write_development
from stance.train.errors import BadRecipe
from stance.train.examples import Example
from stance.train.load_own import OWN_TASKS, load_own
from stance.train.loop import train
from stance.train.recipe import load_recipe

REPORT: Final = "own_labels.json"
FEW: Final = 100
"""Fewer training rows than this are told of: what comes of them is luck."""
LEAST_TO_CALIBRATE: Final = 40
"""With fewer development rows the calibration that was there is better than a new one."""
_REPLIES: Final = "replies.safetensors"


def run_own(
    recipe: str | Path,
    labels: Sequence[tuple[str, Path]],
    *,
    out: Path,
    start: Path | None = None,
    backbone: str | None = None,
    frozen: bool = False,
    resume: bool = True,
) -> dict[str, object]:
    """Train a model folder on labels of one's own.

    Args:
        recipe: `own`, or a TOML file whose passes name `own`.
        labels: Task and file of each set; tasks as in `OWN_TASKS`.
        out: The model folder to make.
        start: A model folder to train further; the one that ships where `backbone` is None too.
        backbone: An encoder to begin from with fresh heads: heads that no label teaches stay random.
        frozen: Train the heads alone.
        resume: False to begin anew.

    Returns:
        `n_train`, `n_dev`, and by task the figures of the rows held back: `before` (None with a backbone) and `after`.
        The same is written to `own_labels.json`.

    Raises:
        BadRecipe: The recipe cannot be used, or no row is left to train on.
        BadLabelRow: A line of a file cannot be used.
        ReadError: A file cannot be read.
        ModelMissing: A file of `start` is not there.
        ValueError: A task is not one of `OWN_TASKS`, or both `start` and `backbone` are given.
    """
    _check(labels, start=start, backbone=backbone)
    examples = [example for task, path in labels for example in load_own(task, path)]
    training = [example for example in examples if example.split == "train"]
    if not training:
        raise BadRecipe(str(recipe), what="no label is left to train on", mend="Bring a hundred or more.")
    if len(training) < FEW:
        sys.stderr.write(f"{len(training)} labels train: with fewer than {FEW} the outcome is mostly luck\n")
    base = None if backbone is not None else start or default_model_folder()
    wanted = load_recipe(recipe)
    wanted = replace(wanted, backbone=backbone or wanted.backbone)
    if frozen:
        wanted = replace(wanted, stages=tuple(replace(stage, frozen=True) for stage in wanted.stages))
    train(examples, wanted, out=out, start=base, resume=resume)
    _calibrate(out, examples, base)
    if not (out / _REPLIES).is_file():
        shutil.copy((base or default_model_folder()) / _REPLIES, out / _REPLIES)
    report: dict[str, object] = {
        "n_train": len(training),
        "n_dev": len(examples) - len(training),
        "before": None if base is None else _measure(load_judge(base), base, examples),
        "after": _measure(load_judge(out), out, examples),
    }
    (out / REPORT).write_text(json.dumps(report, indent=1) + "\n")
    return report


def _check(labels: Sequence[tuple[str, Path]], *, start: Path | None, backbone: str | None) -> None:
    if start is not None and backbone is not None:
        raise ValueError("start and backbone: got both, want one of them")
    unknown = [task for task, _ in labels if task not in OWN_TASKS]
    if unknown:
        raise ValueError(f"task: got {unknown[0]!r}, want one of {', '.join(OWN_TASKS)}")


def _calibrate(out: Path, examples: Sequence[Example], base: Path | None) -> None:
    """Keep what calibration the model came with, and fit anew what enough development rows speak of."""
    known = Calibration() if base is None else load_judge(base).calibration
    half = calibration_half(examples)
    if len(half) >= LEAST_TO_CALIBRATE:
        fitted = fit_calibration(load_model(out), TextEncoder(load_tokenizer(out)), half)
        known = known.updated(fitted)
    known.save(out / "calibration.json")


def _measure(judge: Judge, folder: Path, examples: Sequence[Example]) -> Mapping[str, object]:
    scorer, figures = load_scorer(folder), {}
    with tempfile.TemporaryDirectory(prefix="stance-") as name:
        for task, path in write_development(examples, (), Path(name)).values():
            figures[task] = run_task(task, path, judge=judge, scorer=scorer, policy=load_policy())["metrics"]
    return figures
