"""`stance queue stats|export|verify|purge`: what the queue holds, and that it holds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final

import typer

from stance.cli.analyze import OutOption
from stance.cli.output import writing
from stance.cli.queue import AuthorOption, FormOption, ListFormat, open_queue
from stance.cli.queue_words import to_json
from stance.cli.serve import QueueArgument

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stance.queue import ChainReport, QueueStats

_SHOWN_FAULTS: Final = 20


def stats_command(queue: QueueArgument, *, form: FormOption = ListFormat.TEXT) -> None:
    """Tell the queue in numbers."""
    with open_queue(queue) as store:
        stats = store.stats()
    typer.echo(to_json(stats) if form is ListFormat.JSONL else _told_stats(stats))


def _told_stats(stats: QueueStats) -> str:
    from stance.out import snip

    states = ", ".join(f"{n:,} {state.value}" for state, n in stats.by_state.items() if n)
    lines = [
        f"{stats.n_threads:,} threads: {states or 'no items'}",
        f"{stats.n_decisions:,} decisions in the chain, {stats.n_leased:,} items held now",
        *(f"  {lane.n_open:>7,} open  {lane.words}" for lane in stats.lanes),
        *(f"  {n:>7,} for   {reason.value}" for reason, n in stats.by_reason.items() if n),
        *_told_sites(stats),
    ]
    for one in stats.moderators:
        done = ", ".join(f"{n:,} {action.value}" for action, n in one.by_action.items() if n)
        pace = "" if one.median_seconds is None else f", {one.median_seconds:.1f} seconds each (median)"
        lines.append(f"  {snip(one.moderator, 30)}: {done}{pace}")
    return "\n".join(lines)


def _told_sites(stats: QueueStats) -> list[str]:
    """Tell what is exchanged with the sites whose comments these are; nothing where there are none."""
    from stance.out import snip

    found = []
    if any(stats.arriving.values()):
        found.append(f"comments told of by sites: {_counted(stats.arriving)}")
    if any(stats.telling.values()):
        found.append(f"decisions for the sites of their comments: {_counted(stats.telling)}")
    return found + [f"  {n:>7,} given up: {snip(why, 80)}" for why, n in stats.untold.items()]


def _counted(states: Mapping[str, int]) -> str:
    return ", ".join(f"{n:,} {state}" for state, n in states.items() if n)


def export_command(
    queue: QueueArgument,
    *,
    with_text: Annotated[bool, typer.Option("--with-text", help="Give the comments' text, too.")] = False,
    out: OutOption = None,
) -> None:
    """Write every decision as a line of JSON, with all that the chain's hashes cover."""
    with open_queue(queue) as store, writing(out) as stream:
        stream.writelines(f"{to_json(row)}\n" for row in store.export(with_text=with_text))


def verify_command(
    queue: QueueArgument,
    *,
    head: Annotated[
        str | None, typer.Option(metavar="HASH", help="The head that an earlier run printed; it must still be there.")
    ] = None,
) -> None:
    """Prove that no decision was changed, lost or made twice; exit code 1 where one was."""
    with open_queue(queue) as store:
        report = store.verify(head=head)
    for fault in report.faults[:_SHOWN_FAULTS]:
        where = f"decision {fault.sequence}" if fault.sequence is not None else f"item {fault.item_id}"
        typer.echo(f"stance: {'the chain' if where == 'item None' else where}: {fault.what}", err=True)
    if len(report.faults) > _SHOWN_FAULTS:
        typer.echo(f"stance: and {len(report.faults) - _SHOWN_FAULTS:,} more", err=True)
    if report.faults:
        typer.echo(f"stance: {_mend(report)}", err=True)
    typer.echo(f"{report.n_decisions:,} decisions, {len(report.faults):,} faults; head {report.head or 'none'}")
    raise typer.Exit(0 if report.sound else 1)


def _mend(report: ChainReport) -> str:
    """Say what still stands, and where to take the rest from."""
    if all(fault.item_id is not None for fault in report.faults):
        return "every decision stands as it was made; take these items from a backup"
    broken = [fault.sequence for fault in report.faults if fault.sequence is not None]
    proven = f"the {min(broken) - 1:,} before" if broken else f"the {report.n_decisions:,} that are there"
    return f"of the decisions only {proven} are proven; compare with an earlier export, or restore a backup"


def purge_command(
    queue: QueueArgument,
    *,
    author: AuthorOption = None,
    before: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Everything posted, or loaded undated, before this day."),
    ] = None,
    item_id: Annotated[int | None, typer.Option("--item", metavar="ITEM", help="One item.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase the text of comments for good; the chain of decisions stays valid."""
    if sum(one is not None for one in (author, before, item_id)) != 1:
        raise typer.BadParameter("give exactly one of --author, --before and --item")
    with open_queue(queue) as store:
        if item_id is not None:
            store.item(item_id)  # raises where there is none: a slip of the number must not look like an erasure
        if not yes:
            typer.confirm("Erase for good?", abort=True, err=True)
        older_than = None if before is None else before.replace(tzinfo=UTC)
        report = store.purge(author=author, older_than=older_than, item_id=item_id)
    outside = f", and {report.n_outside:,} comments and suggestions from outside" if report.n_outside else ""
    typer.echo(f"erased {report.n_items:,} items and {report.n_notes:,} notes{outside}")
