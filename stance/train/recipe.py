"""A training recipe: what is read how often, and how hard it is learned."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from importlib import resources
from pathlib import Path

from stance.errors import BadRecipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One training run, read from TOML.

    `passes` is how often each source's training rows are read; `weights` what each head's loss counts.
    """

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
    passes: dict[str, float]


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
        read = tomllib.loads(source.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadRecipe(name, what=f"not TOML ({error})", mend="Start from a recipe that ships.") from error
    wanted = {item.name for item in fields(Recipe)} - {"name"}
    if read.keys() != wanted:
        wrong = ", ".join(sorted(read.keys() ^ wanted))
        raise BadRecipe(name, what=f"fields missing or not known: {wrong}", mend="Start from a recipe that ships.")
    return Recipe(name=Path(name).stem, **read)
