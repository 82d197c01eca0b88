"""`stance bench`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from stance.cli.analyze import ModelOption, OutOption, working
from stance.cli.output import write_out

_MILLION = 1_000_000
_BUSY = 0.9
"""Below this share of the processor, other work is told of: the clock's figures are not the machine's then."""


def bench_command(
    *,
    comments: Annotated[int, typer.Option(metavar="N", min=2, help="Generated comments to score.")] = 150,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and no table.")] = False,
    model: ModelOption = None,
    out: OutOption = None,
) -> None:
    """Measure on this machine, in about a minute, what scoring costs and what a million comments would take."""
    from stance.bench import measure_briefly

    with working("measuring, for about a minute"):
        measured = measure_briefly(model, n_comments=comments)
    text = json.dumps(measured, indent=2) if as_json else "\n".join(_lines(measured))
    write_out(text + "\n", out)


def _lines(measured: Mapping[str, Any]) -> Iterator[str]:
    from stance.bench import hours_of, plain_rows

    machine, groups = measured["machine"], measured["groups"]
    seen, n_cores = groups["pipeline"]["seen"], machine["cores"]
    yield f"{measured['model_id']} on {machine['processor']}, {n_cores} cores, {machine['instructions']}"
    one, all_cores = (hours_of(_MILLION, groups, n_workers=n) for n in (1, n_cores))
    yield f"{seen['comments_a_second']:,.1f} comments a second with one worker"
    yield f"{_hours(one)} for a million; {_hours(all_cores)} if {n_cores} workers had a core each"
    if seen["processor_seconds"] < _BUSY * seen["wall_seconds"]:
        rate = seen["comments_a_processor_second"]
        yield f"other work was going on: {rate:,.1f} comments a second of processor time"
    yield ""
    rows = plain_rows(groups)
    width = max(len(what) for what, *_ in rows)
    for what, value, wanted, word in rows:
        yield f"{what:<{width}}  {value:>8}  {wanted:<14}  {word}".rstrip()
    for name, why in measured["missing"].items():
        yield f"not measured: {name} ({why})"


def _hours(hours: float) -> str:
    return f"{hours:,.1f} hours" if hours >= 1 else f"{hours * 60:,.0f} minutes"
