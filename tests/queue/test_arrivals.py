"""What other sites told of: noted once, taken up by one, added to its thread."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from stance.queue import (
    Action,
    Arrival,
    ItemState,
    LoadReport,
    Origin,
    SeenComment,
    Suggestion,
    load_policy,
    open_store,
)
from stance.queue.errands import MOST_TRIES

POLICY = load_policy()
TOLD = Arrival(site="t1", comment_id="c0", delivery="event 1")
ORIGIN = Origin(site="t1", revision="r1", author="id of A0")


@pytest.fixture
def part(analyse):
    """`part({"c0": 1})` is an analysis of these comments of the thread, by the numbers they have in it."""

    def build(numbers, *, texts=None, judge=None):
        texts = texts or [f"You are wrong about bridge {name}, and Israel is too." for name in numbers]
        made = analyse(texts, thread_id="coral:t1:s1", judge=judge)
        ids = dict(zip((one.id for one in made.thread.comments), numbers, strict=True))

        def renamed(one):
            return replace(one, comment_id=ids[one.comment_id])

        comments = tuple(
            replace(
                one,
                id=ids[one.id],
                number=numbers[ids[one.id]],
                posted_at=one.posted_at + timedelta(days=int(ids[one.id][1:])),
            )
            for one in made.thread.comments
        )
        return replace(
            made,
            thread=replace(made.thread, comments=comments),
            replies=tuple(
                replace(renamed(one), parent_id=ids.get(one.parent_id, one.parent_id)) for one in made.replies
            ),
            mentions=tuple(map(renamed, made.mentions)),
            judgements=tuple(map(renamed, made.judgements)),
            queue=tuple(map(renamed, made.queue)),
        )

    return build


def load(store, analysis, origin=ORIGIN):
    origins = dict.fromkeys((one.id for one in analysis.thread.comments), origin)
    return store.arrivals.load(analysis, origins_of=origins, policy=POLICY)


def test_a_delivery_that_comes_twice_is_noted_once(store):
    assert store.arrivals.note(TOLD)
    assert not store.arrivals.note(TOLD)
    assert store.arrivals.note(replace(TOLD, delivery="event 2"))
    assert store.arrivals.note(replace(TOLD, site="t2"))
    assert store.arrivals.counts() == {"pending": 3, "landed": 0, "given up": 0}


def test_what_one_has_taken_up_no_other_is_given_until_it_is_overdue(store, clock):
    store.arrivals.note(TOLD)
    assert store.arrivals.take(sites=["t2"], limit=5) == ()
    (mine,) = store.arrivals.take(sites=["t1"], limit=5)
    assert mine.comment_id == "c0"
    assert store.arrivals.take(sites=["t1"], limit=5) == ()
    clock.move(seconds=61)
    assert store.arrivals.take(sites=["t1"], limit=5) == (mine,)
    store.arrivals.close([mine.id])
    clock.move(seconds=61)
    assert store.arrivals.take(sites=["t1"], limit=5) == ()


def test_what_fails_is_tried_again_with_growing_waits_and_given_up_with_its_reason(store, clock):
    store.arrivals.note(TOLD)
    waits = []
    for _ in range(MOST_TRIES):
        waited = 0
        while not (taken := store.arrivals.take(sites=["t1"], limit=5)):
            clock.move(seconds=10)
            waited += 10
        waits.append(waited)
        store.arrivals.put_off([taken[0].id], why="status 401")
    # 10 seconds, doubled until it is an hour: 0 before the first try, and 20 more waits of an hour after 9 doublings.
    assert waits[:11] == [0, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600]
    assert set(waits[11:]) == {3600}
    assert store.arrivals.counts() == {"pending": 0, "landed": 0, "given up": 1}
    assert store.stats().untold == {"status 401": 1}
    clock.move(days=31)
    assert store.arrivals.forget(older_than=clock() - timedelta(days=30)) == 1


def test_what_was_not_tried_does_not_count_as_a_try(store, clock):
    store.arrivals.note(TOLD)
    for _ in range(MOST_TRIES + 1):
        (taken,) = store.arrivals.take(sites=["t1"], limit=5)
        store.arrivals.rest("t1", [taken.id])
        clock.move(seconds=10)
    assert store.arrivals.counts()["pending"] == 1


def test_a_site_that_is_left_alone_is_so_with_all_that_is_due_and_another_is_not(store, clock):
    for name in ("c0", "c1", "c2"):
        store.arrivals.note(replace(TOLD, comment_id=name, delivery=name))
    store.arrivals.note(replace(TOLD, site="t2"))
    (first, second) = store.arrivals.take(sites=["t1"], limit=2)
    store.arrivals.put_off([first.id], why="status 503")
    store.arrivals.rest("t1", [second.id])
    assert [one.site for one in store.arrivals.take(sites=["t1", "t2"], limit=5)] == ["t2"]
    clock.move(seconds=10)
    assert [one.comment_id for one in store.arrivals.take(sites=["t1", "t2"], limit=5)] == ["c0", "c1", "c2"]


def test_a_thread_grows_and_doubles_nothing(store, part):
    assert load(store, part({"c0": 1, "c2": 2})) == LoadReport(n_new=2)
    assert store.arrivals.known("coral:t1:s1") == {"c0": 1, "c2": 2}
    assert load(store, part({"c0": 1, "c1": 3})) == LoadReport(n_new=1, n_same=1)
    assert load(store, part({"c0": 1, "c1": 3})) == LoadReport(n_same=2)
    entries = store.thread(1).entries
    # c1 was told of last, and stands where its time puts it.
    assert [(one.comment.id, one.comment.number) for one in entries] == [("c0", 1), ("c1", 3), ("c2", 2)]
    assert {actor.id for actor in store.thread(1).actors} == {"Israel", "commenter 1", "commenter 2"}


def test_what_was_decided_and_judged_stays_when_more_of_the_thread_comes(store, part, make_judge):
    load(store, part({"c0": 1, "c1": 2}))
    store.decide(1, version=1, moderator="ann", action=Action.APPROVE)
    before = store.item(1)
    load(store, part({"c0": 1, "c2": 3}, judge=make_judge(attributes={})))
    after = store.item(1)
    assert (after.state, after.judgement, after.version) == (before.state, before.judgement, before.version)
    assert store.verify().sound


def test_an_edited_text_is_open_again_under_its_new_revision(store, part):
    load(store, part({"c0": 1}))
    store.decide(1, version=1, moderator="ann", action=Action.APPROVE)
    assert load(store, part({"c0": 1}, texts=["Another."]), replace(ORIGIN, revision="r2")).n_edited == 1
    item = store.item(1)
    assert item.state is ItemState.OPEN
    store.decide(1, version=item.version, moderator="ann", action=Action.REJECT)
    *_, telling = store.outbox.take(sites=["t1"], limit=5)
    assert telling.revision == "r2"


@pytest.mark.parametrize("numbers", [{"c1": 1}, {"c0": 2}])
def test_who_knew_less_of_the_thread_than_there_is_by_now_writes_nothing(store, part, numbers):
    load(store, part({"c0": 1}))
    assert load(store, part(numbers)) is None
    assert store.arrivals.known("coral:t1:s1") == {"c0": 1}


def test_of_what_was_erased_nothing_comes_back(store, part):
    load(store, part({"c0": 1, "c1": 2}))
    store.purge(item_id=1)
    assert load(store, part({"c0": 1, "c1": 2})) == LoadReport(n_same=1, n_erased=1)
    assert store.arrivals.erased("coral:t1:s1") == {"c0"}
    assert store.item(1).comment.text == ""


@pytest.mark.parametrize("name", ["A0", "id of A0"])
def test_a_person_is_erased_by_either_name_with_all_that_was_seen_of_them(store, part, name):
    load(store, part({"c0": 1}))
    store.seen.remember(SeenComment(tenant="t1", story="s1", text="Mine.", author="id of A0", comment_id="c9"))
    store.seen.remember(SeenComment(tenant="t1", story="s1", text="Not mine.", author="id of A1", comment_id="c8"))
    report = store.purge(author=name)
    assert (report.n_items, report.n_outside) == (1, 1)
    assert store.seen.find("t1", "c9") is None
    assert store.seen.find("t1", "c8") is not None
    assert store.verify().sound


def test_a_decision_from_elsewhere_finds_its_comment_whatever_the_white_space(store, part, analyse):
    load(store, part({"c0": 1}, texts=["You are wrong about the bridge."]))
    store.outside.suggest(
        Suggestion(community="x", text="You are wrong\n\nabout the bridge.", action=Action.APPROVE, comment_id="c0")
    )
    (pending,) = store.outside.take(limit=5)
    store.outside.land(pending, analyse([pending.suggestion.text]), policy=POLICY)
    assert store.item(1).state is ItemState.APPROVED


def test_a_comment_is_found_by_its_id_alone_where_one_tenant_has_it(store):
    mine = SeenComment(tenant="t1", story="s1", text="Mine.", comment_id="c1")
    store.seen.remember(mine)
    assert store.seen.find_anywhere("c1") == mine
    assert store.seen.find_anywhere("c2") is None
    store.seen.remember(replace(mine, tenant="t2"))
    assert store.seen.find_anywhere("c1") is None


def test_a_comment_learns_its_id_also_where_its_white_space_differs(store):
    mine = SeenComment(tenant="t1", story="s1", text="One.\nTwo.", author="a")
    store.seen.remember(mine)
    store.seen.remember(replace(mine, text="One. Two.", comment_id="c1", parent_id="c0"))
    assert store.seen.find("t1", "c1") == replace(mine, comment_id="c1", parent_id="c0")


def test_many_that_add_to_one_thread_at_once_while_others_decide_lose_and_double_nothing(address, part):
    open_store(address).close()

    def add(name):
        with open_store(address, create=False) as own:
            for _ in range(100):
                known = own.arrivals.known("coral:t1:s1")
                numbers = {one: known.get(one, max(known.values(), default=0) + 1) for one in (name,)}
                if load(own, part(numbers)) is not None:
                    return name
        return None

    def decide(_):
        with open_store(address, create=False) as own:
            until = time.monotonic() + 60
            n_decided = 0
            while n_decided < 4 and time.monotonic() < until:
                lease = own.lease("ann")
                if lease is not None:
                    own.decide(lease.item_id, version=lease.version, moderator="ann", action=Action.REJECT)
                    n_decided += 1
            return n_decided

    names = [f"c{n}" for n in range(8)]
    with ThreadPoolExecutor(max_workers=5) as workers:
        deciding = workers.submit(decide, None)
        assert sorted(workers.map(add, names)) == names
        assert deciding.result() == 4
    with open_store(address, create=False) as store:
        known = store.arrivals.known("coral:t1:s1")
        assert sorted(known) == names
        assert sorted(known.values()) == list(range(1, 9))
        assert [one.comment.id for one in store.thread(1).entries] == names
        assert store.outbox.counts()["pending"] == 4
        assert store.verify().sound
