"""`stance sample SCORES`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from stance.study import Sample


class DesignName(StrEnum):
    """How units are drawn."""

    UNIFORM = "uniform"
    STRATIFIED = "stratified"
    UNCERTAINTY = "uncertainty"


class AllocationName(StrEnum):
    """How labels are shared among strata."""

    PROPORTIONAL = "proportional"
    EQUAL = "equal"


ScoresArgument = Annotated[
    Path,
    typer.Argument(metavar="SCORES", help="The folder of `stance score --out`, or a file of such rows.", exists=True),
]
WhatOption = Annotated[
    str, typer.Option(metavar="WHAT", help="stance:ACTOR, relation, attribute:NAME, claim or rhetoric.")
]


def sample_command(
    scores: ScoresArgument,
    *,
    what: WhatOption,
    n: Annotated[int, typer.Option("--n", metavar="N", min=1, help="How many to draw.")] = 50,
    design: Annotated[
        DesignName, typer.Option(help="Evenly; evenly within what the model says; or more where it is unsure.")
    ] = DesignName.UNIFORM,
    allocation: Annotated[
        AllocationName, typer.Option(help="Of a stratified draw: by the strata's sizes, or as many of each.")
    ] = AllocationName.PROPORTIONAL,
    seed: Annotated[int, typer.Option(metavar="N", help="Another one gives another sample.")] = 0,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where to put the rows to label (JSON Lines).")],
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Draw comments or sentences to label, each with the probability that it was drawn."""
    from stance.errors import WouldOverwrite
    from stance.study import Allocation, Design, draw_sample, parse_what, write_label_rows

    asked = parse_what(what)
    if out.exists() and not force:
        raise WouldOverwrite(out)
    drawn = draw_sample(
        scores, asked, n=n, design=Design(design.value), allocation=Allocation(allocation.value), seed=seed
    )
    write_label_rows(drawn.rows, out)
    typer.echo(f"stance: {out}: {_told(drawn, design, n=n, seed=seed)}", err=True)


def _told(drawn: Sample, design: DesignName, *, n: int, seed: int) -> str:
    from stance.out import safe

    population = drawn.population
    n_units, n_drawn = len(population.thread), len(drawn.rows)
    of = f"of {population.n_comments:,} comments in {population.n_threads:,} threads"
    lines = [f"{n_drawn:,} of {n_units:,} {safe(population.words)} ({of}), {_HOW[design]}, seed {seed}"]
    if n_drawn == n_units < n:
        lines.append(f"  {n:,} were wanted, and there are no more")
    lines += [
        f"  stratum {one.name}: {one.n_drawn:,} of {one.n_units:,}, each with probability "
        f"{one.n_drawn / one.n_units:.4f}"
        for one in drawn.strata
    ]
    if not drawn.strata and drawn.rows:
        chances = [row.inclusion_probability or 0.0 for row in drawn.rows]
        low, high = f"{min(chances):.4f}", f"{max(chances):.4f}"
        lines.append(f"  each with probability {low}" if low == high else f"  with probabilities {low} to {high}")
    return "\n".join(lines)


_HOW: Final = {
    DesignName.UNIFORM: "drawn evenly",
    DesignName.STRATIFIED: "drawn evenly within what the model says",
    DesignName.UNCERTAINTY: "drawn more often where the model is unsure",
}
