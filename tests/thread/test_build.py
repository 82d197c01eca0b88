from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from stance.records import Article, Comment, Order, Page
from stance.thread import build_thread

START = datetime(2020, 5, 1, tzinfo=UTC)


def ids(thread):
    return "".join(comment.id for comment in thread.comments)


def timed(page, minutes):
    comments = [
        replace(comment, posted_at=START + timedelta(minutes=minute) if minute is not None else None)
        for comment, minute in zip(page.comments, minutes, strict=True)
    ]
    return replace(page, comments=tuple(comments))


def test_stated_parents_above_their_replies_prove_oldest_first(chain):
    thread = build_thread(chain("a b>a c>b d>a"))
    assert (thread.order, ids(thread)) == (Order.OLDEST_FIRST, "abcd")
    assert thread.order_probability > 0.99


def test_stated_parents_below_their_replies_turn_the_page(chain):
    thread = build_thread(chain("d>a c>b b>a a"))
    assert (thread.order, ids(thread)) == (Order.NEWEST_FIRST, "abcd")
    assert thread.order_probability > 0.99


def test_times_prove_the_order_and_sort_the_comments(chain):
    thread = build_thread(timed(chain("e d c b a"), [5, 4, 2, 3, 1]))
    assert (thread.order, ids(thread)) == (Order.NEWEST_FIRST, "acbde")


def test_some_times_are_evidence_but_do_not_sort(chain):
    thread = build_thread(timed(chain("d c b a"), [4, None, 2, 1]))
    assert (thread.order, ids(thread)) == (Order.NEWEST_FIRST, "abcd")


def test_without_evidence_the_order_is_unknown_and_kept(chain):
    thread = build_thread(chain("a b c"))
    assert (thread.order, thread.order_probability, ids(thread)) == (Order.UNKNOWN, 0.6, "abc")


def test_evidence_that_cancels_out_leaves_the_order_unknown(chain):
    assert build_thread(chain("a b>a c>d d")).order is Order.UNKNOWN


def test_a_parent_that_stands_later_is_placed_first_and_none_is_lost(chain):
    thread = build_thread(chain("a b>a c>e d>a e>a f>e"))
    assert ids(thread) == "abdecf"
    assert "1 comment stood before what it answers and got a place after it" in thread.notes


def test_a_quotation_proves_its_comment_the_younger():
    own = "The harbour needs a second crane before the winter storms begin."
    texts = {"b": f"“{own}” Says who?", "a": own}
    comments = tuple(
        Comment(id=name, text=text, number=number) for number, (name, text) in enumerate(texts.items(), start=1)
    )
    thread = build_thread(Page(source="p", article=Article(), comments=comments))
    # One quotation of error rate 0.1 against a prior of 0.6: odds 9 * 0.4 / 0.6 = 6, so 6 / 7.
    assert thread.order is Order.NEWEST_FIRST
    assert thread.order_probability == pytest.approx(6 / 7)
    assert ids(thread) == "ab"


def test_words_of_the_article_prove_no_order():
    own = "The harbour needs a second crane before the winter storms begin."
    comments = (Comment(id="b", text=f"“{own}” Why?", number=1), Comment(id="a", text=own, number=2))
    thread = build_thread(Page(source="p", article=Article(text=own), comments=comments))
    assert thread.order is Order.UNKNOWN


def test_the_thread_is_named_after_its_file_unless_told(chain):
    assert build_thread(chain("a", source="some/page.txt")).id == "page"
    assert build_thread(chain("a"), thread_id="t1").id == "t1"
