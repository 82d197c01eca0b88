"""What a line of the log holds, and what it never does."""

from __future__ import annotations

import asyncio
import json
import logging

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from stance.protocols.logs import JsonLines, QuietLines, Watch, count_texts
from stance.protocols.metrics import Metrics

SECRET = "you are a rotten plank"


async def analyze(request: Request) -> PlainTextResponse:
    await request.body()
    await asyncio.gather(*(count_in_a_task() for _ in range(3)))
    return PlainTextResponse("done", status_code=207)


async def count_in_a_task() -> None:
    count_texts(2)


async def fail(_: Request) -> PlainTextResponse:
    raise RuntimeError(SECRET)


@pytest.fixture
def metrics():
    return Metrics()


@pytest.fixture
def client(metrics):
    routes = [
        Route("/v1/analyze", analyze, methods=["POST"]),
        Route("/v1/fail", fail, methods=["POST"]),
        Route("/pages", analyze, methods=["POST"]),
    ]
    app = Watch(
        Starlette(routes=routes),
        metrics=metrics,
        protocol_of=lambda path: None if path.startswith("/pages") else "perspective",
    )
    return TestClient(app, raise_server_exceptions=False)


@pytest.fixture
def lines(caplog):
    """The lines that were logged so far, as `--log-json` writes them."""
    caplog.set_level(logging.INFO, logger="stance.protocols")

    def written() -> list[dict[str, object]]:
        return [json.loads(JsonLines().format(record)) for record in caplog.records if "stance" in record.name]

    return written


def test_a_request_is_one_line_with_its_facts(client, lines):
    client.post("/v1/analyze?key=abc123", content=SECRET)
    (line,) = lines()
    assert line.pop("ms") > 0
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "INFO",
        "logger": "stance.protocols.requests",
        "protocol": "perspective",
        "method": "POST",
        "path": "/v1/analyze",
        "status": 207,
        "texts": 6,
    }


def test_no_line_holds_a_body_a_key_or_a_query(client, caplog, lines):
    client.post(f"/v1/analyze?key=abc123&text={SECRET}", content=SECRET, headers={"authorization": "Bearer abc123"})
    client.post("/v1/fail?key=abc123", content=SECRET)
    assert [line["status"] for line in lines()] == [207, 500]
    told = json.dumps(lines()) + "".join(QuietLines("%(message)s").format(record) for record in caplog.records)
    assert "abc123" not in told
    assert "rotten" not in told


def test_an_error_in_the_log_tells_where_and_of_what_kind_but_not_what(caplog):
    try:
        raise RuntimeError(SECRET)
    except RuntimeError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    (record,) = caplog.records
    line = json.loads(JsonLines().format(record))
    assert line["message"] == "Exception in ASGI application"
    assert "test_logs.py" in line["error"]
    assert line["error"].endswith("RuntimeError")
    assert "rotten" not in line["error"]


def test_a_path_that_would_break_a_line_or_steer_a_terminal_is_escaped(client, caplog, lines):
    client.post("/v1/%0A%1B[2Jspam" + "x" * 500)
    (line,) = lines()
    assert line["path"].startswith("/v1/\\n\\x1b[2Jspam")
    (plain,) = (QuietLines("%(message)s").format(record) for record in caplog.records if "stance" in record.name)
    assert "\n" not in plain
    assert len(plain) < 300


def test_what_is_none_of_ours_is_neither_counted_nor_logged(client, metrics, lines):
    client.post("/pages")
    assert lines() == []
    assert b"stance_request_seconds_count{" not in metrics.page()


def test_every_request_is_counted_even_where_nothing_is_logged(client, metrics):
    client.post("/v1/analyze")
    client.post("/v1/fail")
    assert b'stance_request_seconds_count{protocol="perspective",status="207"} 1.0' in metrics.page()
    assert b'stance_request_seconds_count{protocol="perspective",status="500"} 1.0' in metrics.page()


def test_a_request_whose_sender_left_is_counted_as_that(metrics):
    async def left(scope, receive, send):
        raise asyncio.CancelledError

    async def ask() -> None:
        scope = {"type": "http", "path": "/v1/analyze", "method": "POST"}
        await Watch(left, metrics=metrics, protocol_of=lambda _: "perspective")(scope, None, None)

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(ask())
    assert b'stance_request_seconds_count{protocol="perspective",status="499"} 1.0' in metrics.page()
