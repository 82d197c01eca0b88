"""Batches as Google's clients write and read them, and as nobody should."""

from __future__ import annotations

import json
from email.parser import BytesParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stance.protocols.google import Rejected
from stance.protocols.multipart import BATCH, MOST_PARTS, read_parts
from stance.protocols.perspective import PERSPECTIVE

BODY = {"comment": {"text": "What a stupid plan."}, "requestedAttributes": {"TOXICITY": {}}}
PATH = "/v1alpha1/comments:analyze?key=k&alt=json"


@pytest.fixture
def client(speaking):
    return speaking(PERSPECTIVE, BATCH)


def part(number=1, *, body=BODY, line=f"POST {PATH} HTTP/1.1", content_id="<base + {}>", ending="\r\n"):
    head = ["Content-Type: application/http", f"Content-ID: {content_id.format(number)}", ""]
    inner = [line, "Content-Type: application/json", "Host: commentanalyzer.googleapis.com", "", json.dumps(body)]
    return ending.join([*head, *inner])


def send(client, *parts, ending="\r\n", path="/batch", closed=True):
    body = "".join(f"--mark{ending}{one}{ending}" for one in parts) + ("--mark--" if closed else "")
    return client.post(path, content=body.encode(), headers={"content-type": 'multipart/mixed; boundary="mark"'})


def answers_of(response):
    """(status, Content-ID, body) of each part, read by another parser than ours."""
    assert response.status_code == 200, response.text
    head = f"content-type: {response.headers['content-type']}\r\n\r\n".encode()
    found = []
    for one in BytesParser().parsebytes(head + response.content).get_payload():
        assert one.get_content_type() == "application/http"
        head, _, body = one.get_payload().partition("\r\n\r\n")
        found.append((int(head.split(" ")[1]), one["Content-ID"], json.loads(body)))
    return found


@pytest.mark.parametrize("path", ["/batch", "/batch/commentanalyzer/v1alpha1"])
@pytest.mark.parametrize("ending", ["\r\n", "\n"])
@pytest.mark.parametrize("closed", [True, False])
def test_each_part_is_answered_under_its_id_in_order(client, path, ending, closed):
    texts = [{**BODY, "comment": {"text": f"Plan {number} für 😀."}} for number in range(3)]
    parts = [part(number, body=body, ending=ending) for number, body in enumerate(texts)]
    answers = answers_of(send(client, *parts, ending=ending, path=path, closed=closed))
    assert [content_id for _, content_id, _ in answers] == [f"<response-base + {number}>" for number in range(3)]
    for body, (status, _, answer) in zip(texts, answers, strict=True):
        assert (status, answer) == (200, client.post(PATH, json=body).json())


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("POST /v1alpha1/comments:analyze", 200),
        ("POST https://commentanalyzer.googleapis.com/v1alpha1/comments:analyze?key=k HTTP/1.1", 200),
        ("POST /v1alpha1/comments%3Aanalyze HTTP/1.1", 200),
        ("GET /v1alpha1/comments:analyze HTTP/1.1", 405),
        ("POST /v1alpha1/comments:delete HTTP/1.1", 404),
        ("POST /batch HTTP/1.1", 404),
        ("POST /metrics HTTP/1.1", 404),
        ("POST", 400),
        ("", 400),
        ("hello world and more", 400),
    ],
)
def test_a_part_is_a_request_of_its_own(client, line, status):
    (first, second) = answers_of(send(client, part(1, line=line), part(2)))
    assert first[0] == status
    assert status == 200 or first[2]["error"]["code"] == status
    assert second[0] == 200


@pytest.mark.parametrize(
    ("content_id", "answered"),
    [("item-1", "response-item-1"), ("<a@b>", "<response-a@b>"), ("", None), ("<a +\r\n long>", "<response-a + long>")],
)  # fmt: skip
def test_ids_are_given_back_as_they_came(client, content_id, answered):
    ((_, told, _),) = answers_of(send(client, part(content_id=content_id)))
    assert told == answered


def test_a_key_is_asked_of_each_part_and_none_of_the_batch(client, store):
    secret = store.keys.add("forum")
    keyed = part(1, line=f"POST /v1alpha1/comments:analyze?key={secret} HTTP/1.1")
    by_header = part(2, line=f"POST {PATH.partition('?')[0]} HTTP/1.1\r\nX-Goog-Api-Key: {secret}")
    first, second, third = answers_of(send(client, keyed, by_header, part(3)))
    assert (first[0], second[0], third[0]) == (200, 200, 400)
    assert third[2]["error"]["message"] == "API key not valid. Please pass a valid API key."


def test_a_hundred_parts_are_answered_and_one_more_is_refused(client):
    assert len(answers_of(send(client, *map(part, range(MOST_PARTS))))) == MOST_PARTS
    refusal = send(client, *map(part, range(MOST_PARTS + 1)))
    assert refusal.status_code == 400
    assert "too many parts: at most 100" in refusal.json()["error"]["message"]


@pytest.mark.parametrize(
    "content_type",
    ["", "application/json", "multipart/mixed", "multipart/mixed; boundary=", "multipart/form-data; boundary=mark"],
)
def test_what_is_no_batch_is_refused(client, content_type):
    answer = client.post("/batch", content=b"--mark\r\n\r\n--mark--", headers={"content-type": content_type})
    assert answer.json()["error"]["message"].startswith("Failed to parse batch request")
    assert answer.status_code == 400


@pytest.mark.parametrize("body", [b"", b"--mark--", b"hello", b"--other\r\n\r\n--other--"])
def test_a_batch_of_nothing_is_refused(body):
    with pytest.raises(Rejected, match="0 items"):
        read_parts(body, content_type="multipart/mixed; boundary=mark")


def test_a_parts_name_that_is_no_text_is_left_out():
    (part,) = read_parts(
        b"--mark\r\nContent-ID: <\xff\xfe>\r\n\r\n--mark--", content_type="multipart/mixed; boundary=mark"
    )
    assert part.content_id == ""


def test_parts_of_any_bytes_are_answered_or_refused(client):
    pieces = st.sampled_from(
        [b"--mark", b"--mark--", b"\r\n", b"\n", b"\r", b"\x00", b"\xff", b"POST ", PATH.encode(), b" HTTP/1.1",
         b":", b"{}", b"Content-ID: <a>", b"Content-ID: =?utf-8?q?=0d=0a?=",
         b"Content-Type: multipart/mixed; boundary=mark"]
    )  # fmt: skip

    @settings(max_examples=200, deadline=None)
    @given(st.lists(pieces, max_size=30).map(b"".join))
    def ask(body):
        answer = client.post("/batch", content=body, headers={"content-type": "multipart/mixed; boundary=mark"})
        assert answer.status_code in {200, 400}
        if answer.status_code == 200:
            assert all(status in {200, 400, 404, 405} for status, _, _ in answers_of(answer))

    ask()
