"""Bodies of every broken kind: each protocol answers in its own words, and never breaks."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stance.protocols.openai import OPENAI
from stance.protocols.tei import TEI
from stance.protocols.threads import THREADS

PATHS = ("/v1/moderations", "/predict", "/api/v1/classify", "/v1/threads:analyze")
FIELDS = (
    *("input", "model", "type", "text", "image_url", "inputs", "truncate", "raw_scores", "content"),
    *("comments", "article", "id", "parent_id", "author", "posted_at", "thread_id", "mend", "refuse"),
    *("format", "columns", "stated_total", "notes", "title", "url"),
)
WORDS = ("text", "image_url", "csv", "jsonl", "page", "article", "ring", "duplicate", "a,b\n1,2", "1. a\n\n2. b", "{}")
TEXTS = st.sampled_from(WORDS) | st.text(st.characters(exclude_categories=[]), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(FIELDS) | TEXTS, inner, max_size=6),
    max_leaves=12,
)
FEW = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def client(speaking):
    return speaking(OPENAI, TEI, THREADS)


def check(path, answer):
    """An answer, or a refusal in the words of the protocol; returns its status."""
    if answer.status_code == 200:
        return 200
    assert 400 <= answer.status_code < 500
    body = answer.json()
    if path == "/v1/moderations":
        assert set(body["error"]) == {"message", "type", "param", "code"}
        told = body["error"]["message"]
    elif path == "/v1/threads:analyze":
        assert set(body["error"]) == {"code", "message", "where"}
        told = body["error"]["message"]
    else:
        assert set(body) == {"error", "error_type"}
        told = body["error"]
    assert told.endswith((".", "]", "empty", "32"))
    return answer.status_code


@FEW
@given(path=st.sampled_from(PATHS), value=VALUES)
def test_any_json_is_answered_or_refused(client, path, value):
    check(path, client.post(path, content=json.dumps(value)))


@FEW
@given(path=st.sampled_from(PATHS), values=st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=5))
def test_any_object_of_known_fields_is_answered_or_refused(client, path, values):
    check(path, client.post(path, content=json.dumps(values)))


@FEW
@given(path=st.sampled_from(PATHS), data=st.binary(max_size=60))
def test_any_bytes_are_answered_or_refused(client, path, data):
    check(path, client.post(path, content=data))


GOOD = {
    "/v1/moderations": {"input": ["It stands."]},
    "/predict": {"inputs": [["It stands."]], "truncate": True},
    "/api/v1/classify": {"model": "unbiased", "content": "It stands."},
    "/v1/threads:analyze": {"comments": [{"id": "a", "text": "It stands."}]},
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe{\x00}\x00",
        b"{",
        b'{"input": NaN}',
        b'{"inputs": Infinity}',
        b'{"comments": [1e999]}',
        b'{"a": ' * 200_000,
        b"[" * 200_000 + b"]" * 200_000,
        b'{"content": ' + b"[" * 2_000 + b"]" * 2_000 + b"}",
        b'{"comments": [{"id": "a", "text": "b", "c": ' + b"[" * 1_000 + b"]" * 1_000 + b"}]}",
        b'\x00{"input": "a"}',
        b'{"input": "a" "b"}',
        b"input=a&inputs=b",
        b"null",
        b"1" * 5_000,
    ],
    ids=range(15),
)
def test_what_is_no_body_is_refused(client, path, content):
    assert check(path, client.post(path, content=content)) in (400, 413, 422)


@pytest.mark.parametrize("path", PATHS)
def test_odd_text_is_text(client, path):
    for odd in ("\0", "\ud83d", "\udc00\ud800", "\u202eabc\u202c", "\N{PILE OF POO}", "e" + "\u0301" * 500):
        content = json.dumps(GOOD[path]).replace("It stands.", json.dumps(odd)[1:-1])
        answer = client.post(path, content=content)
        assert check(path, answer) == 200
        answer.content.decode("utf-8")


@pytest.mark.parametrize("path", PATHS)
def test_a_byte_order_mark_is_passed_over(client, path):
    assert check(path, client.post(path, content=b"\xef\xbb\xbf" + json.dumps(GOOD[path]).encode())) == 200


@pytest.mark.parametrize("path", PATHS[:2])
def test_a_field_of_ten_megabytes_is_refused(client, path):
    content = json.dumps(GOOD[path] | {"truncate": False}).replace("It stands.", "a" * 10_000_000)
    assert check(path, client.post(path, content=content)) in (400, 413)
