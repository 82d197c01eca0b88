"""Requests that trickle in, connections that ask for nothing, and a server that answers others meanwhile."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress

import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from stance.protocols import Service, create_api
from stance.protocols.health import HEALTH
from stance.protocols.perspective import PERSPECTIVE
from stance.serve import patience
from stance.serve.patience import PatientProtocol, allow_connections

LARGE = 20_000_000
"""Bytes of an answer: more than sockets hold."""
BODY = b'{"comment": {"text": "So it is."}, "requestedAttributes": {"TOXICITY": {}}}'


@pytest.fixture
def port(scoring, monkeypatch) -> Iterator[int]:
    """A real server that is patient for half a second."""
    monkeypatch.setattr(patience, "REQUEST_SECONDS", 0.5)
    with serve(create_api(Service(scoring=scoring), dialects=(PERSPECTIVE, HEALTH))) as port:
        yield port


@contextmanager
def serve(app: ASGIApp) -> Iterator[int]:
    allow_connections()
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
        server = uvicorn.Server(
            uvicorn.Config(app, http=PatientProtocol, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join(timeout=20)


def ask(port: int) -> int:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        return ask_on(connection)


def ask_on(connection: http.client.HTTPConnection) -> int:
    connection.request("POST", "/v1alpha1/comments:analyze", BODY, {"content-type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    return answer.status


def ends_within(open_one: socket.socket, seconds: float) -> bool:
    open_one.settimeout(seconds)
    try:
        return open_one.recv(1) == b""
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"POST /v1alpha1/comments:analyze HTTP/1.1\r\nhost: a\r\n",
        b"POST /v1alpha1/comments:analyze HTTP/1.1\r\nhost: a\r\ncontent-length: 50\r\n\r\n{",
        b"POST /v1alpha1/comments:analyze HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabc",
    ],
    ids=["nothing", "headers", "body", "chunk"],
)
def test_a_request_that_does_not_end_is_given_up(port, begun):
    with socket.create_connection(("127.0.0.1", port)) as slow:
        slow.sendall(begun)
        assert ends_within(slow, 3)


def test_a_byte_now_and_then_buys_no_time(port):
    with socket.create_connection(("127.0.0.1", port)) as slow:
        slow.sendall(b"POST /v1alpha1/comments:analyze HTTP/1.1\r\n")
        began = time.monotonic()
        try:
            while time.monotonic() - began < 5:
                slow.sendall(b"x: y\r\n")
                time.sleep(0.1)
        except OSError:
            pass
        assert time.monotonic() - began < 3


def test_a_further_request_on_a_connection_has_its_own_time(port):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        for _ in range(3):
            assert ask_on(connection) == 200
            time.sleep(0.4)
        connection.sock.sendall(b"POST /v1alpha1/comments:analyze HTTP/1.1\r\n")
        assert ends_within(connection.sock, 3)


def test_others_are_answered_beside_a_thousand_idle_connections_and_two_hundred_slow_ones(port, monkeypatch):
    monkeypatch.setattr(patience, "REQUEST_SECONDS", 30.0)
    with ExitStack() as held:
        for number in range(1200):
            one = held.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
            if number % 6 == 0:
                one.sendall(b"POST /v1alpha1/comments:analyze HTTP/1.1\r\nhost: a\r\n")
        began = time.monotonic()
        assert [ask(port) for _ in range(10)] == [200] * 10
        assert time.monotonic() - began < 10


def test_beyond_the_most_connections_an_idle_one_makes_way(port, monkeypatch):
    monkeypatch.setattr(patience, "REQUEST_SECONDS", 30.0)
    monkeypatch.setattr(patience, "MOST_CONNECTIONS", 20)
    with ExitStack() as held:
        for _ in range(30):
            held.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
        assert ask(port) == 200


def test_an_answer_that_is_not_read_is_given_up_and_one_that_is_read_slowly_is_not(monkeypatch):
    monkeypatch.setattr(patience, "REQUEST_SECONDS", 0.5)

    async def large(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x" * LARGE})

    with serve(large) as port, ExitStack() as held:
        read, unread = (held.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(2))
        for one in (read, unread):
            one.sendall(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        n_bytes, until = 0, time.monotonic() + 1.5
        read.settimeout(5)
        while time.monotonic() < until:
            n_bytes += len(read.recv(100_000))
            time.sleep(0.01)
        while n_bytes < LARGE:
            more = len(read.recv(1 << 20))
            assert more
            n_bytes += more
        unread.settimeout(5)
        n_bytes = 0
        with suppress(ConnectionResetError):
            while more := len(unread.recv(1 << 20)):
                n_bytes += more
        assert n_bytes < LARGE


def test_a_head_that_is_too_long_is_refused(port):
    with socket.create_connection(("127.0.0.1", port), timeout=5) as long:
        long.sendall(b"GET /healthz HTTP/1.1\r\nx: " + b"y" * 200_000)
        with suppress(ConnectionResetError):
            assert b" 400 " in long.recv(100)
    assert ask(port) == 200
