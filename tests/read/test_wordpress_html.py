from html import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stance.errors import BadRow, CommentsElsewhere, NoComments
from stance.records import ARTICLE

BEGIN = """<!DOCTYPE html>
<!-- saved from url=(0031)https://blog.example/bridge/?x=1 -->
<html><head><meta charset="utf-8"><title>The old bridge &#8211; A blog</title>
<link rel="canonical" href="https://blog.example/bridge/"><meta property="og:title" content="The old bridge">
<meta name="generator" content="WordPress 6.1"><style>.comment {}</style></head>
<body class="single single-post postid-12"><nav><ul class="children"><li>A menu, no comment</li></ul></nav>
<main><article id="post-12"><h1 class="entry-title">The old bridge</h1>
<div class="entry-meta">By <span class="author vcard"><a class="url fn n">Ida Berg</a></span></div>
<div class="entry-content"><p>The council must choose.</p><p>Stone &amp; steel.</p>
<div class="sharedaddy">Share</div></div>
</article>
"""
END = "</main><footer>Powered by WordPress</footer></body></html>\n"


def html5(number, text, *inside, name="Kim", depth=1, reply=True, more="", style="ol"):
    """A comment as `Walker_Comment::html5_comment` writes it, in the classes and order of Twenty Thirteen and later."""
    link = f'<div class="reply"><a class="comment-reply-link" href="?replytocom={number}#respond">Reply</a></div>'
    nested = f'<{style} class="children">{"".join(inside)}</{style}>' if inside else ""
    return f"""<li id="comment-{number}" class="comment byuser even thread-even depth-{depth}">
<article id="div-comment-{number}" class="comment-body"><footer class="comment-meta">
<div class="comment-author vcard"><img alt="" class="avatar"/>
<b class="fn"><a href="https://kim.example" class="url">{name}</a></b>
<span class="says">says:</span></div><div class="comment-metadata"><a href="https://blog.example/bridge/#comment-{number}">
<time datetime="2018-09-14T17:04:00+02:00">September 14, 2018 at 5:04 pm</time></a>
<span class="edit-link"><a>Edit</a></span></div>{more}</footer>
<div class="comment-content">{text}</div>{link if reply else ""}</article>{nested}</li>"""


def area(*items, heading="39 thoughts on &ldquo;<span>The old bridge</span>&rdquo;"):
    return f"""{BEGIN}<div id="comments" class="comments-area"><h2 class="comments-title">{heading}</h2>
<ol class="comment-list">{"".join(items)}</ol></div><div id="respond"><h3>Leave a Reply</h3>
<form><input type="hidden" id="comment_post_ID" value="12"></form></div>{END}"""


PING = """<li class="pingback even depth-1" id="comment-9"><div class="comment-body">Pingback:
<a href="https://other.example" class="url">Another blog</a> <span class="edit-link"><a>Edit</a></span></div></li>"""
EMPTY = '<li class="comment even depth-1"></li>'
FIXTURE = area(
    html5(
        3,
        '<p>Größe:<br>stone <img class="emoji" alt="😀" src="x.svg"></p>',
        html5(4, "<blockquote><p>stone</p></blockquote><p>No, steel.</p>", name="Zoë", depth=2),
        html5(6, '<p><a href="#comment-4">@Zoë</a> I agree.</p>', name="Bo", depth=2),
    ),
    html5(5, "<p>[deleted]</p>"),
    EMPTY,
    PING,
    '<li class="advert">Buy bridges</li>',
)


def rows(page):
    return [(one.id, one.parent_id, one.author, one.text) for one in page.comments]


def test_comments_nest_quote_and_keep_their_place(read_file):
    (page,), rejects = read_file(FIXTURE)
    assert rows(page) == [
        ("3", ARTICLE, "Kim", "Größe:\nstone 😀"),
        ("4", "3", "Zoë", "> stone\n\nNo, steel."),
        ("6", "4", "Bo", "@Zoë I agree."),
        ("5", ARTICLE, None, ""),
        ("9", ARTICLE, "Another blog", ""),
    ]
    assert (page.comments[3].extra, page.comments[4].extra) == ({"deleted": True}, {"type": "pingback"})
    assert page.comments[0].posted_at.isoformat() == "2018-09-14T15:04:00+00:00"
    assert (page.stated_total, page.thread_id, len(rejects)) == (39, "12", 1)
    assert page.notes == (
        "1 items of the comment list are no comments and were left out",
        "the page states 39 comments and holds 5",
    )


def test_the_article_is_what_the_comments_stand_under(read_file):
    (page,), _ = read_file(FIXTURE)
    assert (page.article.title, page.article.author) == ("The old bridge", "Ida Berg")
    assert (page.article.text, page.article.url) == (
        "The council must choose.\n\nStone & steel.",
        "https://blog.example/bridge/",
    )


def test_where_the_page_says_little_metadata_speaks_for_the_article(read_file):
    head = """<html><head><meta property="og:title" content="Bridges"><meta name="author" content="Ida Berg">
    <meta property="og:description" content="Stone or steel?"><meta property="article:author" content="https://x.example">
    <meta property="og:url" content="https://blog.example/b/"></head><body>"""
    (page,), _ = read_file(head + '<ol class="commentlist">' + html5(1, "a") + "</ol>")
    article = page.article
    assert (article.title, article.author, article.text) == ("Bridges", "Ida Berg", "Stone or steel?")
    assert article.url == "https://blog.example/b/"


def test_an_empty_item_is_refused(read_file):
    with pytest.raises(BadRow, match="comment place-5"):
        read_file(FIXTURE, strict=True)


def test_what_goes_in_comes_out_or_is_rejected_or_told(read_file):
    (page,), rejects = read_file(FIXTURE)
    assert len(page.comments) + len(rejects) + 1 == FIXTURE.count("<li ")  # one is an advertisement, with a note


CLASSIC = """<li class="comment even depth-1 parent" id="{outer}comment-1"><div id="{inner}comment-1" class="{body}">
<div class="comment-author vcard"><img class="avatar"><cite class="fn">Kim</cite> <span class="says">says:</span></div>
<div class="comment-meta commentmetadata"><a href="#comment-1">September 14, 2018 at 3:04 pm</a>&nbsp;<a
class="comment-edit-link">(Edit)</a></div>{start}<p>One</p><p>two.</p>{stop}
<div class="reply"><a class="comment-reply-link">Reply</a></div></div><ul class="children">
<li class="comment odd depth-2" id="{outer}comment-2"><div id="{inner}comment-2" class="{body}">
<div class="comment-author vcard"><cite class="fn">Zoë</cite> <span class="says">says:</span></div>
<div class="comment-meta commentmetadata"><a href="#comment-2">September 15, 2018 at 3:04 pm</a></div>
{start}<p>Three</p>{stop}</div></li></ul></li>"""
DIVS = """<div class="comment depth-1" id="comment-1"><div class="comment-author vcard">
<cite class="fn">Kim</cite></div><p>One</p><p>two.</p>
<div class="comment depth-2" id="comment-2"><div class="comment-author vcard">
<cite class="fn">Zoë</cite></div><p>Three</p></div></div>"""
BLOCKS = """<div class="wp-block-comments"><h2 id="comments" class="wp-block-comments-title">2 responses</h2>
<ol class="wp-block-comment-template"><li id="comment-1" class="comment even depth-1"><div class="wp-block-columns">
<div class="wp-block-avatar"><img></div><div>
<div class="wp-block-comment-author-name has-small-font-size"><a>Kim</a></div>
<div class="wp-block-comment-date"><time datetime="2018-09-14T15:04:00+00:00"><a>14 September 2018</a></time></div>
<div class="wp-block-comment-content"><p>One</p><p>two.</p></div><div class="wp-block-comment-reply-link">
<a class="comment-reply-link">Reply</a></div></div></div><ol><li id="comment-2" class="comment odd depth-2">
<div class="wp-block-comment-author-name">Zoë</div><div class="wp-block-comment-content"><p>Three</p></div></li></ol>
</li></ol></div>"""
WPDISCUZ = """<div id="wpd-comm-1_0" class="comment depth-1 wpd-comment"><div id="comment-1" class="wpd-comment-right">
<div class="wpd-comment-author"><a>Kim</a></div>
<div class="wpd-comment-date" title="August 5, 2021 3:04 pm">2 years ago</div>
<div class="wpd-comment-text"><p>One</p><p>two.</p></div></div></div><div id="wpd-comm-2_1" class="comment depth-2">
<div class="wpd-comment-author">Zoë</div><div class="wpd-reply-to">Reply to <a href="#comment-1">Kim</a></div>
<div class="wpd-comment-text"><p>Three</p></div></div>"""
THEMES = {
    "classic": CLASSIC.format(outer="", inner="div-", body="comment-body", start="", stop=""),
    "twenty ten": CLASSIC.format(outer="li-", inner="", body="", start='<div class="comment-body">', stop="</div>"),
    "own content": CLASSIC.format(outer="", inner="div-", body="", start='<div class="comment-text">', stop="</div>"),
    "divs": DIVS,
    "blocks": BLOCKS,
    "wpdiscuz": WPDISCUZ,
}


@pytest.mark.parametrize("theme", THEMES)
def test_every_theme_says_the_same(read_file, theme):
    (page,), rejects = read_file(f'{BEGIN}<ol class="commentlist">{THEMES[theme]}</ol>{END}')
    assert rows(page) == [("1", ARTICLE, "Kim", "One\n\ntwo."), ("2", "1", "Zoë", "Three")]
    assert rejects == []


def test_times_are_read_from_the_words_of_the_link_too(read_file):
    (page,), _ = read_file(f'{BEGIN}<ol class="commentlist">{THEMES["classic"]}</ol>{END}')
    assert [one.posted_at.isoformat()[:16] for one in page.comments] == ["2018-09-14T15:04", "2018-09-15T15:04"]


def test_on_a_flat_page_no_parent_is_stated(read_file):
    old = """<h3 id="comments">2 Responses to &#8220;The old bridge&#8221;</h3><ol class="commentlist">
    <li class="alt" id="comment-1"><cite><a href="x">Kim</a></cite> Says:<br /><small class="commentmetadata">
    <a href="#comment-1">September 14th, 2018 at 3:04 pm</a></small><p>One <cite>book</cite></p></li>
    <li id="comment-2"><cite>Zoë</cite> Says:<br /><p>Two</p></li></ol>"""
    (page,), _ = read_file(BEGIN + old + END)
    assert rows(page) == [("1", None, "Kim", "One book"), ("2", None, "Zoë", "Two")]
    assert page.stated_total == 2


def test_a_page_that_offers_replies_and_has_none_answers_the_article(read_file):
    (page,), _ = read_file(area(html5(1, "a"), html5(2, "b")))
    assert [one.parent_id for one in page.comments] == [ARTICLE, ARTICLE]


def test_a_plain_list_is_numbered_by_place(read_file):
    (page,), _ = read_file("<html><body><ol class=commentlist><li>One <ol><li>inner</ol><li>Two</ol>")
    assert rows(page) == [("1", None, None, "One\n\n- inner"), ("2", None, None, "Two")]


def test_answers_beside_each_other_at_the_deepest_level_are_told(read_file):
    deep = [html5(number, "b", depth=2, reply=False) for number in (2, 3, 4)]
    (page,), _ = read_file(area(html5(1, "a", *deep), heading="4 thoughts"))
    assert page.notes[0].startswith("2 comments at the deepest level may answer one beside them")


@pytest.mark.parametrize(
    ("heading", "total"),
    [
        ("One thought on “The old bridge”", 1),
        ("1,204 thoughts on “The old bridge”", 1204),
        ("39 Gedanken zu „Die alte Brücke“", 39),
        ("Un commentaire sur « Le pont »", 1),
        ("Comments (17)", 17),
        ("共 39 条评论", 39),
        ("Comments on “Route 66”", None),
        ("Discussion", None),
    ],
)
def test_the_stated_total_is_read_in_any_language(read_file, heading, total):
    (page,), _ = read_file(area(html5(1, "a"), heading=heading))
    assert page.stated_total == total


def test_a_comment_that_waits_says_so(read_file):
    waiting = '<p class="comment-awaiting-moderation">Your comment is awaiting moderation.</p>'
    (page,), _ = read_file(area(html5(1, "<p>a</p>", more=waiting)))
    assert (page.comments[0].text, page.comments[0].extra) == ("a", {"status": "hold"})


@pytest.mark.parametrize(
    ("placeholder", "where", "mend"),
    [
        ('<div id="disqus_thread"></div>', "Disqus", "--from disqus"),
        ('<iframe id="jetpack_remote_comment"></iframe>', "Jetpack", "wp-json/wp/v2/comments"),
        ('<div class="fb-comments"></div>', "Facebook", "--from page"),
        ("<fb:comments></fb:comments>", "Facebook", "--from page"),
        ('<div id="coral_thread"></div>', "Coral", "--from coral"),
        ("<script>DiscourseEmbed = {topicId: 7}</script>", "Discourse", "--from discourse"),
        ('<script src="https://giscus.app/client.js"></script>', "giscus or utterances", "on GitHub"),
        ('<div id="commento"></div>', "Commento", "--from page"),
        ("<hyvor-talk-comments></hyvor-talk-comments>", "Hyvor Talk", "--from page"),
        ('<div data-spotim-module="conversation"></div>', "OpenWeb", "--from page"),
        ('<div class="viafoura"><vf-conversations></vf-conversations></div>', "Viafoura", "owner"),
    ],
)
def test_a_page_whose_comments_are_elsewhere_says_where(read_file, placeholder, where, mend):
    with pytest.raises(CommentsElsewhere, match=mend) as caught:
        read_file(BEGIN + placeholder + END)
    assert caught.value.where == where


def test_a_page_without_comments_says_what_was_looked_for(read_file):
    with pytest.raises(NoComments, match=r"comment-123.* no list of comments known here.* --from page reads"):
        read_file(BEGIN + END)


@pytest.mark.parametrize("page", ["<!DOCTYPE html><p>1. Yes</p>", "<html>", "<body><ol><li>1. Yes</li></ol></body>"])
def test_a_page_of_anything_else_says_how_its_text_is_read(read_file, page):
    with pytest.raises(NoComments, match="--from page"):
        read_file(page)


def test_a_service_is_named_wherever_the_page_comes_from(read_file):
    with pytest.raises(CommentsElsewhere, match="--from disqus"):
        read_file(f"<!DOCTYPE html><html><style>{'p {}' * 20_000}</style><div id=disqus_thread></div></html>")


def test_duplicate_ids_are_the_thread_rooms_business(read_file):
    (page,), _ = read_file(area(html5(1, "a"), html5(1, "b")))
    assert [(one.id, one.text) for one in page.comments] == [("1", "a"), ("1", "b")]


def test_the_encoding_that_the_page_declares_is_believed(read_file):
    text = area(html5(1, "Zażółć")).replace("utf-8", "iso-8859-2").replace("&ldquo;", "").replace("ë", "e")
    (page,), _ = read_file(text.encode("iso-8859-2"))
    assert page.comments[0].text == "Zażółć"


@pytest.mark.parametrize(
    "text",
    [
        "<div>" * 50_000 + "deep",
        "x" * 5_000_000,
        "<b " * 50_000,
        "\0\x01null\x08",
        "</li></ol></article>",
        "<li>" * 20_000,
    ],
    ids=["deep", "long", "unclosed", "control", "closing", "items"],
)
def test_hostile_content_costs_no_neighbour(read_file, text):
    (page,), _ = read_file(area(html5(1, "<p>first</p>"), html5(2, text)))
    assert [one.id for one in page.comments] == ["1", "2"]
    assert page.comments[0].text == "first"


def test_comments_nested_a_thousand_deep_are_all_read(read_file):
    begin = '<ol class="{}"><li class="comment depth-1" id="comment-{}"><b class="fn">K</b><p>t</p>'
    nest = "".join(begin.format("children" if number else "comment-list", number) for number in range(1000))
    (page,), rejects = read_file(BEGIN + nest + END)
    assert (len(page.comments), rejects) == (1000, [])


def written(thread):
    """A thread as a page shows it: answers under what they answer, a deleted comment as a notice."""
    kids = {}
    for one in thread:
        kids.setdefault(one.parent_id, []).append(one)
    done = {}
    for one in reversed(thread):  # answers stand after what they answer
        paragraphs = [
            f"<blockquote><p>{escape(words[2:])}</p></blockquote>"
            if words.startswith("> ")
            else f"<p>{escape(words)}</p>"
            for words in one.text.split("\n\n")
        ]
        text = "<p>[deleted]</p>" if one.extra.get("deleted") else "".join(paragraphs)
        inside = [done[kid.id] for kid in kids.get(one.id, [])]
        when = one.posted_at.isoformat()
        item = html5(one.id, text, *inside, name=escape(one.author or "x"))
        # Those inside bear their own time already.
        done[one.id] = item.replace("2018-09-14T17:04:00+02:00", when, 1)
    return area(*(done[one.id] for one in kids[ARTICLE]))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_thread_written_and_read_is_the_same(data, threads, read_file, told):
    thread = data.draw(threads)
    (page,), rejects = read_file(written(thread))
    assert (told(page.comments), rejects) == (told(thread), [])


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_damaged_page_is_at_worst_an_error_of_ours(data, read_damaged):
    read_damaged(data, FIXTURE, "wordpress-html")
