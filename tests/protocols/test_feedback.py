"""Feedback becomes decisions, whatever happens to the server in between."""

from __future__ import annotations

import asyncio

import pytest

from stance.protocols import Scoring
from stance.protocols.errors import Overloaded
from stance.protocols.feedback import take_in, take_in_for_ever
from stance.queue import Action, ItemState, QueueBusy, Suggestion

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
    from stance.queue import load_policy

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
