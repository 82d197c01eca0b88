"""A whole training run: read the sources, train, calibrate, teach the reply scorer, measure, write the card."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from stance.judge import EncoderJudge, TextEncoder, load_judge, load_model, load_tokenizer
from stance.records import Attribute, Reading
from stance.train.calibrate import calibration_half, fit_calibration
from stance.train.card import write_card
from stance.train.examples import Example
from stance.train.load_threads import ForumThread, load_iac
from stance.train.load_written import written_threads
from stance.train.loop import train
from stance.train.origins import dedupe
from stance.train.pack import join_weights
from stance.train.recipe import Recipe, load_recipe, only_permissive
from stance.train.report import measure_model, write_evaluation
from stance.train.scorer import train_scorer
from stance.train.sources import SOURCES, load_source

_DISCUSSIONS: Final = frozenset({"mt-csd", "debagreement"})


def run_recipe(
    recipe: Recipe | str | Path,
    *,
    data: Path,
    out: Path,
    start: Path | None = None,
    resume: bool = True,
    device: str | None = None,
) -> None:
    """Train a model folder from labelled sources.

    A run that was killed goes on from its last checkpoint; where the weights of the same recipe and data are there (in
    parts, where they come from another machine), only what follows training is done again. Where no source of the
    recipe lacks a stated permissive licence, none that does calibrates, and the reply scorer is taught on the threads
    written for this project; all sources measure.

    Args:
        recipe: Name of a recipe that ships, or a TOML file, or what `choose_recipe` gives.
        data: Folder with the sources, as `scripts/get_data` lays it out.
        out: The model folder.
        start: A model folder whose weights are trained further, in place of the recipe's backbone.
        resume: False to begin anew.
        device: `cpu` or `cuda`; None for the accelerator where there is one.

    Raises:
        BadRecipe: The recipe is not there or not complete.
        SourceMissing: A source's file is not in `data`.
        MissingExtra: The pretrained encoder's package is not installed.
    """
    wanted = recipe if isinstance(recipe, Recipe) else load_recipe(recipe)
    examples = read_sources(data)
    join_weights(out)
    train(examples, wanted, out=out, start=start, resume=resume, device=device)
    forum, fitting, teaching = list(load_iac(data)), examples, None
    if all(SOURCES[name].permissive for stage in wanted.stages for name in stage.passes):
        fitting = [example for example in examples if SOURCES[example.source].permissive]
        teaching = list(written_threads())
    finish(out, examples, forum, fitting=fitting, teaching=teaching or forum, seed=wanted.seed)


def choose_recipe(recipe: str | Path, *, backbone: str | None = None, permissive: bool = False) -> Recipe:
    """Read a recipe, with another backbone or fewer sources where asked.

    Args:
        recipe: Name of a recipe that ships, or a TOML file.
        backbone: An encoder's folder or hub name, in place of the recipe's.
        permissive: Leave out every source without a stated permissive licence.

    Raises:
        BadRecipe: The recipe is not there or not complete.
    """
    wanted = load_recipe(recipe)
    wanted = replace(wanted, backbone=backbone or wanted.backbone)
    return only_permissive(wanted) if permissive else wanted


def read_sources(data: Path) -> list[Example]:
    """Read every source that may train or measure, training rows cleared of texts that any development row holds.

    Raises:
        SourceMissing: A source's file is not in `data`.
    """
    examples: list[Example] = []
    for name, source in SOURCES.items():
        sys.stderr.write(f"reading {name}\n")
        rows = load_source(name, data)
        examples += [replace(row, split="dev") if source.evaluation_only else row for row in rows]
    examples = [_not_spam(example) for example in examples]
    development = [example for example in examples if example.split == "dev"]
    training = [example for example in examples if example.split == "train"]
    return [*dedupe(training, development), *development]


def _not_spam(example: Example) -> Example:
    """Mark ordinary discussion as no spam: the one spam source holds comments on five music videos alone."""
    if example.source not in _DISCUSSIONS:
        return example
    return replace(example, attributes={**example.attributes, Attribute.SPAM: 0.0})


def finish(
    out: Path,
    examples: Sequence[Example],
    threads: Sequence[ForumThread],
    *,
    fitting: Sequence[Example],
    teaching: Sequence[ForumThread],
    seed: int,
) -> None:
    """Do all that follows training: calibration, reply scorer, evaluation, card.

    Args:
        out: The model folder, trained.
        examples: What measures.
        threads: What measures reply recovery.
        fitting: What calibrates.
        teaching: What teaches the reply scorer.
        seed: Of the reply scorer.
    """
    sys.stderr.write("calibrating\n")
    model, encoder = load_model(out), TextEncoder(load_tokenizer(out))
    calibration = fit_calibration(model, encoder, calibration_half(fitting))
    calibration.save(out / "calibration.json")
    sys.stderr.write("teaching the reply scorer\n")
    judge = EncoderJudge(model, encoder, calibration=calibration, model_id="in training")
    scorer = train_scorer(teaching, read=_remembering(judge.read), seed=seed)
    scorer.save(out)
    evaluation = measure_model(load_judge(out), scorer, examples, threads)
    evaluation["training"] = json.loads((out / "training.json").read_text())
    write_evaluation(out, evaluation)
    write_card(out)


def _remembering(read: Callable[[Sequence[str]], list[Reading]]) -> Callable[[Sequence[str]], list[Reading]]:
    """Read each text once: the reply scorer is shown every thread several times."""
    known: dict[str, Reading] = {}

    def remember(texts: Sequence[str]) -> list[Reading]:
        new = [text for text in dict.fromkeys(texts) if text not in known]
        known.update(zip(new, read(new), strict=True))
        return [known[text] for text in texts]

    return remember
