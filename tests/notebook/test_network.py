"""The graph of an analysis, and its dataset."""

import networkx as nx

from stance.records import ARTICLE, Relation, Stance


def test_replies_are_edges_to_what_they_answer(analysis):
    graph = analysis.to_networkx()
    assert set(graph.nodes) == {ARTICLE, "c1", "c2", "c3"}
    assert list(nx.shortest_path(graph, "c3", ARTICLE)) == ["c3", "c2", "c1", ARTICLE]
    for reply, judgement in zip(analysis.replies, analysis.judgements, strict=True):
        edge = graph.edges[reply.comment_id, reply.parent_id]
        assert edge["probability"] == reply.probability
        assert edge["relation"] == judgement.relation_label.value
        assert [edge[relation.value] for relation in Relation] == [judgement.relation[name] for name in Relation]
    assert graph.nodes["c1"]["author"] == "Writer 1"


def test_actors_are_nodes_of_their_own_where_asked(analysis):
    graph = analysis.to_networkx(actors=True)
    stances = {(a, b[1]): edge for a, b, edge in graph.edges(data=True) if edge["kind"] == "stance"}
    expected = {
        (judgement.comment_id, score.actor_id): score
        for judgement in analysis.judgements
        for score in judgement.stances
    }
    assert stances.keys() == expected.keys()
    assert all(stances[key]["favor"] == score.probabilities[Stance.FAVOR] for key, score in expected.items())
    assert graph.nodes["actor", "Russia"]["actor_kind"] == "state"


def test_a_dataset_has_the_columns_of_score(analysis):
    dataset = analysis.to_datasets()
    assert dataset["id"][:] == ["c1", "c2", "c3"]
    assert {"thread_id", "reply", "relation", "stances", "attributes", "queue"} <= set(dataset.column_names)
    assert len(analysis.to_datasets(long=True)) > 3 * 8
