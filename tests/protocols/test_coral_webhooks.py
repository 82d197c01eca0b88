"""Coral's webhooks: what they tell of is noted at once, fetched and judged with its thread, and doubled never."""

from __future__ import annotations

import asyncio
import hmac
import json
import time
from hashlib import sha256

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from stance.protocols import Service, create_api
from stance.protocols.coral import CORAL
from stance.protocols.coral_settings import Tenant
from stance.protocols.coral_webhooks import EVENTS, WEBHOOKS
from stance.protocols.coral_work import load_arrivals
from stance.queue import QueueBusy

SECRET, OLD_SECRET = b"whsec_" + b"a1" * 32, b"whsec_" + b"b2" * 32
THREAD = "coral:t1:s1"


@pytest.fixture
def tenant(coral):
    return Tenant(
        id="t1",
        phase_secrets=(b"empsec_1",),
        webhook_secrets=(SECRET, OLD_SECRET),
        graphql_url=coral.url,
        token="a-token",
    )


@pytest.fixture
def speak(scoring, store, monkeypatch):
    """`speak(tenant)` is a client of a server that takes webhooks, and works in the background only where asked to."""
    opened = []

    def make(*tenants, queue=store, working=False):
        if not working:
            monkeypatch.setattr("stance.protocols.app.work_for_ever", idle)
        app = create_api(Service(scoring=scoring, store=queue, coral=tenants), dialects=[WEBHOOKS, CORAL])
        opened.append(TestClient(app))
        return opened[-1].__enter__()

    yield make
    for client in opened:
        client.__exit__(None, None, None)


async def idle(*_):
    pass


def event(kind="COMMENT_CREATED", comment="c1", *, name="e1", tenant="t1", **data):
    """The body of an event as Coral serialises it."""
    values = {
        "id": name,
        "type": kind,
        "data": {"commentID": comment, "storyID": "s1", "siteID": "site", **data},
        "createdAt": "2026-11-01T10:00:00.000Z",
        "tenantID": tenant,
        "tenantDomain": "example.org",
    }
    return json.dumps(values, indent=2).encode()


def post(client, body, *secrets, **headers):
    signature = ",".join(f"sha256={hmac.new(one, body, sha256).hexdigest()}" for one in secrets or (SECRET,))
    kind = {"content-type": "application/json", "x-coral-event": "COMMENT_CREATED", "x-coral-signature": signature}
    return client.post("/coral/webhooks", content=body, headers={**kind, **headers})


def work(store, scoring, *tenants):
    return asyncio.run(load_arrivals(store, scoring, tenants))


def texts(store, thread=THREAD):
    """The texts of the thread's comments, by id."""
    known = store.arrivals.known(thread)
    return {store.item(n).comment.id: store.item(n).comment.text for n in range(1, len(known) + 1)}


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("COMMENT_CREATED", {}),
        ("COMMENT_REPLY_CREATED", {"ancestorIDs": ["c0"]}),
        ("COMMENT_ENTERED_MODERATION_QUEUE", {"queue": "REPORTED", "status": "NONE"}),
        ("COMMENT_LEFT_MODERATION_QUEUE", {"queue": "UNMODERATED", "status": "NONE"}),
    ],
)
def test_a_comment_that_coral_tells_of_is_loaded_with_what_it_answers(
    speak, tenant, store, scoring, constant_judge, kind, data
):
    client = speak(tenant)
    answer = post(client, event(kind, **data))
    assert (answer.status_code, answer.content) == (204, b"")
    assert store.arrivals.counts()["pending"] == 1
    constant_judge.cases.clear()
    assert work(store, scoring, tenant) == 1
    assert store.arrivals.counts() == {"pending": 0, "landed": 1, "given up": 0}
    thread = store.thread(1)
    assert (thread.id, thread.article.title, thread.article.url) == (
        THREAD,
        "The old bridge",
        "https://example.org/bridge",
    )
    assert [(one.comment.id, one.comment.author, one.reply.parent_id) for one in thread.entries] == [
        ("c0", "kim", "article"),
        ("c1", "lee", "c0"),
    ]
    assert ("It does not, you fool.", "The bridge stands.") in [
        (case.text, case.parent) for case in constant_judge.cases
    ]


def test_the_server_loads_by_itself(speak, tenant, store, monkeypatch, wait_for):
    monkeypatch.setattr("stance.protocols.coral_work._LOOK_SECONDS", 0.02)
    client = speak(tenant, working=True)
    post(client, event())
    wait_for(lambda: store.arrivals.counts()["landed"] == 1)
    assert texts(store) == {"c0": "The bridge stands.", "c1": "It does not, you fool."}


def test_a_delivery_that_comes_twice_and_another_of_the_same_comment_double_nothing(speak, tenant, store, scoring):
    client = speak(tenant)
    for name in ("e1", "e1", "e2"):
        assert post(client, event(name=name)).status_code == 204
    assert store.arrivals.counts()["pending"] == 2
    work(store, scoring, tenant)
    assert post(client, event(name="e1")).status_code == 204
    assert post(client, event(name="e3")).status_code == 204
    work(store, scoring, tenant)
    assert len(texts(store)) == 2
    assert store.stats().n_threads == 1


@pytest.mark.parametrize("kind", ["STORY_CREATED", "COMMENT_FEATURED", "", None, 7, ["COMMENT_CREATED"]])
def test_events_of_no_comment_are_acknowledged_and_nothing_follows(speak, tenant, store, kind):
    assert post(speak(tenant), event(kind)).status_code == 204
    assert store.arrivals.counts()["pending"] == 0


@pytest.mark.parametrize("secrets", [(SECRET,), (OLD_SECRET,), (b"whsec_other", OLD_SECRET)])
def test_any_of_several_signatures_by_any_secret_is_taken(speak, tenant, store, secrets):
    assert post(speak(tenant), event(), *secrets).status_code == 204
    assert store.arrivals.counts()["pending"] == 1


@pytest.mark.parametrize("secret", [b"whsec_other", b"empsec_1", b""])
def test_what_others_signed_is_refused_and_so_is_what_a_phase_would_be_signed_with(speak, tenant, store, secret):
    answer = post(speak(tenant), event(), secret)
    assert answer.status_code == 401
    assert store.arrivals.counts()["pending"] == 0


def test_the_bytes_are_signed_and_not_the_values(speak, tenant, store):
    body = event()
    signature = f"sha256={hmac.new(SECRET, body, sha256).hexdigest()}"
    tidied = json.dumps(json.loads(body)).encode()
    assert post(speak(tenant), tidied, **{"x-coral-signature": signature}).status_code == 401
    assert store.arrivals.counts()["pending"] == 0


def test_a_tenant_cannot_tell_as_another(speak, tenant, store):
    other = Tenant(id="t2", webhook_secrets=(b"whsec_t2",), graphql_url=tenant.graphql_url, token="a-token")
    client = speak(tenant, other)
    assert post(client, event(tenant="t2")).status_code == 401
    assert post(client, event(tenant="t2"), b"whsec_t2").status_code == 204
    assert store.arrivals.take(sites=["t1"], limit=5) == ()
    assert len(store.arrivals.take(sites=["t2"], limit=5)) == 1


def test_no_signed_event_breaks_the_server_or_counts_as_a_failure(speak, tenant):
    client = speak(tenant)
    names = st.sampled_from(["id", "type", "data", "commentID", "storyID", "tenantID"])
    kinds = st.sampled_from(sorted(EVENTS))
    scalars = (
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text() | kinds
    )
    values = st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=5), max_leaves=10
    )

    @settings(deadline=None, max_examples=60)
    @given(values)
    def tell(told):
        told = {"type": "COMMENT_CREATED", **told, "tenantID": "t1"} if isinstance(told, dict) else told
        body = json.dumps(told).encode()
        assert post(client, body).status_code == (204 if isinstance(told, dict) else 401)

    tell()


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"[" * 100_000, b"null", event(comment="x" * 201), event(comment="")]
)
def test_a_signed_body_that_is_no_event_of_corals_changes_nothing(speak, tenant, store, body):
    assert post(speak(tenant), body).status_code in {204, 401}
    assert store.arrivals.counts()["pending"] == 0


def test_a_body_that_is_too_long_is_not_acknowledged(speak, tenant):
    assert post(speak(tenant), b"x" * (1 << 19)).status_code == 413


def test_an_event_waits_for_a_queue_that_is_busy(speak, tenant, store, monkeypatch):
    monkeypatch.setattr("stance.protocols.coral_webhooks._AGAIN_SECONDS", 0.01)
    note = type(store.arrivals).note
    tried = []

    def busy_twice(arrivals, arrival):
        tried.append(arrival)
        if len(tried) < 3:
            raise QueueBusy("queue.db", seconds=1)
        return note(arrivals, arrival)

    monkeypatch.setattr("stance.queue.arrivals.Arrivals.note", busy_twice)
    assert post(speak(tenant), event()).status_code == 204
    assert store.arrivals.counts()["pending"] == 1


def test_what_cannot_be_noted_is_never_acknowledged(speak, tenant, monkeypatch):
    def busy(*_):
        raise QueueBusy("queue.db", seconds=1)

    monkeypatch.setattr("stance.protocols.coral_webhooks._AGAIN_SECONDS", 0.01)
    monkeypatch.setattr("stance.protocols.coral_webhooks._PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr("stance.queue.arrivals.Arrivals.note", busy)
    assert post(speak(tenant), event()).status_code == 503


def test_without_a_queue_events_are_acknowledged(speak, tenant):
    assert post(speak(tenant, queue=None), event()).status_code == 204


def test_without_secrets_for_them_webhooks_are_not_there(speak):
    assert post(speak(Tenant(id="t1", phase_secrets=(SECRET,))), event()).status_code == 404


def test_events_are_answered_fast(speak, tenant, coral):
    coral.behave = "late"
    client = speak(tenant, working=True)
    began = time.monotonic()
    for n in range(20):
        assert post(client, event(name=f"e{n}")).status_code == 204
    assert time.monotonic() - began < 5
