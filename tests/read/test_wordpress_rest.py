import json
from html import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stance.errors import BadRow, NoComments
from stance.records import ARTICLE

UP = {
    "id": 12,
    "link": "https://blog.example/bridge/",
    "title": {"rendered": "The old &#8220;bridge&#8221;"},
    "excerpt": {"rendered": "<p>Stone or steel?</p>\n"},
}


def comment(number, rendered, parent=0, post=12, **more):
    return {
        "id": number,
        "post": post,
        "parent": parent,
        "author": 0,
        "author_name": "Kim",
        "author_url": "",
        "date": "2018-09-14T17:04:00",
        "date_gmt": "2018-09-14T15:04:00",
        "content": {"rendered": rendered},
        "link": f"https://blog.example/bridge/#comment-{number}",
        "status": "approved",
        "type": "comment",
        "author_avatar_urls": {"24": "https://avatar.example/"},
        "meta": [],
        "_links": {"up": [{"embeddable": True, "post_type": "post", "href": "https://blog.example/wp-json"}]},
    } | more


BAD = {"id": 25, "post": 12, "author_name": "x", "content": "hidden words"}
FIXTURE = [
    comment(21, "<p>Gr&ouml;ße &amp; <b>dauer</b>:<br />\nstone.</p>\n<p>Nothing else.</p>\n", _embedded={"up": [UP]}),
    comment(
        22, "<blockquote><p>stone.</p></blockquote>\n<p>No, steel.</p>\n", parent=21, author_name="Zo&#235;", author=3
    ),
    BAD,
    comment(23, "<p>Gone</p>", parent=22, status="trash"),
    comment(24, "<p>[&#8230;] excerpt</p>", type="pingback", status="hold"),
    comment(30, "<p>Elsewhere.</p>", post=13),
]


def test_comments_nest_quote_and_keep_their_place(read_file):
    (first, second), rejects = read_file(json.dumps(FIXTURE))
    stone, steel, gone, ping = first.comments
    assert (first.thread_id, second.thread_id) == ("12", "13")
    assert (first.article.title, first.article.text) == ("The old “bridge”", "Stone or steel?")
    assert first.article.url == second.article.url == "https://blog.example/bridge/"
    assert (stone.text, stone.parent_id) == ("Größe & dauer:\nstone.\n\nNothing else.", ARTICLE)
    assert (steel.text, steel.parent_id, steel.author) == ("> stone.\n\nNo, steel.", "21", "Zoë")
    assert steel.extra == {"user_id": "3"}
    assert (gone.text, gone.author, gone.parent_id, gone.extra) == ("", None, "22", {"deleted": True})
    assert ping.extra == {"status": "hold", "type": "pingback"}
    assert stone.posted_at.isoformat() == "2018-09-14T15:04:00+00:00"
    assert [reject.place for reject in rejects] == ["comment 25"]


def test_a_bad_comment_is_refused_and_its_text_not_told(read_file):
    with pytest.raises(BadRow, match="'content' is a string") as caught:
        read_file(json.dumps(FIXTURE), strict=True)
    assert "hidden words" not in str(caught.value)


ARRAY = json.dumps(FIXTURE[:2]), json.dumps(FIXTURE[2:])


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(FIXTURE, indent=2),
        "\n".join(ARRAY),
        "".join(ARRAY),
        f"[{', '.join(ARRAY)}]",
        "\n".join(json.dumps(one) for one in FIXTURE),
        "\ufeff" + json.dumps(FIXTURE),
    ],
    ids=["indented", "an array a line", "arrays end to end", "arrays in one", "a comment a line", "a mark"],
)
def test_answers_put_together_in_any_way_are_read_alike(read_file, content):
    pages, rejects = read_file(content)
    assert [one.id for page in pages for one in page.comments] == ["21", "22", "23", "24", "30"]
    assert sum(len(page.comments) for page in pages) + len(rejects) == len(FIXTURE)


def test_raw_content_is_read_where_nothing_is_rendered(read_file):
    raw = comment(1, None, content={"raw": "Two\nlines & <i>more</i>\n\nand a paragraph"})
    (page,), _ = read_file(json.dumps([raw]))
    assert page.comments[0].text == "Two\nlines & more\n\nand a paragraph"


def test_pictures_of_emoji_are_the_characters_they_stand_for(read_file):
    smile = '<p>Yes <img src="x.png" alt="🙂" class="wp-smiley" /></p>'
    (page,), _ = read_file(json.dumps([comment(1, smile)]))
    assert page.comments[0].text == "Yes 🙂"


def test_where_no_comment_states_a_parent_none_is_taken_as_stated(read_file):
    (page,), _ = read_file(json.dumps([comment(1, "a"), comment(2, "b")]))
    assert [one.parent_id for one in page.comments] == [None, None]
    assert any("no comment states what it answers" in note for note in page.notes)


@pytest.mark.parametrize(
    "bad",
    [
        None,
        7,
        "words",
        [],
        {},
        comment(None, "x"),
        comment([1], "x"),
        comment({"a": 1}, "x"),
        comment(True, "x"),
        comment(5, 7),
        comment(5, "x", post=[12]),
        comment(5, "x", parent={}),
        comment(5, "x", author_name=3),
        comment(5, "x", date_gmt="soon"),
        comment(5, "x", status=[]),
        comment("article", "x"),
    ],
)
def test_wrong_types_are_rejected_and_neighbours_kept(read_file, bad):
    (page,), rejects = read_file(json.dumps([comment(1, "a"), bad, comment(2, "b", parent=1)]))
    assert [one.id for one in page.comments] == ["1", "2"]
    assert len(rejects) == (0 if bad == [] else 1)


@pytest.mark.parametrize("embedded", [7, [], {"up": 7}, {"up": [7]}, {"up": [{"title": 7, "link": 7}]}])
def test_what_is_embedded_wrongly_costs_no_comment(read_file, embedded):
    (page,), rejects = read_file(json.dumps([comment(1, "a", _embedded=embedded, link=None)]))
    assert (page.article.title, page.article.url, rejects) == ("", None, [])


def test_a_cut_off_answer_is_told_and_what_is_whole_is_kept(read_file):
    cut = json.dumps(FIXTURE).partition("No, steel")[0]
    (page,), rejects = read_file(cut)
    assert ([one.id for one in page.comments], len(rejects)) == (["21"], 1)
    with pytest.raises(BadRow, match="not JSON"):
        read_file(cut, strict=True)


def test_a_refusal_of_the_site_is_told(read_file):
    with pytest.raises(NoComments, match="rest_forbidden"):
        read_file('{"code": "rest_forbidden", "message": "Sorry.", "data": {"status": 401}}')


def test_nesting_without_end_is_no_crash(read_file):
    deep = '{"id": 2, "post": 12, "author_name": "x", "content": ' + "[" * 100_000 + "]" * 100_000 + "}"
    (page,), rejects = read_file("[" + json.dumps(comment(1, "<p>" * 50_000 + "a")) + "," + deep + "]")
    assert ([one.text for one in page.comments], len(rejects)) == (["a"], 1)


def written(thread):
    rows = []
    for one in thread:
        paragraphs = [
            f"<blockquote><p>{escape(words[2:])}</p></blockquote>"
            if words.startswith("> ")
            else f"<p>{escape(words)}</p>"
            for words in one.text.split("\n\n")
        ]
        row = comment(
            int(one.id),
            "\n".join(paragraphs),
            parent=0 if one.parent_id == ARTICLE else int(one.parent_id),
            author_name=escape(one.author or ""),
            status="trash" if one.extra.get("deleted") else "approved",
            date_gmt=one.posted_at.strftime("%Y-%m-%dT%H:%M:%S"),
        )
        rows.append(row)
    return json.dumps(rows)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_thread_written_and_read_is_the_same(data, threads, read_file, told):
    thread = data.draw(threads)
    replies = any(one.parent_id != ARTICLE for one in thread)
    (page,), rejects = read_file(written(thread))
    assert (told(page.comments), rejects) == (told(thread, parents=replies), [])


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_damaged_file_is_at_worst_an_error_of_ours(data, read_damaged):
    read_damaged(data, json.dumps(FIXTURE), "wordpress-rest")
