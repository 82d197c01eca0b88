"""An analysis as a graph: who answers whom and, where asked, what each comment holds of whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stance.records import ARTICLE, Analysis, Relation, Stance

if TYPE_CHECKING:
    from networkx import DiGraph


def to_graph(analysis: Analysis, *, actors: bool = False) -> DiGraph:
    """Return a `networkx.DiGraph` of a thread.

    Nodes are comments by their ids and `"article"`, with `kind` ("comment", "article" or "actor"); comments have
    `number`, `author`, `posted_at`, `text`, `rank`, `priority`. An edge goes from a comment to what it answers, with
    `kind` "reply", the link's `probability`, the likeliest `relation`, and each relation's probability under its name
    ("rebut", ...).

    Args:
        analysis: Of one thread.
        actors: Have actors as nodes too, `("actor", ID)` each, with `name` and `actor_kind`; an edge from a comment to
            an actor has `kind` "stance", the likeliest `stance`, `sure`, and the three probabilities.
    """
    from networkx import DiGraph

    graph = DiGraph(thread=analysis.thread.id, model_id=analysis.model_id, policy_digest=analysis.policy_digest)
    graph.add_node(ARTICLE, kind="article", title=analysis.thread.article.title)
    places = {item.comment_id: item for item in analysis.queue}
    for comment in analysis.thread.comments:
        place = places[comment.id]
        graph.add_node(
            comment.id,
            kind="comment",
            number=comment.number,
            author=comment.author,
            posted_at=comment.posted_at,
            text=comment.text,
            rank=place.rank,
            priority=place.priority,
        )
    for reply, judgement in zip(analysis.replies, analysis.judgements, strict=True):
        shares = {relation.value: judgement.relation.get(relation, 0.0) for relation in Relation}
        label = judgement.relation_label.value
        graph.add_edge(
            reply.comment_id, reply.parent_id, kind="reply", probability=reply.probability, relation=label, **shares
        )
    if actors:
        _add_actors(graph, analysis)
    return graph


def _add_actors(graph: DiGraph, analysis: Analysis) -> None:
    for actor in analysis.actors:
        graph.add_node(("actor", actor.id), kind="actor", name=actor.name, actor_kind=actor.kind.value)
    for judgement in analysis.judgements:
        for score in judgement.stances:
            shares = {stance.value: score.probabilities.get(stance, 0.0) for stance in Stance}
            graph.add_edge(
                judgement.comment_id,
                ("actor", score.actor_id),
                kind="stance",
                stance=score.label.value,
                sure=score.sure,
                **shares,
            )
