"""What starts and stops servers is told, and what watches them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from stance.protocols.app import create_api
from stance.protocols.coral_settings import Tenant
from stance.protocols.health import HEALTH, METRICS
from stance.protocols.service import Refusal, Service
from stance.queue import Arrival


def _lose(queue: Path) -> None:
    """Take the queue away under whoever has it open.

    Not by writing over its files: SQLite maps one of them into memory, where cutting it short kills the process.
    """
    with closing(sqlite3.connect(queue, isolation_level=None)) as connection:
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            connection.execute(f'DROP TABLE IF EXISTS "{table}"')


@pytest.fixture
def client(speaking):
    return speaking(HEALTH, METRICS)


def test_a_server_with_a_model_and_a_queue_is_ready(client):
    assert client.get("/healthz").status_code == 200
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"ready": True, "missing": []})


def test_a_server_that_is_stopping_is_alive_and_not_ready(client, scoring):
    scoring.closing = True
    assert client.get("/healthz").status_code == 200
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["missing"]) == (503, ["stopping"])


def test_a_server_whose_queue_is_gone_is_not_ready_and_does_not_say_where_it_was(client, tmp_path):
    _lose(tmp_path / "queue.db")
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()) == (503, {"ready": False, "missing": ["queue"]})


def test_figures_are_in_the_format_that_prometheus_asks_for(client):
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'stance_model{model="constant@0",version="' in answer.text


@pytest.mark.parametrize(("dialect", "keyed"), [(HEALTH, False), (METRICS, True)])
def test_figures_ask_for_a_key_where_there_are_keys_and_health_does_not(dialect, keyed):
    assert dialect.keyed is keyed
    refused = dialect.refuse(Refusal(status=401, words="A key is needed."))
    assert (refused.status_code, refused.body) == (401, b"A key is needed.\n")


def test_texts_that_warm_the_model_up_are_in_no_figure(client):
    assert 'stance_score_count{attribute="TOXICITY"} 0.0' in client.get("/metrics").text


def test_what_waits_between_coral_and_the_queue_is_read_from_the_queue_and_left_out_without_it(
    scoring, store, tmp_path
):
    store.arrivals.note(Arrival(site="t1", comment_id="c1", delivery="d1"))
    service = Service(scoring=scoring, store=store, coral=(Tenant(id="t1", webhook_secrets=(b"s",)),))
    with TestClient(create_api(service, dialects=[METRICS])) as client:
        assert 'stance_coral{state="pending",what="events"} 1.0' in client.get("/metrics").text
        store.arrivals.note(Arrival(site="t1", comment_id="c2", delivery="d2"))
        told = client.get("/metrics").text
        assert 'stance_coral{state="pending",what="events"} 2.0' in told
        assert 'stance_coral{state="given up",what="decisions"} 0.0' in told
        _lose(tmp_path / "queue.db")
        assert client.get("/metrics").status_code == 200


def test_without_coral_there_is_no_figure_of_it(client):
    assert "stance_coral{" not in client.get("/metrics").text
