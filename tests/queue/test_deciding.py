"""Leases, decisions and undoing: two never decide the same, and nothing decided is lost."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy.dialects import sqlite

from stance.queue import (
    Action,
    Choice,
    Erased,
    ItemFilter,
    ItemState,
    NoSuchItem,
    NothingToUndo,
    Purpose,
    RejectReason,
    ReviewRates,
    StaleItem,
)
from stance.queue.leases import due_items


def take_and(queue, moderator, action, **more):
    lease = queue.lease(moderator)
    return queue.decide(lease.item_id, version=lease.version, moderator=moderator, action=action, **more)


def test_the_riskiest_comes_first_and_each_moderator_gets_another(queue):
    first, second, third = (row.id for row in queue.items(limit=3).items)
    assert [queue.lease(name).item_id for name in ("ann", "bob", "eve")] == [first, second, third]


def test_a_moderator_gets_again_what_they_hold_unless_they_avoid_it(queue):
    first, second = (row.id for row in queue.items(limit=2).items)
    assert queue.lease("ann").item_id == first
    assert queue.lease("ann").item_id == first
    assert queue.lease("ann", avoid=[first]).item_id == second


def test_a_lease_runs_out_after_ten_minutes_unless_renewed(queue, clock):
    lease = queue.lease("ann")
    clock.move(minutes=9)
    renewed = queue.renew(lease.item_id, moderator="ann")
    clock.move(minutes=9)
    assert queue.lease("bob").item_id != lease.item_id
    assert (renewed.expires_at - clock.now).total_seconds() == 60
    clock.move(minutes=1)
    assert queue.lease("eve").item_id == lease.item_id
    with pytest.raises(StaleItem, match="you hold it no longer"):
        queue.renew(lease.item_id, moderator="ann")


def test_what_is_let_go_is_free_at_once(queue):
    lease = queue.lease("ann")
    queue.release(lease.item_id, moderator="bob")
    assert queue.item(lease.item_id).holder == "ann"
    queue.release(lease.item_id, moderator="ann")
    assert queue.lease("bob").item_id == lease.item_id


@pytest.mark.parametrize(
    ("action", "state"),
    [
        (Action.APPROVE, ItemState.APPROVED),
        (Action.REJECT, ItemState.REJECTED),
        (Action.ESCALATE, ItemState.ESCALATED),
        (Action.DEFER, ItemState.DEFERRED),
    ],
)
def test_a_decision_moves_the_item_and_tells_all_it_was_made_on(queue, clock, action, state):
    lease = queue.lease("ann")
    before = queue.item(lease.item_id)
    decision = queue.decide(
        lease.item_id, version=lease.version, moderator="ann", action=action, note="a note", seconds=2.5
    )
    after = queue.item(lease.item_id)
    assert (after.state, after.version, after.holder) == (state, before.version + 1, None)
    assert after.history == (decision,)
    assert (decision.note, decision.seconds, decision.decided_at) == ("a note", 2.5, clock.now)
    assert (decision.revision, decision.model_id) == (before.revision, "constant@0")
    assert decision.scores["priority"] == before.priority
    assert lease.item_id not in [row.id for row in queue.items().items]
    assert [row.id for row in queue.items(ItemFilter(state=state)).items] == [lease.item_id]


def test_a_stale_decision_changes_nothing(queue):
    lease = queue.lease("ann")
    queue.decide(lease.item_id, version=lease.version, moderator="ann", action=Action.APPROVE)
    before = queue.item(lease.item_id)
    with pytest.raises(StaleItem, match="at version 2, and you saw 1") as caught:
        queue.decide(lease.item_id, version=lease.version, moderator="bob", action=Action.REJECT)
    assert caught.value.stale == (lease.item_id,)
    assert queue.item(lease.item_id) == before


def test_nobody_decides_what_somebody_else_holds(queue, clock):
    lease = queue.lease("ann")
    with pytest.raises(StaleItem, match="somebody else holds it"):
        queue.decide(lease.item_id, version=lease.version, moderator="bob", action=Action.REJECT)
    clock.move(minutes=10)
    queue.decide(lease.item_id, version=lease.version, moderator="bob", action=Action.REJECT)
    with pytest.raises(StaleItem, match="version"):
        queue.decide(lease.item_id, version=lease.version, moderator="ann", action=Action.APPROVE)


def test_an_earlier_decision_can_be_changed_knowingly(queue):
    decision = take_and(queue, "ann", Action.APPROVE)
    queue.decide(decision.item_id, version=2, moderator="bob", action=Action.REJECT, reason=RejectReason.SPAM)
    item = queue.item(decision.item_id)
    assert item.state is ItemState.REJECTED
    assert [one.moderator for one in item.history] == ["ann", "bob"]
    assert queue.verify().sound


def test_what_is_due_is_found_by_its_index(sqlite_queue):
    asked = due_items(now=0).compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    with sqlite3.connect(sqlite_queue) as connection:
        plan = " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {asked}"))
    assert "items_by_due" in plan


def test_what_is_deferred_comes_back_after_an_hour(queue, clock):
    decision = take_and(queue, "ann", Action.DEFER)
    assert queue.lease("ann").item_id != decision.item_id
    clock.move(minutes=61)
    assert queue.lease("bob").item_id == decision.item_id
    assert queue.verify().sound


def test_what_is_escalated_stands_in_a_lane_of_its_own(queue):
    decision = take_and(queue, "ann", Action.ESCALATE, reason=RejectReason.OTHER)
    escalated = ItemFilter(lane="escalated")
    assert [row.id for row in queue.items(escalated).items] == [decision.item_id]
    assert {lane.name: lane.n_open for lane in queue.lanes()}["escalated"] == 1
    assert queue.lease("admin", wanted=escalated).item_id == decision.item_id


def test_undo_is_a_further_decision_and_gives_the_item_back(queue):
    decision = take_and(queue, "ann", Action.REJECT)
    (undone,) = queue.undo(moderator="ann")
    item = queue.item(decision.item_id)
    assert (undone.action, undone.undoes) == (Action.UNDO, decision.sequence)
    assert (item.state, item.holder) == (ItemState.OPEN, "ann")
    assert item.history == (decision, undone)
    assert queue.verify().sound


def test_undo_goes_back_one_decision_after_the_other(queue):
    made = [take_and(queue, "ann", Action.REJECT) for _ in range(3)]
    take_and(queue, "bob", Action.APPROVE)
    assert [queue.undo(moderator="ann")[0].undoes for _ in range(3)] == [one.sequence for one in reversed(made)]
    with pytest.raises(NothingToUndo, match="no decision that stands"):
        queue.undo(moderator="ann")


def test_undo_leaves_alone_what_others_decided_since(queue):
    decision = take_and(queue, "ann", Action.APPROVE)
    queue.decide(decision.item_id, version=2, moderator="bob", action=Action.REJECT)
    with pytest.raises(NothingToUndo, match="followed by another"):
        queue.undo(moderator="ann")


def test_only_who_may_takes_back_somebody_elses_decision(queue):
    decision = take_and(queue, "ann", Action.APPROVE)
    with pytest.raises(NothingToUndo, match="another moderator's"):
        queue.undo(moderator="bob", sequence=decision.sequence)
    queue.undo(moderator="bob", sequence=decision.sequence, others=True)
    with pytest.raises(NothingToUndo, match="taken back already"):
        queue.undo(moderator="bob", sequence=decision.sequence, others=True)


def test_many_are_decided_at_once_and_undone_at_once(queue):
    rows = queue.items(limit=5).items
    made = queue.decide_many(
        [Choice(item_id=row.id, version=row.version, action=Action.REJECT) for row in rows], moderator="ann"
    )
    assert {one.batch for one in made} == {made[0].sequence}
    assert {row.id for row in queue.items(ItemFilter(state=ItemState.REJECTED)).items} == {row.id for row in rows}
    assert {one.undoes for one in queue.undo(moderator="ann")} == {one.sequence for one in made}
    assert queue.items(ItemFilter(state=ItemState.REJECTED)).items == ()
    assert queue.verify().sound


def test_of_many_none_is_decided_where_one_is_stale(queue):
    rows = queue.items(limit=5).items
    queue.decide(rows[2].id, version=rows[2].version, moderator="bob", action=Action.APPROVE)
    held = queue.lease("bob", avoid=[rows[0].id])
    choices = [Choice(item_id=row.id, version=row.version, action=Action.REJECT) for row in rows]
    with pytest.raises(StaleItem) as caught:
        queue.decide_many(choices, moderator="ann")
    assert set(caught.value.stale) == {rows[2].id, held.item_id}
    assert queue.items(ItemFilter(state=ItemState.REJECTED)).items == ()


def test_what_is_not_there_or_erased_cannot_be_decided(queue):
    with pytest.raises(NoSuchItem, match="item 999"):
        queue.decide(999, version=1, moderator="ann", action=Action.APPROVE)
    (row,) = queue.items(limit=1).items
    queue.purge(item_id=row.id)
    with pytest.raises(Erased):
        queue.decide(row.id, version=2, moderator="ann", action=Action.APPROVE)


@pytest.mark.parametrize(
    ("more", "match"),
    [
        ({"action": Action.UNDO}, "want undo"),
        ({"action": Action.APPROVE, "reason": RejectReason.SPAM}, "with reject or escalate"),
        ({"action": Action.REJECT, "seconds": float("nan")}, "finite"),
        ({"action": Action.REJECT, "seconds": -1.0}, "not negative"),
        ({"action": Action.REJECT, "note": "n" * 10_001}, "10000 at most"),
        ({"action": Action.REJECT, "moderator": "a\x1b[2J"}, "printable"),
        ({"action": Action.REJECT, "moderator": ""}, "1 to 80"),
    ],
)
def test_what_no_caller_may_ask_for_is_refused(queue, more, match):
    with pytest.raises(ValueError, match=match):
        queue.decide(1, **({"version": 1, "moderator": "ann"} | more))


def test_a_note_no_database_can_hold_is_kept_as_it_can(queue):
    decision = take_and(queue, "ann", Action.REJECT, note="\x00 and \ud800")
    assert queue.item(decision.item_id).history[0].note == "\ufffd and \ufffd"
    assert queue.verify().sound


def test_a_second_review_moves_nothing_and_is_another_moderators(queue):
    decision = take_and(queue, "ann", Action.REJECT)
    queue.set_review_rates(ReviewRates(second=1.0))
    assert queue.lease("ann").purpose is Purpose.QUEUE
    lease = queue.lease("bob")
    assert (lease.item_id, lease.purpose) == (decision.item_id, Purpose.SECOND)
    review = queue.decide(lease.item_id, version=lease.version, moderator="bob", action=Action.APPROVE)
    assert (review.purpose, review.state_after) == (Purpose.SECOND, ItemState.REJECTED)
    assert queue.item(decision.item_id).state is ItemState.REJECTED
    assert queue.lease("eve").purpose is Purpose.QUEUE
    assert queue.verify().sound


def test_a_second_review_stays_one_when_its_lease_runs_out(queue, clock):
    decision = take_and(queue, "ann", Action.REJECT)
    queue.set_review_rates(ReviewRates(second=1.0))
    lease = queue.lease("bob")
    clock.move(minutes=30)
    queue.decide(lease.item_id, version=lease.version, moderator="bob", action=Action.APPROVE)
    assert queue.item(decision.item_id).state is ItemState.REJECTED


def test_a_golden_item_is_answered_once_by_each_and_moves_nothing(queue):
    (row,) = queue.items(limit=1).items
    queue.set_golden(row.id, Action.REJECT, moderator="admin")
    queue.set_review_rates(ReviewRates(golden=1.0))
    for name in ("ann", "bob"):
        lease = queue.lease(name)
        assert (lease.item_id, lease.purpose) == (row.id, Purpose.GOLDEN)
        queue.decide(lease.item_id, version=lease.version, moderator=name, action=Action.APPROVE)
        assert queue.lease(name).purpose is Purpose.QUEUE
        queue.release(queue.lease(name).item_id, moderator=name)
    assert queue.item(row.id).state is ItemState.OPEN


def test_a_golden_item_that_was_deferred_still_comes_back(queue, clock):
    decision = take_and(queue, "ann", Action.DEFER)
    queue.set_golden(decision.item_id, Action.APPROVE, moderator="admin")
    queue.set_review_rates(ReviewRates(golden=1.0))
    lease = queue.lease("bob")
    queue.decide(lease.item_id, version=lease.version, moderator="bob", action=Action.APPROVE)
    queue.set_review_rates(ReviewRates())
    clock.move(hours=2)
    queue.lease("eve")
    assert queue.item(decision.item_id).state is ItemState.OPEN


@pytest.mark.parametrize(
    "rates", [ReviewRates(second=-0.1), ReviewRates(golden=1.1), ReviewRates(second=0.6, golden=0.6)]
)
def test_rates_that_mean_nothing_are_refused(queue, rates):
    with pytest.raises(ValueError, match="together at most 1"):
        queue.set_review_rates(rates)


def test_every_change_is_told_once_and_in_order(queue):
    begin = queue.last_change()
    decision = take_and(queue, "ann", Action.REJECT)
    queue.undo(moderator="ann")
    queue.purge(item_id=decision.item_id)
    told = queue.changes(begin)
    assert [one.what for one in told] == ["leased", "decided", "undone", "leased", "purged"]
    assert [one.sequence for one in told] == list(range(begin + 1, begin + 6))
    assert queue.changes(begin, limit=2) == told[:2]
