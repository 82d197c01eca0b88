"""`stance queue report|learn|adopt`: what the decisions teach."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from stance.cli.analyze import PolicyOption, working
from stance.cli.output import write_out
from stance.cli.queue import FormOption, ListFormat, open_queue
from stance.cli.queue_words import to_json
from stance.cli.serve import QueueArgument

if TYPE_CHECKING:
    from stance.queue import Capture, Learned, QueueReport, Share

_COLUMN: Final = 24


def report_command(queue: QueueArgument, *, form: FormOption = ListFormat.TEXT) -> None:
    """Tell what each order would have found, how priorities fit decisions, and how far moderators agree."""
    with open_queue(queue) as store:
        report = store.lessons.report()
    typer.echo(to_json(report) if form is ListFormat.JSONL else _told_report(report))


def learn_command(
    queue: QueueArgument,
    out: Annotated[Path, typer.Argument(metavar="NEW.toml", help="Where the proposed policy goes.")],
    *,
    policy: PolicyOption = None,
) -> None:
    """Refit a policy to the decisions and show what it would buy; `stance queue adopt` puts it in force.

    Refitted is --policy, or the policy in force, or the shipped one.
    """
    from stance.queue import load_policy, write_policy

    with open_queue(queue) as store, working("learning"):
        rules = (None if policy else store.lessons.in_force()) or load_policy(policy)
        learned = store.lessons.learn(rules)
    head = (
        f"# Learned from {learned.n_learned_from} decisions; {learned.n_held_back} were held back to measure it by.\n"
    )
    write_out(f"{head}\n{write_policy(learned.policy)}", out)
    typer.echo(_told_learned(learned))
    typer.echo(f"stance: {out} is a proposal; `stance queue adopt QUEUE {out}` puts it in force", err=True)


def adopt_command(
    queue: QueueArgument,
    policy: Annotated[Path, typer.Argument(metavar="POLICY.toml", help="The policy to put in force.")],
) -> None:
    """Put a policy in force: rank the whole queue by it, and all that is loaded from now on."""
    from stance.queue import load_policy

    rules = load_policy(policy)
    with open_queue(queue) as store, working("ranking the queue anew"):
        n_changed = store.lessons.put_in_force(rules)
    typer.echo(f"policy {rules.digest[:12]} is in force; {n_changed:,} items were ranked anew")


def _told_report(report: QueueReport) -> str:
    lines = [f"{report.n_rejected:,} rejected and {report.n_approved:,} approved comments", ""]
    lines += _told_captures(report.captures) or ["nothing was rejected, so no order can be measured"]
    lines += ["", "rejected, of the decided in each lane"]
    lines += [_told_share(share) for share in report.lanes if share.n]
    lines += ["", "rejected, of the decided by priority"]
    for one in report.calibration:
        low, high = one.interval
        share = one.n_rejected / one.n
        lines.append(f"  {f'around {one.mean_priority:.2f}':<{_COLUMN}}{share:.2f} ({low:.2f}-{high:.2f}) of {one.n:,}")
    agreed = report.agreement
    lines += ["", f"agreement: {agreed.n_pairs:,} second reviews, {agreed.n_disagreed:,} of them otherwise"]
    lines.append(_told_measure("Cohen's kappa", agreed.kappa, agreed.kappa_interval))
    lines.append(_told_measure("Krippendorff's alpha", agreed.alpha, agreed.alpha_interval))
    if report.golden:
        lines += ["", "golden items answered as known", *map(_told_share, report.golden)]
    return "\n".join(lines)


def _told_captures(captures: tuple[Capture, ...]) -> list[str]:
    """Return a table: a row an order, a column a share read."""
    by_order: dict[str, list[Capture]] = {}
    for one in captures:
        by_order.setdefault(one.order, []).append(one)
    if not by_order:
        return []
    shares = "".join(f"{f'first {one.share_read:.0%}':<18}" for one in next(iter(by_order.values())))
    rows = [f"  {'rejected found in the':<{_COLUMN}}{shares}"]
    for order, found in by_order.items():
        cells = (f"{one.found:.2f} ({one.interval[0]:.2f}-{one.interval[1]:.2f})" for one in found)
        rows.append(f"  {order:<{_COLUMN}}" + "".join(f"{cell:<18}" for cell in cells))
    return [row.rstrip() for row in rows]


def _told_share(share: Share) -> str:
    from stance.out import snip

    low, high = share.interval
    return f"  {snip(share.name, 22):<{_COLUMN}}{share.hits / share.n:.2f} ({low:.2f}-{high:.2f}) of {share.n:,}"


def _told_measure(name: str, value: float | None, interval: tuple[float, float] | None) -> str:
    if value is None:
        return f"  {name:<{_COLUMN}}cannot be said: wants second reviews, and both answers among them"
    within = "" if interval is None else f" ({interval[0]:.2f} to {interval[1]:.2f})"
    return f"  {name:<{_COLUMN}}{value:.2f}{within}"


def _told_learned(learned: Learned) -> str:
    before, after = learned.before, learned.after
    lines = [
        f"{learned.n_held_back:,} decisions held back, {learned.n_rejected:,} of them rejections",
        *_told_captures(before.captures + after.captures),
        f"  {'average precision':<{_COLUMN}}before {before.average_precision:.2f}, after {after.average_precision:.2f}",
    ]
    return "\n".join(lines)
