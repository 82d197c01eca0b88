"""`stance train RECIPE`."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Licence(StrEnum):
    """Which sources may train."""

    ANY = "any"
    PERMISSIVE = "permissive"


class Place(StrEnum):
    """Where training runs."""

    CPU = "cpu"
    CUDA = "cuda"


RecipeArgument = Annotated[
    str, typer.Argument(help="A recipe that ships (`full`, `small`, `own`), or a TOML file of your own.")
]
DataOption = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        envvar="STANCE_DATA",
        help="Folder with the labelled sources; not with --labels.",
        file_okay=False,
    ),
]
LabelsOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="TASK=FILE",
        help="Labels of your own, as `stance evaluate TASK` reads them, with the recipe `own`; may be repeated.",
    ),
]
OutOption = Annotated[Path | None, typer.Option(metavar="DIR", help="Model folder to make.", file_okay=False)]
FromOption = Annotated[
    Path | None,
    typer.Option(
        "--from",
        metavar="MODEL",
        help="Train this model folder further, in place of a fresh encoder.",
        file_okay=False,
    ),
]
BackboneOption = Annotated[
    str | None,
    typer.Option(metavar="ENCODER", help="Folder or hub name of a Hugging Face encoder to begin from."),
]
FreezeOption = Annotated[bool, typer.Option("--freeze", help="With --labels: leave the encoder as it is.")]
LicenceOption = Annotated[
    Licence,
    typer.Option(help="`permissive` trains on sources with a stated permissive licence alone."),
]
DeviceOption = Annotated[
    Place | None, typer.Option(help="Where to train; a GPU where there is one, if nothing is said.")
]
PackOption = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Train nothing: write all that the run reads here, for another machine."),
]
PackedOption = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Train from such a folder alone, and leave the weights in parts.", exists=True),
]
ResumeOption = Annotated[
    bool, typer.Option("--resume/--restart", help="Go on from the checkpoint in DIR, or begin anew.")
]


def train_command(
    recipe: RecipeArgument,
    *,
    data: DataOption = None,
    labels: LabelsOption = None,
    out: OutOption = None,
    start: FromOption = None,
    backbone: BackboneOption = None,
    freeze: FreezeOption = False,
    licence: LicenceOption = Licence.ANY,
    device: DeviceOption = None,
    pack: PackOption = None,
    packed: PackedOption = None,
    resume: ResumeOption = True,
) -> None:
    """Train a model from labelled sources, or from labels of your own."""
    if start is not None and backbone is not None:
        raise typer.BadParameter("--from and --backbone: give one of them")
    if out is None and pack is None:
        raise typer.BadParameter("give --out DIR, the model folder to make")
    if labels and out is not None:
        _train_on(labels, recipe, out=out, start=start, backbone=backbone, frozen=freeze, resume=resume)
        return
    if (data is None and packed is None) or recipe == "own":
        raise typer.BadParameter(
            "give --data DIR for a recipe that ships, or --labels TASK=FILE for labels of your own"
        )
    from stance.train import choose_recipe, pack_recipe, run_packed, run_recipe

    wanted = choose_recipe(recipe, backbone=backbone, permissive=licence is Licence.PERMISSIVE)
    if packed is not None and out is not None:
        run_packed(wanted, pack=packed, out=out, resume=resume, device=device)
    elif pack is not None and data is not None:
        n_bytes = pack_recipe(wanted, data=data, pack=pack, start=start)
        typer.echo(f"{pack}: {n_bytes / 1e6:.1f} MB", err=True)
    elif data is not None and out is not None:
        run_recipe(wanted, data=data, out=out, start=start, resume=resume, device=device)


def _train_on(
    labels: list[str],
    recipe: str,
    *,
    out: Path,
    start: Path | None,
    backbone: str | None,
    frozen: bool,
    resume: bool,
) -> None:
    from stance.train import OWN_TASKS, run_own

    pairs = []
    for label in labels:
        task, _, file = label.partition("=")
        if task not in OWN_TASKS or not file:
            raise typer.BadParameter(f"--labels {label}: want TASK=FILE, TASK one of {', '.join(OWN_TASKS)}")
        pairs.append((task, Path(file)))
    report = run_own(recipe, pairs, out=out, start=start, backbone=backbone, frozen=frozen, resume=resume)
    typer.echo(json.dumps(report, indent=2))
