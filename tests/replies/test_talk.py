from dataclasses import replace

import numpy as np
import pytest

from stance.records import ARTICLE, Article, Comment, Order, Thread
from stance.replies import (
    TALK_FEATURES,
    Forest,
    ReplyScorer,
    SecondLook,
    Talk,
    link_replies,
    load_scorer,
    measure_thread,
)
from stance.replies.features import FEATURES


def make_thread(*authors, parents=None):
    comments = tuple(
        Comment(id=str(n), text=f"Kerb {n}.", number=n, author=author, parent_id=(parents or {}).get(n))
        for n, author in enumerate(authors, start=1)
    )
    return Thread(
        id="t", article=Article(title="Kerbs"), comments=comments, order=Order.OLDEST_FIRST, order_probability=1.0
    )


def walk(thread, *looks):
    """The talk features of the candidates of each (entry, {candidate: share}), by name."""
    board, _ = measure_thread(thread, {}, quotes={}, comment_ids=[])
    entries = [at for at, _ in looks]
    candidates = [np.array(sorted(shares)) for _, shares in looks]
    shares = np.array([shares[entry] for _, shares in looks for entry in sorted(shares)])
    starts = np.cumsum([0, *(len(found) for found in candidates)])[:-1]
    rows = iter(Talk(board).measure(entries, candidates, shares, starts).tolist())
    return {
        (at, entry): dict(zip(TALK_FEATURES, next(rows), strict=True))
        for at, found in zip(entries, candidates, strict=True)
        for entry in found.tolist()
    }


def test_a_comment_that_answers_me_is_known_from_the_first_look():
    told = walk(
        make_thread("Ann", "Bo", "Ann"),
        (1, {0: 1.0}),
        (2, {0: 0.25, 1: 0.75}),
        (3, {0: 0.2, 1: 0.1, 2: 0.7}),
    )
    assert told[3, 2]["answers_me"] == pytest.approx(0.75)
    assert told[3, 2]["author_answered_me"] == pytest.approx(0.75)
    assert told[3, 2]["i_answered_author"] == 0
    assert told[3, 1]["answers_so_far"] == pytest.approx(0.75)
    assert told[3, 1]["answers_me"] == 0


def test_what_i_answered_before_is_counted_by_author_and_by_comment():
    told = walk(
        make_thread("Ann", "Bo", "Cem", "Bo"),
        (1, {0: 1.0}),
        (2, {1: 1.0}),
        (3, {1: 0.5, 2: 0.5}),
        (4, {1: 0.6, 3: 0.4}),
    )
    assert told[4, 1]["i_answered_it"] == told[4, 1]["i_answered_author"] == 1
    assert told[4, 3]["i_answered_author"] == 0
    assert told[4, 3]["answers_me"] == pytest.approx(0.5)


def test_the_first_looks_standing_is_kept():
    told = walk(make_thread("Ann", "Bo"), (1, {0: 1.0}), (2, {0: 0.2, 1: 0.8}))
    assert told[2, 1]["first_log"] == pytest.approx(np.log(0.8))
    assert (told[2, 1]["first_rank"], told[2, 0]["first_rank"]) == (0, 1)
    assert told[2, 0]["first_behind"] == pytest.approx(np.log(4))


def test_stated_parents_count_as_sure():
    told = walk(make_thread("Ann", "Bo", "Ann", parents={1: ARTICLE, 2: "1"}), (3, {1: 0.5, 2: 0.5}))
    assert told[3, 2]["answers_me"] == 1
    assert told[3, 1]["answers_so_far"] == 1


def test_without_authors_nobody_is_known_to_have_answered_anybody():
    told = walk(make_thread(None, None), (1, {0: 1.0}), (2, {0: 0.5, 1: 0.5}))
    assert np.isnan([told[2, 1][name] for name in TALK_FEATURES[4:]]).all()


def stump(column, *, threshold, low, high):
    """One tree of two leaves."""
    return Forest(
        feature=np.array([column, 0, 0], np.int32),
        threshold=np.array([threshold, 0.0, 0.0]),
        left=np.array([1, 1, 2], np.int32),
        right=np.array([2, 1, 2], np.int32),
        missing_left=np.array([True, False, False]),
        value=np.array([0.0, low, high]),
        roots=np.array([0], np.int32),
        baseline=0.0,
        depth=1,
    )


@pytest.fixture
def scorer():
    """First look: the previous comment. Second look: whoever is likely to have answered me."""
    first = stump(FEATURES.index("steps"), threshold=1.5, low=4.0, high=0.0)
    second = stump(len(FEATURES) + TALK_FEATURES.index("answers_me"), threshold=0.5, low=0.0, high=5.0)
    return ReplyScorer(forest=first, temperature=1.0, notes={}, second=SecondLook(forest=second, temperature=1.0))


def test_the_second_look_decides(scorer):
    # Bo answers Ann, Cem comes in between, Ann answers Bo and not Cem.
    thread = make_thread("Ann", "Bo", "Cem", "Ann")
    one_look = link_replies(thread, {}, scorer=replace(scorer, second=None), quotes={})
    assert one_look[3].parent_id == "3"
    assert link_replies(thread, {}, scorer=scorer, quotes={})[3].parent_id == "2"


def test_both_looks_come_back_from_the_file(scorer, tmp_path):
    scorer.save(tmp_path)
    loaded = load_scorer(tmp_path)
    rows = np.random.default_rng(1).normal(size=(6, len(FEATURES) + len(TALK_FEATURES)))
    starts = np.array([0, 2, 5])
    assert np.array_equal(loaded.second.probabilities(rows, starts), scorer.second.probabilities(rows, starts))
