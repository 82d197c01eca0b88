"""One thread gives one answer, whichever format carries it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape

import pytest
import zstandard

from stance.read import FORMATS, WRITTEN_FORMATS, read_page, write_threads
from stance.records import ARTICLE, Article, Comment, Page

START = datetime(2018, 9, 14, 15, 0, tzinfo=UTC)
TITLE = "Two bridges"
SAID = [
    ("2", None, "kim", "The council of Norway is right. It built the last bridge in 1998."),
    ("3", "2", "lee", "> It built the last bridge in 1998.\n\nThat is not so, you fool! Größe is no argument."),
    ("4", None, "Zoë", "Sweden paid for half of it & more. Was that wise?"),
    ("5", "4", "kim", "I do not think so."),
]
COMMENTS = tuple(
    Comment(
        id=name,
        number=n + 1,
        author=author,
        text=text,
        parent_id=parent or ARTICLE,
        posted_at=START + timedelta(minutes=n),
    )
    for n, (name, parent, author, text) in enumerate(SAID)
)
PAGE = Page(source="", article=Article(title=TITLE), comments=COMMENTS)


def markup(comment):
    """What a comment's text is in HTML: paragraphs, the quoting ones in a blockquote."""
    paragraphs = (escape(text, quote=False) for text in comment.text.split("\n\n"))
    return "".join(
        f"<blockquote><p>{text[5:]}</p></blockquote>" if text.startswith("&gt; ") else f"<p>{text}</p>"
        for text in paragraphs
    )


def children(parent):
    return [comment for comment in COMMENTS if comment.parent_id == parent]


def seconds(comment):
    return int(comment.posted_at.timestamp())


def iso(comment):
    return comment.posted_at.strftime("%Y-%m-%dT%H:%M:%S")


def wordpress_html():
    def item(comment):
        inner = "".join(map(item, children(comment.id)))
        return f"""<li id="comment-{comment.id}" class="comment depth-1"><article class="comment-body">
<footer class="comment-meta"><div class="comment-author vcard"><b class="fn">{comment.author}</b></div>
<div class="comment-metadata"><time datetime="{iso(comment)}+00:00">then</time></div></footer>
<div class="comment-content">{markup(comment)}</div></article><ol class="children">{inner}</ol></li>"""

    items = "".join(map(item, children(ARTICLE)))
    return f"""<!DOCTYPE html><html><head><meta charset="utf-8"><meta property="og:title" content="{TITLE}"></head>
<body class="single"><main><article><h1 class="entry-title">{TITLE}</h1><div class="entry-content"></div></article>
<div id="comments" class="comments-area"><ol class="comment-list">{items}</ol></div></main></body></html>"""


def wordpress_wxr():
    comments = "".join(
        f"""<wp:comment><wp:comment_id>{one.id}</wp:comment_id><wp:comment_author>{one.author}</wp:comment_author>
<wp:comment_date_gmt>{iso(one).replace("T", " ")}</wp:comment_date_gmt><wp:comment_approved>1</wp:comment_approved>
<wp:comment_content><![CDATA[{markup(one)}]]></wp:comment_content><wp:comment_type>comment</wp:comment_type>
<wp:comment_parent>{0 if one.parent_id == ARTICLE else one.parent_id}</wp:comment_parent></wp:comment>"""
        for one in COMMENTS
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/">
<channel><title>A blog</title><wp:wxr_version>1.2</wp:wxr_version><item><title>{TITLE}</title>
<wp:post_id>12</wp:post_id>{comments}</item></channel></rss>"""


def wordpress_rest():
    up = {"id": 12, "title": {"rendered": TITLE}}
    return json.dumps(
        [
            {
                "id": int(one.id),
                "post": 12,
                "parent": 0 if one.parent_id == ARTICLE else int(one.parent_id),
                "author_name": one.author,
                "date_gmt": iso(one),
                "content": {"rendered": markup(one)},
                "status": "approved",
                "type": "comment",
                "_embedded": {"up": [up]},
            }
            for one in COMMENTS
        ]
    )


def disqus():
    posts = "".join(
        f"""<post dsq:id="{one.id}"><id/><message><![CDATA[{markup(one)}]]></message><createdAt>{iso(one)}Z</createdAt>
<isDeleted>false</isDeleted><isSpam>false</isSpam><author><name>{one.author}</name></author><thread dsq:id="9"/>
{"" if one.parent_id == ARTICLE else f'<parent dsq:id="{one.parent_id}"/>'}</post>"""
        for one in COMMENTS
    )
    return f"""<?xml version="1.0" encoding="utf-8"?><disqus xmlns="http://disqus.com"
xmlns:dsq="http://disqus.com/disqus-internals"><thread dsq:id="9"><title>{TITLE}</title></thread>{posts}</disqus>"""


def discourse():
    posts = [{"id": 101, "post_number": 1, "post_type": 1, "cooked": "", "topic_id": 7}]
    posts += [
        {
            "id": 100 + int(one.id),
            "post_number": int(one.id),
            "post_type": 1,
            "username": one.author,
            "created_at": f"{iso(one)}.000Z",
            "cooked": markup(one),
            "reply_to_post_number": None if one.parent_id == ARTICLE else int(one.parent_id),
            "topic_id": 7,
        }
        for one in COMMENTS
    ]
    return json.dumps(
        {"post_stream": {"posts": posts, "stream": [post["id"] for post in posts]}, "id": 7, "title": TITLE}
    )


def reddit():
    rows = [
        {"id": "9zz", "name": "t3_9zz", "subreddit": "bridges", "title": TITLE, "selftext": "", "created_utc": 1.5e9}
    ]
    rows += [
        {
            "id": one.id,
            "link_id": "t3_9zz",
            "parent_id": "t3_9zz" if one.parent_id == ARTICLE else f"t1_{one.parent_id}",
            "body": escape(one.text, quote=False),
            "author": one.author,
            "created_utc": seconds(one),
            "subreddit": "bridges",
        }
        for one in COMMENTS
    ]
    return zstandard.ZstdCompressor().compress("".join(json.dumps(row) + "\n" for row in rows).encode())


def hacker_news():
    def item(one):
        text = "<p>".join(escape(part) for part in one.text.split("\n\n"))
        fields = {
            "id": int(one.id),
            "type": "comment",
            "author": one.author,
            "text": text,
            "created_at_i": seconds(one),
        }
        fields |= {"parent_id": 1 if one.parent_id == ARTICLE else int(one.parent_id), "story_id": 1}
        return {**fields, "created_at": f"{iso(one)}.000Z", "children": [*map(item, children(one.id))]}

    story = {
        "id": 1,
        "created_at_i": seconds(COMMENTS[0]),
        "type": "story",
        "author": None,
        "title": TITLE,
        "url": None,
    }
    return json.dumps({**story, "text": None, "children": [*map(item, children(ARTICLE))]})


def youtube():
    comments = [
        {
            "id": one.id,
            "parent": "root" if one.parent_id == ARTICLE else one.parent_id,
            "text": one.text,
            "author": one.author,
            "timestamp": seconds(one),
        }
        for one in COMMENTS
    ]
    return json.dumps({"id": "v1", "title": TITLE, "formats": [], "comments": comments, "extractor": "youtube"})


def coral():
    def node(one):
        replies = {"nodes": [*map(node, children(one.id))]}
        fields = {
            "id": one.id,
            "body": markup(one),
            "createdAt": f"{iso(one)}.000Z",
            "author": {"username": one.author},
        }
        return {"node": {**fields, "replies": {"edges": replies["nodes"]}}}

    comments = {"edges": [*map(node, children(ARTICLE))]}
    return json.dumps({"data": {"story": {"id": "s", "metadata": {"title": TITLE}, "comments": comments}}})


def saved_page():
    texts = "\n\n".join(f"{one.number}. {one.text}" for one in COMMENTS)
    return f"{TITLE}\n\n4 thoughts on “{TITLE}”\n\n{texts}\n"


WRITTEN = {
    "wordpress-html": wordpress_html,
    "wordpress-wxr": wordpress_wxr,
    "wordpress-rest": wordpress_rest,
    "disqus": disqus,
    "discourse": discourse,
    "reddit": reddit,
    "hacker-news": hacker_news,
    "youtube": youtube,
    "coral": coral,
    "page": saved_page,
}
LINKED = [name for name in FORMATS if name != "page"]


@pytest.fixture
def carried(tmp_path):
    """`carried(format)` is the path of the thread in that format."""

    def write(form):
        path = tmp_path / form
        if form in WRITTEN_FORMATS:
            write_threads([PAGE], path, format=form, overwrite=True)
        else:
            content = WRITTEN[form]()
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def told(comments):
    kept = [(one.id, one.parent_id, one.author, one.text, one.posted_at) for one in comments]
    return sorted(kept)


def test_every_format_is_tried_here():
    assert {*WRITTEN, *WRITTEN_FORMATS} == set(FORMATS)


@pytest.mark.parametrize("form", LINKED)
def test_the_same_thread_is_read_from_every_format(carried, form):
    page = read_page(carried(form))
    assert page.article.title == TITLE
    assert told(page.comments) == told(COMMENTS)
    assert told(read_page(carried(form), format=form).comments) == told(COMMENTS)


def test_a_saved_page_gives_the_same_texts_in_the_same_order(carried):
    page = read_page(carried("page"))
    assert [comment.text for comment in page.comments] == [comment.text for comment in COMMENTS]


@pytest.mark.parametrize("target", WRITTEN_FORMATS)
@pytest.mark.parametrize("form", FORMATS)
def test_what_is_converted_is_what_was_read(carried, tmp_path, form, target):
    page = read_page(carried(form))
    out = tmp_path / "converted"
    write_threads([page], out, format=target)
    assert told(read_page(out).comments) == told(page.comments)
    assert replace(read_page(out), source="", comments=()) == replace(page, source="", comments=())


def test_the_same_analysis_comes_of_every_format(carried, command, tiny_model):
    def analyse(form):
        done = command("analyze", carried(form), "--format", "json", "--model", tiny_model)
        assert (done.returncode, done.stderr) == (0, "")
        row = json.loads(done.stdout)
        # What a format itself tells: its name for the thread, its counts and places, its own fields of a comment.
        for key in ("id", "stated_total", "notes"):
            del row["thread"][key]
        # Hacker News gives a story without a link the address of its own page.
        row["thread"]["article"].pop("url", None)
        for comment in row["comments"]:
            comment.pop("extra", None)
        return row

    wanted = analyse("jsonl")
    assert [comment["reply"]["parent"] for comment in wanted["comments"]] == [one.parent_id for one in COMMENTS]
    assert [form for form in LINKED if analyse(form) != wanted] == []
