"""Decisions that other sites are to be told: written with the decision, cancelled by an undo, never an echo."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event

from stance.queue import (
    Action,
    Choice,
    ItemState,
    Origin,
    QueueBroken,
    RejectReason,
    ReviewRates,
    Suggestion,
    load_policy,
)

POLICY = load_policy()
ORIGIN = Origin(site="t1", revision="r1", author="id of A0")


@pytest.fixture
def queue(store, analyse):
    """A queue of three comments that are from a site, c2's decisions not to be told, and two of no site."""
    known = {"c0": ORIGIN, "c1": ORIGIN, "c2": replace(ORIGIN, revision=None)}
    store.arrivals.load(analyse(3, thread_id="coral:t1:s1"), origins_of=known, policy=POLICY)
    store.load([analyse(["Of no site.", "Of none."])], policy=POLICY)
    return store


def decide(queue, item_id, action, **more):
    return queue.decide(item_id, version=queue.item(item_id).version, moderator="ann", action=action, **more)


def take(queue):
    return [(one.comment_id, one.action) for one in queue.outbox.take(sites=["t1"], limit=10)]


def test_a_decision_on_a_sites_comment_is_to_be_told_to_it(queue):
    decide(queue, 1, Action.REJECT, reason=RejectReason.SPAM)
    decide(queue, 2, Action.APPROVE)
    told = queue.outbox.take(sites=["t1"], limit=10)
    assert [(one.comment_id, one.revision, one.action, one.reason) for one in told] == [
        ("c0", "r1", Action.REJECT, RejectReason.SPAM),
        ("c1", "r1", Action.APPROVE, None),
    ]
    for one in told:
        queue.outbox.close(one)
    assert queue.outbox.counts() == {"pending": 0, "told": 2, "cancelled": 0, "given up": 0}
    assert queue.stats().telling["told"] == 2


@pytest.mark.parametrize("action", [Action.ESCALATE, Action.DEFER])
def test_what_no_site_knows_is_not_told(queue, action):
    decide(queue, 1, action)
    assert take(queue) == []


def test_of_comments_of_nobodys_or_whose_site_is_not_to_be_told_nothing_is(queue):
    for item_id in (3, 4):
        decide(queue, item_id, Action.REJECT)
    assert queue.outbox.counts()["pending"] == 0


def test_a_second_review_moves_nothing_and_tells_nothing(queue):
    decide(queue, 1, Action.REJECT)
    queue.set_review_rates(ReviewRates(second=1.0))
    lease = queue.lease("bob")
    assert lease is not None
    queue.decide(lease.item_id, version=lease.version, moderator="bob", action=Action.APPROVE)
    assert take(queue) == [("c0", Action.REJECT)]


def test_what_is_taken_back_before_it_was_told_is_not_told(queue):
    decide(queue, 1, Action.REJECT)
    queue.undo(moderator="ann")
    assert take(queue) == []
    assert queue.outbox.counts()["cancelled"] == 1


def test_taking_back_a_second_decision_tells_the_first_again_with_its_reason(queue):
    decide(queue, 1, Action.REJECT, reason=RejectReason.GROUP)
    (first,) = queue.outbox.take(sites=["t1"], limit=10)
    queue.outbox.close(first)
    decide(queue, 1, Action.APPROVE)
    queue.undo(moderator="ann")
    (again,) = queue.outbox.take(sites=["t1"], limit=10)
    assert (again.action, again.reason) == (Action.REJECT, RejectReason.GROUP)


def test_what_is_decided_anew_replaces_what_was_not_told_yet(queue):
    decide(queue, 1, Action.REJECT)
    decide(queue, 1, Action.APPROVE)
    assert take(queue) == [("c0", Action.APPROVE)]


def test_a_later_decision_waits_while_an_earlier_one_may_still_be_told(queue, clock):
    decide(queue, 1, Action.REJECT)
    assert take(queue) == [("c0", Action.REJECT)]
    decide(queue, 1, Action.APPROVE)
    assert take(queue) == []
    clock.move(seconds=61)
    assert take(queue) == [("c0", Action.APPROVE)]


def test_a_later_decision_does_not_wait_for_the_wait_of_an_earlier_one(queue, clock):
    decide(queue, 1, Action.REJECT)
    (first,) = queue.outbox.take(sites=["t1"], limit=10)
    for _ in range(8):  # the next try is in 1,280 seconds
        queue.outbox.put_off([first.id], why="status 503")
    decide(queue, 1, Action.APPROVE)
    assert take(queue) == [("c0", Action.APPROVE)]
    clock.move(seconds=2000)
    assert take(queue) == [("c0", Action.APPROVE)]


def land(queue, analyse, action, text):
    queue.outside.suggest(Suggestion(community="x", text=text, action=action, comment_id="c0"))
    for pending in queue.outside.take(limit=5):
        queue.outside.land(pending, analyse([text]), policy=POLICY)


def test_what_a_site_decided_is_not_told_to_it(queue, analyse):
    land(queue, analyse, Action.APPROVE, queue.item(1).comment.text)
    assert queue.item(1).state is ItemState.APPROVED
    assert queue.outbox.counts()["pending"] == 0


def test_what_a_site_was_told_and_says_itself_is_no_decision_of_its_own(queue, analyse):
    text = queue.item(1).comment.text
    decide(queue, 1, Action.APPROVE)
    (telling,) = queue.outbox.take(sites=["t1"], limit=10)
    queue.outbox.close(telling)
    queue.undo(moderator="ann")
    land(queue, analyse, Action.APPROVE, text)
    assert queue.item(1).state is ItemState.OPEN
    # What the site decides otherwise is its own.
    queue.release(1, moderator="ann")
    land(queue, analyse, Action.REJECT, text)
    assert queue.item(1).state is ItemState.REJECTED
    land(queue, analyse, Action.APPROVE, text)
    assert queue.item(1).state is ItemState.APPROVED
    assert queue.outbox.counts()["pending"] == 0
    assert queue.verify().sound


def test_what_a_site_decides_on_another_text_than_the_one_it_was_told_of_is_its_own(queue, analyse):
    decide(queue, 1, Action.APPROVE)
    (telling,) = queue.outbox.take(sites=["t1"], limit=10)
    queue.outbox.close(telling)
    edited = analyse(["Another text.", "You are wrong about bridge 1, and Israel is too."], thread_id="coral:t1:s1")
    known = {"c0": replace(ORIGIN, revision="r2"), "c1": ORIGIN}
    assert queue.arrivals.load(edited, origins_of=known, policy=POLICY).n_edited == 1
    land(queue, analyse, Action.APPROVE, "Another text.")
    assert queue.item(1).state is ItemState.APPROVED


def test_what_was_told_though_it_was_taken_back_in_the_meantime_counts_as_told(queue):
    decide(queue, 1, Action.REJECT)
    (telling,) = queue.outbox.take(sites=["t1"], limit=10)
    queue.undo(moderator="ann")
    queue.outbox.close(telling)
    assert queue.outbox.counts() == {"pending": 0, "told": 1, "cancelled": 0, "given up": 0}


def test_a_decision_that_is_not_written_is_not_told_either(queue, monkeypatch):
    """What is to be told stands and falls with the decision: they are one transaction."""

    def fail(connection, cursor, statement, *_):
        if statement.startswith("INSERT INTO changes"):
            cursor.execute("SELECT nothing FROM nowhere")

    engine = queue._database._engine
    event.listen(engine, "before_cursor_execute", fail)
    with pytest.raises(QueueBroken):
        decide(queue, 1, Action.REJECT)
    event.remove(engine, "before_cursor_execute", fail)
    assert queue.item(1).history == ()
    assert queue.outbox.counts()["pending"] == 0


def test_what_can_never_be_told_is_given_up_with_its_reason_and_forgotten_in_the_end(queue, clock):
    decide(queue, 1, Action.REJECT)
    (telling,) = queue.outbox.take(sites=["t1"], limit=10)
    queue.outbox.give_up(telling, why="the comment is not there any more")
    stats = queue.stats()
    assert stats.telling["given up"] == 1
    assert stats.untold == {"the comment is not there any more": 1}
    decide(queue, 2, Action.REJECT)
    clock.move(days=31)
    assert queue.outbox.forget(older_than=clock() - timedelta(days=30)) == 1
    assert take(queue) == [("c1", Action.REJECT)]


def test_a_bulk_of_decisions_is_told_one_by_one(store, analyse):
    analysis = analyse(502, thread_id="coral:t1:s1")
    store.arrivals.load(analysis, origins_of={one.id: ORIGIN for one in analysis.thread.comments}, policy=POLICY)
    store.decide_many([Choice(item_id=n, version=1, action=Action.APPROVE) for n in range(1, 503)], moderator="ann")
    assert store.outbox.counts()["pending"] == 502
    store.undo(moderator="ann")
    assert store.outbox.counts() == {"pending": 0, "told": 0, "cancelled": 502, "given up": 0}
