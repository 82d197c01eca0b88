"""`stance estimate SCORES`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from stance.cli.analyze import OutOption
from stance.cli.output import write_out
from stance.cli.sample import ScoresArgument, WhatOption

if TYPE_CHECKING:
    from stance.study import Estimate, Interval, Plan, Study, What

WIDTHS: Final = (0.2, 0.1, 0.05)
_MOST_GROUPS: Final = 60
_FEW_THREADS: Final = 20
_FEW_ERRORS: Final = 5
_BLIND: Final = 0.1
_CELL: Final = 24


class GroupBy(StrEnum):
    """What shares are told apart by."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    SOURCE = "source"
    THREAD = "thread"
    AUTHOR = "author"


class OfWhat(StrEnum):
    """Of what the share is."""

    CORPUS = "corpus"
    POPULATION = "population"


class JoinedBy(StrEnum):
    """How several people's labels become one."""

    MEAN = "mean"
    MAJORITY = "majority"


def estimate_command(
    scores: ScoresArgument,
    *,
    what: WhatOption,
    labels: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Labels (JSON Lines, CSV); may be given again.", exists=True, dir_okay=False),
    ] = None,
    label: Annotated[
        list[str] | None, typer.Option(metavar="LABEL", help="Show this one only; may be given again.")
    ] = None,
    by: Annotated[GroupBy | None, typer.Option(help="Tell apart.")] = None,
    of: Annotated[
        OfWhat | None,
        typer.Option(
            help="These very comments, or all threads that they are a sample of.",
            show_default="population; corpus for one thread",
        ),
    ] = None,
    confidence: Annotated[float, typer.Option(metavar="SHARE", min=0.5, max=0.999, help="Of intervals.")] = 0.95,
    annotators: Annotated[JoinedBy, typer.Option(help="Of several labels of one comment.")] = JoinedBy.MEAN,
    uniform: Annotated[
        bool, typer.Option("--uniform", help="Labels do not say how they were drawn: take it as evenly.")
    ] = False,
    width: Annotated[
        list[float] | None,
        typer.Option(
            metavar="SHARE", min=0.001, max=0.999, help="Without labels: how many it takes for an interval so wide."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write everything as one JSON object.")] = False,
    out: OutOption = None,
) -> None:
    """Estimate shares from labels and scores together, with intervals; without labels, say how many it would take."""
    from stance.study import By, How, Joined, Of, estimate, parse_what, plan

    asked = parse_what(what)
    _check_labels(label or (), asked)
    target = Of(of.value) if of else None
    if not labels:
        planned = plan(scores, asked, widths=width or WIDTHS, of=target, confidence=confidence)
        write_out(_json(planned) if as_json else _lines(_plan_lines(planned, label or ())), out)
        return
    how = How(
        by=By(by.value) if by else None,
        of=target,
        confidence=confidence,
        joined=Joined(annotators.value),
        uniform=uniform,
    )
    study = estimate(scores, labels, asked, how=how)
    write_out(_json(study) if as_json else _lines(_study_lines(study, label or ())), out)


def _check_labels(labels: Sequence[str], what: What) -> None:
    known = ("yes",) if what.choices == ("no", "yes") else what.choices
    for label in labels:
        if label not in known:
            raise typer.BadParameter(f"{label!r} is not one of {', '.join(known)}", param_hint="--label")


def _json(found: Study | Plan) -> str:
    from dataclasses import asdict

    row: dict[str, Any] = {**asdict(found), "what": str(found.what)}
    return json.dumps(row, indent=2) + "\n"


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"


def _head(found: Study | Plan) -> Iterator[str]:
    from stance.out import safe

    yield safe(
        f"{found.what} · {found.n_units:,} {found.words}, in {found.n_threads:,} threads · "
        f"{found.n_comments:,} comments in all · model {found.model_id}"
    )


def _study_lines(study: Study, labels: Sequence[str]) -> Iterator[str]:
    from stance.study import Of

    yield from _head(study)
    counts = study.counts
    overall = [one for one in study.estimates if not labels or one.label in labels]
    grouped = len({one.group for one in overall}) > 1
    people = f", by {counts.annotators} people" if counts.annotators > 1 else ""
    yield f"{counts.units:,} labelled{people} · intervals of {100 * study.confidence:g} %, {_OF[study.of.value]}"
    yield ""
    yield f"{'':<{_CELL}}  {'labels alone':<24}  {'labels and model':<24}  {'the model by itself':<20}"
    first = f"per cent {labels[0]}" if grouped and len(labels) == 1 else "per cent"
    yield f"{first:<{_CELL}}  {'share   interval':<24}  {'share   interval':<24}  {'counted   mean':<20}  labels"
    shown = _by_group(overall)
    alone = len(shown[0][1]) == 1
    for group, estimates in shown[:_MOST_GROUPS]:
        if group and not alone:
            yield _cell(group, 3 * _CELL)
        for one in estimates:
            name = _cell(group, _CELL) if group and alone else " " * (2 if group else 0) + one.label
            yield _estimate_line(one, name)
    if len(shown) > _MOST_GROUPS:
        yield f"... and {len(shown) - _MOST_GROUPS:,} more; --json has them all"
    yield ""
    yield from _notes(study, overall, grouped=grouped, population=study.of is Of.POPULATION)


_OF: Final = {
    "population": "of all threads of which these are a sample (clustered by thread)",
    "corpus": "of these very comments (only the drawing is left to chance)",
}


def _by_group(estimates: Sequence[Estimate]) -> list[tuple[str, list[Estimate]]]:
    groups: dict[str, list[Estimate]] = {}
    for one in estimates:
        groups.setdefault(one.group, []).append(one)
    return list(groups.items())


def _cell(name: str, cells: int) -> str:
    from stance.out import snip

    return snip(name, cells)


def _estimate_line(one: Estimate, name: str) -> str:
    alone = _interval(one.labels_alone) or _bare(one.labels_share) + (one.why if one.labels_alone is None else "")
    helped = _interval(one.prediction_powered) or ("" if one.labels_alone is None else one.why)
    if one.labels_alone is not None and one.prediction_powered is None:
        helped = "too few to say"
    own = f"{100 * one.classified:5.1f}   {100 * one.mean_probability:6.1f}"
    return f"{name:<{_CELL}}  {alone:<24}  {helped:<24}  {own:<20}  {one.n_with_label:,} of {one.n_labels:,}"


def _interval(found: Interval | None) -> str:
    if found is None:
        return ""
    return f"{100 * found.share:5.1f}   {100 * found.low:.1f} to {100 * found.high:.1f}"


def _bare(share: float | None) -> str:
    return "" if share is None else f"{100 * share:5.1f}   "


def _notes(study: Study, estimates: Sequence[Estimate], *, grouped: bool, population: bool) -> Iterator[str]:
    yield "The model by itself has its bias in it and is no estimate: it is shown for comparison."
    yield from _with_model(study, estimates, grouped=grouped)
    if any(one.labels_alone is not None and one.prediction_powered is None for one in estimates):
        yield "Too few to say: fewer than 5 labels on one side, so that the model cannot be checked there."
    n_threads = estimates[0].n_threads if estimates else 0
    if population and not grouped and 1 < n_threads < _FEW_THREADS:
        yield f"Only {n_threads} threads have labels: below about {_FEW_THREADS}, intervals by threads are rough."
    yield from _left_out(study)


def _with_model(study: Study, estimates: Sequence[Estimate], *, grouped: bool) -> Iterator[str]:
    n_wrong = study.counts.units - study.n_agreed
    agreed = f"The model's likeliest answer is that of the labels in {study.n_agreed:,} of {study.counts.units:,}"
    few = ", and with so few errors an interval may be too narrow" if n_wrong < _FEW_ERRORS and study.power else ""
    yield f"{agreed}{few}."
    if study.power == 0:
        yield "It is not followed: on these labels it says nothing that they do not (power 0)."
    elif not grouped:
        yield from _gain(study, estimates)
    if study.blind > _BLIND:
        yield (
            f"A stratum of {100 * study.blind:.0f} % of all units has labels of one kind only: what is rare there "
            "is in no interval. Label more of it, as --allocation proportional does."
        )


def _gain(study: Study, estimates: Sequence[Estimate]) -> Iterator[str]:
    both = [(one.labels_alone, one.prediction_powered) for one in estimates]
    ratios = [(a.error / b.error) ** 2 for a, b in both if a and b and b.error > 0]
    if ratios:
        times = sorted(ratios)[len(ratios) // 2]
        yield f"With it (power {study.power:.2f}) the labels tell as much as {times:.1f} times as many alone."


def _left_out(study: Study) -> Iterator[str]:
    from stance.out import safe

    counts = study.counts
    for what, n in counts.other.most_common(5):
        yield safe(f"{n:,} rows ask {what} and were left out.")
    if counts.unlabelled:
        yield f"{counts.unlabelled:,} rows have no label; where these differ from the others, shares are off."
    if counts.unknown:
        yield f"{counts.unknown:,} labelled units are not in the scores and were left out."
    if counts.again:
        yield f"{counts.again:,} rows are by somebody who labelled the same before; the later stands."
    if counts.several:
        yield f"{counts.several:,} units have several people's labels, taken together by {study.joined.value}."
    if len(study.designs) > 1:
        yield f"The labels come of {len(study.designs)} draws and are taken together."
    if not 0.7 < study.weights / study.n_units < 1.4 and len(study.designs) <= 1:
        yield (
            f"By their probabilities the labels stand for {study.weights:,.0f} units, and there are {study.n_units:,}: "
            "were all that were drawn labelled, and drawn from these scores?"
        )


def _plan_lines(planned: Plan, labels: Sequence[str]) -> Iterator[str]:
    yield from _head(planned)
    yield "No labels, no interval: the model's own shares have its bias in them, and nobody knows how much."
    yield ""
    yield f"{'':<{_CELL}}  the model by itself, per cent"
    yield f"{'':<{_CELL}}  counted   mean probability"
    kept = [label for label in planned.classified if not labels or label in labels]
    for label in kept:
        counted, mean = planned.classified[label], planned.mean_probability[label]
        yield f"{label:<{_CELL}}  {100 * counted:5.1f}     {100 * mean:5.1f}"
    yield ""
    yield f"{'labels for an interval':<{_CELL}}  {'width':<8}  {'labels alone':<14}  labels and model"
    for need in planned.needs:
        if need.label in kept:
            alone, helped = _number(need.labels_alone), _number(need.prediction_powered)
            yield f"{need.label:<{_CELL}}  {100 * need.width:<8.3g}  {alone:<14}  {helped}"
    yield ""
    yield (
        f"For intervals of {100 * planned.confidence:g} %, {_OF[planned.of.value]}; labels drawn evenly. "
        "This takes the model's probabilities to be right, which labels alone can show."
    )
    if any(need.labels_alone is None for need in planned.needs):
        yield "None would do: these threads differ so much that only more threads would make it so narrow."
        yield "Of these very comments more can be said: --of corpus."
    yield f"Draw them: stance sample SCORES --what {str(planned.what)!r} --n N --out sample.jsonl"


def _number(n: int | None) -> str:
    return "none would do" if n is None else f"{n:,}"
