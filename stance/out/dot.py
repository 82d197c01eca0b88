"""The reply tree in Graphviz' language, for people who lay graphs out with tools of their own."""

from __future__ import annotations

from typing import Final

from stance.out.graph import LOOKS, walk
from stance.out.plain import snip
from stance.records import ARTICLE, Analysis, Relation

_TITLE_CELLS: Final = 60
_TEXT_CELLS: Final = 40
_TOOLTIP_CELLS: Final = 300
_LINES: Final = {
    Relation.REBUT: 'style="bold" penwidth="3" arrowhead="tee" color="#a3261e"',
    Relation.SUPPORT: 'style="dashed" penwidth="2" arrowhead="normal" color="#19703a"',
    Relation.QUERY: 'style="dotted" penwidth="2" arrowhead="odot" color="#0b5a9e"',
    Relation.COMMENT: 'style="solid" penwidth="1" arrowhead="vee" color="#555555"',
}


def to_dot(analysis: Analysis, *, depth: int | None = None) -> str:
    """Return the tree of replies as a digraph: an edge leads from each comment to what it answers.

    Relations are told apart by the edge's line, its head, and a sign in its label.

    Args:
        analysis: What to draw.
        depth: The last level drawn, from 1, with a count of what is hidden below; None draws all.
    """
    thread = analysis.thread
    node_of = {ARTICLE: "article"} | {comment.id: f"c{place}" for place, comment in enumerate(thread.comments)}
    title = snip(thread.article.title, _TITLE_CELLS) or "the article"
    lines = [
        "digraph replies {",
        '  graph [rankdir="BT" charset="UTF-8"];',
        '  node [shape="box" style="rounded" fontname="sans-serif" fontsize="10"];',
        '  edge [fontname="sans-serif" fontsize="9"];',
        f'  article [label="{_escape(title)}" shape="note" style="solid"];',
    ]
    for step in walk(analysis.replies, depth=depth):
        comment, reply, judgement = (
            thread.comments[step.place],
            analysis.replies[step.place],
            analysis.judgements[step.place],
        )
        relation = judgement.relation_label
        name = f"#{comment.number} {snip(comment.author or '', _TEXT_CELLS)}".rstrip()
        label = [name, snip(comment.text, _TEXT_CELLS), *([f"{step.n_hidden:,} more below"] if step.n_hidden else [])]
        node = node_of[comment.id]
        words, more = "\\n".join(map(_escape, label)), _escape(snip(comment.text, _TOOLTIP_CELLS))
        lines.append(f'  {node} [label="{words}" tooltip="{more}"];')
        # Spaces keep the words off the line.
        said = f"  {LOOKS[relation].sign} {LOOKS[relation].verb} {judgement.relation[relation]:.2f}"
        lines.append(f'  {node} -> {node_of[reply.parent_id]} [label="{_escape(said)}" {_LINES[relation]}];')
    return "\n".join([*lines, "}"]) + "\n"


def _escape(text: str) -> str:
    """Return text as it may stand between double quotes: Graphviz reads escapes and HTML's entities in labels."""
    return text.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
