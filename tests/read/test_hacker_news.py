import json
from html import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stance.errors import BadRow, NoComments
from stance.records import ARTICLE

QUICK = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
STORY = 900


def nested(item, text, *children, parent=STORY, author="jo", **more):
    """An item as Algolia's interface gives it."""
    data = {"id": item, "created_at": "2024-05-01T10:00:00.000Z", "created_at_i": 1714557600, "type": "comment"}
    data |= {"author": author, "title": None, "url": None, "text": text, "points": None, "parent_id": parent}
    return {**data, "story_id": STORY, "children": [*children], "options": [], **more}


def story(*children, **more):
    title = {"title": "Two bridges", "url": "https://n.example/bridges", "points": 12}
    return nested(STORY, None, *children, parent=None, author="ida", **{"type": "story", **title, **more})


def flat(item, text, *, parent=STORY, by="jo", **more):
    """An item as Firebase's gives it."""
    return {"by": by, "id": item, "parent": parent, "text": text, "time": 1714557600, "type": "comment", **more}


FLAT_STORY = {"by": "ida", "descendants": 3, "id": STORY, "kids": [1, 4], "score": 12, "time": 1714557000}
FLAT_STORY |= {"title": "Two bridges", "type": "story", "text": "Stone?<p>Or steel?"}
NESTED = json.dumps(
    story(
        nested(
            1,
            "Gr&#xF6;&#xDF;e: stone.<p>It lasts.",
            nested(2, '<i>&gt; It lasts.</i><p>No &amp; no: <a href="https:&#x2F;&#x2F;n.example">n</a>', parent=1),
            nested(3, None, parent=1, author=None),
            5,
        ),
        nested([4], "broken"),
        nested(6, "Last.", author="Zoë"),
    )
)
FLAT = [FLAT_STORY, flat(1, "Stone."), flat(2, "Steel.", parent=1), {"id": 3, "parent": 2, "deleted": True, "time": 5}]


def lines(*rows):
    return "\n".join(map(json.dumps, rows))


def test_nested_items_quote_and_keep_their_place(read_file):
    (page,), rejects = read_file(NESTED)
    assert (page.thread_id, page.article.title, page.article.author) == ("900", "Two bridges", "ida")
    assert page.article.url == "https://n.example/bridges"
    assert [(one.id, one.parent_id, one.author, one.text) for one in page.comments] == [
        ("1", ARTICLE, "jo", "Größe: stone.\n\nIt lasts."),
        ("2", "1", "jo", "> It lasts.\n\nNo & no: n"),
        ("3", "1", None, ""),
        ("6", ARTICLE, "Zoë", "Last."),
    ]
    assert page.comments[2].extra == {"deleted": True}
    assert [reject.what for reject in rejects] == ["a number where an object should be", "field 'id' is a list"]


def test_a_broken_item_is_refused_by_default_and_no_text_told(read_file):
    with pytest.raises(BadRow, match="a number where an object should be") as caught:
        read_file(NESTED, strict=True)
    assert "stone" not in str(caught.value)


@pytest.mark.parametrize("write", [lambda rows: lines(*rows), json.dumps, lambda rows: json.dumps(rows, indent=1)])
def test_flat_items_are_joined_by_what_they_answer(read_file, write):
    (page,), rejects = read_file(write([*FLAT[::-1], None, flat(4, "See.", by="Zoë"), 7]))
    assert [(one.id, one.parent_id) for one in page.comments] == [
        ("3", "2"),
        ("2", "1"),
        ("1", ARTICLE),
        ("4", ARTICLE),
    ]
    assert (page.article.title, page.article.text, page.stated_total) == ("Two bridges", "Stone?\n\nOr steel?", 3)
    assert page.article.url == "https://news.ycombinator.com/item?id=900"
    assert (page.comments[0].text, page.comments[0].author, page.comments[0].extra) == ("", None, {"deleted": True})
    assert page.comments[1].posted_at.isoformat() == "2024-05-01T10:00:00+00:00"
    assert len(rejects) == 2


def test_what_goes_in_comes_out_or_is_rejected(read_file):
    (page,), rejects = read_file(NESTED)
    # Six comments and a number among them.
    assert len(page.comments) + len(rejects) == 6


@pytest.mark.parametrize("text", ["[flagged]", "[dead]", "Buy pills"])
def test_killed_comments_keep_their_place(read_file, text):
    (page,), _ = read_file(lines(FLAT_STORY, flat(1, text, dead=True)))
    assert (page.comments[0].text, page.comments[0].extra) == ("", {"deleted": True, "dead": True})


def test_stories_that_come_mixed_come_out_apart(read_file):
    rows = [flat(11, "b", parent=10), FLAT_STORY, {**FLAT_STORY, "id": 10}, flat(12, "c", parent=11), flat(1, "a")]
    pages, _ = read_file(lines(*rows))
    assert [(page.thread_id, [one.id for one in page.comments]) for page in pages] == [
        ("10", ["11", "12"]),
        ("900", ["1"]),
    ]


def test_comments_without_their_story_stay_together(read_file):
    (page,), _ = read_file(lines(flat(5, "a", parent=4), flat(6, "b", parent=5), flat(7, "c", parent=4)))
    assert (page.thread_id, [one.parent_id for one in page.comments]) == ("4", ["4", "5", "4"])
    (page,), _ = read_file(json.dumps(nested(5, "a", nested(6, "b", parent=5))))
    assert (page.thread_id, [one.parent_id for one in page.comments]) == ("900", [ARTICLE, "5"])


def test_rings_of_answers_pass_through(read_file):
    (page, alone), _ = read_file(
        lines(flat(1, "a", parent=2), flat(2, "b", parent=3), flat(3, "c", parent=2), flat(4, "d", parent=4))
    )
    assert [(one.id, one.parent_id) for one in page.comments] == [("1", "2"), ("2", "3"), ("3", "2")]
    assert [(one.id, one.parent_id) for one in alone.comments] == [("4", "4")]


def test_what_a_poll_asks_belongs_to_it(read_file):
    poll = {**FLAT_STORY, "type": "poll", "parts": [8]}
    option = {"by": "ida", "id": 8, "poll": STORY, "score": 3, "text": "Stone", "time": 1, "type": "pollopt"}
    (page,), rejects = read_file(lines(poll, option, flat(1, "a")))
    assert (page.article.text, len(page.comments), rejects) == ("Stone?\n\nOr steel?\n- Stone", 1, [])


def test_a_story_without_comments_has_none(read_file):
    with pytest.raises(NoComments, match="comment"):
        read_file(json.dumps(story()))


def test_a_chain_of_100_000_children_is_read_without_recursion(read_file):
    n = 100_000
    opened = "".join(
        f'{{"id":{k},"type":"comment","created_at_i":1,"author":"a","text":"b","parent_id":{k - 1},"children":['
        for k in range(1, n + 1)
    )
    (page,), rejects = read_file(opened + "]}" * n)
    assert (len(page.comments), rejects, page.thread_id) == (n, [], "0")
    assert (page.comments[-1].id, page.comments[-1].parent_id) == (str(n), str(n - 1))


def test_a_chain_of_20_000_flat_items_is_joined(read_file):
    n = 20_000
    rows = "\n".join(
        f'{{"id":{k},"type":"comment","by":"a","text":"b","time":1,"parent":{k - 1}}}' for k in range(n, 0, -1)
    )
    (page,), _ = read_file(rows)
    assert (len(page.comments), page.thread_id) == (n, "0")


@pytest.mark.parametrize("key", ["id", "type", "author", "text", "created_at", "parent_id", "children", "story_id"])
@pytest.mark.parametrize("value", [[], {}, [[[]]], True, -1, 1e300, "\0", None])
def test_any_type_in_any_field_is_at_worst_a_reject(read_file, key, value):
    pages, rejects = read_file(json.dumps(story(nested(1, "a"), {**nested(2, "b"), key: value}, nested(3, "c"))))
    ids = [one.id for page in pages for one in page.comments]
    assert {"1", "3"} <= set(ids)
    assert len(ids) + len(rejects) in (3, 4 if key == "children" else 3)


def write_html(text):
    return "<p>".join(escape(line) for line in text.split("\n\n"))


def nest(comments):
    items = {one.id: nested(int(one.id), write_html(one.text), author=one.author) for one in comments}
    top = []
    for one in comments:
        item = items[one.id]
        item["created_at"] = one.posted_at.isoformat()
        item["parent_id"] = STORY if one.parent_id == ARTICLE else int(one.parent_id)
        if one.extra:
            item["text"] = None
        (top if one.parent_id == ARTICLE else items[one.parent_id]["children"]).append(item)
    return json.dumps(story(*top))


def lay_flat(comments):
    rows = []
    for one in comments:
        parent = STORY if one.parent_id == ARTICLE else int(one.parent_id)
        row = flat(int(one.id), write_html(one.text), parent=parent, by=one.author, time=one.posted_at.timestamp())
        rows.append({"id": row["id"], "parent": parent, "time": row["time"], "deleted": True} if one.extra else row)
    return lines(*rows, FLAT_STORY)


@pytest.mark.parametrize("write", [nest, lay_flat])
@settings(max_examples=40, **QUICK)
@given(data=st.data())
def test_a_thread_written_and_read_is_the_same(write, data, threads, read_file, told):
    comments = data.draw(threads.filter(lambda drawn: str(STORY) not in {one.id for one in drawn}))
    pages, rejects = read_file(write(comments), format="hacker-news")
    assert (told(pages[0].comments), rejects) == (told(comments), [])


@settings(max_examples=60, **QUICK)
@given(data=st.data(), text=st.sampled_from([NESTED, lines(*FLAT)]))
def test_a_damaged_file_is_at_worst_an_error_of_ours(data, text, read_damaged):
    read_damaged(data, text, "hacker-news")
