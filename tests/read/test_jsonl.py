import json
from datetime import UTC, datetime

import pytest

from stance.errors import BadRow, EmptyInput, NoComments
from stance.read import read_jsonl
from stance.records import ARTICLE


def read(*rows):
    return read_jsonl("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), source="c.jsonl")


def test_fields_are_read_and_others_kept():
    page = read(
        {"article": {"title": "Bridges", "text": "Stone or steel?", "author": "Ida", "url": "https://example.org"}},
        {"id": 7, "text": "Stone.", "author": "jane", "posted_at": 1536937440, "parent_id": "article", "likes": [3]},
        {"id": "b", "text": "Steel.", "posted_at": "2018-09-14T17:04:00+02:00", "parent_id": 7},
    )
    first, second = page.comments
    assert (page.article.title, page.article.url) == ("Bridges", "https://example.org")
    assert (first.id, first.number, first.parent_id, dict(first.extra)) == ("7", 1, ARTICLE, {"likes": [3]})
    # 1536937440 s is 2018-09-14 15:04 UTC, and so is 17:04 two hours east of it.
    assert first.posted_at == second.posted_at == datetime(2018, 9, 14, 15, 4, tzinfo=UTC)
    assert second.parent_id == "7"


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("{broken", "not JSON"),
        ("[1]", "a list where an object should be"),
        ('{"text": "x"}', "'id' is missing"),
        ('{"id": "a"}', "'text' is missing"),
        ('{"id": true, "text": "x"}', "'id' is true or false"),
        ('{"id": "article", "text": "x"}', "stands for the article"),
        ('{"id": "a", "text": 4}', "'text' is a number"),
        ('{"id": "a", "text": "x", "posted_at": "yesterday"}', "'posted_at' is no time"),
        ('{"id": "a", "text": "x", "posted_at": 1e300}', "'posted_at' is no time"),
        ('{"id": "a", "text": "x", "score": NaN}', "not JSON"),
        ('{"id": "a", "text": "x", "n": ' + "[" * 100_000 + "]" * 100_000 + "}", "not JSON"),
        ('{"id": ' + "9" * 5000 + ', "text": "x"}', "not JSON"),
        ('{"article": "Bridges"}', "'article' is a string"),
    ],
)
def test_a_bad_row_names_its_file_and_line_and_no_text(row, what):
    with pytest.raises(BadRow, match=what) as caught:
        read({"id": "ok", "text": "hidden words"}, "", row)
    assert str(caught.value).startswith("c.jsonl:3: ")
    assert caught.value.line == 3
    assert "hidden words" not in str(caught.value)


def test_half_surrogates_and_null_bytes_are_replaced_with_a_note():
    page = read(r'{"id": "a", "text": "x\ud800y\u0000z \ud83d\ude00 \\ud800"}')
    assert page.comments[0].text == "x\ufffdy\ufffdz \N{GRINNING FACE} \\ud800"
    assert page.notes == ("1 half surrogate pairs replaced by U+FFFD", "1 control characters replaced by U+FFFD")


def test_line_separators_inside_a_string_do_not_break_the_row():
    page = read_jsonl('{"id": "a", "text": "x\u2028y\x85z"}\r\n', source="c.jsonl")
    assert page.comments[0].text == "x\ny\nz"


def test_lines_may_come_as_a_stream():
    page = read_jsonl(iter(['{"id": 1, "text": "a"}\n', "\n", '{"id": 2, "text": ""}\n']), source="s")
    assert [comment.text for comment in page.comments] == ["a", ""]


def test_an_article_alone_is_no_thread():
    with pytest.raises(NoComments):
        read({"article": {"title": "Bridges"}})


def test_a_second_article_is_refused():
    with pytest.raises(BadRow, match="second article"):
        read({"article": {"title": "Bridges"}}, {"article": {"title": "Roads"}})


def test_nothing_is_refused():
    with pytest.raises(EmptyInput):
        read("", "  ")
