import json
from html import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stance.errors import BadRow, NoComments
from stance.records import ARTICLE

QUICK = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}


def quote(number, words, *, topic=7, user="jo"):
    return (
        f'<aside class="quote no-group" data-username="{user}" data-post="{number}" data-topic="{topic}">\n'
        f'<div class="title">\n<div class="quote-controls"></div>\n{user}:</div>\n'
        f"<blockquote>\n<p>{words}</p>\n</blockquote>\n</aside>\n"
    )


def post(number, cooked, *, answers=None, user="jo", **more):
    return {
        "id": 100 + number,
        "post_number": number,
        "post_type": 1,
        "username": user,
        "created_at": f"2024-05-01T10:{number % 60:02}:00.000Z",
        "cooked": cooked,
        "reply_to_post_number": answers,
        "topic_id": 7,
        **more,
    }


def topic(*posts, **more):
    stream = [one["id"] for one in posts if isinstance(one, dict)]
    return {"post_stream": {"posts": [*posts], "stream": stream}, "id": 7, "title": "Two bridges", **more}


FIXTURE = topic(
    post(1, "<p>Stone or <b>steel</b>?</p>", user="ida"),
    post(2, "<p>Größe &amp; Dauer: stone.</p>", like_count=3),
    post(3, quote(2, "stone.") + "<p>No, steel.</p>", user="kim"),
    post(4, "<p>(post deleted by author)</p>", answers=3, user=None, user_deleted=True),
    post(5, 4),
    post(6, "<p>I agree.</p>", answers=3, user="Zoë"),
    post(7, "", user="system", post_type=3, action_code="closed.enabled"),
)
TEXT = json.dumps(FIXTURE)


def by_id(page):
    return {one.id: one for one in page.comments}


def test_posts_nest_quote_and_keep_their_place(read_file):
    (page,), rejects = read_file(TEXT)
    posts = by_id(page)
    assert (page.thread_id, page.article.title, page.article.text) == ("7", "Two bridges", "Stone or steel?")
    assert (page.article.author, [reject.place for reject in rejects]) == ("ida", ["post 105"])
    assert posts["2"].text == "Größe & Dauer: stone."
    assert posts["3"].text == "> stone.\n\nNo, steel."
    assert {one.id: one.parent_id for one in page.comments} == {
        "2": ARTICLE,
        "3": "2",  # it quotes that post alone
        "4": "3",
        "6": "3",
        "7": ARTICLE,
    }
    assert (posts["4"].text, posts["4"].author, posts["4"].extra["deleted"]) == ("", None, True)
    assert posts["2"].extra == {"like_count": 3, "post_id": "102"}
    assert posts["7"].extra["action_code"] == "closed.enabled"
    assert posts["6"].posted_at.isoformat() == "2024-05-01T10:06:00+00:00"


def test_a_broken_post_is_refused_by_default_and_its_neighbours_words_not_told(read_file):
    with pytest.raises(BadRow, match="post 105: field 'cooked' is a number") as caught:
        read_file(TEXT, strict=True)
    assert "stone" not in str(caught.value)


def test_what_goes_in_comes_out_or_is_rejected(read_file):
    (page,), rejects = read_file(TEXT)
    assert 1 + len(page.comments) + len(rejects) == len(FIXTURE["post_stream"]["posts"])


def test_quoting_several_posts_leaves_the_parent_open(read_file):
    several = quote(2, "stone.") + quote(3, "steel", user="jo") + "<p>Both.</p>"
    of_two = quote(2, "stone.") + quote(3, "steel", user="kim") + "<p>Both.</p>"
    elsewhere = quote(2, "stone.", topic=8) + "<p>I said so there.</p>"
    quoted_within = '<aside class="quote" data-username="kim" data-post="3" data-topic="7"><blockquote>'
    quoted_within += quote(2, "stone.") + "<p>No</p></blockquote></aside><p>Yes.</p>"
    posts = (post(4, several), post(5, of_two), post(6, elsewhere), post(7, quoted_within), post(8, quote(1, "or")))
    (page,), _ = read_file(json.dumps(topic(post(1, "a"), *posts)))
    found = by_id(page)
    assert (found["4"].parent_id, found["4"].extra["answers_author"]) == (None, "jo")
    assert (found["5"].parent_id, "answers_author" in found["5"].extra) == (None, False)
    assert [found[number].parent_id for number in "678"] == [ARTICLE, "3", ARTICLE]


def test_a_stated_reply_wins_over_a_quotation(read_file):
    (page,), _ = read_file(json.dumps(topic(post(2, "<p>a</p>"), post(3, quote(2, "a") + "<p>b</p>", answers=9))))
    assert by_id(page)["3"].parent_id == "9"


def test_a_post_alone_belongs_to_the_topic_that_it_names(read_file):
    lines = [post(2, "a"), post(2, "b", topic_id=[]), post(2, "c", topic_id=8)]
    pages, rejects = read_file("\n".join(map(json.dumps, lines)))
    assert [(page.thread_id, page.comments[0].text) for page in pages] == [("7", "a"), ("8", "c")]
    assert [reject.what for reject in rejects] == ["field 'topic_id' is a list"]


@pytest.mark.parametrize("how", [{"deleted_at": "2024-05-02T00:00:00Z"}, {"cooked_hidden": True, "hidden": True}])
def test_deleted_and_hidden_posts_keep_their_place(read_file, how):
    (page,), _ = read_file(json.dumps(topic(post(1, "a"), post(2, "<p>This post was flagged.</p>", answers=1, **how))))
    (gone,) = page.comments
    assert (gone.text, gone.extra["deleted"], gone.author, gone.parent_id) == ("", True, "jo", ARTICLE)


def test_a_hidden_post_that_the_file_shows_is_read(read_file):
    (page,), _ = read_file(json.dumps(topic(post(1, "a"), post(2, "<p>Rude.</p>", hidden=True))))
    assert (page.comments[0].text, page.comments[0].extra["hidden"]) == ("Rude.", True)


def test_posts_that_are_listed_and_not_loaded_are_told(read_file):
    whole = topic(post(1, "a"), post(2, "b"))
    whole["post_stream"]["stream"] += range(500, 540)
    (page,), _ = read_file(json.dumps(whole))
    assert (page.stated_total, page.notes) == (41, ("the source states 41 comments and holds 1",))


def test_topics_and_pages_of_posts_come_one_a_line(read_file):
    later = {"post_stream": {"posts": [post(8, "<p>Later.</p>", answers=2)]}, "id": 7}
    other = {"post_stream": {"posts": [post(1, "x", topic_id=8), post(2, "y", topic_id=8)]}, "id": 8, "title": "Other"}
    lines = [TEXT, json.dumps(other), "{broken", json.dumps(later)]
    (first, second), rejects = read_file("\n".join(lines))
    assert (first.thread_id, first.comments[-1].text, first.comments[-1].number) == ("7", "Later.", 6)
    assert (second.article.title, [one.text for one in second.comments]) == ("Other", ["y"])
    assert [reject.place for reject in rejects] == [3, "post 105"]


def test_pictures_sizes_and_what_linked_pages_say_are_left_out(read_file):
    cooked = (
        '<p>See <a class="lightbox" href="x"><img src="x"><div class="meta">x.png 690x388 45 KB</div></a></p>'
        '<aside class="onebox allowlistedgeneric" data-onebox-src="https://n.example/">'
        '<header class="source"><a href="https://n.example/">n.example</a></header>'
        "<article><h3>Its title</h3><p>Its words</p></article></aside>"
        '<p><img class="emoji" alt=":wave:" title=":wave:"></p>'
    )
    (page,), _ = read_file(json.dumps(topic(post(2, cooked))))
    assert page.comments[0].text == "See\n\nn.example\n\n:wave:"


@pytest.mark.parametrize(
    "text", ['{"post_stream": {}, "id": 7}', '{"post_stream": null}', json.dumps(topic(post(1, "a")))]
)
def test_a_topic_without_replies_has_no_comments(read_file, text):
    with pytest.raises(NoComments, match="post_stream"):
        read_file(text)


@pytest.mark.parametrize("key", ["post_number", "cooked", "username", "created_at", "reply_to_post_number"])
@pytest.mark.parametrize("value", [[], {}, [[[]]], True, 1e300, "\0"])
def test_any_type_in_any_field_is_at_worst_a_reject(read_file, key, value):
    (page,), rejects = read_file(json.dumps(topic(post(2, "a"), {**post(3, "b"), key: value}, post(4, "c"))))[:2]
    assert {"2", "4"} <= {one.id for one in page.comments}
    assert len(page.comments) + len(rejects) == 3


def test_markup_of_any_depth_is_read(read_file):
    (page,), _ = read_file(json.dumps(topic(post(2, "<blockquote>" * 50_000 + "deep"))))
    assert page.comments[0].text.endswith("deep")


def cook(text):
    return "".join(
        f"<blockquote><p>{escape(line[2:])}</p></blockquote>" if line.startswith("> ") else f"<p>{escape(line)}</p>"
        for line in filter(None, text.split("\n\n"))
    )


@settings(max_examples=50, **QUICK)
@given(data=st.data())
def test_a_thread_written_and_read_is_the_same(data, threads, read_file, told):
    comments = [one for one in data.draw(threads) if "1" not in (one.id, one.parent_id)]
    posts = [
        post(
            int(one.id),
            cook(one.text),
            answers=1 if one.parent_id == ARTICLE else int(one.parent_id),
            user=one.author,
            created_at=one.posted_at.isoformat(),
            user_deleted=bool(one.extra),
        )
        for one in comments
    ]
    pages, rejects = read_file(json.dumps(topic(post(1, "a"), post(0, "last"), *posts)), format="discourse")
    assert (told(pages[0].comments[1:]), rejects) == (told(comments), [])


@settings(max_examples=60, **QUICK)
@given(data=st.data())
def test_a_damaged_file_is_at_worst_an_error_of_ours(data, read_damaged):
    read_damaged(data, TEXT, "discourse")
