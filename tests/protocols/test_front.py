"""What no request gets past, told in the words of the protocol that was asked for."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from stance.protocols import Dialect, Service, create_api
from stance.protocols.app import DIALECTS
from stance.protocols.errors import Overloaded


def refuse(refusal):
    return JSONResponse({"echo": refusal.words, "wait": refusal.retry_after_seconds}, status_code=refusal.status)


def routes(_: Service):
    async def tell(request: Request) -> JSONResponse:
        return JSONResponse({"length": len(await request.body())})

    async def fail(_: Request) -> JSONResponse:
        raise ZeroDivisionError("a comment's own words")

    async def shed(_: Request) -> JSONResponse:
        raise Overloaded(retry_after_seconds=7)

    return [
        Route("/echo", tell, methods=["GET", "POST"]),
        Route("/echo/fail", fail, methods=["POST"]),
        Route("/echo/shed", shed, methods=["POST"]),
    ]


ECHO = Dialect(name="echo", prefixes=("/echo",), routes=routes, refuse=refuse, longest_body=100)
OPEN = Dialect(name="open", prefixes=("/open",), routes=lambda _: [], refuse=refuse, longest_body=0, keyed=False)


@pytest.fixture
def client(scoring, store):
    api = create_api(Service(scoring=scoring, store=store), dialects=(ECHO, OPEN))
    with TestClient(api, raise_server_exceptions=False) as opened:
        yield opened


def test_a_body_goes_through_whole(client):
    assert client.post("/echo", content=b"x" * 100).json() == {"length": 100}


def test_a_body_that_is_too_long_is_refused_by_its_header_and_by_its_length(client):
    told = client.post("/echo", content=b"x" * 101)
    assert (told.status_code, told.headers["connection"]) == (413, "close")
    streamed = client.post("/echo", content=(b"x" * 60 for _ in range(2)))
    assert streamed.status_code == 413
    assert "100 bytes" in streamed.json()["echo"]


@pytest.mark.parametrize("length", ["-1", "1e3", "9" * 30, "x", "\u0661"])
def test_a_length_that_is_no_number_is_refused(client, length):
    assert client.post("/echo", content=b"x", headers={"content-length": length.encode()}).status_code == 413


def test_pages_of_a_browser_are_refused(client):
    told = client.post("/echo", headers={"origin": "https://elsewhere.example"})
    assert told.status_code == 403
    assert client.get("/echo", headers={"origin": "https://elsewhere.example"}).status_code == 200


def test_any_host_is_answered(client):
    assert client.post("/echo", headers={"host": "commentanalyzer.googleapis.com"}).status_code == 200


def test_other_methods_and_paths_are_refused_in_the_same_words(client):
    told = client.put("/echo")
    assert (told.status_code, told.json()["wait"]) == (405, None)
    assert set(told.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}
    assert client.post("/echo/nothing").json()["echo"].startswith("There is nothing")
    nothing = client.get("/elsewhere")
    assert (nothing.status_code, nothing.text) == (404, "There is nothing here to ask for.\n")
    assert client.get("/echoes").status_code == 404


def test_what_breaks_is_told_without_its_words(client, caplog):
    told = client.post("/echo/fail")
    assert told.status_code == 500
    assert "own words" not in told.text


def test_who_must_wait_is_told_how_long(client):
    assert (client.post("/echo/shed").status_code, client.post("/echo/shed").json()["wait"]) == (429, 7)


def test_answers_are_not_kept_and_not_guessed_at(client):
    headers = client.post("/echo").headers
    assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")


def test_without_keys_everybody_is_let_in_and_with_one_only_its_bearer(client, store):
    assert client.post("/echo?key=anything").status_code == 200


@pytest.mark.parametrize(
    "how",
    [
        lambda key: {"params": {"key": key}},
        lambda key: {"headers": {"x-goog-api-key": key}},
        lambda key: {"headers": {"authorization": f"Bearer {key}"}},
        lambda key: {"headers": {"x-api-key": key}},
    ],
    ids=["query", "google", "bearer", "discourse"],
)
def test_a_key_is_taken_wherever_clients_put_it(store, client, how):
    secret = store.keys.add("forum")
    assert client.post("/echo", **how(secret)).status_code == 200
    told = client.post("/echo", **how("stance_wrong"))
    assert (told.status_code, told.json()["echo"]) == (401, "API key not valid. Please pass a valid API key.")
    assert client.post("/echo").status_code == 401
    assert client.get("/open/nothing").status_code == 404  # and not 401


def test_where_keys_are_required_nobody_gets_in_before_there_is_one(scoring, store):
    api = create_api(Service(scoring=scoring, store=store), dialects=(ECHO,), keys_required=True)
    with TestClient(api) as opened:
        assert opened.post("/echo").status_code == 401
        secret = store.keys.add("forum")
        assert opened.post("/echo", params={"key": secret}).status_code == 200


def test_a_key_makes_no_more_requests_than_it_may(store, client):
    secret = store.keys.add("forum", per_minute=12)
    told = [client.post("/echo", params={"key": secret}) for _ in range(4)]
    assert [one.status_code for one in told] == [200, 200, 429, 429]
    assert 1 <= int(told[-1].headers["retry-after"]) <= 5
    other = store.keys.add("another", per_minute=12)
    assert client.post("/echo", params={"key": other}).status_code == 200


def test_processes_share_a_rate(store, scoring):
    secret = store.keys.add("forum", per_minute=24)
    api = create_api(Service(scoring=scoring, store=store), dialects=(ECHO,), n_processes=2)
    with TestClient(api) as opened:
        told = [opened.post("/echo", params={"key": secret}).status_code for _ in range(4)]
    assert told == [200, 200, 429, 429]


def test_a_queue_that_cannot_be_asked_lets_nobody_in(store, client, monkeypatch):
    from stance.queue import QueueBusy

    def busy(_):
        raise QueueBusy("queue.db", seconds=1)

    store.keys.add("forum")
    monkeypatch.setattr("stance.queue.keys.Keys.any", busy)
    assert client.post("/echo").status_code == 503


def test_who_has_gone_is_given_no_answer(scoring, store):
    api = create_api(Service(scoring=scoring, store=store), dialects=(ECHO,))
    sent = []

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/echo", "query_string": b"", "headers": []}
    asyncio.run(api(scope, receive, send))
    assert sent == []


def test_who_goes_while_an_answer_is_made_is_worked_for_no_longer(scoring, store):
    seen = []

    def waiting(_: Service):
        async def wait(_: Request) -> JSONResponse:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                seen.append("cancelled")
                raise
            raise AssertionError

        return [Route("/echo", wait, methods=["POST"])]

    api = create_api(Service(scoring=scoring, store=store), dialects=(replace(ECHO, routes=waiting),))
    sent = []

    async def receive():
        seen.append("asked")
        if len(seen) == 1:
            return {"type": "http.request", "body": b"", "more_body": False}
        await asyncio.sleep(0.05)
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/echo", "query_string": b"", "headers": []}
    asyncio.run(api(scope, receive, send))
    assert (seen, sent) == (["asked", "asked", "cancelled"], [])


def test_many_long_bodies_at_once_do_not_fill_the_memory(scoring, store, monkeypatch):
    monkeypatch.setattr("stance.protocols.front._MOST_BYTES", 250)
    api = create_api(Service(scoring=scoring, store=store), dialects=(ECHO,))
    scope = {"type": "http", "method": "POST", "path": "/echo", "query_string": b"", "headers": []}

    async def post(ended: asyncio.Event) -> int:
        statuses = []

        async def receive():
            if not received:
                received.append(True)
                return {"type": "http.request", "body": b"x" * 100, "more_body": True}
            await ended.wait()
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message):
            statuses.append(message.get("status"))

        received = []
        await api(scope, receive, send)
        return statuses[0]

    async def post_all():
        ended = asyncio.Event()
        held = [asyncio.ensure_future(post(ended)) for _ in range(3)]
        await asyncio.sleep(0.05)
        ended.set()
        return sorted([await one for one in held]), await post(ended)

    assert asyncio.run(post_all()) == ([200, 200, 429], 200)


def test_no_two_protocols_share_a_path():
    prefixes = [prefix for dialect in DIALECTS for prefix in dialect.prefixes]
    assert len(prefixes) == len(set(prefixes))
