"""The parts of a thread's report that are lists: the reply tree and the queue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from stance.out import LOOKS, snip, walk
from stance.records import QueueItem, Relation
from stance.report.facts import LIKELY, Facts
from stance.report.picture import Table

_MOST_NODES: Final = 250
_DEEPEST: Final = 8
"""Levels that are indented; deeper comments say whom they answer."""
_MOST_PLACES: Final = 30
_MOST_REASONS: Final = 6
_TEXT_CELLS: Final = 200
_WORDS_CELLS: Final = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One comment of the tree; `indent` is its level, from 0, as far as levels are indented."""

    indent: int
    deeper: str
    call: str
    sign: str
    verb: str
    rebuts: bool
    relation_probability: float
    link_probability: float
    unsure: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A reason with the words that it stands on."""

    what: str
    toward: str
    probability: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One place in the queue; `n_left` more reasons are not shown."""

    rank: int
    call: str
    priority: float
    uncertainty: float
    causes: tuple[Cause, ...]
    n_left: int


def list_tree(facts: Facts) -> tuple[list[Node], int]:
    """Return the comments as a reader goes down the tree, and how many more there are."""
    nodes: list[Node] = []
    for step in walk(facts.analysis.replies):
        if len(nodes) == _MOST_NODES:
            break
        comment, judgement = facts.comments[step.place], facts.analysis.judgements[step.place]
        reply, relation = facts.analysis.replies[step.place], judgement.relation_label
        deep = step.level > _DEEPEST
        nodes.append(
            Node(
                indent=min(step.level, _DEEPEST) - 1,
                deeper=f"level {step.level:,}, answers {facts.number(reply.parent_id)}" if deep else "",
                call=facts.call(comment.id),
                sign=LOOKS[relation].sign,
                verb=LOOKS[relation].verb,
                rebuts=relation is Relation.REBUT,
                relation_probability=judgement.relation[relation],
                link_probability=reply.probability,
                unsure=min(judgement.relation[relation], reply.probability) < LIKELY,
                text=snip(comment.text, _TEXT_CELLS),
            )
        )
    return nodes, len(facts.comments) - len(nodes)


def tree_table(facts: Facts) -> Table:
    """Return who answers whom, a comment a row."""
    rows = [
        (
            comment.number,
            snip(comment.author or "", 80),
            facts.number(reply.parent_id).removeprefix("#"),
            round(reply.probability, 4),
            judgement.relation_label.value,
            *(round(judgement.relation[relation], 4) for relation in Relation),
        )
        for comment, reply, judgement in zip(
            facts.comments, facts.analysis.replies, facts.analysis.judgements, strict=True
        )
    ]
    columns = ("comment", "author", "answers", "link", "relation", *(relation.value for relation in Relation))
    return Table(columns=columns, rows=rows)


def list_queue(facts: Facts) -> tuple[list[Place], int]:
    """Return the places of the queue at which a line of the policy fired, and how many more of these there are."""
    fired = [item for item in facts.analysis.queue if item.reasons]
    return [_place(facts, item) for item in fired[:_MOST_PLACES]], max(0, len(fired) - _MOST_PLACES)


def _place(facts: Facts, item: QueueItem) -> Place:
    text = facts.comments[facts.place_of[item.comment_id]].text
    causes = tuple(
        Cause(
            what=snip(reason.what, _WORDS_CELLS),
            toward=facts.call_actor(reason.toward) if reason.toward else "",
            probability=reason.probability,
            words=snip(" … ".join(text[start:end] for start, end in reason.words), _WORDS_CELLS),
        )
        for reason in item.reasons[:_MOST_REASONS]
    )
    return Place(
        rank=item.rank,
        call=facts.call(item.comment_id),
        priority=item.priority,
        uncertainty=item.uncertainty,
        causes=causes,
        n_left=len(item.reasons) - len(causes),
    )


def queue_table(facts: Facts) -> Table:
    """Return the whole queue, a comment a row."""
    rows = [
        (
            item.rank,
            facts.comments[facts.place_of[item.comment_id]].number,
            round(item.priority, 4),
            round(item.uncertainty, 4),
            "; ".join(f"{snip(reason.line, 60)} {reason.probability:.2f}" for reason in item.reasons),
        )
        for item in facts.analysis.queue
    ]
    return Table(columns=("rank", "comment", "priority", "uncertainty", "reasons"), rows=rows)
