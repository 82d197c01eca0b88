"""The application with a judge whose answers are known, asked as a client asks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient

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
