"""The report, learning a policy, and putting it in force."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stance.queue import (
    Action,
    Choice,
    ItemFilter,
    ItemState,
    ReviewRates,
    TooFewDecisions,
    load_policy,
    write_policy,
)
from stance.records import Attribute, Signal

POLICY = load_policy()
INSULT = [line.name for line in POLICY.lines].index("insult")


def decide_all(queue, reject, moderator="ann"):
    """Decide on everything open, rejecting where `reject` says so of the stored item."""
    while rows := queue.items(limit=100).items:
        queue.decide_many(
            [
                Choice(
                    item_id=row.id,
                    version=row.version,
                    action=Action.REJECT if reject(queue.item(row.id)) else Action.APPROVE,
                )
                for row in rows
            ],
            moderator=moderator,
        )


def insulting(item):
    return item.judgement.attributes[Attribute.INSULT] > 0.8


@pytest.fixture
def taught(store, analyse):
    """Eight threads in which all that is very insulting, and nothing else, was rejected."""
    store.load(
        [analyse([f"Thread {n}, comment {k}." for k in range(50)], thread_id=f"t{n}") for n in range(8)], policy=POLICY
    )
    decide_all(store, insulting)
    return store


def test_the_report_says_what_each_order_found(queue):
    riskiest = queue.items(limit=1).items[0].id
    decide_all(queue, lambda item: item.id == riskiest)
    report = queue.lessons.report()
    assert (report.n_rejected, report.n_approved) == (1, 19)
    found = {(one.order, one.share_read): one.found for one in report.captures}
    # One of twenty was rejected, the first by risk: the first 5 % are just that one.
    assert found["risk", 0.05] == 1.0
    assert {order for order, _ in found} == {"risk", "uncertain", "hybrid", "newest first", "toxicity only"}
    assert sum(one.n for one in report.calibration) == 20
    assert sum(one.n_rejected for one in report.calibration) == 1


def test_the_report_of_a_queue_without_decisions_says_nothing_false(queue):
    report = queue.lessons.report()
    assert (report.n_rejected, report.n_approved, report.captures, report.calibration) == (0, 0, (), ())
    assert (report.agreement.kappa, report.agreement.alpha, report.golden) == (None, None, ())


def test_second_reviews_and_golden_answers_are_compared(queue):
    decide_all(queue, lambda item: item.id <= 10)
    queue.set_review_rates(ReviewRates(second=1.0))
    for _ in range(20):
        lease = queue.lease("bob")
        # Bob differs on two of the twenty.
        action = Action.REJECT if lease.item_id <= 10 and lease.item_id > 2 else Action.APPROVE
        queue.decide(lease.item_id, version=lease.version, moderator="bob", action=action)
    queue.set_golden(1, Action.REJECT, moderator="admin")
    queue.set_review_rates(ReviewRates(golden=1.0))
    lease = queue.lease("eve")
    queue.decide(lease.item_id, version=lease.version, moderator="eve", action=Action.REJECT)
    report = queue.lessons.report()
    assert (report.agreement.n_pairs, report.agreement.n_disagreed) == (20, 2)
    # Ann rejects 10 of 20, Bob 8; they agree on 18: (0.9 - 0.5) / (1 - 0.5).
    assert report.agreement.kappa == pytest.approx(0.8)
    low, high = report.agreement.kappa_interval
    assert low < 0.8 < high <= 1
    assert [(one.name, one.n, one.hits) for one in report.golden] == [("eve", 1, 1)]


def test_too_few_decisions_teach_nothing_and_it_says_how_many_are_missing(queue):
    decide_all(queue, lambda item: item.id == 1)
    with pytest.raises(TooFewDecisions, match="29 more rejected and 11 more approved"):
        queue.lessons.learn(POLICY)


def test_what_is_learned_follows_the_decisions_and_finds_more_of_the_held_back(taught):
    learned = taught.lessons.learn(POLICY)
    # What was rejected is what is more insulting than 0.8, and that alone.
    assert learned.policy.lines[INSULT].threshold == pytest.approx(0.8, abs=0.03)
    assert learned.policy.lines[INSULT].weight > POLICY.lines[INSULT].weight
    assert learned.after.average_precision > learned.before.average_precision + 0.2
    before, after = (side.captures[-1].found for side in (learned.before, learned.after))
    assert after > before
    assert learned.n_learned_from + learned.n_held_back == 400
    assert {line.name for line in learned.policy.lines} == {line.name for line in POLICY.lines}


def test_learning_changes_nothing_until_it_is_put_in_force(taught):
    before = taught.items(ItemFilter(state=ItemState.REJECTED), limit=500)
    learned = taught.lessons.learn(POLICY)
    assert taught.items(ItemFilter(state=ItemState.REJECTED), limit=500) == before
    assert taught.lessons.in_force() is None
    assert taught.lessons.put_in_force(learned.policy) == 400
    assert taught.lessons.in_force() == learned.policy
    after = taught.items(ItemFilter(state=ItemState.REJECTED), limit=500)
    assert {row.id: row.version for row in after.items} == {row.id: row.version for row in before.items}
    assert [row.id for row in after.items] != [row.id for row in before.items]
    assert taught.verify().sound
    assert taught.lessons.put_in_force(learned.policy) == 0


def test_a_policy_in_force_ranks_as_if_it_had_from_the_beginning(store, analyse):
    other = replace(POLICY, lines=tuple(replace(line, weight=line.weight / 2) for line in POLICY.lines), digest="d")
    store.load([analyse(20)], policy=POLICY)
    store.lessons.put_in_force(other)
    for row in store.items().items:
        item = store.item(row.id)
        assert item.policy_digest == "d"
        assert all(reason.weight <= 0.5 for reason in item.reasons)
    assert [row.priority for row in store.items().items] == sorted(row.priority for row in store.items().items)[::-1]


def test_a_policy_is_written_as_it_is_read(tmp_path):
    odd = replace(POLICY.lines[0], name='a "name"', words="wörds \\ {n}", threshold=0.1234)
    path = tmp_path / "policy.toml"
    for policy in (POLICY, replace(POLICY, lines=(odd, *POLICY.lines))):
        path.write_text(write_policy(policy), encoding="utf-8")
        assert load_policy(path).lines == policy.lines
    assert Signal.UNSUPPORTED_CLAIMS in {line.looks_at for line in load_policy(path).lines}
