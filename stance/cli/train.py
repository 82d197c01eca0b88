"""`stance train RECIPE`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Licence(StrEnum):
    """Which sources may train."""

    ANY = "any"
    PERMISSIVE = "permissive"


def train_command(
    recipe: Annotated[str, typer.Argument(help="A recipe that ships (`full`, `small`), or a TOML file of your own.")],
    *,
    data: Annotated[
        Path,
        typer.Option(metavar="DIR", envvar="STANCE_DATA", help="Folder with the labelled sources.", file_okay=False),
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Model folder to make.", file_okay=False)],
    start: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="MODEL",
            help="Train this model folder further, in place of a fresh encoder.",
            file_okay=False,
        ),
    ] = None,
    licence: Annotated[
        Licence,
        typer.Option(help="`permissive` trains on sources with a stated permissive licence alone."),
    ] = Licence.ANY,
    resume: Annotated[
        bool, typer.Option("--resume/--restart", help="Go on from the checkpoint in DIR, or begin anew.")
    ] = True,
) -> None:
    """Train a model from labelled sources."""
    from stance.train import run_recipe

    run_recipe(recipe, data=data, out=out, start=start, resume=resume, permissive=licence is Licence.PERMISSIVE)
