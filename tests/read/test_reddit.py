import gzip
import json
import random
from string import ascii_letters

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stance.errors import BadRow, NoComments, Unreadable
from stance.read import read_threads
from stance.records import ARTICLE

LEFT_OVER = ("&#x200B;", "&nbsp;")
QUICK = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}


def submission(**more):
    data = {"id": "9zz", "name": "t3_9zz", "subreddit": "bridges", "title": "Stone &amp; steel", "selftext": "Which?"}
    return {**data, "author": "ida", "num_comments": 4, "permalink": "/r/bridges/comments/9zz/", **more}


def comment(comment_id, body, *, parent="t3_9zz", replies="", **more):
    data = {"id": comment_id, "name": f"t1_{comment_id}", "link_id": "t3_9zz", "parent_id": parent, "body": body}
    return {**data, "author": "jo", "subreddit": "bridges", "created_utc": 1.7e9, "replies": replies, **more}


def listing(*things):
    return {"kind": "Listing", "data": {"children": list(things), "after": None}}


def thing(data, kind="t1"):
    return {"kind": kind, "data": data}


MORE = thing({"count": 5, "id": "x", "parent_id": "t1_c1", "children": ["x"]}, "more")
PAGE = [
    listing(thing(submission(), "t3")),
    listing(
        thing(
            comment(
                "c1",
                "Größe: stone.\n\nIt lasts.",
                score=3,
                replies=listing(
                    thing(comment("c2", "&gt; It lasts.\n\nNo &amp; no.&#x200B;", parent="t1_c1", author="Zoë")),
                    thing(comment("c3", "[removed]", parent="t1_c1", author="[deleted]")),
                    MORE,
                ),
            )
        ),
        thing(comment(["c4"], "broken")),
        thing(comment("c5", "[deleted]", author="[deleted]", edited=1.7e9)),
    ),
]
TEXT = json.dumps(PAGE)
DUMP = [
    comment("c1", "Stone.", created_utc="1700000000", parent_id="t3_9zz"),
    submission(id="other", name="t3_other", selftext="[removed]", author="[deleted]"),
    comment("d1", "Elsewhere.", link_id="t3_other", parent="t3_other"),
    comment("c2", "Steel.", parent="t1_c1"),
    submission(),
]


def lines(*rows):
    return "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows)


def test_a_page_of_a_submission_nests_quotes_and_keeps_places(read_file):
    (page,), rejects = read_file(TEXT)
    assert (page.thread_id, page.article.title, page.article.text) == ("9zz", "Stone & steel", "Which?")
    assert (page.article.author, page.article.url) == ("ida", "https://www.reddit.com/r/bridges/comments/9zz/")
    assert [(one.id, one.parent_id, one.author) for one in page.comments] == [
        ("c1", ARTICLE, "jo"),
        ("c2", "c1", "Zoë"),
        ("c3", "c1", None),
        ("c5", ARTICLE, None),
    ]
    first, second, removed, deleted = page.comments
    assert (first.text, first.extra["score"]) == ("Größe: stone.\n\nIt lasts.", 3)
    assert second.text == "> It lasts.\n\nNo & no."
    assert (removed.text, removed.extra["deleted"], removed.extra["removed"]) == ("", True, True)
    assert (deleted.text, deleted.extra["deleted"], deleted.extra["edited"]) == ("", True, 1.7e9)
    assert [reject.what for reject in rejects] == ["field 'id' is a list"]
    assert page.stated_total == 4
    assert "5 comments are folded away as “more” and not in the file" in page.notes


def test_a_broken_comment_is_refused_by_default_and_no_text_told(read_file):
    with pytest.raises(BadRow, match="'id' is a list") as caught:
        read_file(TEXT, strict=True)
    assert "broken" not in str(caught.value)


def test_what_goes_in_comes_out_or_is_rejected(read_file):
    (page,), rejects = read_file(TEXT)
    assert len(page.comments) + len(rejects) == TEXT.count('"body"')
    pages, rejects = read_file(lines(*DUMP, "{broken", {"id": "x"}, [1]))
    assert sum(len(page.comments) for page in pages) + len(rejects) == 3 + 3


def test_a_dump_is_joined_by_link_in_the_order_of_first_appearance(read_file):
    (first, second), rejects = read_file(lines(*DUMP))
    assert ([one.id for one in first.comments], first.article.title) == (["c1", "c2"], "Stone & steel")
    assert first.comments[0].posted_at.isoformat() == "2023-11-14T22:13:20+00:00"
    assert (second.thread_id, second.article.text, second.article.author) == ("other", "", None)
    assert ([one.text for one in second.comments], rejects) == (["Elsewhere."], [])


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.ZstdCompressor().compress])
def test_dumps_of_comments_and_of_submissions_lie_in_one_folder(tmp_path, pack):
    (tmp_path / "RC_2023-11.zst").write_bytes(pack(lines(DUMP[0], "{broken", DUMP[3]).encode()))
    (tmp_path / "RS_2023-11.zst").write_bytes(pack(lines(DUMP[1], DUMP[4]).encode()))
    (tmp_path / "notes.txt").write_text("not a dump")
    rejects = []
    (page,) = read_threads(tmp_path, on_reject=rejects.append)
    assert ([one.text for one in page.comments], page.article.author) == (["Stone.", "Steel."], "ida")
    assert len(rejects) == 1
    with pytest.raises(BadRow, match=r"2:.*not JSON"):
        list(read_threads(tmp_path))


def test_a_listing_of_comments_alone_has_no_article(read_file):
    (page,), _ = read_file(json.dumps(listing(thing(comment("c1", "a")), thing(comment("c2", "b", parent="t1_c0")))))
    assert [(one.id, one.parent_id) for one in page.comments] == [("c1", ARTICLE), ("c2", "c0")]


def test_ids_that_are_numbers_are_the_same_in_base_36(read_file):
    # 46655 is zzz in base 36.
    rows = comment(46655, "a", link_id=46655, parent=None), comment("b", "b", link_id="t3_zzz", parent=46655)
    (page,), _ = read_file(lines(*rows))
    assert [(one.id, one.parent_id) for one in page.comments] == [("zzz", ARTICLE), ("b", ARTICLE)]
    assert page.thread_id == "zzz"


def test_a_reply_may_have_the_number_of_its_submission(read_file):
    rows = comment("9zz", "a"), comment("b", "b", parent="t1_9zz")
    (page,), _ = read_file(lines(*rows))
    assert [one.parent_id for one in page.comments] == [ARTICLE, "9zz"]


@pytest.mark.parametrize("body", ["[deleted]", "[removed]", "[ Removed by Reddit ]", "[deleted by user]"])
def test_what_the_platform_writes_for_a_comment_is_no_text(read_file, body):
    (page,), _ = read_file(lines(comment("c", body)))
    assert (page.comments[0].text, page.comments[0].extra["deleted"]) == ("", True)


def test_a_submission_given_again_is_told(read_file):
    (page,), _ = read_file(lines(submission(), comment("c", "a"), submission(title="Again")))
    assert (page.article.title, page.notes[0]) == ("Stone & steel", "1 repeated submissions left out")


def test_submissions_without_comments_are_no_thread(read_file):
    with pytest.raises(NoComments, match="link_id"):
        read_file(lines(submission(), submission(id="b")), format="reddit")


def test_a_chain_of_100_000_replies_is_read_without_recursion(read_file):
    n = 100_000
    opened = "".join(
        f'{{"kind":"Listing","data":{{"children":[{{"kind":"t1","data":{{"id":"{k}","link_id":"t3_9zz",'
        f'"parent_id":"t1_{k - 1}","body":"b","replies":'
        for k in range(1, n + 1)
    )
    (page,), rejects = read_file(opened + '""' + "}}]}}" * n)
    assert (len(page.comments), rejects) == (n, [])
    assert (page.comments[-1].id, page.comments[-1].parent_id) == (str(n), str(n - 1))


@pytest.mark.parametrize("key", ["id", "link_id", "parent_id", "body", "author", "created_utc", "replies", "score"])
@pytest.mark.parametrize("value", [[], {}, [[[]]], True, -1, 1e300, "\0", "[" * 99, None])
def test_any_type_in_any_field_is_at_worst_a_reject(read_file, key, value):
    rows = comment("c1", "a"), {**comment("c2", "b"), key: value}, comment("c3", "c")
    pages, rejects = read_file(lines(*rows))
    ids = [one.id for page in pages for one in page.comments]
    assert {"c1", "c3"} <= set(ids)
    assert len(ids) + len(rejects) == 3


def test_fields_that_nest_deeply_cost_no_more_than_their_comment(read_file):
    deep = lines(comment("c1", "a")).replace('"a"', "[" * 50_000 + "]" * 50_000)
    (page,), rejects = read_file(deep + "\n" + lines(comment("c2", "b")), format="reddit")
    assert ([one.id for one in page.comments], rejects[0].what) == (["c2"], "field 'body' is a list")


def written(comments):
    """The page of a submission, its replies nested."""
    replies = {one.id: [] for one in comments}
    top = []
    for one in comments:
        body = one.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        data = comment(
            one.id,
            "[deleted]" if one.extra else body,
            parent="t3_9zz" if one.parent_id == ARTICLE else f"t1_{one.parent_id}",
            author=one.author or "[deleted]",
            created_utc=one.posted_at.timestamp(),
            replies=listing(),
        )
        data["replies"]["data"]["children"] = replies[one.id]
        (top if one.parent_id == ARTICLE else replies[one.parent_id]).append(thing(data))
    return json.dumps([listing(thing(submission(), "t3")), listing(*top)])


@settings(max_examples=50, **QUICK)
@given(data=st.data())
def test_a_thread_written_and_read_is_the_same(data, threads, read_file, told):
    # What Reddit's own editor leaves in texts is taken out of them.
    comments = data.draw(threads.filter(lambda drawn: not any(mark in one.text for one in drawn for mark in LEFT_OVER)))
    pages, rejects = read_file(written(comments), format="reddit")
    assert (told(pages[0].comments), rejects) == (told(comments), [])


@settings(max_examples=60, **QUICK)
@given(data=st.data(), text=st.sampled_from([TEXT, lines(*DUMP)]))
def test_a_damaged_file_is_at_worst_an_error_of_ours(data, text, read_damaged):
    read_damaged(data, text, "reddit")


def test_an_empty_dump_of_a_folder_is_set_aside_and_the_others_are_read(tmp_path):
    (tmp_path / "RC_2012-01.json").write_text(lines(comment("c1", "a")))
    (tmp_path / "RC_2012-02.json").touch()
    (tmp_path / "RC_2012-03.zst").write_bytes(zstandard.ZstdCompressor().compress(b"\0\1" * 99))
    with pytest.raises(BadRow, match=r"RC_2012-02.json, the whole file: empty\. Download it again, or take it out"):
        list(read_threads(tmp_path))
    rejects = []
    (page,) = read_threads(tmp_path, on_reject=rejects.append)
    assert [one.id for one in page.comments] == ["c1"]
    assert [reject.source.rpartition("/")[2] for reject in rejects] == ["RC_2012-02.json", "RC_2012-03.zst"]


@pytest.mark.parametrize("n_kept", [20, 60_000])
def test_a_dump_that_is_cut_off_is_told_and_the_others_are_read(tmp_path, n_kept):
    # random letters, so that what is compressed stays long
    letters = random.Random(7)
    rows = [comment(f"c{n}", "".join(letters.choices(ascii_letters, k=300))) for n in range(400)]
    (tmp_path / "RC_2012-01.zst").write_bytes(zstandard.compress(lines(*rows).encode())[:n_kept])
    with pytest.raises(Unreadable, match="cut off"):
        list(read_threads(tmp_path))
    (tmp_path / "RC_2012-02.json").write_text(lines(comment("last", "a")))
    rejects = []
    (page,) = read_threads(tmp_path, on_reject=rejects.append)
    assert page.comments[-1].id == "last"
    assert [reject.source.rpartition("/")[2] for reject in rejects] == ["RC_2012-01.zst"]
    assert "cut off" in rejects[0].what
    with pytest.raises(BadRow, match=r"RC_2012-01.zst, the whole file: cannot be read"):
        list(read_threads(tmp_path))
