"""Decisions are told to Coral: once, whatever happens to the server or to Coral in between."""

from __future__ import annotations

import asyncio
import hmac
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
from graphql import build_schema, parse, print_schema, validate

from stance.protocols import coral_outbox, coral_parents, coral_story
from stance.protocols.coral_outbox import CODES, tell_decisions
from stance.protocols.coral_settings import Tenant
from stance.protocols.coral_work import load_arrivals
from stance.protocols.feedback import take_in
from stance.queue import Action, Arrival, ItemState, RejectReason, Suggestion, open_store

ROOT = Path(__file__).parent.parent.parent
SERVED = Path(__file__).with_name("soaked.py")
SECRET = "whsec_1"


@pytest.fixture
def tenant(coral):
    return Tenant(id="t1", webhook_secrets=(SECRET.encode(),), graphql_url=coral.url, token="a-token")


@pytest.fixture
def queue(store, scoring, tenant):
    """A queue of Coral's c0, c1 and c2: items 1 to 3."""
    for name in ("c1", "c2"):
        store.arrivals.note(Arrival(site="t1", comment_id=name, delivery=name))
    asyncio.run(load_arrivals(store, scoring, [tenant]))
    assert [store.item(n).comment.id for n in (1, 2, 3)] == ["c0", "c1", "c2"]
    return store


@pytest.fixture
def later(store, monkeypatch):
    """Whatever waits is due once `later()` was called."""
    hours = []

    def move():
        hours.append(2)
        moment = store_clock() + timedelta(hours=sum(hours))
        monkeypatch.setattr(store, "_clock", lambda: moment)

    store_clock = store._clock
    return move


def decide(queue, item_id, action, reason=None):
    version = queue.item(item_id).version
    queue.decide(item_id, version=version, moderator="ann", action=action, reason=reason)


def tell(queue, *tenants):
    return asyncio.run(tell_decisions(queue, tenants))


def test_what_is_decided_here_coral_is_told_with_the_revision_and_the_reason(queue, coral, tenant):
    decide(queue, 2, Action.REJECT, RejectReason.PERSON)
    decide(queue, 3, Action.APPROVE)
    assert tell(queue, tenant) == 2
    about = {"commentID": "c1", "commentRevisionID": "c1 r1", "clientMutationId": "stance-1"}
    assert coral.told == [
        ("rejectComment", {**about, "reason": {"code": "ABUSIVE"}}),
        ("approveComment", {"commentID": "c2", "commentRevisionID": "c2 r1", "clientMutationId": "stance-2"}),
    ]
    assert [coral.comments[name]["status"] for name in ("c0", "c1", "c2")] == ["NONE", "REJECTED", "APPROVED"]
    assert queue.outbox.counts() == {"pending": 0, "told": 2, "cancelled": 0, "given up": 0}
    assert set(coral.asked) == {"Bearer a-token"}
    assert tell(queue, tenant) == 0


@pytest.mark.parametrize("reason", [None, *RejectReason])
def test_every_reason_has_a_code_that_coral_knows(queue, coral, tenant, reason):
    assert set(CODES) == set(RejectReason)
    decide(queue, 2, Action.REJECT, reason)
    tell(queue, tenant)
    assert coral.comments["c1"]["status"] == "REJECTED"
    assert coral.told[0][1]["reason"]["code"] == CODES[reason or RejectReason.OTHER]


@pytest.mark.parametrize(
    "query", [coral_outbox.STANDING, coral_outbox.APPROVE, coral_outbox.REJECT, coral_parents.QUERY, coral_story.QUERY]
)
def test_every_query_is_one_that_corals_schema_holds(coral, query):
    assert validate(coral.schema, parse(query)) == []


def test_an_older_coral_that_knows_no_reasons_is_told_without_one(queue, coral, tenant):
    coral.schema = build_schema(print_schema(coral.schema).replace("reason: RejectCommentReasonInput\n", ""))
    decide(queue, 2, Action.REJECT, RejectReason.SPAM)
    tell(queue, tenant)
    assert [set(told) for _, told in coral.told] == [{"commentID", "commentRevisionID", "clientMutationId"}]
    assert queue.outbox.counts()["told"] == 1


@pytest.mark.parametrize(
    "words",
    [
        'Variable "$input" got invalid value {...}; Field "reason" is not defined by type "RejectCommentInput".',
        "Variable '$input' has invalid value: Expected value of type 'X' not to include unknown field 'reason'.",
    ],
)
def test_that_coral_knows_no_reasons_is_read_from_either_wording_and_from_a_400(
    queue, coral, tenant, words, monkeypatch
):
    standing = coral.answer

    def refuse_reasons(query, variables):
        if "reason" in variables.get("input", {}):
            return {"errors": [{"message": words}]}
        return standing(query, variables)

    monkeypatch.setattr(coral, "answer", refuse_reasons)
    coral.errors_with = 400
    decide(queue, 2, Action.REJECT)
    tell(queue, tenant)
    assert queue.outbox.counts()["told"] == 1


def test_what_coral_holds_already_it_is_not_told(queue, coral, tenant):
    coral.comments["c1"]["status"] = "REJECTED"
    decide(queue, 2, Action.REJECT)
    tell(queue, tenant)
    assert coral.told == []
    assert queue.outbox.counts()["told"] == 1


def test_where_corals_answer_was_lost_it_is_not_told_twice(queue, coral, tenant, later):
    decide(queue, 2, Action.REJECT)
    coral.behave = "forgetful"
    tell(queue, tenant)
    assert queue.outbox.counts()["pending"] == 1
    later()
    tell(queue, tenant)
    assert len(coral.told) == 1
    assert queue.outbox.counts()["told"] == 1


def test_a_decision_on_a_text_that_was_edited_since_is_not_told_and_the_new_text_comes(
    queue, coral, tenant, scoring, later
):
    decide(queue, 2, Action.REJECT)
    coral.add("c1", "I am sorry.", parent="c0")
    tell(queue, tenant)
    assert coral.comments["c1"]["status"] == "NONE"
    assert queue.stats().untold == {"the comment was edited since": 1}
    asyncio.run(load_arrivals(queue, scoring, [tenant]))
    item = queue.item(2)
    assert (item.comment.text, item.state) == ("I am sorry.", ItemState.OPEN)
    decide(queue, 2, Action.APPROVE)
    tell(queue, tenant)
    assert coral.comments["c1"]["status"] == "APPROVED"


def test_what_is_edited_at_that_very_moment_does_not_count_as_told(queue, coral, tenant):
    decide(queue, 2, Action.REJECT)
    standing = coral.answer

    def edit_in_between(query, variables):
        if query == coral_outbox.REJECT:
            coral.add("c1", "I am sorry.", parent="c0")
        return standing(query, variables)

    coral.answer = edit_in_between
    tell(queue, tenant)
    assert queue.outbox.counts()["given up"] == 1
    assert queue.arrivals.counts()["pending"] == 1


def test_a_comment_that_is_gone_is_given_up(queue, coral, tenant):
    decide(queue, 2, Action.REJECT)
    del coral.comments["c1"]
    tell(queue, tenant)
    assert queue.stats().untold == {"the comment is not there any more": 1}


@pytest.mark.parametrize(("behave", "why"), [(401, "status 401"), (500, "status 500"), ("deaf", "RemoteDisconnected")])
def test_a_coral_that_fails_is_told_later_and_once(queue, coral, tenant, later, behave, why, caplog):
    coral.asked.clear()
    for item_id in (2, 3):
        decide(queue, item_id, Action.REJECT)
    coral.behave = behave
    tell(queue, tenant)
    # The second is not tried: it would fail as well.
    assert len(coral.asked) == 1
    assert why in caplog.text
    assert "a-token" not in caplog.text
    later()
    coral.behave = "well"
    tell(queue, tenant)
    assert [told["commentID"] for _, told in coral.told] == ["c1", "c2"]
    assert queue.outbox.counts() == {"pending": 0, "told": 2, "cancelled": 0, "given up": 0}


def test_a_token_that_stays_wrong_is_given_up_in_the_end_and_the_reason_shown(queue, coral, tenant, later):
    coral.token = "another"
    decide(queue, 2, Action.REJECT)
    for _ in range(30):
        assert tell(queue, tenant) == 1
        later()
    assert tell(queue, tenant) == 0
    stats = queue.stats()
    assert stats.telling["given up"] == 1
    assert stats.untold == {"status 401": 1}
    assert coral.told == []


@pytest.mark.parametrize(
    "error", [{"message": "no", "extensions": {"code": "USER_NOT_ENTITLED"}}, {"message": ["x"]}, "no", None, 7]
)
def test_an_error_of_coral_shows_a_code_at_most(queue, coral, tenant, error, caplog):
    decide(queue, 2, Action.REJECT)
    coral.answer = lambda *_: {"data": None, "errors": [error]}
    tell(queue, tenant)
    assert queue.outbox.counts()["pending"] == 1
    told_code = isinstance(error, dict) and "extensions" in error
    assert ("USER_NOT_ENTITLED" if told_code else "an error without a code") in caplog.text


@pytest.mark.parametrize("answer", [None, [], {}, {"data": []}, {"data": {"comment": []}}, {"data": {"comment": {}}}])
def test_an_answer_that_is_none_of_corals_tells_nothing(queue, coral, tenant, answer):
    decide(queue, 2, Action.REJECT)
    coral.answer = lambda *_: answer
    tell(queue, tenant)
    assert queue.outbox.counts()["told"] == 0


def test_what_is_told_comes_back_as_feedback_and_goes_no_further(queue, coral, tenant, scoring):
    decide(queue, 2, Action.REJECT)
    tell(queue, tenant)
    # Both of Coral's ways to say so: a webhook, and the feedback of its toxic comment filter.
    queue.arrivals.note(Arrival(site="t1", comment_id="c1", delivery="left the queue"))
    asyncio.run(load_arrivals(queue, scoring, [tenant]))
    queue.outside.suggest(
        Suggestion(community="Coral:http://x", text="It does not, you fool.", action=Action.REJECT, comment_id="c1")
    )
    asyncio.run(take_in(queue, scoring))
    assert len(queue.item(2).history) == 1
    assert queue.outbox.counts() == {"pending": 0, "told": 1, "cancelled": 0, "given up": 0}
    assert len(coral.told) == 1
    assert queue.stats().n_threads == 1


def test_a_tenant_that_is_not_to_be_told_is_not(store, scoring, coral):
    tenant = Tenant(
        id="t1", webhook_secrets=(b"whsec_1",), graphql_url=coral.url, token="a-token", tell_decisions=False
    )
    store.arrivals.note(Arrival(site="t1", comment_id="c1", delivery="e1"))
    asyncio.run(load_arrivals(store, scoring, [tenant]))
    decide(store, 2, Action.REJECT)
    assert tell(store, tenant) == 0
    assert store.outbox.counts()["pending"] == 0


def test_what_a_tenant_of_no_settings_is_to_be_told_waits(queue, coral, tenant):
    decide(queue, 2, Action.REJECT)
    other = Tenant(id="t2", webhook_secrets=(b"whsec_2",), graphql_url=coral.url, token="a-token")
    assert tell(queue, other) == 0
    assert queue.outbox.counts()["pending"] == 1


class Killed:
    """A server that is killed, and begun again on the same queue and settings."""

    def __init__(self, folder: Path, coral):
        self.queue = folder / "queue.db"
        self.settings = folder / "coral.toml"
        self.settings.write_text(
            f'[tenants.t1]\nwebhook_secrets = ["{SECRET}"]\ngraphql_url = "{coral.url}"\ntoken = "a-token"\n'
        )
        with socket.create_server(("127.0.0.1", 0)) as listening:
            self.port = listening.getsockname()[1]

    @contextmanager
    def running(self, wait_for):
        """Run until the end of the block, which ends it with SIGKILL."""
        words = [sys.executable, str(SERVED), str(self.queue), str(self.port), str(self.settings)]
        known = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "PATH": os.environ["PATH"]}
        with subprocess.Popen(words, env=known) as process:
            try:
                wait_for(self.answers)
                yield
            finally:
                process.send_signal(signal.SIGKILL)

    def answers(self):
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5):
                return True
        except URLError:
            return False

    def tell_of(self, comment, name):
        values = {"id": name, "type": "COMMENT_CREATED", "tenantID": "t1", "data": {"commentID": comment}}
        body = json.dumps(values).encode()
        signature = hmac.new(SECRET.encode(), body, sha256).hexdigest()
        headers = {"X-Coral-Signature": f"sha256={signature}"}
        with urlopen(
            Request(f"http://127.0.0.1:{self.port}/coral/webhooks", data=body, headers=headers), timeout=20
        ) as answer:
            assert answer.status == 204


def test_a_server_that_is_killed_at_every_step_loses_and_doubles_nothing(tmp_path, coral, wait_for):
    killed = Killed(tmp_path, coral)
    coral.behave = 503
    # Killed between acknowledging an event and loading its comment.
    with killed.running(wait_for):
        killed.tell_of("c1", "e1")
    coral.behave = "well"
    with open_store(killed.queue) as store:
        with killed.running(wait_for):
            wait_for(lambda: store.arrivals.counts()["landed"] == 1)
        # Killed between a decision and telling it.
        coral.behave = 503
        with killed.running(wait_for):
            decide(store, 2, Action.REJECT)
            decide(store, 1, Action.APPROVE)
            wait_for(lambda: len(coral.asked) > 5)
        # Killed after Coral did what it was told, and before it could say so.
        coral.behave = "forgetful"
        with killed.running(wait_for):
            wait_for(lambda: len(coral.told) == 2)
        assert store.outbox.counts()["told"] < 2
        coral.behave = "well"
        with killed.running(wait_for):
            wait_for(lambda: store.outbox.counts()["told"] == 2)
        assert sorted((mutation, about["commentID"]) for mutation, about in coral.told) == [
            ("approveComment", "c0"),
            ("rejectComment", "c1"),
        ]
        assert sum(store.stats().by_state.values()) == 2
        assert store.verify().sound
