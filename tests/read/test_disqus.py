from html import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stance.errors import BadRow, DeclaredEntities, NoComments
from stance.records import ARTICLE

BEGIN = """<?xml version="1.0" encoding="utf-8"?>
<disqus xmlns="http://disqus.com" xmlns:dsq="http://disqus.com/disqus-internals"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<category dsq:id="1"><forum>bridges</forum><title>General</title><isDefault>true</isDefault></category>
"""
END = "</disqus>\n"


def thread(number, title="The old bridge"):
    return f"""<thread dsq:id="{number}"><id>{number} https://blog.example/?p={number}</id><forum>bridges</forum>
<category dsq:id="1"/><link>https://blog.example/{number}/</link><title>{title}</title><message/>
<createdAt>2018-09-14T12:00:00Z</createdAt><author><name>Ida Berg</name><isAnonymous>false</isAnonymous>
<username>ida</username></author><isClosed>false</isClosed><isDeleted>false</isDeleted></thread>
"""


def post(number, message, parent=None, name="Kim", deleted="false", spam="false", more="", date="2018-09-14T15:04:00Z"):
    above = f'<parent dsq:id="{parent}"/>' if parent else ""
    return f"""<post dsq:id="{number}"><id/><message><![CDATA[{message}]]></message><createdAt>{date}</createdAt>
<isDeleted>{deleted}</isDeleted><isSpam>{spam}</isSpam><author><email>kim@mail.example</email><name>{name}</name>
<isAnonymous>true</isAnonymous></author><ipAddress>10.0.0.1</ipAddress>{more}<thread dsq:id="9"/>{above}</post>
"""


NO_THREAD = '<post dsq:id="25"><message><![CDATA[hidden words]]></message><isDeleted>false</isDeleted></post>'
FIXTURE = (
    BEGIN
    + post(21, "<p>Größe &amp; <b>dauer</b>:<br>stone.</p><p>Nothing else.</p>")
    + thread(9, title="The old &amp;#8220;bridge&amp;#8221;")
    + thread(8)
    + post(22, "<blockquote>stone.</blockquote><p>No, steel.</p>", parent=21, name="Zoë")
    + NO_THREAD
    + post(23, "<p>Gone but exported</p>", parent=22, deleted="true")
    + post(24, "<p>Buy pills</p>", spam="true", more="<isApproved>false</isApproved>")
    + END
)


def test_posts_nest_quote_and_keep_their_place_wherever_their_thread_stands(read_file):
    (page,), rejects = read_file(FIXTURE)
    stone, steel, gone, spam = page.comments
    assert (page.thread_id, page.article.title, page.article.author) == ("9", "The old “bridge”", "Ida Berg")
    assert page.article.url == "https://blog.example/9/"
    assert (stone.text, stone.parent_id) == ("Größe & dauer:\nstone.\n\nNothing else.", ARTICLE)
    assert (steel.text, steel.parent_id, steel.author) == ("> stone.\n\nNo, steel.", "21", "Zoë")
    assert (gone.text, gone.author, gone.parent_id, gone.extra) == ("", None, "22", {"deleted": True})
    assert (stone.extra, spam.extra) == ({"anonymous": True}, {"anonymous": True, "spam": True, "status": "hold"})
    assert stone.posted_at.isoformat() == "2018-09-14T15:04:00+00:00"
    assert [reject.place for reject in rejects] == ["post 25"]


def test_what_goes_in_comes_out_or_is_rejected(read_file):
    (page,), rejects = read_file(FIXTURE)
    assert len(page.comments) + len(rejects) == FIXTURE.count("<post ")


def test_a_post_without_a_thread_is_refused_and_its_text_not_told(read_file):
    with pytest.raises(BadRow, match="post 25: names no thread") as caught:
        read_file(FIXTURE, strict=True)
    assert "hidden words" not in str(caught.value)


def test_mail_and_network_addresses_are_left_behind(read_file):
    pages, _ = read_file(FIXTURE)
    assert "mail.example" not in repr(pages)
    assert "10.0.0.1" not in repr(pages)


def test_a_thread_that_is_not_in_the_file_still_holds_its_posts(read_file):
    (page,), _ = read_file(BEGIN + post(1, "<p>Alone</p>") + END)
    assert (page.thread_id, page.article.title, page.comments[0].text) == ("9", "", "Alone")


def test_a_message_that_is_markup_and_not_text_is_read_too(read_file):
    plain = post(1, "x").replace("<![CDATA[x]]>", "1 &lt; 2<p>In <b>line</b></p>&lt;p&gt;after")
    (page,), _ = read_file(BEGIN + plain + END)
    assert page.comments[0].text == "1 < 2\n\nIn line\n\n<p>after"


@pytest.mark.parametrize(
    ("bad", "what"),
    [
        (post(1, "x", date="soon"), "no time"),
        (post(1, "x").replace(' dsq:id="1"', ""), "'id' is missing"),
        (post(1, "x").replace("message>", "massage>"), "message is missing"),
        (post("article", "x"), "stands for the article"),
    ],
)
def test_a_bad_post_is_rejected_and_its_neighbours_kept(read_file, bad, what):
    (page,), rejects = read_file(BEGIN + post(5, "a") + bad + post(6, "b") + END)
    assert [one.id for one in page.comments] == ["5", "6"]
    assert what in rejects[0].what


def test_duplicate_ids_and_missing_parents_are_the_thread_rooms_business(read_file):
    (page,), _ = read_file(BEGIN + post(1, "a", parent=77) + post(1, "b") + END)
    assert [(one.id, one.parent_id) for one in page.comments] == [("1", "77"), ("1", ARTICLE)]


def test_a_cut_off_file_is_told_and_what_is_whole_is_kept(read_file):
    (page,), rejects = read_file(FIXTURE[: FIXTURE.index("No, steel")])
    assert [one.id for one in page.comments] == ["21"]
    assert [reject.what for reject in rejects] == ["the XML breaks off"]


def test_a_file_that_defines_entities_is_refused(read_file):
    with pytest.raises(DeclaredEntities):
        read_file(FIXTURE.replace("<disqus ", '<!DOCTYPE d [<!ENTITY a "ha">]><disqus '))


def test_an_export_without_posts_says_so(read_file):
    with pytest.raises(NoComments, match="post elements"):
        read_file(BEGIN + thread(9) + END)


@pytest.mark.parametrize(
    "text", ["<div>" * 50_000 + "deep", "x" * 5_000_000, "&" * 100_000], ids=["deep", "long", "amp"]
)
def test_hostile_messages_are_only_messages(read_file, text):
    (page,), rejects = read_file(BEGIN + post(1, "a") + post(2, text) + END)
    assert ([one.id for one in page.comments], rejects) == (["1", "2"], [])


def written(thread_of):
    rows = []
    for one in thread_of:
        paragraphs = [
            f"<blockquote>{escape(words[2:])}</blockquote>" if words.startswith("> ") else f"<p>{escape(words)}</p>"
            for words in one.text.split("\n\n")
        ]
        row = post(
            one.id,
            "".join(paragraphs).replace("]]>", "]]]]><![CDATA[>"),
            parent=None if one.parent_id == ARTICLE else one.parent_id,
            name=escape(one.author or ""),
            deleted="true" if one.extra.get("deleted") else "false",
            date=one.posted_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
        rows.append(row)
    return BEGIN + thread(9) + "".join(rows) + END


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_thread_written_and_read_is_the_same(data, threads, read_file, told):
    drawn = data.draw(threads)
    (page,), rejects = read_file(written(drawn))
    assert (told(page.comments), rejects) == (told(drawn), [])


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_damaged_file_is_at_worst_an_error_of_ours(data, read_damaged):
    read_damaged(data, FIXTURE, "disqus")
