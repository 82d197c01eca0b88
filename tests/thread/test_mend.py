"""Rings, ids used twice, missing and future parents: refused, or mended by name with nothing lost."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from stance.errors import DuplicateId, FutureParent, MissingParent, ReplyCycle, ThreadError
from stance.records import ARTICLE, Article, Comment, Fault, Order, Page
from stance.thread import build_thread, find_ring

START = datetime(2020, 5, 1, tzinfo=UTC)
MANY = 100_000


def parents(thread):
    return {comment.id: comment.parent_id for comment in thread.comments}


def timed(page, minutes):
    comments = [
        replace(comment, posted_at=None if minute is None else START + timedelta(minutes=minute))
        for comment, minute in zip(page.comments, minutes, strict=True)
    ]
    return replace(page, comments=tuple(comments))


def many(parent_of, *, newest_first=False):
    """A page of 100,000 comments without a word; `parent_of` gives the number that a number answers, or None."""
    comments = []
    for at in range(MANY):
        parent = parent_of(at)
        comments.append(Comment(id=str(at), text="", number=at + 1, parent_id=None if parent is None else str(parent)))
    return Page(source="p", article=Article(), comments=tuple(comments[::-1] if newest_first else comments))


@pytest.mark.parametrize("spec", ["a b>b", "a b>c c>b", "a b>d c>b d>c"])
def test_a_ring_of_any_length_is_refused(chain, spec):
    with pytest.raises(
        ReplyCycle, match="Clear parent_id in one of them, or name the fault to be mended: ring"
    ) as caught:
        build_thread(chain(spec))
    assert set(caught.value.comment_ids) == set("bcd") & set(spec)


def test_a_tree_has_no_ring():
    assert find_ring({"a": None, "b": "a", "c": "a", "d": ARTICLE}) == ()


def test_a_ring_is_cut_where_its_oldest_comment_states_a_parent(chain):
    thread = build_thread(chain("a b>d c>b d>c e>d"), mend=[Fault.RING])
    assert parents(thread) == {"a": None, "b": None, "c": "b", "d": "c", "e": "d"}
    assert thread.notes == ("1 ring of replies was cut where its oldest comment states a parent",)


def test_the_oldest_of_a_ring_is_told_by_times_where_all_have_one(chain):
    thread = build_thread(timed(chain("a b>c c>b"), [1, 3, 2]), mend=["ring"])
    assert parents(thread) == {"a": None, "c": None, "b": "c"}


def test_the_oldest_of_a_ring_is_the_lowest_on_a_page_that_runs_newest_first(chain):
    # Three parents stand below their replies and one above: newest first, so that b is the ring's oldest.
    thread = build_thread(chain("e>d d>c c>b b>c a"), mend=["ring"])
    assert thread.order is Order.NEWEST_FIRST
    assert parents(thread) == {"a": None, "b": None, "c": "b", "d": "c", "e": "d"}


def test_every_ring_is_cut_once_and_counted(chain):
    thread = build_thread(chain("a>a b>c c>b d e>g f>e g>f"), mend=["ring"])
    assert parents(thread) == {"a": None, "b": None, "c": "b", "d": None, "e": None, "f": "e", "g": "f"}
    assert thread.notes == ("3 rings of replies were cut where its oldest comment states a parent",)


def test_an_id_used_twice_is_refused_with_all_places(chain):
    with pytest.raises(DuplicateId, match=r"comments 2, 3: all have the id 'b'.*mended: duplicate"):
        build_thread(chain("a b b"))


def test_an_id_used_twice_becomes_new_ids_and_replies_stay_with_the_first(chain):
    thread = build_thread(chain("a b>a b>a b>b c>b"), mend=["duplicate"])
    assert parents(thread) == {"a": None, "b": "a", "b~2": "a", "b~3": "b", "c": "b"}
    assert thread.notes == ("2 comments have an id that was taken and got a new one",)


def test_a_new_id_is_never_one_that_another_comment_has(chain):
    thread = build_thread(chain("b b~2 b b b~2"), mend=["duplicate"])
    assert [comment.id for comment in thread.comments] == ["b", "b~2", "b~3", "b~4", "b~2~2"]


def test_a_comment_with_the_articles_id_is_refused_or_gets_another(chain):
    page = chain("a article b>article")
    with pytest.raises(DuplicateId, match="comment 2 and the article: both have the id 'article'"):
        build_thread(page)
    assert parents(build_thread(page, mend=["duplicate"])) == {"a": None, "article~2": None, "b": ARTICLE}


def test_a_missing_parent_is_cleared_with_a_note(chain):
    thread = build_thread(chain("a b>x c>y d>a"))
    assert parents(thread) == {"a": None, "b": None, "c": None, "d": "a"}
    assert thread.notes == ("2 comments state a parent that is not on the page; it is inferred instead",)


def test_a_missing_parent_is_refused_where_it_is_not_to_be_mended(chain):
    with pytest.raises(MissingParent, match=r"comment 'b'.*'x', is not on the page.*mended: orphan") as caught:
        build_thread(chain("a b>x"), mend=["ring", "duplicate", "future"])
    assert (caught.value.comment_id, caught.value.parent_id) == ("b", "x")


def test_a_parent_posted_later_by_both_times_counts_as_unstated(chain):
    thread = build_thread(timed(chain("a b>c c>a"), [1, 2, 3]))
    assert parents(thread) == {"a": None, "b": None, "c": "a"}
    assert thread.notes == ("1 comment states a parent that was posted later; it is inferred instead",)


@pytest.mark.parametrize("minutes", [[1, 2, None], [1, None, 3], [1, 2, 2]])
def test_a_parent_that_stands_later_without_two_times_against_it_is_placed_first(chain, minutes):
    thread = build_thread(timed(chain("a b>c c>a"), minutes))
    assert parents(thread) == {"a": None, "c": "a", "b": "c"}
    assert thread.notes == ("1 comment stood before what it answers and got a place after it",)


def test_a_future_parent_is_refused_where_it_is_not_to_be_mended(chain):
    with pytest.raises(FutureParent, match=r"comment 'b'.*'c', was posted later.*mended: future"):
        build_thread(timed(chain("a b>c c>a"), [1, 2, 3]), mend=["orphan"])


def test_all_faults_at_once_are_mended_and_no_comment_is_lost(chain):
    page = timed(chain("a a b>c c>b d>x e>f f g>f"), [1, 2, 3, 4, 5, 6, 7, 8])
    thread = build_thread(page, mend=list(Fault))
    links = {"a": None, "a~2": None, "b": None, "c": "b", "d": None, "e": None, "f": None, "g": "f"}
    assert parents(thread) == links
    assert [note.split()[0] for note in thread.notes] == ["1"] * 4
    assert {comment.text for comment in thread.comments} == {comment.text for comment in page.comments}


def test_a_fault_that_is_none_is_a_mistake_of_the_callers(chain):
    with pytest.raises(ValueError, match="'loop' is not a valid Fault"):
        build_thread(chain("a"), mend=["loop"])


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_chain_of_a_hundred_thousand_replies_is_built(newest_first):
    thread = build_thread(many(lambda at: at - 1 if at else None, newest_first=newest_first))
    assert [comment.id for comment in thread.comments] == [str(at) for at in range(MANY)]


def test_a_root_with_a_hundred_thousand_children_is_built():
    thread = build_thread(many(lambda at: 0 if at else None))
    assert sum(comment.parent_id == "0" for comment in thread.comments) == MANY - 1


def test_a_ring_of_a_hundred_thousand_is_refused_in_a_short_message_or_cut():
    page = many(lambda at: (at + 1) % MANY)
    with pytest.raises(ReplyCycle) as caught:
        build_thread(page)
    assert len(caught.value.comment_ids) == MANY
    assert len(str(caught.value)) < 300
    # Read newest first, as all parents but one stand below: the last is the oldest, and it answered the first.
    thread = build_thread(page, mend=["ring"])
    assert [comment.id for comment in thread.comments if comment.parent_id is None] == [str(MANY - 1)]


def test_an_id_used_a_hundred_thousand_times_is_refused_in_a_short_message_or_mended():
    page = many(lambda at: None)
    page = replace(page, comments=tuple(replace(comment, id="a") for comment in page.comments))
    with pytest.raises(DuplicateId) as caught:
        build_thread(page)
    assert len(str(caught.value)) < 300
    assert len({comment.id for comment in build_thread(page, mend=["duplicate"]).comments}) == MANY


@pytest.mark.parametrize("spec", ["{0} {0}", "{0} b>c c>{0} {0}>b", "a>{0}"])
def test_an_id_of_megabytes_or_escapes_does_not_flood_a_message(chain, spec):
    page = chain(spec.format("\x1b[2J" + "x" * 1_000_000))
    with pytest.raises(ThreadError) as caught:
        build_thread(page, mend=[])
    assert len(str(caught.value)) < 400
    assert str(caught.value).isprintable()
