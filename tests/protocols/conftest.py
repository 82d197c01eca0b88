"""The application with a judge whose answers are known, asked as a client asks it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
import uvicorn
from fastapi.testclient import TestClient
from starlette.types import ASGIApp

from stance.protocols import Dialect, Scoring, Service, create_api
from stance.queue import Store, load_policy, open_store


@pytest.fixture
def scoring(constant_judge, scorer) -> Iterator[Scoring]:
    made = Scoring(constant_judge, policy=load_policy(), scorer=scorer)
    yield made
    made.close()


@pytest.fixture
def store(tmp_path) -> Iterator[Store]:
    with open_store(tmp_path / "queue.db") as opened:
        yield opened


@pytest.fixture
def speaking(scoring, store) -> Iterator[Callable[..., TestClient]]:
    """A client of an application that speaks the given dialects alone."""
    opened = []

    def speak(*dialects: Dialect) -> TestClient:
        client = TestClient(create_api(Service(scoring=scoring, store=store), dialects=dialects))
        opened.append(client.__enter__())
        return client

    yield speak
    for client in opened:
        client.__exit__(None, None, None)


@contextmanager
def run(app: ASGIApp) -> Iterator[str]:
    """Serve an application on a port of its own; gives its origin."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=20)


@pytest.fixture
def serving() -> Iterator[Callable[[ASGIApp], str]]:
    """`serving(app)` is the origin of a real server of it, for clients that open sockets."""
    with ExitStack() as running:
        yield lambda app: running.enter_context(run(app))


@pytest.fixture
def served(scoring, store, serving) -> Callable[..., str]:
    """`served(*dialects)` is the origin of a real server that speaks them."""
    return lambda *dialects: serving(create_api(Service(scoring=scoring, store=store), dialects=dialects))
