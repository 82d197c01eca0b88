"""Feedback becomes decisions, whatever happens to the server in between."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from stance.protocols import Scoring
from stance.protocols.errors import Overloaded
from stance.protocols.feedback import reject_reason, take_in, take_in_for_ever
from stance.queue import (
    Action,
    Arrival,
    ItemState,
    QueueBroken,
    QueueBusy,
    RejectReason,
    SeenComment,
    Suggestion,
    load_policy,
)
from stance.records import Attribute

ROOT = Path(__file__).parent.parent.parent
SOAK = ROOT / "scripts" / "soak_feedback.py"
SOAKED = Path(__file__).with_name("soaked.py")

TOLD = Suggestion(community="forum", text="You are wrong about the bridge.", action=Action.REJECT, parent="It stands.")


def test_what_was_noted_is_judged_and_decided(store, scoring):
    store.outside.suggest(TOLD)
    assert asyncio.run(take_in(store, scoring)) == 1
    item = store.item(1)
    assert (item.state, item.comment.text) == (ItemState.REJECTED, TOLD.text)
    assert item.model_id == scoring.model_id
    assert asyncio.run(take_in(store, scoring)) == 0


def test_what_is_answered_is_no_comment_to_decide_on(store, scoring):
    store.outside.suggest(TOLD)
    asyncio.run(take_in(store, scoring))
    assert sum(store.stats().by_state.values()) == 1


def test_while_too_much_waits_feedback_waits_as_well(store, scoring, monkeypatch):
    async def overloaded(*_):
        raise Overloaded

    with monkeypatch.context() as busy:
        busy.setattr(scoring, "analyze", overloaded)
        store.outside.suggest(TOLD)
        asyncio.run(take_in(store, scoring))
    assert store.outside.counts()["pending"] == 1


def test_what_cannot_be_judged_is_refused_and_the_rest_goes_on(store, make_judge, scorer):
    class Failing(make_judge):
        def judge(self, cases):
            if any(case.text == "poison" for case in cases):
                raise RuntimeError("poison")
            return super().judge(cases)

    scoring = Scoring(Failing(), policy=load_policy(), scorer=scorer)
    store.outside.suggest(Suggestion(community="forum", text="poison", action=Action.APPROVE))
    store.outside.suggest(TOLD)
    asyncio.run(take_in(store, scoring))
    scoring.close()
    assert store.outside.counts() == {"pending": 0, "landed": 1, "refused": 1}


def test_a_queue_that_is_busy_is_tried_again(store, scoring, monkeypatch):
    monkeypatch.setattr("stance.protocols.feedback._LOOK_SECONDS", 0.01)
    looked = []
    take = type(store.outside).take

    def busy_once(outside, *, limit):
        looked.append(limit)
        if len(looked) == 1:
            raise QueueBusy("queue.db", seconds=1)
        return take(outside, limit=limit)

    monkeypatch.setattr("stance.queue.outside.Outside.take", busy_once)
    store.outside.suggest(TOLD)

    async def run():
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(take_in_for_ever(store, scoring), 1)

    asyncio.run(run())
    assert store.outside.counts()["landed"] == 1


def test_what_is_wrong_with_one_suggestion_does_not_hold_up_the_next(store, scoring, monkeypatch):
    land = type(store.outside).land

    def fail_once(outside, pending, analysis, *, policy):
        if pending.suggestion.text == "poison":
            raise ValueError("poison")
        land(outside, pending, analysis, policy=policy)

    monkeypatch.setattr("stance.queue.outside.Outside.land", fail_once)
    store.outside.suggest(Suggestion(community="forum", text="poison", action=Action.APPROVE))
    store.outside.suggest(TOLD)
    asyncio.run(take_in(store, scoring))
    assert store.outside.counts() == {"pending": 0, "landed": 1, "refused": 1}


def test_what_the_database_refuses_is_tried_again_and_the_next_goes_on(store, scoring, monkeypatch):
    land = type(store.outside).land

    def refuse_first(outside, pending, analysis, *, policy):
        if pending.id == 1:
            raise QueueBroken("queue.db", kind="OperationalError")
        land(outside, pending, analysis, policy=policy)

    monkeypatch.setattr("stance.queue.outside.Outside.land", refuse_first)
    store.outside.suggest(Suggestion(community="forum", text="unlucky", action=Action.APPROVE))
    store.outside.suggest(TOLD)
    asyncio.run(take_in(store, scoring))
    assert store.outside.counts() == {"pending": 1, "landed": 1, "refused": 0}


@pytest.mark.parametrize(
    ("scores", "reason"),
    [
        ({Attribute.THREAT: 0.9, Attribute.INSULT: 0.7}, RejectReason.VIOLENCE),
        ({Attribute.IDENTITY_ATTACK: 0.5}, RejectReason.GROUP),
        ({Attribute.TOXICITY: 1.0, Attribute.INSULT: 0.6}, RejectReason.PERSON),
        ({Attribute.TOXICITY: 1.0, Attribute.SPAM: 0.4}, RejectReason.OTHER),
        ({Attribute.PROFANITY: 1.0}, RejectReason.OTHER),
    ],
)
def test_a_rejection_has_the_reason_that_its_highest_score_names(scores, reason):
    assert reject_reason(scores) is reason


def test_a_server_that_is_killed_again_and_again_loses_and_doubles_nothing_that_it_acknowledged():
    done = subprocess.run(
        [sys.executable, SOAK, "--kills", "3", "--seconds", "1.5", "--", sys.executable, SOAKED],
        check=False,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["kills"] == 3
    assert found["acknowledged"] > 0


def test_what_was_kept_for_long_enough_is_forgotten_while_the_server_runs(store, scoring, monkeypatch):
    monkeypatch.setattr("stance.protocols.feedback.KEPT_DAYS", 0)
    store.seen.remember(SeenComment(tenant="t", story="s", comment_id="c1", text="Long ago."))
    store.arrivals.note(Arrival(site="t", comment_id="c1", delivery="e1"))
    store.arrivals.note(Arrival(site="t", comment_id="c2", delivery="e2"))
    store.arrivals.close([1])
    store.outside.suggest(TOLD)
    asyncio.run(take_in(store, scoring))

    async def run():
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(take_in_for_ever(store, scoring), 0.5)

    asyncio.run(run())
    assert store.seen.find("t", "c1") is None
    assert store.outside.counts()["landed"] == 0
    assert store.arrivals.counts() == {"pending": 1, "landed": 0, "given up": 0}
