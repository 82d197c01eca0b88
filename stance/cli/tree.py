"""`stance tree PAGE`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stance.cli.analyze import FILE_WIDTH, ModelOption, load_model, working
from stance.cli.output import write_out
from stance.cli.reading import PageArgument, Reading, read_sound_thread, takes_reading

if TYPE_CHECKING:
    from stance.records import Analysis


@takes_reading
def tree_command(
    page: PageArgument,
    *,
    depth: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Show N levels and count what is hidden below.", show_default="all"),
    ] = None,
    dot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the tree for Graphviz and draw nothing here.")
    ] = None,
    svg: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the tree as a picture and draw nothing here.")
    ] = None,
    alternatives: Annotated[
        int, typer.Option(metavar="K", min=0, help="Tell K runners-up of each comment's parent too.")
    ] = 0,
    how: Reading,
    model: ModelOption = None,
) -> None:
    """Draw who answers whom: × rebuts, + supports, ? asks, · comments."""
    if dot is not None and svg is not None and os.path.realpath(dot) == os.path.realpath(svg):
        raise typer.BadParameter("is the file of --dot; name another", param_hint="--svg")
    from stance.core import analyze
    from stance.out import to_dot, to_svg
    from stance.queue import load_policy

    thread = read_sound_thread(page, how)
    with working(f"judging {len(thread.comments):,} comments"):
        judge, scorer = load_model(model)
        (analysis,) = analyze([thread], judge, policy=load_policy(), scorer=scorer, n_alternatives=alternatives)
    if dot is not None:
        write_out(to_dot(analysis, depth=depth), dot)
    if svg is not None:
        write_out(to_svg(analysis, depth=depth), svg)
    if dot is None and svg is None:
        _draw(analysis, depth, alternatives=alternatives > 0)


def _draw(analysis: Analysis, depth: int | None, *, alternatives: bool) -> None:
    from rich.console import Console

    from stance.out import render_tree

    # A pipe has no width of its own, unless COLUMNS says one.
    own_width = sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdecimal()
    render_tree(analysis, Console(width=None if own_width else FILE_WIDTH), depth=depth, alternatives=alternatives)
    # Here and not at exit, so that a closed pipe is met where it is handled.
    sys.stdout.flush()
