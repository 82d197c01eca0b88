"""Which comments are weighed: the same in short threads as ever, and bounded in long ones."""

import numpy as np
import pytest

from stance.records import Article, Comment, Order, Quote, Reading, Thread
from stance.replies import FEATURES, measure_thread
from stance.replies.candidates import WINDOW, _nearest
from stance.replies.words import NameIndex


def unit_rows(n, width=8, seed=0):
    rows = np.random.default_rng(seed).normal(size=(n, width)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def make_thread(*comments):
    return Thread(id="t", article=Article(), comments=tuple(comments), order=Order.OLDEST_FIRST, order_probability=1.0)


def comment(at, author=None, text="x", parent=None):
    return Comment(id=str(at), text=text, number=at, author=author, parent_id=parent)


def candidates_of(thread, comment_id):
    """The candidates of a comment where whatever stands nearer is also nearer in meaning."""
    readings = {}
    for one in thread.comments:
        vector = np.array([np.cos(one.number / 100), np.sin(one.number / 100)], np.float32)
        readings[one.id] = Reading(embedding=vector, reply_vector=vector, parent_vector=vector)
    return measure_thread(thread, readings, quotes={}, comment_ids=[comment_id])[1].candidates[0].tolist()


@pytest.mark.parametrize("n", [2, 5, 300, 700])
def test_the_nearest_are_those_that_comparing_with_all_finds(n):
    left, right = unit_rows(n), unit_rows(n, seed=1)
    found = _nearest(left, right, np.arange(1, n), 4)
    for at in range(1, n):
        products = right[1:at] @ left[at]
        best = 1 + np.argsort(-products)[:4]
        assert [entry for entry in found[at - 1].tolist() if entry] == best.tolist()


def test_the_nearest_of_a_few_comments_are_those_found_among_all():
    left = unit_rows(600)
    every = _nearest(left, left, np.arange(1, 600), 4)
    some = np.array([1, 2, 255, 256, 257, 599])
    assert _nearest(left, left, some, 4).tolist() == every[some - 1].tolist()


def test_the_nearest_are_looked_for_no_farther_back_than_needed():
    n = WINDOW + 600
    left = unit_rows(n)
    left[1] = left[n - 1]
    (found,) = _nearest(left, left, np.array([n - 1]), 4).tolist()
    assert 1 not in found
    assert min(found) >= n - 1 - WINDOW


def test_no_comment_has_no_nearest():
    assert _nearest(unit_rows(3), unit_rows(3), np.empty(0, np.int64), 4).shape == (0, 4)


def test_a_comment_stated_to_answer_the_author_is_a_candidate_however_far_back():
    others = [comment(at, f"o{at}") for at in range(5, 60)]
    talk = [comment(1, "f"), comment(2, "f"), comment(3, "Anna"), comment(4, "Bo", parent="3")]
    thread = make_thread(*talk, *others, comment(60, "Anna"))
    assert 4 in candidates_of(thread, "60")
    silent = make_thread(*talk[:3], comment(4, "Bo"), *others, comment(60, "Anna"))
    assert 4 not in candidates_of(silent, "60")


def test_a_stated_reply_between_two_authors_counts_as_an_exchange():
    column = FEATURES.index("exchanges")
    comments = [comment(1, "Anna"), comment(2, "f"), comment(3, "Bo", parent="1"), comment(4, "f"), comment(5, "Anna")]
    # Anna stood next to f twice, in 1-2 and 4-5 (the latter being the comment itself, not yet past): once. Bo stood
    # next to nobody of hers, and is stated to have answered her once.
    board, measured = measure_thread(make_thread(*comments), {}, quotes={}, comment_ids=["5"])
    by_entry = dict(zip(measured.candidates[0].tolist(), measured.rows[:, column].tolist(), strict=True))
    assert {entry: by_entry[entry] for entry in (1, 2, 3, 4)} == {1: 0.0, 2: 1.0, 3: 1.0, 4: 1.0}
    assert board.parent.tolist() == [-1, -1, -1, 1, -1, -1]


def test_a_stated_reply_to_the_neighbour_is_one_exchange_and_not_two():
    column = FEATURES.index("exchanges")
    comments = [comment(1, "Anna"), comment(2, "Bo", parent="1"), comment(3, "f"), comment(4, "Anna")]
    _, measured = measure_thread(make_thread(*comments), {}, quotes={}, comment_ids=["4"])
    assert measured.rows[measured.candidates[0].tolist().index(2), column] == 1.0


def test_the_share_quoted_is_of_the_whole_comment():
    quotes = {"3": (Quote(start=0, end=6, source_id="1", similarity=1.0),)}
    thread = make_thread(comment(1), comment(2), comment(3, text="quoted and mine"))
    _, measured = measure_thread(thread, {}, quotes=quotes, comment_ids=["3"])
    # 6 of 6 quoted + 8 own characters ("and mine").
    share = measured.rows[:, FEATURES.index("quoted_share")].tolist()
    assert share == pytest.approx([0.0, 6 / 14, 0.0])


def test_readings_of_another_width_for_links_are_searched_too():
    vectors = unit_rows(40, width=8)
    readings = {
        str(at): Reading(embedding=vectors[at], reply_vector=vectors[at, :3], parent_vector=vectors[at, :3])
        for at in range(40)
    }
    thread = make_thread(*(comment(at) for at in range(1, 40)))
    assert len(measure_thread(thread, readings, quotes={}, comment_ids=["39"])[1].candidates[0]) > 16


def test_a_name_is_found_by_all_its_words_or_by_a_first_name_of_one_bearer():
    index = NameIndex(["anna berg", "anna lind", "bodil ek", "kim", "x"])
    assert index.find("yes anna berg is right".split()) == {"anna berg": 1.0}
    assert index.find("anna is right".split()) == {}
    assert index.find("bodil is right says kim".split()) == {"bodil ek": 0.5, "kim": 1.0}


def test_a_thousand_namesakes_cost_no_more_than_a_few():
    index = NameIndex([f"sam{'.' * at}" for at in range(1000)])
    assert len(index.find(["sam"])) == 4
