"""Coral's rules for an external moderation phase, as its own code has them."""

from __future__ import annotations

import asyncio
import hmac
import json
import shutil
import socket
import subprocess
import time
from hashlib import sha256
from urllib.request import Request, urlopen

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from stance.protocols import Scoring, Service, create_api
from stance.protocols.coral import CORAL, make_answer
from stance.protocols.coral_settings import CODES, Rule, Tenant
from stance.protocols.errors import Overloaded
from stance.queue import QueueBusy, SeenComment, load_policy
from stance.records import Attribute, Judgement

SECRET, OLD_SECRET = b"empsec_" + b"a1" * 32, b"empsec_" + b"b2" * 32
TENANT = Tenant(id="t1", phase_secrets=(SECRET, OLD_SECRET))
STATUSES = {"NONE", "APPROVED", "REJECTED", "PREMOD", "SYSTEM_WITHHELD"}
FLAGS = {"COMMENT_DETECTED_TOXIC", "COMMENT_DETECTED_SPAM"}
CORALS_CODES = set(
    """OFFENSIVE ABUSIVE SPAM BANNED_WORD AD ILLEGAL_CONTENT HARASSMENT_BULLYING MISINFORMATION HATE_SPEECH
    IRRELEVANT_CONTENT OTHER""".split()
)


def asked(text="<p>You fool.</p>", *, parent=None, tenant="t1"):
    """The body of a request as Coral serialises it: indented by two, all letters as they are."""
    values = {
        "action": "NEW",
        "comment": {"body": text, "parentID": parent},
        "author": {"id": "u1", "role": "MEMBER"},
        "story": {"id": "s1", "url": "https://example.org/story"},
        "site": {"id": "site"},
        "tenantID": tenant,
        "tenantDomain": "example.org",
    }
    return json.dumps(values, indent=2, ensure_ascii=False).encode()


def signed(body, *secrets):
    return ",".join(f"sha256={hmac.new(secret, body, sha256).hexdigest()}" for secret in secrets)


@pytest.fixture
def speak(make_judge, scorer, monkeypatch):
    """`speak(attributes)` is a client of a server whose judge gives these, the judge, and the scoring.

    It takes its time: a machine that is busy with other tests would have no opinion.
    """
    monkeypatch.setattr("stance.protocols.coral.WITHIN_SECONDS", 10.0)
    monkeypatch.setattr("stance.protocols.coral._PARENT_SECONDS", 5.0)
    opened = []

    def make(attributes, *, tenants=(TENANT,), store=None):
        judge = make_judge(attributes={attribute: attributes.get(attribute, 0.0) for attribute in Attribute})
        scoring = Scoring(judge, policy=load_policy(), scorer=scorer)
        service = Service(scoring=scoring, store=store, coral=tenants)
        client = TestClient(create_api(service, dialects=[CORAL]))
        client.__enter__()
        opened.append((client, scoring))
        judge.cases.clear()
        return client, judge, scoring

    yield make
    for client, scoring in opened:
        client.__exit__(None, None, None)
        scoring.close()


def post(client, body, *secrets, **headers):
    told = {"content-type": "application/json", "x-coral-signature": signed(body, *(secrets or (SECRET,))), **headers}
    return client.post("/coral/phase", content=body, headers=told)


def test_a_toxic_comment_is_published_and_reported(speak):
    client, _, _ = speak({Attribute.TOXICITY: 0.9})
    answer = post(client, asked())
    assert answer.status_code == 200
    # No status: any would end Coral's pipeline.
    assert answer.json() == {"actions": [{"actionType": "FLAG", "reason": "COMMENT_DETECTED_TOXIC"}]}


def test_without_an_opinion_nothing_is_answered(speak):
    client, _, _ = speak({})
    answer = post(client, asked())
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_rejection_has_a_status_and_a_reason_where_a_rule_asks_for_it(speak):
    rules = (
        Rule(attribute=Attribute.TOXICITY, at_least=0.5),
        Rule(attribute=Attribute.SPAM, at_least=0.5, answer="withhold"),
        Rule(attribute=Attribute.THREAT, at_least=0.9, answer="reject"),
    )
    tenant = Tenant(id="t1", phase_secrets=(SECRET,), rules=rules)
    client, _, _ = speak(dict.fromkeys((Attribute.TOXICITY, Attribute.SPAM, Attribute.THREAT), 1.0), tenants=(tenant,))
    assert post(client, asked()).json() == {
        "actions": [
            {"actionType": "FLAG", "reason": "COMMENT_DETECTED_TOXIC"},
            {"actionType": "FLAG", "reason": "COMMENT_DETECTED_SPAM"},
        ],
        "status": "REJECTED",
        "moderationAction": {"status": "REJECTED", "rejectionReason": {"code": "HARASSMENT_BULLYING"}},
    }


@given(
    st.lists(
        st.builds(
            Rule,
            attribute=st.sampled_from(Attribute),
            at_least=st.floats(0.01, 1),
            answer=st.sampled_from(["flag", "withhold", "reject"]),
        ),
        max_size=6,
    ),
    st.dictionaries(st.sampled_from(Attribute), st.floats(0, 1)),
    st.booleans(),
)
def test_whatever_the_rules_and_scores_coral_knows_every_word_of_the_answer(rules, attributes, uncertain):
    judgement = Judgement(
        comment_id="c", relation={}, stances=(), sentences=(), attributes=attributes, language_uncertain=uncertain
    )
    answer = make_answer(rules, judgement)
    if answer is None:
        return
    assert not uncertain
    assert set(answer) <= {"actions", "status", "moderationAction"}
    assert {one["reason"] for one in answer["actions"]} <= FLAGS
    assert answer.get("status", "REJECTED") in STATUSES - {"NONE", "APPROVED"}
    assert ("moderationAction" in answer) is (answer.get("status") == "REJECTED")


def test_every_attribute_has_a_code_that_coral_knows():
    assert set(CODES) == set(Attribute)
    assert set(CODES.values()) <= CORALS_CODES


@pytest.mark.parametrize("secrets", [(SECRET,), (OLD_SECRET,), (b"empsec_other", OLD_SECRET)])
def test_any_of_several_signatures_by_any_secret_lets_in(speak, secrets):
    client, _, _ = speak({Attribute.TOXICITY: 1.0})
    assert post(client, asked(), *secrets).status_code == 200


@pytest.mark.parametrize(
    "signature", ["", "sha256=", "sha256=00", ",,,", "md5=" + "0" * 64, "sha256=" + "é" * 64, "sha256=" + "0" * 64]
)
def test_a_wrong_signature_or_none_is_refused_plainly(speak, signature):
    client, judge, _ = speak({Attribute.TOXICITY: 1.0})
    answer = post(client, asked(), **{"x-coral-signature": signature.encode()})
    assert answer.status_code == 401
    assert "You fool" not in answer.text
    assert judge.cases == []


def test_the_bytes_are_signed_and_not_the_values(speak):
    client, _, _ = speak({Attribute.TOXICITY: 1.0})
    body = asked()
    tidied = json.dumps(json.loads(body)).encode()
    assert post(client, tidied, **{"x-coral-signature": signed(body, SECRET)}).status_code == 401


def test_a_tenant_cannot_ask_as_another(speak):
    other = Tenant(id="t2", phase_secrets=(b"empsec_t2",))
    client, _, _ = speak({Attribute.TOXICITY: 1.0}, tenants=(TENANT, other))
    assert post(client, asked(tenant="t2")).status_code == 401
    assert post(client, asked(tenant="t2"), b"empsec_t2").status_code == 200


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
def test_a_signature_made_by_node_lets_in(speak):
    client, _, _ = speak({Attribute.TOXICITY: 1.0})
    script = """
    const crypto = require("crypto");
    const [body, secret] = process.argv.slice(1);
    process.stdout.write("sha256=" + crypto.createHmac("sha256", secret).update(body).digest().toString("hex"));
    """
    body = asked("Großmaul 🙂 ﷽ \u202e")
    command = ["node", "-e", script, body.decode(), SECRET.decode()]
    signature = subprocess.run(command, check=True, capture_output=True, timeout=60).stdout
    assert post(client, body, **{"x-coral-signature": signature}).status_code == 200


def test_html_is_judged_as_a_reader_sees_it(speak):
    client, judge, _ = speak({})
    post(client, asked("<div>You &amp; <b>yours</b></div><!-- x -->"))
    assert [case.text for case in judge.cases] == ["You & yours"]


def test_plain_text_is_judged_as_it_is_where_the_settings_say_so(speak):
    client, judge, _ = speak({}, tenants=(Tenant(id="t1", phase_secrets=(SECRET,), html=False),))
    post(client, asked("a <3 b"))
    assert [case.text for case in judge.cases] == ["a <3 b"]


def test_overload_is_no_opinion(speak, monkeypatch):
    client, _, scoring = speak({Attribute.TOXICITY: 1.0})

    async def overloaded(*_, **__):
        raise Overloaded

    monkeypatch.setattr(scoring, "judge", overloaded)
    assert post(client, asked()).status_code == 204


def test_what_comes_too_late_is_no_opinion(speak, monkeypatch):
    client, _, scoring = speak({Attribute.TOXICITY: 1.0})

    async def slow(*_, **__):
        await asyncio.sleep(20)

    monkeypatch.setattr(scoring, "judge", slow)
    monkeypatch.setattr("stance.protocols.coral.WITHIN_SECONDS", 0.15)
    began = time.monotonic()
    assert post(client, asked()).status_code == 204
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, asked(""), asked("x" * 30_000), b'{"tenantID": "t1"}'],
)
def test_a_signed_body_that_is_none_of_corals_is_no_opinion_or_refused(speak, body):
    client, _, _ = speak({Attribute.TOXICITY: 1.0})
    assert post(client, body).status_code in {204, 401}


def test_no_signed_request_breaks_the_server(speak):
    client, _, _ = speak({Attribute.TOXICITY: 1.0})
    names = st.sampled_from(["comment", "body", "parentID", "story", "id"])
    scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
    values = st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4), max_leaves=8
    )

    @settings(deadline=None, max_examples=60)
    @given(values)
    def ask(told):
        body = json.dumps({"tenantID": "t1", **told} if isinstance(told, dict) else told).encode()
        assert post(client, body).status_code in {200, 204, 401}

    ask()


@pytest.fixture
def standing_in(coral):
    """`standing_in(behave)` is a tenant of a stand-in that behaves so, and the stand-in."""

    def make(behave="well"):
        coral.behave = behave
        return Tenant(id="t1", phase_secrets=(SECRET,), graphql_url=coral.url, token="a-token"), coral

    return make


def test_a_reply_is_judged_with_what_it_answers_and_that_is_fetched_once(speak, standing_in, store):
    tenant, server = standing_in()
    client, judge, _ = speak({}, tenants=(tenant,), store=store)
    for text in ("No.", "Never."):
        assert post(client, asked(text, parent="c0")).status_code == 204
    assert [(case.text, case.parent) for case in judge.cases] == [
        ("No.", "The bridge stands."),
        ("Never.", "The bridge stands."),
    ]
    assert server.asked == ["Bearer a-token"]
    kept = store.seen.find("t1", "c0")
    assert (kept.story, kept.author) == ("s1", "id of kim")


def test_what_comes_too_late_to_judge_with_is_there_for_the_next_reply(
    speak, standing_in, store, monkeypatch, wait_for
):
    tenant, _ = standing_in("late")
    client, judge, _ = speak({}, tenants=(tenant,), store=store)
    monkeypatch.setattr("stance.protocols.coral._PARENT_SECONDS", 0.05)
    post(client, asked("No.", parent="c0"))
    assert [case.parent.strip() for case in judge.cases] == [""]
    wait_for(lambda: store.seen.find("t1", "c0") is not None)


@pytest.mark.parametrize("behave", ["redirect", "gone"])
def test_a_graphql_that_does_not_answer_is_left_alone_for_a_while(speak, standing_in, behave, caplog):
    tenant, server = standing_in(behave)
    if behave == "gone":
        with socket.create_server(("127.0.0.1", 0)) as closing:
            port = closing.getsockname()[1]
        tenant = Tenant(
            id="t1", phase_secrets=(SECRET,), graphql_url=f"http://127.0.0.1:{port}/api/graphql", token="a-token"
        )
    client, judge, _ = speak({Attribute.TOXICITY: 1.0}, tenants=(tenant,))
    for number in (1, 2):
        assert post(client, asked(parent=f"c{number}")).status_code == 200
    assert [case.parent.strip() for case in judge.cases] == ["", ""]
    assert len(server.asked) == (behave == "redirect")
    assert "What a reply answers is not known: Coral's GraphQL fails" in caplog.text
    assert "a-token" not in caplog.text


def test_what_was_judged_is_known_when_it_is_answered_though_its_id_is_told_later(speak, store, wait_for):
    client, judge, _ = speak({}, store=store)
    post(client, asked("<p>The bridge  stands.</p>"))
    wait_for(lambda: store.seen.find_story("t1", "s1", limit=5))
    store.seen.remember(SeenComment(tenant="t1", story="s1", text="The bridge stands.", author="u1", comment_id="c0"))
    post(client, asked("No.", parent="c0"))
    assert [(case.text, case.parent) for case in judge.cases][-1] == ("No.", "The bridge  stands.")
    # The first is one comment still, with its id, and the reply is another.
    wait_for(lambda: len(store.seen.find_story("t1", "s1", limit=5)) == 2)


def test_a_comment_is_kept_also_where_there_was_no_time_to_judge_it(speak, store, wait_for, monkeypatch):
    client, _, scoring = speak({}, store=store)

    async def overloaded(*_, **__):
        raise Overloaded

    monkeypatch.setattr(scoring, "judge", overloaded)
    post(client, asked("You fool.", parent="c0"))
    wait_for(lambda: store.seen.find_story("t1", "s1", limit=5))
    (kept,) = store.seen.find_story("t1", "s1", limit=5)
    assert kept == SeenComment(tenant="t1", story="s1", text="You fool.", parent_id="c0", author="u1")


def test_a_queue_that_is_busy_does_not_hold_the_answer_up(speak, store, monkeypatch, wait_for, caplog):
    def busy(*_):
        raise QueueBusy("queue.db", seconds=1)

    monkeypatch.setattr("stance.queue.seen.Seen.remember", busy)
    client, _, _ = speak({Attribute.TOXICITY: 1.0}, store=store)
    assert post(client, asked()).status_code == 200
    wait_for(lambda: "1 comments were not kept" in caplog.text)
    assert "You fool" not in caplog.text


def test_without_settings_the_phase_is_not_there(speak):
    client, _, _ = speak({}, tenants=())
    assert post(client, asked()).status_code == 404


def test_a_request_over_a_socket_is_answered(speak, serving):
    _, _, scoring = speak({Attribute.TOXICITY: 1.0})
    origin = serving(create_api(Service(scoring=scoring, coral=(TENANT,)), dialects=[CORAL]))
    body = asked("Großmaul")
    headers = {"X-Coral-Signature": signed(body, OLD_SECRET, SECRET), "User-Agent": "Coral Moderation/9"}
    with urlopen(Request(f"{origin}/coral/phase", data=body, headers=headers), timeout=20) as answer:
        assert json.load(answer)["actions"][0]["reason"] == "COMMENT_DETECTED_TOXIC"
