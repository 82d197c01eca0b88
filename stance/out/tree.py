"""The reply tree for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from stance.out.graph import LOOKS, Step, walk
from stance.out.sheet import NAME_CELLS, Sheet
from stance.records import ARTICLE, Analysis, Judgement, Relation, Reply

MOST_SHOWN: Final = 200
"""Comments of the tree on a page that holds more than the tree."""
_COLUMNS_PER_LEVEL: Final = 13
"""A page of 80 columns indents six levels; deeper comments say their level instead."""
_NARROW: Final = 48
"""Columns right of the branch below which the sign stands without its verb."""
_LEAST_NAME_CELLS: Final = 4
_RELATION_STYLES: Final = {
    Relation.REBUT: "red",
    Relation.SUPPORT: "green",
    Relation.QUERY: "cyan",
    Relation.COMMENT: "",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Node:
    """A comment with its place in the drawing: what stands before its first line, and before the lines below."""

    step: Step
    branch: str
    below: str


def render_tree(analysis: Analysis, console: Console, *, depth: int | None = None, alternatives: bool = False) -> None:
    """Print who answers whom, all comments of the thread, and what the signs mean.

    Text from the thread is shown as text: no markup, escape or control character in it acts on the terminal.

    Args:
        analysis: What to show.
        console: Where; colour and width are the console's own.
        depth: The last level shown, from 1, with a count of what is hidden below; None shows all.
        alternatives: Tell also what else each comment may answer, as far as its reply lists it.
    """
    sheet = Sheet(analysis=analysis, console=console)
    sheet.print_notes()
    print_tree(sheet, depth=depth, most=len(analysis.replies), alternatives=alternatives)
    key = (f"{_sign(sheet, relation)} {look.verb}" for relation, look in LOOKS.items())
    sheet.print(Text("  ".join(key), style="dim"))


def print_tree(sheet: Sheet, *, depth: int | None = None, most: int = MOST_SHOWN, alternatives: bool = False) -> None:
    """Print who answers whom, each comment in two lines: why it stands there, and how it begins.

    With `alternatives` a third line tells what else it may answer, and how likely.
    """
    analysis = sheet.analysis
    title = analysis.thread.article.title
    root = f"the article  {sheet.snip(title, sheet.width - 13)}" if title else "the article"
    sheet.print(Text(root, style="bold"))
    n_shown = n_hidden = 0
    for node in _lay_out(sheet, depth):
        if n_shown == most:
            break
        place = node.step.place
        _print_node(sheet, node, analysis.replies[place], analysis.judgements[place])
        if alternatives:
            _print_alternatives(sheet, node, analysis.replies[place])
        n_shown += 1
        n_hidden += node.step.n_hidden
    sheet.left_out(len(analysis.replies) - n_shown - n_hidden, "comments")


def _lay_out(sheet: Sheet, depth: int | None) -> Iterator[_Node]:
    """Yield the comments with their branches; past the deepest level they stand below their parent, not beside it."""
    marks = sheet.marks
    deepest = max(2, sheet.width // _COLUMNS_PER_LEVEL)
    rails: list[str] = []
    for step in walk(sheet.analysis.replies, depth=depth):
        if step.level > deepest:
            kept = "".join(rails[: deepest - 1])
            yield _Node(step=step, branch=kept + marks.deeper, below=kept + marks.gap)
            continue
        del rails[step.level - 1 :]
        branch = "".join(rails) + (marks.last if step.last else marks.branch)
        rails.append(marks.gap if step.last else marks.down)
        yield _Node(step=step, branch=branch, below="".join(rails))


def _print_node(sheet: Sheet, node: _Node, reply: Reply, judgement: Judgement) -> None:
    relation = judgement.relation_label
    room = sheet.width - cell_len(node.branch)
    sign = _sign(sheet, relation)
    narrow = room < _NARROW
    said = sign if narrow else f"{sign} {LOOKS[relation].verb}"
    facts = Text("  ")
    facts.append(said, style=f"bold {_RELATION_STYLES[relation]}".strip())
    facts.append(f" {judgement.relation[relation]:.2f}")
    facts.append(f"  link {reply.probability:.2f}", style="dim" if reply.probability >= 0.5 else "yellow")
    level = f"level {node.step.level:,}  " if node.branch.endswith(sheet.marks.deeper) else ""
    if level and not narrow:
        facts.append(f"  {level.rstrip()}", style="dim")
    number = len(sheet.number(reply.comment_id)) + 1
    name_cells = min(NAME_CELLS, max(_LEAST_NAME_CELLS, room - cell_len(facts.plain) - number))
    line = Text.assemble((node.branch, "dim"), (sheet.call(reply.comment_id, name_cells=name_cells), "bold"), facts)
    why = "; ".join(evidence.words for evidence in reply.evidence)
    left = sheet.width - cell_len(line.plain) - 2
    if why and left >= _LEAST_NAME_CELLS:
        line.append(f"  {sheet.snip(why, left)}", style="dim italic")
    sheet.print(line)
    before = node.below + (level if narrow else "")
    text = sheet.comments[reply.comment_id].text
    sheet.print(Text(before, style="dim"), Text(sheet.snip(text, sheet.width - cell_len(before))))
    if node.step.n_hidden:
        hidden = f"{sheet.marks.deeper}{node.step.n_hidden:,} more below"
        sheet.print(Text(node.below, style="dim"), Text(hidden, style="yellow"))


def _print_alternatives(sheet: Sheet, node: _Node, reply: Reply) -> None:
    others = [
        f"{'the article' if other.parent_id == ARTICLE else sheet.number(other.parent_id)} {other.probability:.2f}"
        for other in reply.alternatives
    ]
    if others:
        words = sheet.snip(f"or {', '.join(others)}", sheet.width - cell_len(node.below))
        sheet.print(Text(node.below, style="dim"), Text(words, style="dim"))


def _sign(sheet: Sheet, relation: Relation) -> str:
    return LOOKS[relation].sign if sheet.plain_unicode else LOOKS[relation].ascii_sign
