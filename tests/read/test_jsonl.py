import json
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stance.errors import BadRow, EmptyInput, NoComments, SeveralThreads
from stance.read import read_page, read_threads
from stance.records import ARTICLE

FIXTURE = [
    {"article": {"title": "Größe", "text": "Stone or steel?"}, "thread_id": "t"},
    {"id": "a", "text": "Stein, bitte.", "author": "Zoë", "parent_id": "article", "thread_id": "t"},
    {"id": "b", "text": "> Stein, bitte.\n\nNo!", "author": "kim", "parent_id": "a", "thread_id": "t"},
    {"id": "c", "text": "", "deleted": True, "parent_id": "b", "thread_id": "t"},
    {"id": "d", "text": ["Steel"], "parent_id": "a", "thread_id": "t"},
    {"id": "e", "text": "Ja.", "parent_id": "c", "posted_at": "2024-05-01T10:00:00Z", "thread_id": "t"},
]
TEXT = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in FIXTURE)


@pytest.fixture
def save(tmp_path):
    def write(*rows):
        path = tmp_path / "c.jsonl"
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        path.write_text("\n".join(lines), encoding="utf-8", newline="")
        return path

    return write


@pytest.fixture
def read(save):
    return lambda *rows: read_page(save(*rows), format="jsonl")


def test_fields_are_read_and_others_kept(read):
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
def test_a_bad_row_names_its_file_and_line_and_no_text(read, row, what):
    with pytest.raises(BadRow, match=what) as caught:
        read({"id": "ok", "text": "hidden words"}, "", row)
    assert "c.jsonl:3: " in str(caught.value)
    assert caught.value.place == 3
    assert "hidden words" not in str(caught.value)


def test_half_surrogates_and_null_bytes_are_replaced_with_a_note(read):
    page = read(r'{"id": "a", "text": "x\ud800y\u0000z \ud83d\ude00 \\ud800"}')
    assert page.comments[0].text == "x\ufffdy\ufffdz \N{GRINNING FACE} \\ud800"
    assert page.notes == ("1 half surrogate pairs replaced by U+FFFD", "1 control characters replaced by U+FFFD")


def test_half_a_surrogate_in_what_is_kept_beside_the_text_is_replaced_too(read):
    assert read(r'{"id": "a", "text": "x", "flair": ["\udfff"]}').comments[0].extra == {"flair": ["\ufffd"]}


def test_line_separators_inside_a_string_do_not_break_the_row(read):
    page = read('{"id": "a", "text": "x\u2028y\x85z"}\r\n')
    assert page.comments[0].text == "x\ny\nz"


def test_rows_of_several_threads_may_come_mixed(save):
    path = save(
        {"id": 1, "text": "a", "thread_id": "bridge"},
        {"article": {"title": "Roads"}, "thread_id": 7, "stated_total": 39},
        {"id": 1, "text": "b", "thread_id": 7},
        {"id": 2, "text": "c", "thread_id": "bridge"},
    )
    bridge, roads = read_threads(path)
    assert (bridge.thread_id, [comment.text for comment in bridge.comments]) == ("bridge", ["a", "c"])
    assert (roads.thread_id, roads.article.title, roads.stated_total) == ("7", "Roads", 39)
    assert read_page(path, thread_id="7") == roads
    with pytest.raises(SeveralThreads, match="--thread"):
        read_page(path)


def test_every_row_is_a_comment_or_an_article_or_a_reject(save):
    rejects = []
    (page,) = read_threads(
        save(
            {"id": "a", "text": "kept", "parent_id": "article"},
            "{broken",
            {"article": {"title": "Bridges"}},
            {"id": "b"},
            {"article": {"title": "Roads"}},
            {"id": "c", "text": "x", "thread_id": [1]},
            {"id": "d", "text": "kept too"},
            {"article": {}, "stated_total": -1, "thread_id": "void"},
        ),
        on_reject=rejects.append,
    )
    assert [(comment.id, comment.number) for comment in page.comments] == [("a", 1), ("d", 2)]
    assert page.article.title == "Bridges"
    # Rows that cannot be parsed or placed are told first, then those of each thread: 8 rows, 2 comments, 1 article.
    assert [reject.place for reject in rejects] == [2, 6, 4, 5, 8]


def test_nesting_near_the_limit_is_read_or_rejected(save):
    for depth in range(150, 1050, 25):
        rejects = []
        row = '{"id": "a", "text": "x", "n": ' + "[" * depth + "]" * depth + "}"
        (page,) = read_threads(save(row, {"id": "b", "text": "y"}), on_reject=rejects.append)
        assert len(page.comments) + len(rejects) == 2


def test_an_article_alone_is_no_thread(read):
    with pytest.raises(NoComments):
        read({"article": {"title": "Bridges"}})


def test_a_second_article_is_refused(read):
    with pytest.raises(BadRow, match="second article"):
        read({"article": {"title": "Bridges"}}, {"article": {"title": "Roads"}})


def test_nothing_is_refused(read):
    with pytest.raises(EmptyInput):
        read("", "  ")


def test_a_malformed_sibling_is_set_aside_and_a_deleted_comment_keeps_its_place(read_file):
    (page,), rejects = read_file(TEXT)
    assert [(one.id, one.parent_id) for one in page.comments] == [("a", ARTICLE), ("b", "a"), ("c", "b"), ("e", "c")]
    assert (page.comments[0].author, page.comments[1].text) == ("Zoë", "> Stein, bitte.\n\nNo!")
    assert page.comments[2].extra == {"deleted": True}
    assert [(reject.place, reject.what) for reject in rejects] == [(5, "field 'text' is a list")]
    # One row is the article.
    assert 1 + len(page.comments) + len(rejects) == len(FIXTURE)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_damaged_file_is_at_worst_an_error_of_ours(data, read_damaged):
    read_damaged(data, TEXT, "jsonl")
