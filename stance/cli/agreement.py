"""`stance agreement FILE...`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from stance.cli.analyze import OutOption
from stance.cli.output import write_out

if TYPE_CHECKING:
    from stance.study import Agreement, Measure, Pair

_MOST_SHOWN: Final = 40
_TEXT_CELLS: Final = 100


def agreement_command(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", help="Labels of several people (JSON Lines, CSV).", exists=True, dir_okay=False
        ),
    ],
    *,
    what: Annotated[
        str | None,
        typer.Option(metavar="WHAT", help="Measure this question alone, such as stance:Russia.", show_default="all"),
    ] = None,
    show_text: Annotated[bool, typer.Option("--show-text", help="Show the texts on which people disagree.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write everything as JSON.")] = False,
    out: OutOption = None,
) -> None:
    """Measure how far people who labelled the same comments agree, and list where they do not."""
    from stance.study import measure_agreement, parse_what

    found = measure_agreement(files, what=parse_what(what) if what else None)
    text = _json(found, show_text=show_text) if as_json else "\n".join(_lines(found, show_text=show_text)) + "\n"
    write_out(text, out)


def _json(found: Sequence[Agreement], *, show_text: bool) -> str:
    from dataclasses import asdict

    rows = []
    for one in found:
        row = {**asdict(one), "what": str(one.what)}
        row["disagreements"] = [
            {
                **disagreement.unit._asdict(),
                "labels": dict(disagreement.labels),
                **({"text": disagreement.text} if show_text else {}),
            }
            for disagreement in one.disagreements
        ]
        rows.append(row)
    return json.dumps(rows, indent=2) + "\n"


def _lines(found: Sequence[Agreement], *, show_text: bool) -> Iterator[str]:
    for number, one in enumerate(found):
        if number:
            yield ""
        yield from _agreement_lines(one, show_text=show_text)


def _agreement_lines(one: Agreement, *, show_text: bool) -> Iterator[str]:
    from stance.out import safe

    people = ", ".join(f"{safe(name)} ({n:,})" for name, n in one.annotators.items())
    yield safe(f"{one.what}") + f" · {one.n_units:,} labelled by two people or more · {people}"
    yield ""
    yield f"percent agreement      {_measure(one.percent, percent=True)}"
    if len(one.pairs) == 1:
        yield f"Cohen's kappa          {_measure(one.pairs[0].cohen_kappa)}"
    yield f"Fleiss' kappa          {_measure(one.fleiss_kappa)}{_over(one)}"
    yield f"Krippendorff's alpha   {_measure(one.krippendorff_alpha)}"
    yield f"Intervals of 95 %, by a bootstrap over {one.resampled}. 1 is full agreement, 0 is what chance would give."
    if one.krippendorff_alpha.value is None:
        yield "Not defined where all labels are one and the same: there was nothing to tell apart."
    for pair in one.pairs:
        yield ""
        yield from _pair_lines(pair, alone=len(one.pairs) == 1)
    yield from _disagreement_lines(one, show_text=show_text)
    yield from _left_out(one)


def _over(one: Agreement) -> str:
    return "" if one.n_complete == one.n_units else f"   over the {one.n_complete:,} that all labelled"


def _measure(found: Measure, *, percent: bool = False) -> str:
    def told(number: float) -> str:
        return f"{100 * number:.1f} %" if percent else f"{number:.2f}"

    if found.value is None:
        return "not defined"
    if found.low is None or found.high is None:
        return f"{told(found.value):<8}"
    return f"{told(found.value):<8}  {told(found.low)} to {told(found.high)}"


def _pair_lines(pair: Pair, *, alone: bool) -> Iterator[str]:
    from stance.out import safe, snip

    if not alone:
        yield (
            f"{safe(pair.one)} and {safe(pair.other)}: {pair.n_units:,} both, {_measure(pair.percent, percent=True)}; "
            f"Cohen's kappa {_measure(pair.cohen_kappa)}"
        )
    labels = list(pair.confusion)
    yield f"{snip(pair.one, 20) + ' says':<26}{snip(pair.other, 40)} says"
    yield f"{'':<26}" + "".join(f"{label:>10}" for label in labels)
    for label in labels:
        yield f"  {label:<24}" + "".join(f"{pair.confusion[label][other]:>10,}" for other in labels)


def _disagreement_lines(one: Agreement, *, show_text: bool) -> Iterator[str]:
    from stance.out import safe, snip

    if not one.disagreements:
        return
    yield ""
    yield f"{len(one.disagreements):,} with different labels:"
    for found in one.disagreements[:_MOST_SHOWN]:
        where = " · ".join(safe(str(part)) for part in found.unit if part not in ("", None))
        yield f"  {where}: " + ", ".join(f"{safe(name)} {label}" for name, label in found.labels.items())
        if show_text and found.text:
            yield f"    {snip(found.text, _TEXT_CELLS)}"
    if len(one.disagreements) > _MOST_SHOWN:
        yield f"  ... and {len(one.disagreements) - _MOST_SHOWN:,} more; --json has them all"


def _left_out(one: Agreement) -> Iterator[str]:
    if one.n_single or one.n_unlabelled or one.n_again:
        yield ""
    if one.n_single:
        yield f"{one.n_single:,} units have one person's label only and count for nothing."
    if one.n_unlabelled:
        yield f"{one.n_unlabelled:,} rows have no label."
    if one.n_again:
        yield f"{one.n_again:,} rows are by somebody who labelled the same before; the later stands."
