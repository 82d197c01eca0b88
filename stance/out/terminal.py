"""An analysis as a page in the terminal, for a moderator with ten seconds and a researcher with ten minutes.

The queue comes last, where the eye rests when a command ends; the headline names its first places already.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from stance.out.plain import pad
from stance.out.sheet import Sheet, listed
from stance.out.tables import print_claims, print_rebuttals, print_stances
from stance.out.tree import print_tree
from stance.records import Analysis, Order, QueueItem, Reason

_MOST_PLACES: Final = 25
_IN_HEADLINE: Final = 3
_MOST_REASONS: Final = 4
_LINE_COLUMN: Final = 20
_BAR_CELLS: Final = 10
_HIGH: Final = 0.6
_MIDDLE: Final = 0.3
_ORDERS: Final = {
    Order.OLDEST_FIRST: "oldest first",
    Order.NEWEST_FIRST: "newest first",
    Order.UNKNOWN: "order unknown",
}


def render(analysis: Analysis, console: Console) -> None:
    """Print one analysis for a person.

    Text from the thread is shown as text: no markup, escape or control character in it acts on the terminal.

    Args:
        analysis: What to show.
        console: Where; colour and width are the console's own.
    """
    sheet = Sheet(analysis=analysis, console=console)
    _print_headline(sheet)
    sheet.heading("Replies", aside="relation, link and their probabilities")
    print_tree(sheet)
    print_stances(sheet)
    print_rebuttals(sheet)
    print_claims(sheet)
    _print_queue(sheet)


def _print_headline(sheet: Sheet) -> None:
    analysis, thread, dot = sheet.analysis, sheet.analysis.thread, f" {sheet.marks.dot} "
    sheet.print_wrapped(sheet.snip(thread.article.title or "(no title)", 2 * sheet.width), style="bold")
    n_comments = len(thread.comments)
    stated = f" of {thread.stated_total:,} stated" if thread.stated_total not in (None, n_comments) else ""
    facts = [f"{n_comments:,} {'comment' if n_comments == 1 else 'comments'}{stated}"]
    facts.append(f"{_ORDERS[thread.order]} on the page ({thread.order_probability:.2f})")
    if thread.article.author:
        facts.append(f"article by {sheet.snip(thread.article.author, 30)}")
    sheet.print_wrapped(dot.join(facts))
    model = f"model {sheet.snip(analysis.model_id, 40)}"
    policy = f"policy {sheet.safe(analysis.policy_digest)[:8]}"
    sheet.print_wrapped(dot.join((model, policy, f"stance {sheet.safe(analysis.version)}")), style="dim")
    sheet.print_notes()
    uncertain = [judged.comment_id for judged in analysis.judgements if judged.language_uncertain]
    if uncertain:
        numbers = sheet.snip(listed(sheet.number(comment_id) for comment_id in uncertain), sheet.width)
        sheet.print_wrapped(f"note: perhaps not in the model's language, so less sure: {numbers}", style="yellow")
    first = [item for item in analysis.queue[:_IN_HEADLINE] if item.reasons]
    if first:
        places = [f"{sheet.number(item.comment_id)} ({sheet.safe(item.reasons[0].what)})" for item in first]
        sheet.print_wrapped(f"Look first at {dot.join(places)}", style="bold")


def _print_queue(sheet: Sheet) -> None:
    queue = sheet.analysis.queue
    sheet.heading("Queue", aside="what to look at first, and why")
    n_told = max((place for place, item in enumerate(queue, start=1) if item.reasons), default=0)
    if not n_told:
        sheet.print(Text("No line of the policy fired: nothing here asks for a moderator.", style="green"))
    for item in queue[: min(n_told, _MOST_PLACES)]:
        _print_place(sheet, item)
    sheet.left_out(n_told - _MOST_PLACES, "comments in the queue")
    rest = [sheet.number(item.comment_id) for item in queue[n_told : n_told + 200]]
    if n_told and rest:
        more = f" and {len(queue) - n_told - len(rest):,} more" if len(queue) - n_told > len(rest) else ""
        sheet.print_wrapped(f"No line of the policy fired for {listed(rest)}{more}.", style="dim")


def _print_place(sheet: Sheet, item: QueueItem) -> None:
    style = "bold red" if item.priority >= _HIGH else "yellow" if item.priority >= _MIDDLE else ""
    sheet.print(
        Text(f"{item.rank:>3}  "),
        Text(pad(sheet.call(item.comment_id), _LINE_COLUMN), style="bold"),
        Text(f"  {item.priority:.2f} {sheet.bar(item.priority, _BAR_CELLS)}", style=style),
        Text(f"  uncertainty {item.uncertainty:.2f}", style="dim"),
    )
    if not item.reasons:
        sheet.print(Text("     no line of the policy fired", style="dim"))
    said: tuple[tuple[int, int], ...] = ()
    for reason in item.reasons[:_MOST_REASONS]:
        # The words of the line above are not said twice.
        _print_reason(sheet, item, replace(reason, words=()) if reason.words == said else reason)
        said = reason.words
    rest = item.reasons[_MOST_REASONS:]
    if rest:
        names = listed(f"{sheet.safe(reason.line)} {reason.probability:.2f}" for reason in rest)
        sheet.print_wrapped(f"also {names}", style="dim", indent=5)


def _print_reason(sheet: Sheet, item: QueueItem, reason: Reason) -> None:
    """Print the line that fired, what it saw, toward whom, and the words; on a second line where they do not fit."""
    left = Text.assemble(
        "     ",
        (pad(sheet.safe(reason.line), _LINE_COLUMN), "dim"),
        f"  {reason.probability:.2f}  ",
    )
    toward = f" {sheet.marks.arrow} {sheet.snip(sheet.actor(reason.toward), 24)}" if reason.toward else ""
    indent = cell_len(left.plain)
    room = sheet.width - indent
    what = sheet.snip(reason.what, max(10, room - cell_len(toward))) + toward
    text = sheet.comments[item.comment_id].text
    words = " / ".join(text[start:end] for start, end in _whole(reason.words))
    beside = sheet.quoted(words, len(words) + 2) if len(words) < room else ""
    if words and beside and cell_len(what) + 2 + cell_len(beside) <= room:
        sheet.print(left, Text(what), Text(f"  {beside}", style="italic"))
        return
    sheet.print(left, Text(what))
    if words:
        sheet.print(Text(" " * indent), Text(sheet.quoted(words, room), style="italic"))


def _whole(words: tuple[tuple[int, int], ...]) -> list[tuple[int, int]]:
    """Return spans without those that lie inside another."""
    kept: list[tuple[int, int]] = []
    for start, end in sorted(words, key=lambda span: (span[0], -span[1])):
        if not kept or end > kept[-1][1]:
            kept.append((start, end))
    return kept
