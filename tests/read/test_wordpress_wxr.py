from html import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stance.errors import BadRow, DeclaredEntities, NoComments
from stance.records import ARTICLE

BEGIN = """<?xml version="1.0" encoding="UTF-8" ?>
<!-- generator="WordPress/6.1" -->
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
    xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:wp="http://wordpress.org/export/1.2/">
<channel><title>A blog</title><wp:wxr_version>1.2</wp:wxr_version>
<wp:author><wp:author_login><![CDATA[ida]]></wp:author_login>
<wp:author_display_name><![CDATA[Ida Berg]]></wp:author_display_name></wp:author>
"""
END = "</channel></rss>\n"


def cdata(text):
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def item(*comments, post_id=12):
    return f"""<item><title>The old &amp; the new bridge</title><link>https://blog.example/bridge/</link>
<dc:creator><![CDATA[ida]]></dc:creator><content:encoded>{cdata("<p>Stone,</p><p>or steel?</p>")}</content:encoded>
<excerpt:encoded><![CDATA[Not this.]]></excerpt:encoded><wp:post_id>{post_id}</wp:post_id>
<wp:postmeta><wp:meta_key>_edit_last</wp:meta_key><wp:meta_value>1</wp:meta_value></wp:postmeta>
{"".join(comments)}</item>
"""


def comment(number, text, parent=0, author="kim", approved="1", date="2018-09-14 15:04:00", kind="comment", user=0):
    return f"""<wp:comment><wp:comment_id>{number}</wp:comment_id><wp:comment_author>{cdata(author)}</wp:comment_author>
<wp:comment_author_email>kim@mail.example</wp:comment_author_email><wp:comment_author_IP>10.0.0.1</wp:comment_author_IP>
<wp:comment_date>2018-09-14 17:04:00</wp:comment_date><wp:comment_date_gmt>{date}</wp:comment_date_gmt>
<wp:comment_content>{cdata(text)}</wp:comment_content><wp:comment_approved>{approved}</wp:comment_approved>
<wp:comment_type>{kind}</wp:comment_type><wp:comment_parent>{parent}</wp:comment_parent>
<wp:comment_user_id>{user}</wp:comment_user_id>
<wp:commentmeta><wp:meta_key>akismet</wp:meta_key><wp:meta_value>x</wp:meta_value></wp:commentmeta></wp:comment>
"""


NO_ID = f"<wp:comment><wp:comment_content>{cdata('hidden words')}</wp:comment_content></wp:comment>"
FIXTURE = (
    BEGIN
    + item(
        comment(7, "Größe & <b>dauer</b>:\nstone.\n\nNothing else."),
        comment(8, "<blockquote>stone.</blockquote>\nNo, steel.", parent=7, author="Zoë", user=3),
        NO_ID,
        comment(9, "Never shown again", parent=8, approved="trash"),
        comment(10, "Buy pills", approved="spam"),
        comment(11, "[...] excerpt [...]", author="Another blog", kind="pingback", approved="0"),
    )
    + item(comment(20, "Elsewhere."), post_id=13)
    + item(post_id=14)
    + END
)


def test_comments_nest_quote_and_keep_their_place(read_file):
    (first, second), rejects = read_file(FIXTURE)
    stone, steel, gone, spam, ping = first.comments
    assert (first.thread_id, second.thread_id, len(rejects)) == ("12", "13", 1)
    assert (first.article.title, first.article.author) == ("The old & the new bridge", "Ida Berg")
    assert (first.article.text, first.article.url) == ("Stone,\n\nor steel?", "https://blog.example/bridge/")
    assert stone.text == "Größe & dauer:\nstone.\n\nNothing else."
    assert (stone.parent_id, steel.parent_id, steel.text) == (ARTICLE, "7", "> stone.\n\nNo, steel.")
    assert (steel.author, steel.extra) == ("Zoë", {"user_id": "3"})
    assert (gone.text, gone.author, gone.parent_id, gone.extra) == ("", None, "8", {"deleted": True})
    assert (spam.text, spam.extra, ping.extra) == (
        "Buy pills",
        {"status": "spam"},
        {"status": "hold", "type": "pingback"},
    )
    assert stone.posted_at.isoformat() == "2018-09-14T15:04:00+00:00"


def test_a_comment_without_an_id_is_refused_and_its_text_not_told(read_file):
    with pytest.raises(BadRow, match="item 1, comment 3") as caught:
        read_file(FIXTURE, strict=True)
    assert "hidden words" not in str(caught.value)


def test_what_goes_in_comes_out_or_is_rejected(read_file):
    pages, rejects = read_file(FIXTURE)
    assert sum(len(page.comments) for page in pages) + len(rejects) == FIXTURE.count("<wp:comment>")


def test_mail_and_network_addresses_are_left_behind(read_file):
    pages, _ = read_file(FIXTURE)
    assert "mail.example" not in repr(pages)
    assert "10.0.0.1" not in repr(pages)


def test_where_no_comment_states_a_parent_none_is_taken_as_stated(read_file):
    (page,), _ = read_file(BEGIN + item(comment(1, "a"), comment(2, "b")) + END)
    assert [one.parent_id for one in page.comments] == [None, None]
    assert any("no comment states what it answers" in note for note in page.notes)


def test_zero_dates_fall_back_on_local_ones_and_bad_ones_are_rejected(read_file):
    rows = comment(1, "a", date="0000-00-00 00:00:00"), comment(2, "b", date="soon"), comment(3, "c", date="")
    (page,), rejects = read_file(BEGIN + item(*rows) + END)
    assert [one.posted_at.hour for one in page.comments] == [17, 17]
    assert [reject.place for reject in rejects] == ["comment 2"]


def test_duplicate_ids_are_the_thread_rooms_business(read_file):
    (page,), _ = read_file(BEGIN + item(comment(1, "a"), comment(1, "b", parent=1)) + END)
    assert [one.id for one in page.comments] == ["1", "1"]


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
def test_every_version_of_the_format_is_known(read_file, version):
    (page, _), _ = read_file(FIXTURE.replace("export/1.2/", f"export/{version}/"))
    assert len(page.comments) == 5


def test_a_declared_encoding_is_believed(read_file):
    text = BEGIN.replace("UTF-8", "ISO-8859-2") + item(comment(1, "Zażółć gęślą")) + END
    (page,), _ = read_file(text.encode("iso-8859-2"))
    assert page.comments[0].text == "Zażółć gęślą"


def test_control_characters_and_broken_utf_8_cost_no_comment(read_file):
    data = FIXTURE.encode().replace(b"Nothing else", b"No\x08thing \xe2\x80else")
    (page, _), _ = read_file(data)
    assert page.comments[0].text.endswith("No\ufffdthing \ufffdelse.")
    assert page.notes[:2] == ("1 characters could not be read as UTF-8", "1 control characters replaced by U+FFFD")


def test_a_cut_off_file_is_told_and_what_is_whole_is_kept(read_file):
    cut = FIXTURE[: FIXTURE.index("No, steel")]
    (page,), rejects = read_file(cut)
    assert ([one.id for one in page.comments], page.article.title) == (["7"], "The old & the new bridge")
    assert [reject.what for reject in rejects] == ["the XML breaks off"]
    with pytest.raises(BadRow, match="breaks off"):
        read_file(cut, strict=True)


def test_a_file_that_defines_entities_is_refused(read_file):
    bomb = '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b SYSTEM "file:///etc/hostname">]>\n<rss '
    with pytest.raises(DeclaredEntities, match="DOCTYPE"):
        read_file(FIXTURE.replace("<rss ", bomb))


def test_an_export_without_comments_says_so(read_file):
    with pytest.raises(NoComments, match="wp:comment"):
        read_file(BEGIN + item() + END)


@pytest.mark.parametrize(
    "text",
    ["<p>" * 100_000 + "deep", "x" * 10_000_000, "<b " * 100_000, "\n" * 300_000 + "&", "]]>" * 10_000],
    ids=["deep", "long", "unclosed", "lines", "ends"],
)
def test_hostile_content_is_only_content(read_file, text):
    (page,), rejects = read_file(BEGIN + item(comment(1, "<i>ok</i>"), comment(2, text)) + END)
    assert ([one.id for one in page.comments], rejects) == (["1", "2"], [])


def test_a_chain_of_thousands_of_answers_is_read(read_file):
    rows = [comment(number, "so", parent=number - 1) for number in range(1, 3001)]
    (page,), _ = read_file(BEGIN + item(*rows) + END)
    assert page.comments[-1].parent_id == "2999"


def test_elements_nested_without_end_are_told(read_file):
    with pytest.raises(BadRow, match="XML"):
        read_file(BEGIN + "<a>" * 100_000, strict=True)


def written(thread):
    """A thread as WordPress keeps it: line ends count, quotations are blockquotes, what was deleted is in the trash."""
    rows = []
    for one in thread:
        paragraphs = [
            f"<blockquote>{escape(words[2:], quote=False)}</blockquote>"
            if words.startswith("> ")
            else escape(words, quote=False)
            for words in one.text.split("\n\n")
        ]
        row = comment(
            one.id,
            "\n\n".join(paragraphs),
            parent=0 if one.parent_id == ARTICLE else one.parent_id,
            author=one.author or "",
            approved="trash" if one.extra.get("deleted") else "1",
            date=one.posted_at.strftime("%Y-%m-%d %H:%M:%S"),
        )
        rows.append(row)
    return BEGIN + item(*rows) + END


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
    read_damaged(data, FIXTURE, "wordpress-wxr")


@pytest.mark.parametrize("encoding", ["idna", "punycode", "rot13", "zip", "no-such", "utf-7", "undefined"])
def test_an_encoding_that_no_file_has_is_not_believed(encoding, read_file):
    text = (BEGIN + item(comment(1, "Ås")) + END).replace("UTF-8", encoding)
    (page,), _ = read_file(text)
    assert page.comments[0].text == "Ås"
