"""What Perspective's protocol refuses, and in which words."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stance.protocols import Scoring
from stance.protocols.errors import Overloaded
from stance.protocols.google import PACKAGE
from stance.protocols.perspective import PERSPECTIVE
from stance.protocols.service import Refusal

ANALYZE, SUGGEST = "/v1alpha1/comments:analyze", "/v1alpha1/comments:suggestscore"
TEXT = "What a stupid plan."
THRESHOLD = "requested_attributes[0].value.score_threshold"


@pytest.fixture
def client(speaking):
    return speaking(PERSPECTIVE)


@pytest.fixture
def refused(client):
    """`refused(text, **fields)` is the error of an answer, which has Google's envelope."""

    def ask(text=TEXT, attributes=("TOXICITY",), **fields):
        wanted = attributes if isinstance(attributes, dict) else {name: {} for name in attributes}
        return error_of(client.post(ANALYZE, json={"comment": {"text": text}, "requestedAttributes": wanted, **fields}))

    return ask


def error_of(answer, *, status=400, name="INVALID_ARGUMENT"):
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert (error["code"], error["status"]) == (status, name)
    return error


@pytest.mark.parametrize("text", ["", " \n\t", None])
def test_an_empty_comment_is_refused(refused, text):
    error = refused(text)
    assert (error["message"], error["details"][0]["errorType"]) == ("Comment must be non-empty.", "COMMENT_EMPTY")


@pytest.mark.parametrize(("text", "size"), [("x" * 20_481, 20_481), ("€" * 6827, 20_481)])
def test_more_than_20_kilobytes_are_refused(refused, client, text, size):
    error = refused(text)
    # Both of Google's wordings: public clients look for one or the other.
    assert "Comment text too long." in error["message"]
    assert f"Comment text was too many bytes. Value ({size}) exceeded limit (20480)." in error["message"]
    assert error["details"][0]["errorType"] == "COMMENT_TOO_LONG"
    body = {"comment": {"text": text[:-1]}, "requestedAttributes": {"TOXICITY": {}}, "languages": ["en"]}
    assert client.post(ANALYZE, json=body).status_code == 200


@pytest.mark.parametrize("attributes", [{}, None])
def test_no_attributes_are_refused(refused, attributes):
    error = refused(requestedAttributes=attributes)
    assert error["message"] == "Missing requested_attributes"
    assert error["details"][0]["errorType"] == "NO_REQUESTED_ATTRIBUTES"


def test_other_scores_than_probabilities_are_refused(refused):
    error = refused(attributes={"INSULT": {"scoreType": "PERCENTILE"}})
    assert error["message"] == "Requested score type PERCENTILE is not supported by attribute INSULT"


def test_an_unknown_kind_of_text_is_refused(client):
    body = {"comment": {"text": TEXT, "type": "MARKDOWN"}, "requestedAttributes": {"TOXICITY": {}}}
    assert error_of(client.post(ANALYZE, json=body))["message"] == "Unknown text type"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "Invalid JSON payload received. Unexpected end of string. Expected a value."),
        (b"comment", "Invalid JSON payload received. Unexpected token."),
        (b'{"comment": {"text": "a\x00b"}}', "Invalid JSON payload received. Unexpected token."),
        (b'{"a": NaN}', "Invalid JSON payload received. Unexpected token."),
        (b"\xff\xfe{", "Invalid JSON payload received. Encountered non UTF-8 code points."),
        (b'{"a": "\xed\xa0\x80"}', "Invalid JSON payload received. Encountered non UTF-8 code points."),
        (b"[" * 100_000, "Invalid JSON payload received. Message too deep. Max recursion depth reached."),
        (b'{"a":' * 100_000, "Invalid JSON payload received. Message too deep. Max recursion depth reached."),
        (b"[]", 'Invalid JSON payload received. Unknown name "": Root element must be a message.'),
        (b'"comment"', 'Invalid JSON payload received. Unknown name "": Root element must be a message.'),
        (b'{"a": 1, "a": 2}', "Invalid JSON payload received. Repeated map key: a name is given twice in one object."),
        (b'{"a": ' + b"9" * 5000 + b"}", "Invalid JSON payload received. Number exceeds the range of integers."),
        (b"", "Comment must be non-empty."),
        (b'{"comment": "You"}', f"Invalid value at 'comment' ({PACKAGE}.TextEntry)"),
        (b'{"comment": {"text": 5}}', "Invalid value at 'comment.text' (TYPE_STRING)"),
        (b'{"comment": {"text": ["a"]}}', "Invalid value at 'comment.text' (TYPE_STRING)"),
    ],
)  # fmt: skip
def test_a_body_that_means_nothing_is_refused_in_googles_words(client, body, message):
    error = error_of(client.post(ANALYZE, content=body, headers={"content-type": "application/json"}))
    assert error["message"] == message


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"requestedAttributes": {"TOXICITY": {"scoreThreshold": "high"}}}, THRESHOLD),
        ({"requestedAttributes": {"TOXICITY": {"scoreThreshold": 1e999}}}, THRESHOLD),
        ({"requestedAttributes": {"TOXICITY": {"scoreThreshold": True}}}, THRESHOLD),
        ({"requestedAttributes": {"TOXICITY": 1}}, "requested_attributes[0].value"),
        ({"requestedAttributes": ["TOXICITY"]}, "requested_attributes"),
        ({"context": {"entries": [{"text": 1}]}}, "context.entries[0].text"),
        ({"context": {"articleAndParentComment": {"article": "text"}}}, "context.article_and_parent_comment.article"),
        ({"languages": [1]}, "languages"),
        ({"spanAnnotations": 1}, "span_annotations"),
        ({"clientToken": {}}, "client_token"),
    ],
)  # fmt: skip
def test_a_field_of_another_type_is_refused_with_its_place(client, fields, place):
    body = {"comment": {"text": TEXT}, "requestedAttributes": {"TOXICITY": {}}, **fields}
    headers = {"content-type": "application/json"}
    error = error_of(client.post(ANALYZE, content=json.dumps(body).replace("Infinity", "1e999"), headers=headers))
    assert error["message"].startswith(f"Invalid value at '{place}' (")
    assert error["details"][0]["fieldViolations"][0]["field"] == place


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "application/x-protobuf", "{", "a/b/c"])
def test_a_body_that_says_it_is_something_else_is_refused(client, content_type):
    headers = {"content-type": content_type}
    assert "Content-Type" in error_of(client.post(ANALYZE, content=b"{}", headers=headers))["message"]


def test_half_an_emoji_does_not_keep_a_comment_from_being_judged(client, constant_judge):
    body = b'{"comment": {"text": "You liar \\ud83d and \\u0000"}, "requestedAttributes": {"INSULT": {}}}'
    answer = client.post(ANALYZE, content=body, headers={"content-type": "application/json"})
    assert answer.json()["attributeScores"]["INSULT"]["spanScores"][0]["end"] == 16
    assert constant_judge.cases[-1].text == "You liar \N{REPLACEMENT CHARACTER} and \x00"


def test_no_refusal_shows_a_comment(refused):
    assert "secret" not in json.dumps(refused("secret " * 4000))
    assert "secret" not in json.dumps(refused(clientToken=["secret"]))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from([TEXT, "HTML"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMED = st.dictionaries(
    st.sampled_from(
        "comment requestedAttributes attributeScores context languages spanAnnotations clientToken".split()
    ),
    JSON
    | st.dictionaries(
        st.sampled_from("text type entries articleAndParentComment TOXICITY INSULT@2 article parentComment".split()),
        JSON | st.dictionaries(st.sampled_from("scoreType scoreThreshold summaryScore spanScores text".split()), JSON),
    ),
)


def test_whatever_is_sent_is_answered_or_refused_in_the_envelope(client):
    @settings(max_examples=300, deadline=None)
    @given(body=NAMED | JSON, path=st.sampled_from([ANALYZE, SUGGEST]))
    def ask(body, path):
        answer = client.post(path, content=json.dumps(body), headers={"content-type": "application/json"})
        if answer.status_code != 200:
            error_of(answer)

    ask()


def test_bytes_of_any_kind_are_refused_in_the_envelope(client):
    @settings(max_examples=200, deadline=None)
    @given(body=st.binary(max_size=60) | st.text(alphabet='{}[]",:\\ue5d8 0-9.tfn', max_size=40).map(str.encode))
    def ask(body):
        error_of(client.post(ANALYZE, content=body, headers={"content-type": "application/json"}))

    ask()


# Overload, keys and other refusals of the server's.


def test_too_much_at_once_is_told_as_an_exhausted_quota(speaking, monkeypatch):
    async def judge(_, asked):
        raise Overloaded(retry_after_seconds=3)

    monkeypatch.setattr(Scoring, "judge", judge)
    answer = speaking(PERSPECTIVE).post(
        ANALYZE, json={"comment": {"text": TEXT}, "requestedAttributes": {"TOXICITY": {}}}
    )
    error = error_of(answer, status=429, name="RESOURCE_EXHAUSTED")
    assert answer.headers["retry-after"] == "3"
    assert {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "3s"} in error["details"]


@pytest.mark.parametrize(
    ("status", "told", "name"),
    [(401, 400, "INVALID_ARGUMENT"), (403, 403, "PERMISSION_DENIED"), (404, 404, "NOT_FOUND"),
     (413, 413, "INVALID_ARGUMENT"), (429, 429, "RESOURCE_EXHAUSTED"), (503, 503, "UNAVAILABLE")],
)  # fmt: skip
def test_refusals_of_the_servers_have_the_envelope(status, told, name):
    answer = PERSPECTIVE.refuse(Refusal(status=status, words="Not so.", retry_after_seconds=None))
    error = json.loads(answer.body)["error"]
    assert (answer.status_code, error["code"], error["status"]) == (told, told, name)
    # Clients look for these very words.
    assert error["message"].startswith("API key not valid. Please pass a valid API key.") == (status == 401)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", ANALYZE, 405), ("POST", "/v1alpha1/comments:delete", 404), ("POST", "/v1alpha1", 404)],
)
def test_what_is_not_there_has_the_envelope_too(client, method, path, status):
    answer = client.request(method, path)
    assert answer.status_code == answer.json()["error"]["code"] == status


def test_a_body_that_is_too_long_is_refused_unread(client):
    headers = {"content-type": "application/json"}
    answer = client.post(ANALYZE, content=b" " * (PERSPECTIVE.longest_body + 1), headers=headers)
    assert error_of(answer, status=413)["message"].startswith("The body is too long")
