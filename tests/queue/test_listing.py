"""Lists, filters, search and pages."""

from __future__ import annotations

import pytest

from stance.queue import STORE_ORDERS, Cursor, ItemFilter, NoSuchItem, load_policy
from stance.records import ARTICLE, Stance

POLICY = load_policy()


def ids(page):
    return [row.id for row in page.items]


@pytest.mark.parametrize("order", STORE_ORDERS)
def test_pages_join_to_the_whole_list_in_order(queue, order):
    whole = queue.items(order=order, limit=20)
    assert whole.after is None
    joined, after = [], None
    for _ in range(4):
        page = queue.items(order=order, limit=6, after=after)
        joined += ids(page)
        after = page.after and Cursor.parse(str(page.after))
    assert joined == ids(whole)
    keys = {
        "risk": lambda row: -row.priority,
        "uncertain": lambda row: -row.uncertainty,
        "hybrid": lambda row: (1 - row.priority) * (1 - 0.3 * row.uncertainty),
        "newest": lambda row: -row.posted_at.timestamp(),
    }
    assert list(whole.items) == sorted(whole.items, key=keys[order])


def test_equal_priorities_are_not_lost_between_pages(store, analyse):
    store.load([analyse(["the same words"] * 9)], policy=POLICY)
    first = store.items(limit=4)
    assert ids(first) + ids(store.items(limit=9, after=first.after)) == list(range(1, 10))


def test_the_queue_stands_as_the_analysis_ranked_it(queue, analyse):
    assert [row.comment_id for row in queue.items().items] == [item.comment_id for item in analyse(20).queue]


def test_a_lane_holds_what_its_reasons_say_and_ranks_by_them(queue):
    for lane in queue.lanes():
        page = queue.items(ItemFilter(lane=lane.name))
        if lane.name not in {"all", "escalated"}:
            assert all(lane.name in row.lanes for row in page.items)
        assert len(page.items) == lane.n_open
    violent = queue.items(ItemFilter(lane="violence")).items
    risks = [max(r.weight * r.probability for r in queue.item(row.id).reasons if r.line == "threat") for row in violent]
    assert risks == sorted(risks, reverse=True)


@pytest.mark.parametrize("few", [2_000, 0])
def test_filters_find_the_same_whether_few_or_many_pass(queue, analyse, monkeypatch, few):
    monkeypatch.setattr("stance.queue.choosing._FEW", few)
    queue.load([analyse(["Only this one names nobody.", "Israel, again."], thread_id="two")], policy=POLICY)
    rows = {row.id: queue.item(row.id) for row in queue.items(limit=50).items}

    def found(**wanted):
        return set(ids(queue.items(ItemFilter(**wanted), limit=50)))

    def fitting(fits):
        return {item_id for item_id, item in rows.items() if fits(item)}

    assert found(thread_id="two") == fitting(lambda item: item.thread_id == "two")
    assert found(author="A1") == fitting(lambda item: item.comment.author == "A1")
    assert found(actor="Israel") == fitting(lambda item: bool(item.judgement.stances))
    assert found(min_priority=0.9) == fitting(lambda item: item.priority >= 0.9)
    for stance in Stance:
        held = fitting(lambda item, stance=stance: any(one.label is stance for one in item.judgement.stances))
        assert found(stance=stance) == found(actor="Israel", stance=stance) == held
    assert found(search="israel AGAIN", thread_id="two", author="A1") == fitting(
        lambda item: item.thread_id == "two" and item.comment.author == "A1"
    )
    assert found(thread_id="three") == found(actor="Norway") == found(author="A1", search="zeppelin") == set()


@pytest.mark.parametrize(
    ("search", "n"),
    [
        ("bridge", 20),
        ("bridge 7", 1),
        ("BRID", 20),
        ("wrong brid", 20),
        ('"bridge" OR nothing', 0),
        ("bridge' --", 20),
        ("NEAR(", 0),
        ("*", 0),
        ("   ", 20),
        ("%", 0),
    ],
)
def test_a_search_is_for_words_and_never_for_syntax(queue, search, n):
    assert queue.items(ItemFilter(search=search)).count == n


def test_a_thread_is_given_whole_and_in_order(queue, analyse):
    thread = queue.thread(5)
    analysis = analyse(20)
    assert [entry.comment for entry in thread.entries] == list(analysis.thread.comments)
    assert [entry.reply for entry in thread.entries] == list(analysis.replies)
    assert thread.entries[0].reply.parent_id == ARTICLE
    assert (thread.article, thread.actors) == (analysis.thread.article, analysis.actors)


def test_the_count_stops_at_its_cap(queue, monkeypatch):
    monkeypatch.setattr("stance.queue.listing.COUNT_CAP", 7)
    page = queue.items(limit=3)
    assert (page.count, page.count_cap) == (7, 7)


def test_what_is_not_there_is_said(queue):
    with pytest.raises(NoSuchItem, match="item 99"):
        queue.item(99)
    with pytest.raises(NoSuchItem, match="item 99"):
        queue.thread(99)


@pytest.mark.parametrize("given", [{"limit": 0}, {"limit": 501}, {"order": "oldest"}])
def test_what_no_list_can_be_is_refused(queue, given):
    with pytest.raises(ValueError, match="want"):
        queue.items(**given)
    with pytest.raises(ValueError, match="lane"):
        queue.items(ItemFilter(lane="nowhere"))


@pytest.mark.parametrize("text", ["", "1.0", "1.0_", "_5", "1.0_-5", "x_5", "1" * 100 + "_5", "1.0_٥"])
def test_a_cursor_is_read_only_as_it_was_written(text):
    assert Cursor.parse(str(Cursor(0.1 + 0.2, 7))) == Cursor(0.1 + 0.2, 7)
    with pytest.raises(ValueError):  # noqa: PT011 - some come from float()
        Cursor.parse(text)
