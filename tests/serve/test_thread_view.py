"""What stands around a comment, and a thread as pictures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stance.records import ARTICLE, Quote, Relation, Stance
from stance.serve.card import make_card
from stance.serve.context import MOST_ANCESTORS, surroundings
from stance.serve.drawing import DEEPEST, MOST_MATRIX_ROWS, MOST_ROWS, matrix, rebuttals, tree_rows


def test_the_context_is_what_is_answered_what_answers_and_what_is_quoted(load, store):
    # c0 answers the article; c1 and c2 answer c0; c3 answers c1 and quotes c2.
    quotes = {"c3": (Quote(start=0, end=6, source_id="c2", similarity=1.0),)}
    load(4, parents=[ARTICLE, "c0", "c0", "c1"], quotes=quotes)
    thread = store.thread(1)
    found = {entry.item_id: surroundings(thread, entry.item_id) for entry in thread.entries}
    names = {item_id: [one.name for one in around.ancestors] for item_id, around in found.items()}
    assert names == {1: [], 2: ["#1 Maria"], 3: ["#1 Maria"], 4: ["#1 Maria", "#2 Tom Ekdal"]}
    assert [one.item_id for one in found[2].siblings] == [3]
    assert [one.item_id for one in found[1].replies] == [2, 3]
    assert [one.item_id for one in found[4].quoted] == [3]
    assert found[1].siblings == []


def test_a_long_way_up_is_cut_at_the_nearest(load, store):
    load(40)
    around = surroundings(store.thread(1), 40)
    assert [one.item_id for one in around.ancestors] == list(range(40 - MOST_ANCESTORS, 40))
    assert around.n_ancestors_left == 39 - MOST_ANCESTORS


def test_a_ring_of_replies_in_the_store_ends_no_page(load, store):
    load(3)
    thread = store.thread(1)
    first, second, third = thread.entries
    ring = replace(thread, entries=(replace(first, reply=replace(first.reply, parent_id="c2")), second, third))
    assert len(surroundings(ring, 1).ancestors) == 3
    assert [row.item_id for row in tree_rows(ring)] == [1, 2, 3]


def test_the_tree_is_read_down_and_deep_levels_are_told(load, store):
    load(30)
    rows = tree_rows(store.thread(1))
    assert [row.level for row in rows] == list(range(1, 31))
    assert {row.indent for row in rows} == set(range(1, DEEPEST + 1))


@pytest.mark.slow
def test_a_thread_of_thousands_is_drawn_in_parts(load, store):
    load(MOST_ROWS + 200)
    thread = store.thread(1)
    assert len(tree_rows(thread)) == MOST_ROWS
    assert len(tree_rows(thread, start=MOST_ROWS)) == 200
    drawn = matrix(thread)
    assert len(drawn.rows) == MOST_MATRIX_ROWS
    assert drawn.n_rows_left == MOST_ROWS + 200 - MOST_MATRIX_ROWS


def test_the_matrix_has_a_dot_for_each_stance(load, store):
    load(8)
    thread = store.thread(1)
    drawn = matrix(thread)
    (column,) = drawn.columns
    assert column.words == "Veland"
    assert [dot.stance for dot in drawn.dots] == [entry.judgement.stances[0].label for entry in thread.entries]
    ((name, favor, neutral, against),) = drawn.totals
    labels = [dot.stance for dot in drawn.dots]
    assert (name, favor, neutral, against) == (
        "Veland",
        labels.count(Stance.FAVOR),
        labels.count(Stance.NEUTRAL),
        labels.count(Stance.AGAINST),
    )
    assert all(0 < dot.x < drawn.width and 0 < dot.y < drawn.height for dot in drawn.dots)


def test_every_rebuttal_is_an_arc_to_what_it_rebuts(load, store):
    load(20)
    thread = store.thread(1)
    drawn = rebuttals(thread)
    rebutting = [entry for entry in thread.entries if entry.judgement.relation_label is Relation.REBUT]
    assert len(drawn.arcs) == len(rebutting) > 0
    number = rebutting[-1].comment.number
    assert drawn.arcs[-1].title.startswith(f"#{number} ")
    assert f"rebuts #{number - 1} " in drawn.arcs[-1].title or "the article" in drawn.arcs[-1].title


def test_an_erased_comment_leaves_its_place(load, store):
    load(6)
    store.purge(item_id=3)
    thread = store.thread(1)
    assert tree_rows(thread)[-1].state in {"open", "erased"}
    assert len(tree_rows(thread)) == 6
    card = make_card(store.item(3), thread, viewer="Anna", blind=False)
    assert (card.text, card.reasons, card.state) == ([], [], "erased")
    matrix(thread)
    rebuttals(thread)
