"""The reply tree, drawn without recursion: a thread can be 100,000 deep."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len
from rich.text import Text

from stance.out.sheet import Sheet
from stance.records import ARTICLE, Judgement, Relation, Reply

_MOST_SHOWN: Final = 200
_COLUMNS_PER_LEVEL: Final = 13
"""A page of 80 columns indents six levels; deeper comments say their level instead."""
_VERBS: Final = {
    Relation.REBUT: "rebuts",
    Relation.SUPPORT: "supports",
    Relation.QUERY: "asks",
    Relation.COMMENT: "comments",
}
RELATION_STYLES: Final = {
    Relation.REBUT: "red",
    Relation.SUPPORT: "green",
    Relation.QUERY: "cyan",
    Relation.COMMENT: "",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Node:
    """A comment with its place in the drawing: what stands before its first line, and before the lines below."""

    place: int
    level: int
    branch: str
    below: str


def print_tree(sheet: Sheet) -> None:
    """Print who answers whom, each comment in two lines: why it stands there, and how it begins."""
    analysis = sheet.analysis
    sheet.heading("Replies", aside="relation, link and their probabilities")
    title = analysis.thread.article.title
    root = f"the article  {sheet.snip(title, sheet.width - 13)}" if title else "the article"
    sheet.print(Text(root, style="bold"))
    shown = 0
    for node in _walk(sheet):
        if shown == _MOST_SHOWN:
            break
        _print_node(sheet, node, analysis.replies[node.place], analysis.judgements[node.place])
        shown += 1
    sheet.left_out(len(analysis.replies) - shown, "comments")


def _walk(sheet: Sheet) -> Iterator[_Node]:
    """Yield the comments as a reader goes down the tree, siblings oldest first."""
    children: dict[str, list[int]] = {}
    for place, reply in enumerate(sheet.analysis.replies):
        children.setdefault(reply.parent_id, []).append(place)
    deepest = max(2, sheet.width // _COLUMNS_PER_LEVEL)
    stack = list(reversed(_nodes(children.get(ARTICLE, []), before="", level=1, deepest=deepest, sheet=sheet)))
    while stack:
        node = stack.pop()
        yield node
        answers = children.get(sheet.analysis.replies[node.place].comment_id, [])
        stack.extend(reversed(_nodes(answers, before=node.below, level=node.level + 1, deepest=deepest, sheet=sheet)))


def _nodes(places: list[int], *, before: str, level: int, deepest: int, sheet: Sheet) -> list[_Node]:
    """Return siblings as nodes; past the deepest level they stand below their parent, not beside it."""
    marks = sheet.marks
    if level > deepest:
        kept = before[: len(marks.gap) * (deepest - 1)]
        return [_Node(place=place, level=level, branch=kept + marks.deeper, below=kept + marks.gap) for place in places]
    return [
        _Node(
            place=place,
            level=level,
            branch=before + (marks.last if place == places[-1] else marks.branch),
            below=before + (marks.gap if place == places[-1] else marks.down),
        )
        for place in places
    ]


def _print_node(sheet: Sheet, node: _Node, reply: Reply, judgement: Judgement) -> None:
    relation = judgement.relation_label
    line = Text()
    line.append(node.branch, style="dim")
    line.append(sheet.call(reply.comment_id), style="bold")
    line.append("  ")
    line.append(_VERBS[relation], style=f"bold {RELATION_STYLES[relation]}".strip())
    line.append(f" {judgement.relation[relation]:.2f}")
    line.append(f"  link {reply.probability:.2f}", style="dim" if reply.probability >= 0.5 else "yellow")
    if node.branch.endswith(sheet.marks.deeper):
        line.append(f"  level {node.level:,}", style="dim")
    why = "; ".join(evidence.words for evidence in reply.evidence)
    if why:
        room = sheet.width - cell_len(line.plain) - 2
        line.append(f"  {sheet.snip(why, max(10, room))}", style="dim italic")
    sheet.print(line)
    text = sheet.comments[reply.comment_id].text
    sheet.print(Text(node.below, style="dim"), Text(sheet.snip(text, sheet.width - cell_len(node.below))))
