"""`stance labels export FILE` and `stance labels import FILE`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from stance.cli.label import WhatOption
from stance.cli.reading import Rejects

labels_app: Final = typer.Typer(help="Label with Label Studio or Prodigy instead.", no_args_is_help=True)


class ToolName(StrEnum):
    """Another labelling tool."""

    LABEL_STUDIO = "label-studio"
    PRODIGY = "prodigy"


ForceOption = Annotated[bool, typer.Option("--force", help="Replace files that are there.")]


@labels_app.command("export")
def export_command(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="What `stance sample` drew.", exists=True, dir_okay=False)
    ],
    *,
    to: Annotated[ToolName, typer.Option("--to", help="For which tool.")],
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="Tasks; Label Studio's configuration goes beside, as .xml.")
    ],
    what: WhatOption = None,
    force: ForceOption = False,
) -> None:
    """Write what is to be labelled as tasks of another tool, without anybody's answer."""
    from stance.label import Tool, export_units, read_units
    from stance.study import parse_what

    units = read_units(file, what=parse_what(what) if what is not None else None)
    files = export_units(units, out, tool=Tool(to.value), overwrite=force)
    typer.echo(f"stance: {len(units):,} tasks in {' and '.join(map(str, files))}", err=True)


@labels_app.command("import")
def import_command(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="Label Studio's JSON export, or what `prodigy db-out` prints.",
            exists=True,
            dir_okay=False,
        ),
    ],
    *,
    come_from: Annotated[ToolName, typer.Option("--from", help="From which tool.")],
    sample: Annotated[Path, typer.Option(metavar="FILE", help="What was exported to it.", exists=True, dir_okay=False)],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The file of labels to make.")],
    what: WhatOption = None,
    rejects: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Set records that cannot be used aside in FILE, one a line, and go on."),
    ] = None,
    force: ForceOption = False,
) -> None:
    """Write another tool's answers as a file of labels."""
    from stance.label import Tool, import_labels, read_units
    from stance.study import parse_what

    units = read_units(sample, what=parse_what(what) if what is not None else None)
    with Rejects(rejects) as aside:
        found = import_labels(file, units, out, tool=Tool(come_from.value), on_reject=aside.put, overwrite=force)
    told = f"{found.n_rows:,} answers in {out}, {found.n_skipped:,} of them “cannot tell”"
    typer.echo(f"stance: {told}; {found.n_unanswered:,} of {len(units):,} unanswered", err=True)
