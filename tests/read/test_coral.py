import json
from html import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stance.errors import BadRow, NoComments
from stance.read import read_threads
from stance.records import ARTICLE

QUICK = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}


def connection(*nodes, more=False):
    return {"edges": [{"node": node, "cursor": "c"} for node in nodes], "pageInfo": {"hasNextPage": more}}


def node(comment_id, body, *replies, author="jo", **more):
    """A comment as the interface answers it."""
    writer = None if author is None else {"id": f"user-{author}", "username": author}
    data = {"id": comment_id, "body": body, "createdAt": "2024-05-01T10:00:00.000Z", "author": writer}
    return {**data, "status": "NONE", "tags": [], "replies": connection(*replies), **more}


def answer(*nodes, **more):
    story = {"id": "s1", "url": "https://n.example/bridges", "metadata": {"title": "Two bridges", "author": "Ida"}}
    story |= {"commentCounts": {"totalPublished": 5}, "comments": connection(*nodes, more=True), **more}
    return {"data": {"story": story}}


def document(comment_id, *bodies, parent=None, author="u1", story="s1", **more):
    """A comment as the database has it, exported by mongoexport."""
    data = {"_id": {"$oid": "5f"}, "tenantID": "t", "id": comment_id, "storyID": story, "parentID": parent}
    data |= {"authorID": author, "revisions": [{"id": "r", "body": body} for body in bodies], "status": "APPROVED"}
    return {**data, "createdAt": {"$date": "2024-05-01T10:00:00Z"}, "tags": [], **more}


STORY = {"_id": {"$oid": "60"}, "id": "s1", "url": "https://n.example/bridges", "metadata": {"title": "Two bridges"}}
USER = {"_id": {"$oid": "61"}, "id": "u1", "username": "Zoë"}
TEXT = json.dumps(
    answer(
        node(
            "a",
            "Größe &amp; Dauer:<br>stone.",
            node("b", "<blockquote>stone.</blockquote><div>No, steel.</div>", author="Zoë", parent={"id": "a"}),
            node("c", None, author=None, deleted=True),
            tags=[{"code": "FEATURED"}],
            actionCounts={"reaction": {"total": 3}},
        ),
        node("d", 4),
        node("e", "<p>Last.</p>", status="REJECTED"),
    )
)
EXPORT = [STORY, USER, document("a", "old", "<b>new</b>"), document("b", "hm", parent="a", author="u2")]


def lines(*rows):
    return "\n".join(map(json.dumps, rows))


def test_an_answer_nests_quotes_and_keeps_places(read_file):
    (page,), rejects = read_file(TEXT)
    assert (page.thread_id, page.article.title, page.article.author) == ("s1", "Two bridges", "Ida")
    assert page.article.url == "https://n.example/bridges"
    assert [(one.id, one.parent_id, one.author, one.text) for one in page.comments] == [
        ("a", ARTICLE, "jo", "Größe & Dauer:\nstone."),
        ("b", "a", "Zoë", "> stone.\n\nNo, steel."),
        ("c", "a", None, ""),
        ("e", ARTICLE, "jo", "Last."),
    ]
    assert page.comments[0].extra == {"status": "NONE", "tags": ["FEATURED"], "reactions": 3}
    assert page.comments[2].extra["deleted"] is True
    # Rejected by a moderator, and not deleted: who exports it may want it judged.
    assert page.comments[3].extra == {"status": "REJECTED"}
    assert page.comments[0].posted_at.isoformat() == "2024-05-01T10:00:00+00:00"
    assert [(reject.place, reject.what) for reject in rejects] == [("comment d", "field 'body' is a number")]
    assert page.stated_total == 5
    assert page.notes == (
        "1 lists of comments go on where the file ends",
        "the source states 5 comments and holds 4",
    )


def test_a_broken_comment_is_refused_by_default_and_no_text_told(read_file):
    with pytest.raises(BadRow, match="comment d: field 'body' is a number") as caught:
        read_file(TEXT, strict=True)
    assert "stone" not in str(caught.value)


def test_what_goes_in_comes_out_or_is_rejected(read_file):
    (page,), rejects = read_file(TEXT)
    assert len(page.comments) + len(rejects) == TEXT.count('"body"')
    (page,), rejects = read_file(lines(*EXPORT, document([], "x"), {"x": 1}, 5))
    assert len(page.comments) + len(rejects) == 2 + 3


@pytest.mark.parametrize("wrap", [lambda told: told, lambda told: told["data"], lambda told: told["data"]["story"]])
def test_an_answer_may_be_unwrapped(read_file, wrap):
    (page,), _ = read_file(json.dumps(wrap(json.loads(TEXT))))
    assert (page.thread_id, len(page.comments)) == ("s1", 4)


def test_nodes_stand_for_edges_and_comments_name_their_story(read_file):
    nodes = [
        node("a", "x", story={"id": "s1", "url": "u"}),
        node("b", "y", story={"id": "s2"}, parent={"id": "z"}),
        node("c", "z", story={"id": "s1"}, parent=None),
    ]
    pages, _ = read_file(json.dumps({"data": {"comments": {"nodes": nodes, "pageInfo": {}}}}))
    assert [(page.thread_id, [one.id for one in page.comments]) for page in pages] == [
        ("s1", ["a", "c"]),
        ("s2", ["b"]),
    ]
    assert pages[1].comments[0].parent_id == "z"


def test_pages_of_one_story_come_one_a_line(read_file):
    (page,), rejects = read_file(lines(answer(node("a", "x")), answer(node("b", "y"))))
    assert ([one.id for one in page.comments], rejects) == (["a", "b"], [])


def test_an_export_joins_stories_users_and_the_last_revisions(read_file):
    gone = document("c", parent="a", deletedAt={"$date": {"$numberLong": "1714557600000"}})
    gone["createdAt"] = {"$date": {"$numberLong": "1714557600000"}}
    (page,), rejects = read_file(lines(*EXPORT[::-1], gone))
    assert [(one.id, one.parent_id, one.author, one.text) for one in page.comments] == [
        ("b", "a", None, "hm"),
        ("a", ARTICLE, "Zoë", "new"),
        ("c", "a", "Zoë", ""),
    ]
    assert (page.article.title, rejects) == ("Two bridges", [])
    assert page.comments[1].posted_at == page.comments[2].posted_at


def test_an_export_may_be_a_folder_of_collections(tmp_path, read_file):
    (tmp_path / "stories.json").write_text(lines(STORY))
    (tmp_path / "users.json").write_text(json.dumps([USER], indent=1))
    (tmp_path / "comments.json").write_text(lines(*EXPORT[2:]))
    (page,) = read_threads(tmp_path)
    (same,), _ = read_file(lines(*EXPORT))
    assert (page.article, page.comments) == (same.article, same.comments)
    (tmp_path / "users.json").write_text("")
    rejects = []
    (page,) = read_threads(tmp_path, on_reject=rejects.append)
    assert (len(page.comments), [reject.what for reject in rejects]) == (len(same.comments), ["empty"])


def test_the_older_talks_collections_are_read_as_plain_text(read_file):
    old = {"id": "a", "asset_id": "s1", "author_id": "u1", "parent_id": None, "status": "ACCEPTED"}
    old |= {"body_history": [{"body": "1 < 2 & so\non"}], "created_at": {"$date": "2018-05-01T10:00:00Z"}}
    old |= {"tags": [{"tag": {"name": "STAFF"}}]}
    (page,), _ = read_file(lines(old, {"id": "s1", "url": "u", "title": "Two bridges"}, USER))
    assert (page.comments[0].text, page.comments[0].author, page.article.title) == (
        "1 < 2 & so\non",
        "Zoë",
        "Two bridges",
    )
    assert page.comments[0].extra == {"status": "ACCEPTED", "tags": ["STAFF"]}


def test_a_query_without_bodies_is_told(read_file):
    bare = node("a", "x")
    del bare["body"]
    with pytest.raises(BadRow, match="Ask for the body"):
        read_file(json.dumps(answer(bare)), strict=True)


@pytest.mark.parametrize("text", [json.dumps(answer()), '{"data": null, "errors": [{"message": "no"}]}'])
def test_an_answer_without_comments_has_none(read_file, text):
    with pytest.raises(NoComments, match="Coral"):
        read_file(text, format="coral")


def test_a_deep_chain_of_replies_is_read_without_recursion(read_file):
    n = 20_000
    opened = "".join(f'{{"id":"{k}","body":"b","replies":{{"edges":[{{"node":' for k in range(n))
    (page,), rejects = read_file('{"story":{"id":"s","comments":{"nodes":[' + opened + "null" + "}]}}" * n + "]}}}")
    assert (len(page.comments), page.comments[-1].parent_id) == (n, str(n - 2))
    assert [reject.what for reject in rejects] == ["null where an object should be"]


@pytest.mark.parametrize(
    "key", ["id", "body", "author", "createdAt", "parent", "replies", "status", "tags", "deletedAt"]
)
@pytest.mark.parametrize("value", [[], {}, [[[]]], True, -1, 1e300, "\0", None])
def test_any_type_in_any_field_is_at_worst_a_reject(read_file, key, value):
    (page,), rejects = read_file(json.dumps(answer(node("a", "x"), {**node("b", "y"), key: value}, node("c", "z"))))
    assert {"a", "c"} <= {one.id for one in page.comments}
    assert len(page.comments) + len(rejects) in (3, 4 if key == "replies" else 3)


def mark_up(text):
    return "".join(
        f"<blockquote>{escape(line[2:])}</blockquote>" if line.startswith("> ") else f"<div>{escape(line)}</div>"
        for line in text.split("\n\n")
    ).replace("<div></div>", "")


def written(comments):
    nodes = {
        one.id: node(
            one.id, None if one.extra else mark_up(one.text), author=one.author, createdAt=one.posted_at.isoformat()
        )
        for one in comments
    }
    top = []
    for one in comments:
        inside = top if one.parent_id == ARTICLE else nodes[one.parent_id]["replies"]["edges"]
        inside.append(nodes[one.id] if one.parent_id == ARTICLE else {"node": nodes[one.id]})
    return json.dumps(answer(*top))


@settings(max_examples=50, **QUICK)
@given(data=st.data())
def test_a_thread_written_and_read_is_the_same(data, threads, read_file, told):
    comments = data.draw(threads)
    pages, rejects = read_file(written(comments), format="coral")
    assert (told(pages[0].comments), rejects) == (told(comments), [])


@settings(max_examples=60, **QUICK)
@given(data=st.data(), text=st.sampled_from([TEXT, lines(*EXPORT)]))
def test_a_damaged_file_is_at_worst_an_error_of_ours(data, text, read_damaged):
    read_damaged(data, text, "coral")
