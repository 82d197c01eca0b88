"""`stance report PAGE|SCORES --out report.html`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stance.cli.analyze import CastOption, ModelOption, PolicyOption, QueueOrder, load_model, working
from stance.cli.reading import Reading, read_sound_thread, takes_reading

if TYPE_CHECKING:
    from stance.records import Analysis

SourceArgument = Annotated[
    Path,
    typer.Argument(metavar="PAGE|SCORES", help="One thread, as for `stance analyze`; or what `stance score` left."),
]


@takes_reading
def report_command(
    source: SourceArgument,
    *,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The page to write.")],
    figures: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write pictures (SVG, PNG, PDF) and their data (CSV) into this folder too."),
    ] = None,
    how: Reading,
    policy: PolicyOption = None,
    cast: CastOption = None,
    order: Annotated[QueueOrder, typer.Option(help="Riskiest first, least certain, or both.")] = QueueOrder.RISK,
    model: ModelOption = None,
) -> None:
    """Write a report that needs nothing but itself: of one thread, or of a corpus that was scored."""
    from stance.judge import default_model_folder
    from stance.report import check_places, make_corpus_report, make_report, read_limits, write_report
    from stance.study import holds_scores

    check_places(out, figures, source=source)
    folder = model or default_model_folder()
    if holds_scores(source):
        if how != Reading() or policy or cast or order is not QueueOrder.RISK:
            raise typer.BadParameter("are scores, to which options of reading and judging say nothing; leave these out")
        with working("counting"):
            report = make_corpus_report(source, model_folder=folder)
    else:
        analysis = _analyze(source, how, policy=policy, cast=cast, order=order, model=model)
        with working("drawing"):
            report = make_report(analysis, limits=read_limits(folder, model_id=analysis.model_id))
    with working("writing"):
        write_report(report, out, figures=figures)


def _analyze(
    source: Path, how: Reading, *, policy: Path | None, cast: Path | None, order: QueueOrder, model: Path | None
) -> Analysis:
    from stance.actors import read_cast
    from stance.core import analyze
    from stance.queue import load_policy

    thread = read_sound_thread(source, how)
    rules, known = load_policy(policy), read_cast(cast) if cast else None
    with working(f"judging {len(thread.comments):,} comments"):
        judge, scorer = load_model(model)
        (analysis,) = analyze([thread], judge, policy=rules, scorer=scorer, cast=known, order=order.value)
    return analysis
