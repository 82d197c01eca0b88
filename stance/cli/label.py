"""`stance label FILE`."""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from stance.cli.analyze import ModelOption, load_model, working
from stance.cli.reading import Reading, read_sound_threads, takes_reading
from stance.cli.serve import login_name

if TYPE_CHECKING:
    from stance.label import Progress
    from stance.study import LabelRow, What

WhatOption = Annotated[
    str | None,
    typer.Option(
        metavar="WHAT",
        help="What is asked: stance:ACTOR, relation, attribute:NAME, claim or rhetoric.",
        show_default="as the rows say",
    ),
]
_TABLES: Final = (".csv", ".tsv", ".parquet")
_DESIGN: Final = "all"
"""How units are drawn where all of them are labelled."""


@takes_reading
def label_command(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="What `stance sample` drew; or scores, a page or an export, with --what.", exists=True
        ),
    ],
    *,
    what: WhatOption = None,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The file of labels, made or gone on with.")] = Path(
        "labels.jsonl"
    ),
    annotator: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who labels.", show_default="your login")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes a free one.")] = 8711,
    how: Reading,
    model: ModelOption = None,
) -> None:
    """Label comments on a page of this machine, by keys, blind to the model; the same command goes on."""
    if out.suffix.lower() in _TABLES:
        raise typer.BadParameter("labels are written as JSON Lines; name it .jsonl", param_hint="--out")
    who = (annotator if annotator is not None else login_name()).strip()
    if not who:
        raise typer.BadParameter("a label needs somebody's name", param_hint="--annotator")
    from stance.label import Labelling, holds_units, read_units, serve_labelling
    from stance.study import parse_what

    asked = parse_what(what) if what is not None else None
    if holds_units(file):
        units = read_units(file, what=asked)
    elif asked is None:
        raise typer.BadParameter("is needed: FILE does not say what is asked of its comments", param_hint="--what")
    else:
        units = _all_units(file, asked, how, model)
    labelling = Labelling(source=file, out=out, annotator=who, port=port)
    progress = serve_labelling(labelling, units, tell=_tell)
    typer.echo(f"stance: {_far(progress)}, in {out}", err=True)


def _all_units(file: Path, what: What, how: Reading, model: Path | None) -> list[LabelRow]:
    """Return every comment or sentence of which a question can be asked; for that a page is scored first."""
    from stance.study import draw_sample, holds_scores

    with tempfile.TemporaryDirectory(prefix="stance-") as folder:
        scores = file
        if not holds_scores(file):
            scores = Path(folder) / "scores.jsonl"
            with working("reading who speaks of whom"):
                _score(file, how, model, scores)
        rows = draw_sample(scores, what, n=sys.maxsize).rows
    return [replace(row, design=_DESIGN) for row in rows]


def _score(file: Path, how: Reading, model: Path | None, out: Path) -> None:
    from stance.core import analyze
    from stance.out import to_comment_rows
    from stance.queue import load_policy

    judge, scorer = load_model(model)
    with out.open("w", encoding="utf-8") as stream:
        for analysis in analyze(read_sound_threads(file, how), judge, policy=load_policy(), scorer=scorer):
            for row in to_comment_rows(analysis):
                stream.write(json.dumps({"source": str(file), **row}) + "\n")


def _tell(link: str, progress: Progress) -> None:
    typer.echo(f"{_far(progress)}. Labelling until interrupted (Ctrl-C). Open:", err=True)
    typer.echo(link)
    sys.stdout.flush()


def _far(progress: Progress) -> str:
    told = f"{progress.n_done:,} of {progress.n_units:,} labelled"
    return f"{told}, {progress.n_skipped:,} of them “cannot tell”" if progress.n_skipped else told
