"""The reply tree as a picture that needs nothing but itself: no script, no font, no reference to anywhere."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from stance.out.graph import LOOKS, Step, walk
from stance.out.plain import snip
from stance.records import ARTICLE, Analysis, Relation

_MARGIN: Final = 28
_TOP: Final = 64
_ROW: Final = 46
_INDENT: Final = 46
"""Wide enough that a dashed line shows its dashes."""
_DEEPEST: Final = 12
"""Levels that are indented; deeper comments stand below one another and say their level and whom they answer."""
_RADIUS: Final = 9
_BOW: Final = 22
_TEXT_WIDTH: Final = 660
_TEXT_CELLS: Final = 92
_NAME_CELLS: Final = 30
_DESCRIBED_CELLS: Final = 400
_KEY_WIDTH: Final = 150

_STYLE: Final = """
text { font-family: system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; font-size: 12px; fill: #222 }
.name { font-weight: 600 }
.faint { fill: #5c5c5c }
.sign { font-weight: 700; font-size: 13px; text-anchor: middle }
.trunk { stroke: #b8b8b8; stroke-width: 1; fill: none }
.node circle { fill: #fff; stroke-width: 1.5 }
.edge { fill: none }
.rebut { stroke: #a3261e; stroke-width: 3.5 }
.support { stroke: #19703a; stroke-width: 2; stroke-dasharray: 8 4 }
.query { stroke: #0b5a9e; stroke-width: 2.4; stroke-dasharray: 1 5; stroke-linecap: round }
.comment { stroke: #5c5c5c; stroke-width: 1 }
"""
_COLOURS: Final = {
    Relation.REBUT: "#a3261e",
    Relation.SUPPORT: "#19703a",
    Relation.QUERY: "#0b5a9e",
    Relation.COMMENT: "#5c5c5c",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spot:
    """Where a comment stands, in pixels."""

    step: Step
    x: int
    y: int


def to_svg(analysis: Analysis, *, depth: int | None = None) -> str:
    """Return the tree of replies as an SVG picture, laid out like a tree of files.

    Each comment has a row; a line leads to it from what it answers. Relations are told apart by the line, by the sign
    at its end and by a word. Every comment and every line has a title and a description for those who cannot see it.

    Args:
        analysis: What to draw.
        depth: The last level drawn, from 1, with a count of what is hidden below; None draws all.
    """
    spots = {
        analysis.replies[step.place].comment_id: _Spot(step=step, x=_across(step.level), y=_TOP + (row + 1) * _ROW)
        for row, step in enumerate(walk(analysis.replies, depth=depth))
    }
    width = max((spot.x for spot in spots.values()), default=_across(0)) + _TEXT_WIDTH
    height = _TOP + (len(spots) + 1) * _ROW
    title = snip(analysis.thread.article.title, _TEXT_CELLS) or "A comment thread"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"',
            'role="graphics-document" aria-labelledby="title about">',
            f'<title id="title">{escape(title)}</title>',
            f'<desc id="about">{_about(analysis, len(spots))}</desc>',
            f"<style>{_STYLE}</style>",
            f'<rect width="{width}" height="{height}" fill="#fff"/>',
            *_key(),
            *_trunks(analysis, spots),
            *(_edge(analysis, spot, spots) for spot in spots.values()),
            *_article(title),
            *(_node(analysis, spot, spots) for spot in spots.values()),
            "</svg>\n",
        ]
    )


def _about(analysis: Analysis, n_drawn: int) -> str:
    n_all = len(analysis.replies)
    some = "" if n_drawn == n_all else f", {n_drawn:,} of them drawn"
    counted = Counter(judgement.relation_label for judgement in analysis.judgements)
    parts = ", ".join(f"{counted[relation]:,} {relation.value}" for relation in Relation)
    return f"Who answers whom in {n_all:,} comments{some}: {parts}."


def _across(level: int) -> int:
    return _MARGIN + min(level, _DEEPEST) * _INDENT


def _key() -> list[str]:
    """Show what the lines and signs mean."""
    parts = ['<g id="key"><title>Key</title><desc>How relations are drawn</desc>']
    for at, (relation, look) in enumerate(LOOKS.items()):
        x = _MARGIN + at * _KEY_WIDTH
        parts.append(
            f'<path class="edge {relation.value}" d="M{x} 24h40"/>{_sign(relation, x + 50, 24)}'
            f'<text x="{x + 66}" y="28">{look.verb}</text>'
        )
    return [*parts, "</g>"]


def _trunks(analysis: Analysis, spots: dict[str, _Spot]) -> list[str]:
    """Draw from each parent down to its last answer; the lines that tell relations branch off."""
    lowest: dict[str, _Spot] = {}
    for comment_id, spot in spots.items():
        parent_id = analysis.replies[spot.step.place].parent_id
        if spot.x > _parent_at(parent_id, spots)[0]:
            lowest[parent_id] = spots[comment_id]
    trunks = []
    for parent_id, spot in lowest.items():
        x, y = _parent_at(parent_id, spots)
        trunks.append(f'<path class="trunk" d="M{x} {y + _RADIUS}V{spot.y}"/>')
    return trunks


def _parent_at(parent_id: str, spots: dict[str, _Spot]) -> tuple[int, int]:
    return (_across(0), _TOP) if parent_id == ARTICLE else (spots[parent_id].x, spots[parent_id].y)


def _edge(analysis: Analysis, spot: _Spot, spots: dict[str, _Spot]) -> str:
    reply, judgement = analysis.replies[spot.step.place], analysis.judgements[spot.step.place]
    relation = judgement.relation_label
    x, y = _parent_at(reply.parent_id, spots)
    if spot.x > x:
        path = f"M{x} {spot.y}H{spot.x - _RADIUS}"
    else:
        side, bow = x - _RADIUS, x - _RADIUS - _BOW
        path = f"M{side} {y}C{bow} {y} {bow} {spot.y} {side} {spot.y}"
    number = analysis.thread.comments[spot.step.place].number
    why = "; ".join(evidence.words for evidence in reply.evidence)
    about = f"relation {judgement.relation[relation]:.2f}, link {reply.probability:.2f}{'; ' if why else ''}{why}"
    return (
        f'<path class="edge {relation.value}" d="{path}">'
        f"<title>#{number} {LOOKS[relation].verb} {_called(analysis, reply.parent_id, spots)}</title>"
        f"<desc>{escape(snip(about, _DESCRIBED_CELLS))}</desc></path>"
    )


def _called(analysis: Analysis, comment_id: str, spots: dict[str, _Spot]) -> str:
    if comment_id == ARTICLE:
        return "the article"
    return f"#{analysis.thread.comments[spots[comment_id].step.place].number}"


def _article(title: str) -> list[str]:
    x = _across(0)
    return [
        f'<g class="node"><title>the article</title><desc>{escape(title)}</desc>',
        f'<rect x="{x - _RADIUS}" y="{_TOP - _RADIUS}" width="{2 * _RADIUS}" height="{2 * _RADIUS}" fill="#222"/>',
        f'<text x="{x + 18}" y="{_TOP + 4}"><tspan class="name">the article</tspan>  {escape(title)}</text></g>',
    ]


def _node(analysis: Analysis, spot: _Spot, spots: dict[str, _Spot]) -> str:
    place, step = spot.step.place, spot.step
    comment, reply, judgement = analysis.thread.comments[place], analysis.replies[place], analysis.judgements[place]
    relation = judgement.relation_label
    name = escape(f"#{comment.number} {snip(comment.author or '', _NAME_CELLS)}".rstrip())
    facts = f"{LOOKS[relation].verb} {judgement.relation[relation]:.2f}, link {reply.probability:.2f}"
    if step.level > _DEEPEST:
        facts += f", level {step.level:,}, answers {_called(analysis, reply.parent_id, spots)}"
    if step.n_hidden:
        facts += f", {step.n_hidden:,} more below"
    x = spot.x + 18
    return (
        f'<g class="node"><title>{name}</title><desc>{escape(snip(comment.text, _DESCRIBED_CELLS))}</desc>'
        f"{_sign(relation, spot.x, spot.y)}"
        f'<text x="{x}" y="{spot.y - 3}"><tspan class="name">{name}</tspan>'
        f'<tspan class="faint" dx="10">{facts}</tspan></text>'
        f'<text x="{x}" y="{spot.y + 13}">{escape(snip(comment.text, _TEXT_CELLS))}</text></g>'
    )


def _sign(relation: Relation, x: int, y: int) -> str:
    colour = _COLOURS[relation]
    return (
        f'<circle cx="{x}" cy="{y}" r="{_RADIUS}" fill="#fff" stroke="{colour}" stroke-width="1.5"/>'
        f'<text class="sign" x="{x}" y="{y + 4}" style="fill:{colour}">{LOOKS[relation].sign}</text>'
    )
