from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from stance.records import ARTICLE, Article, Comment, Order, Quote, Reading, Thread
from stance.replies import FEATURES, measure_thread

START = datetime(2024, 5, 1, tzinfo=UTC)


def measure(texts, *, authors=None, minutes=None, vectors=None, quotes=None, article=""):
    """Features of the last comment: candidate id -> name -> value."""
    comments = tuple(
        Comment(
            id=str(at),
            text=text,
            number=at,
            author=authors[at - 1] if authors else None,
            posted_at=START + timedelta(minutes=minutes[at - 1]) if minutes else None,
        )
        for at, text in enumerate(texts, start=1)
    )
    thread = Thread(
        id="t", article=Article(text=article), comments=comments, order=Order.OLDEST_FIRST, order_probability=1.0
    )
    ids = [ARTICLE, *(comment.id for comment in comments)]
    readings = {
        key: Reading(
            embedding=np.array(vector, np.float32),
            reply_vector=np.array(vector, np.float32),
            parent_vector=np.array(vector[::-1], np.float32),
        )
        for key, vector in zip(ids, vectors or [(1.0, 0.0)] * len(ids), strict=True)
    }
    board, measured = measure_thread(thread, readings, quotes=quotes or {}, comment_ids=[ids[-1]])
    names = [board.ids[entry] for entry in measured.candidates[0].tolist()]
    return {
        name: dict(zip(FEATURES, row.tolist(), strict=True)) for name, row in zip(names, measured.rows, strict=True)
    }


def test_vectors_are_compared_the_right_way_round():
    # embedding: last (0.6, 0.8) with comment 1 (0, 1) = 0.8. link: reply (0.6, 0.8) with parent (1, 0) = 0.6.
    found = measure(["a", "b", "c"], vectors=[(1.0, 0.0), (0.0, 1.0), (1.0, 0.0), (0.6, 0.8)])
    assert found["1"]["cosine"] == pytest.approx(0.8)
    assert found["1"]["link"] == pytest.approx(0.6)
    assert (found["1"]["cosine_rank"], found["2"]["cosine_rank"]) == (0, 1)
    assert found["2"]["cosine_behind"] == pytest.approx(0.2)


def test_shared_words_count_by_rarity():
    found = measure(["kerb rain", "rain", "rain kerb", "rain"][:3])
    assert found["1"]["words"] > found["2"]["words"]
    assert found["1"]["words_alone"] > 0
    assert found["2"]["words_alone"] == 0


def test_a_quotation_is_measured_against_the_whole_comment():
    # 10 of 20 characters are quoted from comment 1, word for word.
    quotes = {"3": (Quote(start=0, end=10, source_id="1", similarity=1.0),)}
    found = measure(["0123456789", "other", '"23456789" is right.'], quotes=quotes)
    assert found["1"]["quoted_share"] == pytest.approx(10 / 20, abs=0.03)
    assert (found["1"]["quoted_longest"], found["2"]["quoted_longest"]) == (1, 0)
    assert (found["1"]["quotes_other"], found["2"]["quotes_other"]) == (0, 1)


def test_without_quotations_authors_or_times_their_features_are_unknown():
    row = measure(["a", "b"])["1"]
    unknown = {"quoted_share", "quotes_other", "named", "same_author", "after_mine", "seconds", "pause"}
    assert {name for name in unknown if np.isnan(row[name])} == unknown


def test_turns_are_counted_since_the_author_last_spoke():
    found = measure(["a", "b", "c", "d", "e"], authors=["ann", "bo", "ann", "bo", "ann"])
    assert (found["1"]["same_author"], found["4"]["same_author"]) == (1, 0)
    assert (found["2"]["after_mine"], found["4"]["after_mine"]) == (0, 1)
    assert (found["2"]["author_latest"], found["4"]["author_latest"]) == (0, 1)
    # Before the last comment ann and bo stood side by side three times: 1-2, 2-3, 3-4.
    assert found["4"]["exchanges"] == 3
    assert found["4"]["author_spoke_between"] == 1


def test_times_are_told_in_logarithms_of_seconds():
    found = measure(["a", "b", "c"], minutes=[0, 10, 11])
    assert found["1"]["seconds"] == pytest.approx(np.log1p(660))
    assert found["1"]["pause"] == pytest.approx(np.log1p(60))
    assert np.isnan(found[ARTICLE]["seconds"])


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("Agreed, and more of it.", "agrees"),
        ("No, it is not.", "disagrees"),
        ("That’s not true.", "anaphoric"),
        ("I think you are mistaken.", "addresses"),
        ("Where did that come from? I wonder.", "asks"),
        ("It is not true at all.", "negates"),
    ],
)
def test_openings_are_recognised(text, flag):
    assert measure(["Kerbs kill.", text])["1"][flag] == 1


def test_a_denied_agreement_is_none():
    row = measure(["Kerbs kill.", "That is not true."])["1"]
    assert (row["agrees"], row["negates"]) == (0, 1)


def test_a_plain_remark_has_no_such_opening():
    row = measure(["Kerbs kill.", "Trams run every ten minutes in this town. Do they?"])["1"]
    flags = ("agrees", "disagrees", "anaphoric", "addresses", "asks", "negates")
    assert [row[flag] for flag in flags] == [0] * 6


def test_the_article_is_known_by_its_text():
    assert measure(["a"], article="Lanes.")[ARTICLE]["article_known"] == 1
    assert measure(["a"])[ARTICLE]["article_known"] == 0
