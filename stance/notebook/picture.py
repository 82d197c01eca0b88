"""An analysis as a small picture in HTML, for notebooks: what to read first, who answers whom, who is for whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from html import escape
from itertools import islice
from typing import Final

from stance.out import LOOKS, safe, walk
from stance.records import Analysis, Comment, Judgement, Stance, StanceScore

MOST_QUEUED: Final = 5
MOST_IN_TREE: Final = 30
MOST_ACTORS: Final = 8
MOST_IN_MATRIX: Final = 15
_SNIPPET: Final = 110
_NAME: Final = 30
_DEEPEST: Final = 12
_SIGNS: Final = {Stance.FAVOR: "+", Stance.AGAINST: "−", Stance.NEUTRAL: "○"}
_STYLE: Final = """
.stance-look { max-width: 60rem; font: 13px/1.45 system-ui, sans-serif; color: inherit }
.stance-look h4 { margin: 1em 0 .3em; font-size: 1em }
.stance-look table { border-collapse: collapse; font-size: 1em }
.stance-look th, .stance-look td { padding: .15em .6em .15em 0; text-align: left; vertical-align: top }
.stance-look th { font-weight: 400 }
.stance-look .n { text-align: right; font-variant-numeric: tabular-nums }
.stance-look .soft { opacity: .7 }
.stance-look .sign { text-align: center }
.stance-look details > summary { cursor: pointer }
"""


def to_html(analysis: Analysis) -> str:
    """Return a piece of HTML about a thread, of bounded size however long it is.

    Everything that strangers wrote is escaped, on one line and without signs that turn the direction of writing. No
    script, no picture, nothing from anywhere else; stances are told apart by signs, not by colour.
    """
    thread = analysis.thread
    title = _short(thread.article.title, 100) or "A thread"
    n_rebuttals = sum(judgement.relation_label.value == "rebut" for judgement in analysis.judgements)
    counts = f"{len(thread.comments):,} comments, {n_rebuttals:,} rebuttals, {len(analysis.actors):,} actors"
    made_by = f"model {_short(analysis.model_id, 60)} · policy {_short(analysis.policy_digest[:8], 8)}"
    parts = [
        f"<style>{_STYLE}</style>",
        f"<p><b><bdi>{title}</bdi></b><br><span class=soft>{counts} · {made_by}</span></p>",
        *_queue(analysis),
        *_tree(analysis),
        *_matrix(analysis),
    ]
    return f'<div class="stance-look">{"".join(parts)}</div>'


def _queue(analysis: Analysis) -> Iterator[str]:
    comments = {comment.id: comment for comment in analysis.thread.comments}
    queued = [item for item in analysis.queue if item.reasons]
    if not queued:
        return
    yield "<h4>To read first</h4><table><tbody>"
    for item in queued[:MOST_QUEUED]:
        comment = comments[item.comment_id]
        why = ", ".join(dict.fromkeys(_short(reason.what, 60) for reason in item.reasons[:3]))
        yield (
            f"<tr><th class=n>{item.rank}</th><td class=n>{item.priority:.2f}</td><td>{_name(comment)}</td>"
            f"<td>{why}<br><span class=soft><bdi>{_short(comment.text, _SNIPPET)}</bdi></span></td></tr>"
        )
    yield "</tbody></table>"
    yield _left(len(queued) - MOST_QUEUED)


def _tree(analysis: Analysis) -> Iterator[str]:
    yield "<h4>Who answers whom</h4><table><tbody>"
    for step in islice(walk(analysis.replies), MOST_IN_TREE):
        comment, judgement = analysis.thread.comments[step.place], analysis.judgements[step.place]
        look = LOOKS[judgement.relation_label]
        indent = 1.1 * min(step.level - 1, _DEEPEST)
        deeper = f" <span class=soft>(level {step.level})</span>" if step.level - 1 > _DEEPEST else ""
        yield (
            f'<tr><td style="padding-left:{indent:.1f}em">{_name(comment)}{deeper}</td><td>{look.sign} {look.verb}</td>'
            f"<td class=n>{analysis.replies[step.place].probability:.2f}</td>"
            f"<td class=soft><bdi>{_short(comment.text, _SNIPPET - 30)}</bdi></td></tr>"
        )
    yield "</tbody></table>"
    yield _left(len(analysis.replies) - MOST_IN_TREE)


def _matrix(analysis: Analysis) -> Iterator[str]:
    spoken_of = Counter(score.actor_id for judgement in analysis.judgements for score in judgement.stances)
    shown = [actor_id for actor_id, _ in spoken_of.most_common(MOST_ACTORS)]
    if not shown:
        return
    names = {actor.id: actor.name for actor in analysis.actors}
    yield "<h4>Stances</h4><table><thead><tr><th></th>"
    yield from (f"<th class=sign><bdi>{_short(names.get(actor, actor), 18)}</bdi></th>" for actor in shown)
    yield "</tr></thead><tbody>"
    rows = [
        (comment, judgement)
        for comment, judgement in zip(analysis.thread.comments, analysis.judgements, strict=True)
        if any(score.actor_id in shown for score in judgement.stances)
    ]
    for comment, judgement in rows[:MOST_IN_MATRIX]:
        yield f"<tr><th>{_name(comment)}</th>{''.join(_cells(judgement, shown))}</tr>"
    yield "</tbody></table><p class=soft>+ favor, − against, ○ neutral, ? not sure</p>"
    yield _left(len(rows) - MOST_IN_MATRIX)


def _cells(judgement: Judgement, actors: list[str]) -> Iterator[str]:
    scores: dict[str, StanceScore] = {score.actor_id: score for score in judgement.stances}
    for actor in actors:
        score = scores.get(actor)
        if score is None:
            yield "<td></td>"
        else:
            sign = _SIGNS[score.label] + ("" if score.sure else "?")
            label = f"{score.label.value} {score.probabilities[score.label]:.2f}"
            yield f'<td class=sign title="{label}">{sign}</td>'


def _name(comment: Comment) -> str:
    author = f" <bdi>{_short(comment.author, _NAME)}</bdi>" if comment.author else ""
    return f"#{comment.number}{author}"


def _left(n_left: int) -> str:
    return f"<p class=soft>… and {n_left:,} more</p>" if n_left > 0 else ""


def _short(text: str, n_characters: int) -> str:
    line = safe(text)
    return escape(line if len(line) <= n_characters else f"{line[: n_characters - 1].rstrip()}…")
