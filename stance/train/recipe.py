"""A training recipe: what is read how often, and how hard it is learned."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from importlib import resources
from pathlib import Path
from typing import Final

from stance.train.errors import BadRecipe
from stance.train.examples import OWN
from stance.train.sources import SOURCES

HEADS: Final = ("stance", "relation", "sentences", "attributes", "names", "link")
_MEND: Final = "Start from a recipe that ships."


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A part of a run, with a learning rate that rises and falls of its own.

    `passes` is how often each source's training rows are read; `rate` scales the recipe's learning rates. In a `frozen`
    stage the encoder stays as it is and the heads alone learn, at a third of a step's cost.
    """

    name: str
    rate: float
    passes: dict[str, float]
    frozen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One training run, read from TOML; `weights` is what each head's loss counts."""

    name: str
    seed: int
    backbone: str
    comment_tokens: int
    token_budget: int
    encoder_learning_rate: float
    layer_decay: float
    head_learning_rate: float
    weight_decay: float
    warmup_share: float
    checkpoint_minutes: float
    weights: dict[str, float]
    stages: tuple[Stage, ...]


def load_recipe(recipe: str | Path) -> Recipe:
    """Read a recipe that ships, by name, or one from a TOML file.

    Raises:
        BadRecipe: There is no such recipe, or its fields are not those of `Recipe`.
    """
    shipped = resources.files("stance.train") / "recipes"
    name = str(recipe)
    source = shipped / f"{name}.toml" if (shipped / f"{name}.toml").is_file() else Path(name)
    if not source.is_file():
        known = ", ".join(sorted(item.name.removesuffix(".toml") for item in shipped.iterdir()))
        raise BadRecipe(name, what="no such recipe or file", mend=f"Recipes that ship: {known}.")
    try:
        read = tomllib.loads(source.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadRecipe(name, what=f"not TOML ({error})", mend=_MEND) from error
    wanted = {item.name for item in fields(Recipe)} - {"name"}
    if read.keys() != wanted:
        wrong = ", ".join(sorted(read.keys() ^ wanted))
        raise BadRecipe(name, what=f"fields missing or not known: {wrong}", mend=_MEND)
    for wrong in _wrong_values(read):
        raise BadRecipe(name, what=wrong, mend=_MEND)
    stages = tuple(Stage(**stage) for stage in read.pop("stages"))
    return Recipe(name=Path(name).stem, stages=stages, **read)


def only_permissive(recipe: Recipe) -> Recipe:
    """Leave out every source that has no stated permissive licence; the name says so."""
    stages = tuple(
        replace(stage, passes={name: often for name, often in stage.passes.items() if SOURCES[name].permissive})
        for stage in recipe.stages
    )
    return replace(recipe, name=f"{recipe.name} --licence permissive", stages=stages)


def _wrong_values(read: Mapping[str, object]) -> Iterator[str]:
    weights, stages = read["weights"], read["stages"]
    if not isinstance(weights, dict):
        yield "weights is not a table"
        return
    if not isinstance(read["backbone"], str):
        yield "backbone is not a string"
    for name in ("seed", "comment_tokens", "token_budget"):
        if not isinstance(read[name], int):
            yield f"{name} is not a whole number"
    yield from _wrong_numbers("", {name: read[name] for name in read if name not in {"backbone", "weights", "stages"}})
    yield from _wrong_numbers("weights.", weights)
    if weights.keys() != set(HEADS):
        yield f"weights are wanted for {', '.join(HEADS)}, and nothing else"
    if not isinstance(stages, list) or not stages:
        yield "there is no [[stages]]"
        return
    for stage in stages:
        yield from _wrong_stage(stage)


def _wrong_stage(stage: object) -> Iterator[str]:
    if not isinstance(stage, dict) or stage.keys() - {"frozen"} != {item.name for item in fields(Stage)} - {"frozen"}:
        yield "a stage has name, rate and passes, may be frozen, and has nothing else"
    elif not isinstance(stage.get("frozen", False), bool):
        yield "a stage's frozen is neither true nor false"
    elif not isinstance(stage["name"], str) or not isinstance(stage["passes"], dict):
        yield "a stage's name is a string, its passes a table"
    else:
        yield from _wrong_numbers("rate of a stage: ", {"rate": stage["rate"]})
        yield from _wrong_numbers("passes.", stage["passes"])
        for name in stage["passes"]:
            if name != OWN and (name not in SOURCES or SOURCES[name].evaluation_only):
                yield f"passes.{name} is no source that may train"


def _wrong_numbers(table: str, values: Mapping[str, object]) -> Iterator[str]:
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            yield f"{table}{name} is not a number of 0 or more"
