"""`stance migrate SCORES`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stance.cli.analyze import ModelOption, OutOption
from stance.cli.output import write_out
from stance.cli.reading import Reading, Rejects, parse_columns, takes_reading
from stance.cli.score import progress

if TYPE_CHECKING:
    from stance.protocols import AttributeMap, Mapped, Migration


class ReportFormat(StrEnum):
    """How the thresholds are written."""

    TEXT = "text"
    JSON = "json"


# A row is a comment alone: nothing is said of threads, and no name is read.
@partial(takes_reading, but=("thread_id", "mend", "refuse", "pseudonymise"))
def migrate_command(
    scores: Annotated[
        Path,
        typer.Argument(metavar="SCORES", help="CSV, Parquet or JSON Lines.", exists=True, dir_okay=False),
    ],
    *,
    threshold: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[NAME=]NUMBER",
            help="A threshold of yours, of one attribute or of all; may be given again.",
            show_default="0.5 to 0.9",
        ),
    ] = None,
    sample: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Take N rows, drawn evenly.", show_default="all")
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Keep scores there, without texts: the same command goes on where it was ended."
        ),
    ] = None,
    form: Annotated[ReportFormat, typer.Option("--format", help="For a person, or for a machine.")] = ReportFormat.TEXT,
    out: OutOption = None,
    how: Reading,
    model: ModelOption = None,
    int8: Annotated[bool, typer.Option("--int8", help="Eight bits, as in `stance score`.")] = False,
) -> None:
    """Say what thresholds of Perspective scores become here: those that flag the same share of your own comments."""
    thresholds = _thresholds(threshold or ())
    columns = parse_columns(how.columns or ())
    from stance.judge import load_judge
    from stance.protocols import draw_rows, migrate, read_scored

    with Rejects(how.rejects) as rejects, progress() as tell:
        read = read_scored(scores, format=how.come_as, columns=columns, on_reject=rejects.put)
        rows = [row for n, row in enumerate(read, start=1) if tell(n, None) is None]
        drawn = rows if sample is None else draw_rows(rows, sample)
        found = migrate(
            drawn,
            load_judge(model, int8=int8),
            source=str(scores),
            thresholds=thresholds,
            keep=keep,
            tell=tell,
        )
    write_out(_as_json(found) if form is ReportFormat.JSON else _as_text(found), out)


def _thresholds(given: Sequence[str]) -> dict[str | None, list[float]] | None:
    """Read `NAME=NUMBER` and `NUMBER`, the latter for every attribute without one of its own."""
    wanted: dict[str | None, list[float]] = {}
    for one in given:
        name, _, number = one.rpartition("=")
        try:
            value = float(number)
        except ValueError:
            value = -1.0
        if not 0 < value < 1:
            raise typer.BadParameter(
                f"{one!r} is not NAME=NUMBER or NUMBER, above 0 and below 1", param_hint="--threshold"
            )
        _check_name(name)
        wanted.setdefault(name.strip().upper() or None, []).append(value)
    return wanted or None


def _check_name(name: str) -> None:
    from stance.protocols import find_attribute

    if name and find_attribute(name.strip().upper()) is None:
        raise typer.BadParameter(
            f"{name!r} is none of the attributes here; docs/perspective.md names them", param_hint="--threshold"
        )


def _as_json(found: Migration) -> str:
    from dataclasses import asdict

    row: dict[str, Any] = asdict(found)
    return json.dumps(row, ensure_ascii=False, indent=2) + "\n"


def _as_text(found: Migration) -> str:
    return "\n".join(_text_lines(found)) + "\n"


def _text_lines(found: Migration) -> Iterator[str]:
    yield f"{found.source}: {found.n_rows:,} comments, {found.n_different:,} different · model {found.model_id}"
    yield "To flag as many comments as a threshold there (at or above it), take the threshold here."
    for one in found.attributes:
        rank = "" if one.rank_correlation is None else f" · rank correlation {one.rank_correlation:.2f}"
        yield ""
        yield f"{one.attribute} · {one.n:,} scores{rank}"
        yield "  there  flagged there      here   95 of 100 samples   both flag   kappa"
        yield from (_text_line(mapped, one) for mapped in one.thresholds)
    yield ""
    if any(mapped.few and mapped.here is not None for one in found.attributes for mapped in one.thresholds):
        yield "? so few comments are on one side of it that another month may say otherwise."
    if any(one.thresholds for one in found.attributes):
        yield "both flag: of what is flagged there, the share that is flagged here too; kappa: 1 is full agreement."
    for name, n in found.few.items():
        yield f"{name}: {n} scores, too few to compare."
    for name in found.not_here:
        yield f"{name}: nothing here answers to it; see docs/perspective.md for what to do instead."


def _text_line(mapped: Mapped, one: AttributeMap) -> str:
    share = f"{100 * mapped.n_there / one.n:.1f} %"
    flagged = f"  {mapped.there:<5.3g}  {share:>7} {f'({mapped.n_there:,})':<9}"
    if mapped.here is None or mapped.low is None or mapped.high is None or mapped.shared is None:
        return f"{flagged}  none to be had: {'no comment is' if not mapped.n_there else 'all are'} flagged there"
    kappa = "" if mapped.kappa is None else f"{mapped.kappa:.2f}"
    interval = f"{mapped.low:.3f} to {mapped.high:.3f}"
    return f"{flagged} {mapped.here:.4f}{'?' if mapped.few else ' '}  {interval:<18}  {mapped.shared:>9.2f}   {kappa}"
