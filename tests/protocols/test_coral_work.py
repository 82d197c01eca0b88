"""Comments that Coral told of: fetched, judged, and added to their story's thread, whatever happens in between."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stance.protocols.coral_settings import Tenant
from stance.protocols.coral_story import fetch_story, make_thread
from stance.protocols.coral_work import load_arrivals
from stance.protocols.errors import CannotJudge, Overloaded
from stance.protocols.feedback import take_in
from stance.queue import Action, Arrival, ItemState

THREAD = "coral:t1:s1"


@pytest.fixture
def tenant(coral):
    return Tenant(id="t1", webhook_secrets=(b"whsec_1",), graphql_url=coral.url, token="a-token")


@pytest.fixture
def tell(store):
    """`tell(comment, event)` notes an event about a comment."""
    return lambda comment, event="e1": store.arrivals.note(Arrival(site="t1", comment_id=comment, delivery=event))


@pytest.fixture
def wait_a_year(monkeypatch):
    """Whatever waits is due after `wait_a_year(store)`."""

    def wait(store):
        later = store._clock() + timedelta(days=365)
        monkeypatch.setattr(store, "_clock", lambda: later)

    return wait


def work(store, scoring, *tenants):
    return asyncio.run(load_arrivals(store, scoring, tenants))


def texts(store, thread=THREAD):
    """The texts of the thread's comments, by id."""
    known = store.arrivals.known(thread)
    return {store.item(n).comment.id: store.item(n).comment.text for n in range(1, len(known) + 1)}


def test_a_thread_grows_by_what_comes_later(tell, tenant, store, scoring, coral):
    for n, name in enumerate(("c1", "c2", "c3")):
        if name == "c3":
            coral.add("c3", "No, you are.", parent="c1", author="kim")
        tell(name, f"e{n}")
        work(store, scoring, tenant)
    entries = store.thread(1).entries
    assert [(one.comment.id, one.comment.number) for one in entries] == [("c0", 1), ("c1", 2), ("c2", 3), ("c3", 4)]
    assert store.stats().n_threads == 1


def test_an_edited_comment_is_open_again(tell, tenant, store, scoring, coral):
    tell("c1")
    work(store, scoring, tenant)
    store.decide(2, version=1, moderator="ann", action=Action.APPROVE)
    coral.add("c1", "Entirely different.", parent="c0")
    tell("c1", "e2")
    work(store, scoring, tenant)
    item = store.item(2)
    assert (item.comment.text, item.state) == ("Entirely different.", ItemState.OPEN)


@pytest.mark.parametrize(("status", "state"), [("APPROVED", ItemState.APPROVED), ("REJECTED", ItemState.REJECTED)])
def test_what_corals_moderators_decided_is_a_decision_from_outside_and_is_not_told_back(
    tell, tenant, store, scoring, coral, status, state
):
    tell("c1")
    work(store, scoring, tenant)
    coral.comments["c1"]["status"] = status
    tell("c1", "e2")
    work(store, scoring, tenant)
    asyncio.run(take_in(store, scoring))
    item = store.item(2)
    assert item.state is state
    assert item.history[0].moderator.startswith("outside: Coral: 127.0.0.1")
    assert store.outbox.counts()["pending"] == 0
    assert store.stats().n_threads == 1


@pytest.mark.parametrize(
    ("behave", "why"),
    [
        (401, "status 401"),
        (503, "status 503"),
        ("redirect", "status 302"),
        ("deaf", "RemoteDisconnected"),
        ("late", "TimeoutError"),
        ("drip", "TimeoutError"),
    ],
)
def test_what_coral_does_not_give_is_asked_for_again_later(
    tell, tenant, store, scoring, coral, behave, why, monkeypatch, caplog, wait_a_year
):
    for n in range(20):
        tell("c1", f"e{n}")
    tell("c2", "another")
    coral.behave = behave
    monkeypatch.setattr("stance.protocols.coral_story.ANSWER_SECONDS", 0.2)
    work(store, scoring, tenant)
    # Nothing else is tried: a Coral that fails is left alone for a while.
    assert work(store, scoring, tenant) == 0
    assert len(coral.asked) == 1
    assert store.arrivals.counts() == {"pending": 21, "landed": 0, "given up": 0}
    assert why in caplog.text
    assert "a-token" not in caplog.text
    coral.behave = "well"
    monkeypatch.setattr("stance.protocols.coral_story.ANSWER_SECONDS", 5.0)
    wait_a_year(store)
    while work(store, scoring, tenant):
        pass
    assert store.arrivals.counts() == {"pending": 0, "landed": 21, "given up": 0}
    assert set(texts(store)) == {"c0", "c1", "c2"}


def test_several_events_of_one_comment_and_several_comments_of_one_story_are_judged_at_once(
    tell, tenant, store, scoring, coral, constant_judge
):
    for n, name in enumerate(("c1", "c1", "c2", "c1")):
        tell(name, f"e{n}")
    constant_judge.cases.clear()
    assert work(store, scoring, tenant) == 4
    assert len(coral.asked) == 2
    assert [case.comment_id for case in constant_judge.cases] == ["c0", "c1", "c2"]
    assert store.arrivals.counts() == {"pending": 0, "landed": 4, "given up": 0}


def test_a_token_that_ran_out_is_told_of_with_the_mend(tell, tenant, store, scoring, coral, caplog):
    coral.token = "another"
    tell("c1")
    work(store, scoring, tenant)
    assert "status 401. Put the token of an administrator into the settings" in caplog.text


def test_a_comment_that_is_gone_is_not_waited_for(tell, tenant, store, scoring, coral):
    coral.comments["c1"]["body"] = None
    tell("c1")
    tell("nowhere", "e2")
    work(store, scoring, tenant)
    assert store.arrivals.counts() == {"pending": 0, "landed": 2, "given up": 0}
    assert store.stats().n_threads == 0


def test_a_comment_that_is_too_long_to_judge_is_left_out_with_the_reason(tell, tenant, store, scoring, coral):
    coral.add("c3", "word " * 5000, parent="c0")
    coral.add("c4", "Too long.", parent="c3")
    tell("c3")
    tell("c4", "e2")
    work(store, scoring, tenant)
    assert store.arrivals.counts() == {"pending": 0, "landed": 2, "given up": 0}
    assert texts(store) == {"c0": "The bridge stands.", "c4": "Too long."}


def test_a_reply_to_what_is_gone_is_loaded_without_it(tell, tenant, store, scoring, coral):
    coral.comments["c0"]["body"] = None
    tell("c1")
    work(store, scoring, tenant)
    assert texts(store) == {"c1": "It does not, you fool."}


def test_while_too_much_waits_for_the_judge_comments_wait_as_well(tell, tenant, store, scoring, monkeypatch):
    async def overloaded(*_):
        raise Overloaded

    tell("c1")
    monkeypatch.setattr(scoring, "analyze", overloaded)
    work(store, scoring, tenant)
    assert store.arrivals.counts()["pending"] == 1


def test_what_cannot_be_judged_is_left_and_the_rest_goes_on(tell, tenant, store, scoring, monkeypatch, coral):
    coral.add("d0", "Another story.", story="s2")
    analyze = scoring.analyze

    async def fail_on_one(thread):
        if thread.id == THREAD:
            raise CannotJudge(kind="RuntimeError")
        return await analyze(thread)

    tell("c1")
    tell("d0", "e2")
    monkeypatch.setattr(scoring, "analyze", fail_on_one)
    work(store, scoring, tenant)
    assert store.arrivals.counts()["pending"] == 0
    assert store.thread(1).id == "coral:t1:s2"


def test_a_crash_between_acknowledgement_and_loading_loses_nothing(
    tell, tenant, store, scoring, monkeypatch, wait_a_year
):
    tell("c1")
    with monkeypatch.context() as crashing:

        def crash(*_, **__):
            raise KeyboardInterrupt

        crashing.setattr("stance.protocols.coral_work._conclude", crash)
        with pytest.raises(KeyboardInterrupt):
            work(store, scoring, tenant)
    assert store.arrivals.counts()["pending"] == 1
    wait_a_year(store)
    work(store, scoring, tenant)
    assert store.arrivals.counts()["landed"] == 1
    assert len(texts(store)) == 2


def test_what_others_add_to_the_thread_meanwhile_is_taken_into_account(tell, tenant, store, scoring, monkeypatch):
    """Two servers fetch two parts of one story: who is second looks again."""
    tell("c2", "e1")
    analyze = scoring.analyze
    n_asked = []

    async def analyze_after_others(thread):
        analysis = await analyze(thread)
        n_asked.append(1)
        if len(n_asked) == 1:
            tell("c1", "e2")
            await load_arrivals(store, scoring, [tenant])
        return analysis

    monkeypatch.setattr(scoring, "analyze", analyze_after_others)
    work(store, scoring, tenant)
    assert store.arrivals.counts() == {"pending": 0, "landed": 2, "given up": 0}
    assert store.arrivals.known(THREAD) == {"c0": 1, "c1": 2, "c2": 3}


def test_what_was_erased_here_is_neither_loaded_nor_kept_again(tell, tenant, store, scoring):
    tell("c1")
    work(store, scoring, tenant)
    assert store.seen.find("t1", "c1").author == "id of lee"
    store.purge(author="lee")
    tell("c1", "e2")
    work(store, scoring, tenant)
    assert store.item(2).state is ItemState.ERASED
    assert store.seen.find("t1", "c1") is None
    assert store.seen.find("t1", "c0") is not None


def test_whatever_coral_answers_is_a_story_or_none(tenant, monkeypatch):
    ids = st.sampled_from(["c0", "c1", "", "\x00", "x" * 201])
    fields = "id body createdAt status deleted author username parent revision story url metadata title parents nodes"
    names = st.sampled_from(fields.split())
    scalars = st.none() | st.booleans() | st.integers() | st.text() | ids
    values = st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=8), max_leaves=25
    )
    nodes = st.fixed_dictionaries(
        {"id": ids, "body": values, "parent": values | st.fixed_dictionaries({"id": ids})},
        optional={"createdAt": values | st.just("0001-01-01T00:00:00+23:59"), "author": values, "status": values},
    )
    stories = st.fixed_dictionaries({"id": ids}, optional={"metadata": values, "url": values})
    parents = st.fixed_dictionaries({"nodes": st.lists(nodes | values, max_size=4)})

    @settings(deadline=None, max_examples=80)
    @given(values, nodes, stories, parents)
    def fetch(more, node, story, above):
        told = {**(more if isinstance(more, dict) else {}), **node, "story": story, "parents": above}
        for answer in (told, more):
            monkeypatch.setattr("stance.protocols.coral_story.ask", lambda *_, **__: {"comment": answer})  # noqa: B023
            found = fetch_story(tenant, "c0")
            if found is not None:
                thread = make_thread(tenant, found, {"c1": 7})
                assert len({one.number for one in thread.comments}) == len(found.comments)

    fetch()
