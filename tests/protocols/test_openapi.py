"""Our own routes are as their OpenAPI document says, whatever is sent; the page of it asks nothing of the network."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig

from stance.protocols.health import HEALTH, METRICS
from stance.protocols.openapi import OPENAPI, describe
from stance.protocols.threads import MOST_COMMENTS, THREADS

OWN = (THREADS, HEALTH, METRICS, OPENAPI)
CONFIG = SchemathesisConfig.from_dict(
    {
        "checks": {
            # A body may be of the right shape and yet no thread: two comments of one id.
            "positive_data_acceptance": {"expected-statuses": ["2xx", "413", "422"]},
            # One comment more than `maxItems` is too long rather than wrong.
            "negative_data_rejection": {"expected-statuses": ["400", "413", "422"]},
        },
    }
)


schema = schemathesis.openapi.from_dict(describe(), config=CONFIG)


@pytest.fixture
def origin(served):
    return served(*OWN)


@schema.parametrize()
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_nothing_is_found_in_our_own_routes(case, origin):
    case.call_and_validate(base_url=origin)


@pytest.fixture
def client(speaking):
    return speaking(*OWN)


def test_the_examples_of_the_document_are_answered(client):
    operation = client.get("/openapi.json").json()["paths"]["/v1/threads:analyze"]["post"]
    examples = operation["requestBody"]["content"]["application/json"]["examples"]
    assert len(examples) == 2
    for example in examples.values():
        answer = client.post("/v1/threads:analyze", json=example["value"])
        assert (answer.status_code, len(answer.json()["comments"])) == (200, 2)


def test_the_page_tells_every_route_and_every_status(client):
    page = client.get("/docs").text
    for path, operations in describe()["paths"].items():
        for operation in operations.values():
            assert f"{path}</code>" in page
            assert all(f"<td>{status}</td>" in page for status in operation["responses"])
    assert f"{MOST_COMMENTS:,} comments" in page


def test_the_page_fetches_and_runs_nothing(client):
    answer = client.get("/docs")
    policy = answer.headers["content-security-policy"]
    (style,) = re.findall("<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    assert re.findall(r"<(?:script|link|img|iframe|form)\b|\ssrc=|\sstyle=|url\(|@import", answer.text) == []
    # The only links are to the document and to places on the page.
    assert {link for link in re.findall('href="([^"]*)"', answer.text) if not link.startswith("#")} == {"/openapi.json"}
    assert {link[1:] for link in re.findall('href="(#[^"]*)"', answer.text)} <= set(
        re.findall(' id="([^"]*)"', answer.text)
    )
