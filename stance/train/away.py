"""The two ends of a run on another machine: packing here, training there from the pack alone."""

from __future__ import annotations

from pathlib import Path

from stance.train.loop import train
from stance.train.pack import join_weights, read_pack, split_weights, write_pack
from stance.train.recipe import Recipe
from stance.train.run import read_sources


def pack_recipe(recipe: Recipe, *, data: Path, pack: Path, start: Path | None = None) -> int:
    """Write all that a run reads into one folder, and return its bytes.

    Args:
        recipe: As `choose_recipe` gives it.
        data: Folder with the sources.
        pack: The folder to write.
        start: A model folder to train further, in place of the recipe's backbone.

    Raises:
        SourceMissing: A source's file is not in `data`.
        MissingExtra: The pretrained encoder's package is not installed.
    """
    return write_pack(read_sources(data), recipe, pack, start=start)


def run_packed(recipe: Recipe, *, pack: Path, out: Path, resume: bool = True, device: str | None = None) -> None:
    """Train from a pack and leave the weights in parts; what follows training is done where the data is.

    Args:
        recipe: The one that the pack was made for.
        pack: Its folder.
        out: The model folder to make.
        resume: False to begin anew.
        device: `cpu` or `cuda`; None for the accelerator where there is one.

    Raises:
        BadRecipe: The pack cannot be used, or there is no such device.
    """
    examples, base = read_pack(pack)
    join_weights(out)
    train(examples, recipe, out=out, start=base, resume=resume, device=device)
    split_weights(out)
