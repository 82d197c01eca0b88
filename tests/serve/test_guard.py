"""What the server refuses, and what every answer carries."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from stance.queue import Action, ItemState, Role
from stance.serve import LinkDoor, PasswordDoor, create_app, hash_password, local_site, public_site
from stance.serve.card import make_card
from stance.serve.guard import LONGEST_BODY

ORIGIN = "http://127.0.0.1:8710"
TOKEN = "a-token-that-only-tests-know"
WORDS = "a horse and a battery"


def client_of(store, door, site=None, **options) -> TestClient:
    site = site or local_site(8710)
    return TestClient(create_app(store, site=site, door=door), base_url=site.origin, follow_redirects=False, **options)


@pytest.fixture
def client(store) -> Iterator[TestClient]:
    """A browser's view of the queue, not yet let in."""
    with client_of(store, LinkDoor(name="Anna", token=TOKEN)) as opened:
        yield opened


@pytest.fixture
def inside(client) -> TestClient:
    """The same, let in by the link."""
    assert client.get("/open", params={"token": TOKEN}).status_code == 303
    return client


def csrf(client) -> str:
    return client.get("/").text.partition('data-csrf="')[2].partition('"')[0]


def post(client, path, json, **headers):
    return client.post(path, json=json, headers={"origin": ORIGIN, "x-csrf-token": csrf(client), **headers})


def test_without_the_link_nothing_is_shown(client, load):
    load()
    for path in ("/", "/items/1", "/items/1/thread", "/items/1/text", "/items/1/tree.svg"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    for path in ("/api/list", "/api/items/1", "/api/events"):
        assert client.get(path).status_code == 401
    assert client.get("/open", params={"token": "guess"}).status_code == 403


def test_the_link_lets_a_browser_in_and_leaves_its_address(client):
    answer = client.get("/open", params={"token": TOKEN})
    assert answer.headers["location"] == "/"
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("stance-8710=")
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert TOKEN not in cookie


def test_over_https_the_cookie_never_travels_otherwise(store):
    site = public_site("https://queue.example.org")
    with client_of(store, LinkDoor(name="Anna", token=TOKEN), site) as client:
        answer = client.get("/open", params={"token": TOKEN})
        assert answer.headers["set-cookie"].startswith("__Host-stance=")
        assert "Secure" in answer.headers["set-cookie"]
        assert answer.headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:8711", "localhost.evil.example:8710", ""])
def test_a_request_for_another_host_is_refused(client, host):
    assert client.get("/login", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost:8710", "127.0.0.1:8710", "[::1]:8710", "LOCALHOST:8710"])
def test_the_machines_own_names_are_answered(client, host):
    assert client.get("/login", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:8711", None])
def test_a_request_from_another_site_changes_nothing(inside, load, store, origin):
    load()
    headers = {"x-csrf-token": csrf(inside)} | ({} if origin is None else {"origin": origin})
    body = {"version": 1, "action": "approve"}
    assert inside.post("/api/items/1/decide", json=body, headers=headers).status_code == 403
    assert store.verify().n_decisions == 0


@pytest.mark.parametrize("token", ["", "0" * 64, None])
def test_a_request_without_the_pages_own_token_changes_nothing(inside, load, store, token):
    load()
    headers = {"origin": ORIGIN} | ({} if token is None else {"x-csrf-token": token})
    answer = inside.post("/api/items/1/decide", json={"version": 1, "action": "approve"}, headers=headers)
    assert answer.status_code == 403
    assert store.verify().n_decisions == 0


def test_every_answer_says_what_a_browser_may_do_with_it(inside, load):
    load()
    for path in ("/", "/login", "/items/1", "/items/999", "/no-such-page", "/static/page.js", "/api/items/1"):
        headers = inside.get(path).headers
        rules = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
        assert rules["default-src"] == "'none'"
        assert rules["script-src"] == rules["style-src"] == "'self'"
        assert rules["require-trusted-types-for"] == "'script'"
        assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == (
            "no-store" if "static" not in path else "public, max-age=31536000, immutable"
        )
    assert "sandbox" in inside.get("/items/1/tree.svg").headers["content-security-policy"]


def test_no_page_holds_a_script_or_style_of_its_own(inside, load):
    load()
    for path in ("/", "/items/1", "/items/1/thread", "/login"):
        page = inside.get(path).text
        assert page.count("<script") == page.count("<script src=") == 2
        assert "<style" not in page
        assert " style=" not in page
        assert " onclick=" not in page


def test_a_body_that_is_too_long_is_refused_whatever_it_says(inside, load):
    load()
    assert post(inside, "/api/release", {"items": [1], "more": "x" * LONGEST_BODY}).status_code == 413

    def slowly():
        for _ in range(20):
            yield b"x" * 20_000

    headers = {"origin": ORIGIN, "x-csrf-token": csrf(inside), "content-type": "application/json"}
    assert inside.post("/api/release", content=slowly(), headers=headers).status_code in {400, 413}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"version": 1, "action": "delete"}, "action"),
        ({"version": 0, "action": "approve"}, "version"),
        ({"version": 1, "action": "approve", "seconds": -1}, "seconds"),
        ({"version": 1, "action": "approve", "note": "secret words " * 500}, "note"),
        ({"version": 1, "action": "approve", "moderator": "Bo"}, "moderator"),
    ],
)
def test_what_cannot_be_read_is_named_and_not_repeated(inside, load, store, body, field):
    load()
    answer = post(inside, "/api/items/1/decide", body)
    assert answer.status_code == 422
    assert field in answer.json()["error"]
    assert "secret" not in answer.text
    assert store.verify().n_decisions == 0


@pytest.mark.parametrize(
    "body", [{"version": 1, "action": "undo"}, {"version": 1, "action": "approve", "reason": "spam"}]
)
def test_a_decision_that_makes_no_sense_is_refused(inside, load, store, body):
    load()
    assert post(inside, "/api/items/1/decide", body).status_code == 403
    assert store.verify().n_decisions == 0


def test_a_stale_version_is_409_and_changes_nothing(inside, load, store):
    load()
    body = {"version": 1, "action": "approve"}
    assert post(inside, "/api/items/1/decide", body).status_code == 200
    answer = post(inside, "/api/items/1/decide", {**body, "action": "reject"})
    assert answer.status_code == 409
    assert answer.json()["stale"] == [1]
    assert store.item(1).state is ItemState.APPROVED
    assert store.verify().n_decisions == 1


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", {1, 2, 3, 4}),
        ("thread=mill", {4}),
        ("author=Tom+Ekdal", {2}),
        ("actor=Veland", {1, 3}),
        ("actor=Veland&stance=favor", {1}),
        ("stance=against", {3}),
        ("actor=Norland", set()),
        ("q=pier+one", {1}),
        ("state=approved", {5}),
        ("state=approved&thread=mill", set()),
    ],
)
def test_each_filter_narrows_the_list(inside, store, load, query, numbers):
    load(["Veland sold pier one.", "Who cares?", "Veland lied about pier two."])
    load(["A mill is here."], thread_id="mill", authors=["Olga"])
    load(["An approved one."], thread_id="yard", authors=["Olga"])
    store.decide(5, version=1, moderator="ann", action=Action.APPROVE)
    page = inside.get(f"/api/list?{query}").text
    assert {int(found) for found in re.findall(r'href="/items/([0-9]+)', page)} == numbers


def test_the_least_score_leaves_out_what_is_below_it(inside, store, load):
    load(["You are a liar and a fool, Tom.", "Veland lied.", "Hello."])
    highest, *_, lowest = (item.priority for item in store.items().items)
    assert highest > lowest
    page = inside.get(f"/api/list?least={(highest + lowest) / 2}").text
    above = {item.id for item in store.items().items if item.priority > (highest + lowest) / 2}
    assert {int(found) for found in re.findall(r'href="/items/([0-9]+)', page)} == above


def test_filters_that_make_no_sense_are_refused_by_name(inside):
    for query in ("lane=none", "order=best", "least=7", "after=x", "stance=maybe", "state=gone"):
        answer = inside.get(f"/?{query}")
        assert answer.status_code == 422
        assert query.partition("=")[0] in answer.text
    assert inside.get("/?lane=&stance=&least=&order=&state=&q=&after=").status_code == 200


def test_the_log_holds_no_token_search_or_text(inside, load, caplog):
    load(["Veland has a pier.", "Veland has another."])
    with caplog.at_level(logging.INFO, logger="stance.serve"):
        inside.get("/", params={"q": "pier"})
        inside.get("/open", params={"token": TOKEN})
        post(inside, "/api/items/1/decide", {"version": 1, "action": "reject", "note": "a private note"})
    said = caplog.text
    assert "/api/items/1/decide 200" in said
    for secret in ("pier", TOKEN, "private", "Veland"):
        assert secret not in said


def users_client(store) -> TestClient:
    for role in Role:
        store.users.add(role.value, role=role, password_hash=hash_password(WORDS))
    return client_of(store, PasswordDoor(store))


def log_in(client, name, password=WORDS):
    page = client.get("/login").text
    token = page.partition('name="csrf" value="')[2].partition('"')[0]
    return client.post("/login", data={"csrf": token, "name": name, "password": password}, headers={"origin": ORIGIN})


def test_a_password_lets_in_and_leaving_ends_the_session(store, load):
    load()
    with users_client(store) as client:
        assert log_in(client, "moderator", "wrong").status_code == 401
        assert log_in(client, "nobody").status_code == 401
        assert log_in(client, "moderator").status_code == 303
        held = dict(client.cookies)
        assert client.get("/").status_code == 200
        token = csrf(client)
        assert client.post("/logout", data={"csrf": "x"}, headers={"origin": ORIGIN}).status_code == 403
        assert client.post("/logout", data={"csrf": token}, headers={"origin": ORIGIN}).status_code == 303
        client.cookies.update(held)
        assert client.get("/").status_code == 303


def test_the_form_to_log_in_works_once_asked_for_by_the_same_browser(store):
    with users_client(store) as client:
        body = {"csrf": "0" * 64, "name": "moderator", "password": WORDS}
        assert client.post("/login", data=body, headers={"origin": ORIGIN}).status_code == 403
        assert client.post("/login", data=body, headers={"origin": "https://evil.example"}).status_code == 403


def test_guessing_a_password_is_slowed_down(store):
    with users_client(store) as client:
        tries = [log_in(client, "moderator", f"guess {n}").status_code for n in range(10)]
        assert tries == [401] * 10
        answer = log_in(client, "moderator")
        assert answer.status_code == 429
        assert 0 < int(answer.headers["retry-after"]) <= 900
        assert "Too many tries" in answer.text


def test_a_user_who_is_removed_is_out_at_once(store, load):
    load()
    with users_client(store) as client:
        log_in(client, "moderator")
        assert client.get("/").status_code == 200
        store.users.remove("moderator")
        assert client.get("/").status_code == 303


def test_a_role_may_do_what_it_may(store, load):
    load()
    escalate, approve = {"version": 1, "action": "escalate"}, {"version": 2, "action": "approve"}
    with users_client(store) as client:
        log_in(client, "reader")
        assert client.get("/items/1").status_code == 200
        assert post(client, "/api/take", {"wanted": {}}).status_code == 403
        assert post(client, "/api/items/1/decide", escalate).status_code == 403
        log_in(client, "moderator")
        assert post(client, "/api/items/1/decide", escalate).status_code == 200
        assert post(client, "/api/items/1/decide", approve).status_code == 403
        assert post(client, "/api/decide", {"items": [{"id": 1, "version": 2}], "action": "approve"}).status_code == 403
        assert post(client, "/api/take", {"wanted": {"lane": "escalated"}}).status_code == 403
        log_in(client, "admin")
        (card,) = post(client, "/api/take", {"wanted": {"lane": "escalated"}}).json()["cards"]
        assert card["id"] == 1
        assert post(client, "/api/items/1/decide", approve).status_code == 200
    assert [one.action for one in store.item(1).history] == [Action.ESCALATE, Action.APPROVE]


def test_only_an_admin_takes_back_what_another_decided(store, load):
    load()
    decision = store.decide(1, version=1, moderator="Bo", action=Action.REJECT)
    with users_client(store) as client:
        log_in(client, "moderator")
        assert post(client, "/api/undo", {"sequence": decision.sequence}).status_code == 409
        log_in(client, "admin")
        assert post(client, "/api/undo", {"sequence": decision.sequence}).status_code == 200
    assert store.item(1).state is ItemState.OPEN


def test_a_second_review_shows_nothing_of_the_first(store, load):
    load(["Veland lied."])
    store.decide(1, version=1, moderator="Bo", action=Action.REJECT)
    card = make_card(store.item(1), store.thread(1), viewer="Anna", blind=True)
    assert (card.state, card.history) == (ItemState.OPEN, [])
    seen = make_card(store.item(1), store.thread(1), viewer="Anna", blind=False)
    assert (seen.state, len(seen.history)) == (ItemState.REJECTED, 1)
