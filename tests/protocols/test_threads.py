"""Whole threads in, the analysis that `stance analyze` prints out."""

from __future__ import annotations

import json

import pytest

import stance
from stance.out import to_row
from stance.protocols.threads import MOST_COMMENTS, TEXT_FORMATS, THREADS
from stance.read import FORMATS, read_text

ADDRESS = "/v1/threads:analyze"
ARTICLE = {"title": "Two bridges", "text": "The council of Norway must choose.", "author": "Ida Berg"}
COMMENTS = [
    {"id": 1, "text": "The council is right. Norway built the last one in 1998.", "author": "kim"},
    {"id": "b", "text": "“Norway built the last one in 1998.” That is not so, you fool!", "author": "lee"},
    {
        "id": "c",
        "text": "Sweden paid for half of it.",
        "parent_id": "1",
        "votes": 3,
        "posted_at": "2020-01-02T03:04:05Z",
    },
]


@pytest.fixture
def client(speaking):
    return speaking(THREADS)


@pytest.fixture
def expected(constant_judge, scorer):
    """What the library makes of the same rows as JSON Lines."""

    def analyse(lines, *, name="thread"):
        (page,) = read_text(lines, name=name)
        (analysis,) = stance.analyze(
            [stance.build_thread(page)], constant_judge, policy=stance.load_policy(), scorer=scorer
        )
        return json.loads(json.dumps(to_row(analysis)))

    return analyse


def refused(answer):
    """Status, code and where of an error; its message names no option of the command line."""
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "where"}
    assert "--" not in error["message"]
    return answer.status_code, error["code"], error["where"]


def test_comments_are_analysed_as_the_library_does(client, expected):
    lines = "\n".join(json.dumps(row) for row in [{"article": ARTICLE, "stated_total": 9}, *COMMENTS])
    answer = client.post(ADDRESS, json={"article": ARTICLE, "comments": COMMENTS, "stated_total": 9})
    assert answer.status_code == 200
    assert answer.json() == expected(lines)
    assert [comment["extra"] for comment in answer.json()["comments"]] == [{}, {}, {"votes": 3}]


def test_what_a_file_holds_is_analysed_as_the_library_does(client, expected, seed_page):
    content = seed_page.read_text(encoding="utf-8")
    answer = client.post(ADDRESS, json={"content": content})
    assert answer.status_code == 200
    assert answer.json() == expected(content)
    assert len(answer.json()["comments"]) > 10


def test_a_thread_has_the_name_that_it_is_given(client):
    named = [{**comment, "thread_id": "old"} for comment in COMMENTS]
    assert client.post(ADDRESS, json={"comments": named}).json()["thread"]["id"] == "old"
    answer = client.post(ADDRESS, json={"comments": named, "article": ARTICLE, "thread_id": "new"}).json()
    assert (answer["thread"]["id"], answer["thread"]["article"]["title"]) == ("new", "Two bridges")


def test_one_thread_of_several_is_named(client):
    content = "thread,id,text\nx,1,One.\ny,2,Two.\n"
    assert refused(client.post(ADDRESS, json={"content": content})) == (422, "several_threads", None)
    assert client.post(ADDRESS, json={"content": content, "thread_id": "y"}).json()["comments"][0]["text"] == "Two."
    missing = client.post(ADDRESS, json={"content": content, "thread_id": "z"})
    assert refused(missing) == (422, "no_such_thread", None)


def test_columns_of_a_table_can_be_named(client):
    given = {"content": "nr,words\n1,One.\n", "format": "csv"}
    assert refused(client.post(ADDRESS, json=given)) == (422, "bad_columns", None)
    answer = client.post(ADDRESS, json={**given, "columns": {"id": "nr", "text": "words"}})
    assert answer.json()["comments"][0]["text"] == "One."
    wrong = client.post(ADDRESS, json={"content": '{"id": "a", "text": "b"}', "columns": {"text": "b"}})
    assert refused(wrong) == (422, "unused_columns", None)


RING = [{"id": "a", "text": "A.", "parent_id": "b"}, {"id": "b", "text": "B.", "parent_id": "a"}]
TWINS = [{"id": "a", "text": "A."}, {"id": "a", "text": "B."}]
ORPHAN = [{"id": "a", "text": "A.", "parent_id": "gone"}]
FUTURE = [
    {"id": "a", "text": "A.", "parent_id": "b", "posted_at": 1},
    {"id": "b", "text": "B.", "posted_at": 86_400},
]


@pytest.mark.parametrize(
    ("comments", "fault", "code"),
    [
        (RING, "ring", "reply_cycle"),
        (TWINS, "duplicate", "duplicate_id"),
        (ORPHAN, "orphan", "missing_parent"),
        (FUTURE, "future", "future_parent"),
    ],
)
def test_a_fault_is_mended_or_refused_as_asked(client, comments, fault, code):
    answer = client.post(ADDRESS, json={"comments": comments, "refuse": [fault]})
    status, told, where = refused(answer)
    assert (status, told) == (422, code)
    assert where in {"comment 'a'", "comment 'b'"}
    assert f"to be mended: {fault}" in answer.json()["error"]["message"]
    assert client.post(ADDRESS, json={"comments": comments, "mend": [fault]}).status_code == 200


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ([], None),
        ("text", None),
        ({}, None),
        ({"comments": COMMENTS, "content": "x"}, None),
        ({"comments": COMMENTS, "format": "csv"}, "format"),
        ({"content": "x", "article": ARTICLE}, "article"),
        ({"comments": COMMENTS, "ariticle": ARTICLE}, "ariticle"),
        ({"comments": []}, "comments"),
        ({"comments": {"id": "a", "text": "b"}}, "comments"),
        ({"comments": ["a"]}, "comments[0]"),
        ({"comments": [*COMMENTS, {"id": "d"}]}, "comments[3]"),
        ({"comments": COMMENTS, "thread_id": 4}, "thread_id"),
        ({"comments": COMMENTS, "mend": "ring"}, "mend"),
        ({"comments": COMMENTS, "mend": ["rings"]}, "mend"),
        ({"comments": COMMENTS, "refuse": [["ring"]]}, "refuse"),
        ({"content": 4}, "content"),
        ({"content": "x", "format": "parquet"}, "format"),
        ({"content": "x", "format": ["csv"]}, "format"),
        ({"content": "x", "columns": ["id"]}, "columns"),
        ({"content": "x", "columns": {"id": 4}}, "columns"),
    ],
)
def test_a_body_of_another_shape_is_a_bad_request_that_names_the_field(client, body, where):
    assert refused(client.post(ADDRESS, json=body)) == (400, "bad_request", where)


@pytest.mark.parametrize(
    ("body", "code", "where"),
    [
        ({"comments": [*COMMENTS, {"id": "d", "text": None}]}, "bad_row", "comments[3]"),
        ({"comments": [{"id": "article", "text": "A."}]}, "bad_row", "comments[0]"),
        ({"comments": [{"id": "a", "text": "A.", "posted_at": "soon"}]}, "bad_row", "comments[0]"),
        ({"comments": COMMENTS, "article": "Two bridges"}, "bad_row", "article"),
        ({"comments": COMMENTS, "stated_total": -1}, "bad_row", "article"),
        ({"content": '{"id": "a", "text": "A."}\n{"id": "b"}'}, "bad_row", "content, line 2"),
        ({"content": " \n"}, "empty_input", None),
        ({"content": "\0\1\2" * 500}, "binary_input", None),
        ({"content": "{{{"}, "unknown_format", None),
        ({"content": "Nothing of note."}, "no_comments", None),
        ({"content": "Nothing of note.", "format": "disqus"}, "bad_row", "content, line 1"),
    ],
)
def test_what_cannot_be_read_or_is_no_thread_says_where(client, body, code, where):
    assert refused(client.post(ADDRESS, json=body)) == (422, code, where)


def test_more_comments_than_are_taken_are_sent_to_the_command_that_takes_them(client):
    many = [{"id": str(number), "text": "One."} for number in range(MOST_COMMENTS + 1)]
    for body in ({"comments": many}, {"content": "\n".join(map(json.dumps, many))}):
        answer = client.post(ADDRESS, json=body)
        assert refused(answer) == (413, "too_long", "comments")
        assert "`stance score`" in answer.json()["error"]["message"]


def test_an_overloaded_server_says_when_to_ask_again(client, scoring):
    scoring.close()
    answer = client.post(ADDRESS, json={"comments": COMMENTS})
    assert refused(answer) == (429, "overloaded", None)
    assert int(answer.headers["retry-after"]) >= 1


def test_every_format_of_text_can_be_sent():
    assert set(FORMATS) - set(TEXT_FORMATS) == {"convokit", "parquet"}
