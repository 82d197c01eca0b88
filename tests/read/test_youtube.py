import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stance.errors import BadRow, NoComments
from stance.read import documents
from stance.records import ARTICLE

QUICK = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}


def comment(comment_id, text, *, parent="root", author="@jo", **more):
    data = {"id": comment_id, "parent": parent, "text": text, "like_count": 0, "author_id": "UC1", "author": author}
    return {**data, "author_thumbnail": "https://y.example/a.jpg", "timestamp": 1700000000, **more}


def video(*comments, **more):
    data = {"id": "bridgevideo", "title": "Two bridges", "formats": [{"format_id": "18"}], "description": "Which?"}
    data |= {"channel": "Ida Berg", "webpage_url": "https://y.example/watch?v=bridgevideo"}
    return {**data, "comments": [*comments], "comment_count": len(comments), **more}


COMMENTS = [
    comment("A", "Größe: stone.", like_count=7, author_is_uploader=False, is_pinned=True, _time_text="1 year ago"),
    comment("A.1", "> stone.\n\nNo, steel.", parent="A", author="@Zoë", timestamp=1700000100),
    comment("A.2", "\u200b@Zoë. why?", parent="A", author="@kim-k"),
    comment(None, "hidden words"),
    comment("A.3", "@jo I agree", parent="A", author="@Ida", author_is_uploader=True),
    comment("B", "@kim-k hello"),
]
TEXT = json.dumps(video(*COMMENTS))


def test_replies_keep_the_parent_that_is_stated_and_name_whom_they_call(read_file):
    (page,), rejects = read_file(TEXT)
    assert (page.thread_id, page.article.title, page.article.text) == ("bridgevideo", "Two bridges", "Which?")
    assert (page.article.author, page.article.url) == ("Ida Berg", "https://y.example/watch?v=bridgevideo")
    assert [(one.id, one.parent_id, one.author, one.extra.get("answers_author")) for one in page.comments] == [
        ("A", ARTICLE, "@jo", None),
        ("A.1", "A", "@Zoë", None),
        ("A.2", "A", "@kim-k", "@Zoë"),
        ("A.3", "A", "@Ida", "@jo"),
        ("B", ARTICLE, "@jo", None),  # it opens a branch, and answers nobody's comment
    ]
    first, second, third, fourth, _ = page.comments
    assert first.extra == {"like_count": 7, "author_id": "UC1", "is_pinned": True, "_time_text": "1 year ago"}
    assert second.text == "> stone.\n\nNo, steel."
    assert second.posted_at.isoformat() == "2023-11-14T22:15:00+00:00"
    assert (third.text, fourth.extra["author_is_uploader"]) == ("@Zoë. why?", True)
    assert [reject.what for reject in rejects] == ["field 'id' is missing"]


def test_a_broken_comment_is_refused_by_default_and_no_text_told(read_file):
    with pytest.raises(BadRow, match="comment in member 4") as caught:
        read_file(TEXT, strict=True)
    assert "hidden words" not in str(caught.value)


def test_what_goes_in_comes_out_or_is_rejected(read_file):
    (page,), rejects = read_file(TEXT)
    assert len(page.comments) + len(rejects) == page.stated_total == len(COMMENTS)


@pytest.mark.parametrize(
    ("author", "text", "called"),
    [
        ("Anna Berg", "@Anna Berg, no", "@Anna Berg"),  # before everyone had a handle
        ("@anna", "@ANNA no", "@ANNA"),
        ("@anna", "@annabel no", "@annabel"),
        ("@anna", "@nobody.here. no", "@nobody.here"),
        ("@anna", "no @anna", None),
        ("@anna", "@ no", None),
        ("@anna", "", None),
    ],
)
def test_whom_a_reply_opens_by_calling(read_file, author, text, called):
    (page,), _ = read_file(json.dumps(video(comment("A", "a", author=author), comment("A.1", text, parent="A"))))
    assert page.comments[1].extra.get("answers_author") == called


def test_several_videos_come_one_a_line_and_comments_may_come_alone(read_file):
    other = video(comment("X", "x"), id="other")
    (first, second), rejects = read_file(f"{TEXT}\n{{broken\n{json.dumps(other)}")
    assert [(page.thread_id, len(page.comments)) for page in (first, second)] == [("bridgevideo", 5), ("other", 1)]
    assert [reject.place for reject in rejects] == ["comment in line 1", 2]
    (page,), _ = read_file(json.dumps(COMMENTS[:2]))
    assert (page.article.title, [one.id for one in page.comments]) == ("", ["A", "A.1"])


def test_of_a_large_file_that_breaks_off_the_whole_comments_are_kept(read_file, monkeypatch):
    monkeypatch.setattr(documents, "_AT_ONCE_BYTES", 1)
    cut = TEXT[: TEXT.index("why?")]
    (page,), rejects = read_file(cut)
    assert ([one.id for one in page.comments], page.article.title) == (["A", "A.1"], "Two bridges")
    assert [reject.place for reject in rejects] == ["after member 2"]


def test_a_video_without_comments_says_how_to_get_them(read_file):
    for empty in (video(), {key: value for key, value in video().items() if key != "comments"}):
        with pytest.raises(NoComments, match="--write-comments"):
            read_file(json.dumps(empty))


def test_100_000_answers_to_one_comment_are_read(read_file):
    answers = (f'{{"id":"A.{k}","parent":"A","text":"b","author":"@p{k}"}}' for k in range(99_999))
    (page,), _ = read_file(f'{{"id":"v","title":"t","comments":[{{"id":"A","parent":"root"}},{",".join(answers)}]}}')
    assert (len(page.comments), {one.parent_id for one in page.comments}) == (100_000, {ARTICLE, "A"})


@pytest.mark.parametrize("key", ["id", "parent", "text", "author", "timestamp", "like_count", "is_pinned"])
@pytest.mark.parametrize("value", [[], {}, [[[]]], True, -1, 1e300, "\0", None])
def test_any_type_in_any_field_is_at_worst_a_reject(read_file, key, value):
    rows = comment("A", "a"), {**comment("A.1", "b", parent="A"), key: value}, comment("B", "c")
    (page,), rejects = read_file(json.dumps(video(*rows, title=value, channel=value)), format="youtube")
    assert {"A", "B"} <= {one.id for one in page.comments}
    assert len(page.comments) + len(rejects) == 3


def written(comments, *more):
    rows = [
        comment(
            one.id,
            one.text,
            parent="root" if one.parent_id == ARTICLE else one.parent_id,
            author=one.author,
            timestamp=one.posted_at.timestamp(),
        )
        for one in comments
    ]
    return json.dumps(video(*rows, *more))


@settings(max_examples=50, **QUICK)
@given(data=st.data())
def test_a_thread_written_and_read_is_the_same(data, threads, read_file, told):
    # YouTube leaves deleted comments out.
    comments = [one for one in data.draw(threads) if not one.extra]
    pages, rejects = read_file(written(comments, COMMENTS[0]), format="youtube")
    assert (told(pages[0].comments[:-1]), rejects) == (told(comments), [])


@settings(max_examples=60, **QUICK)
@given(data=st.data())
def test_a_damaged_file_is_at_worst_an_error_of_ours(data, read_damaged):
    read_damaged(data, TEXT, "youtube")
