"""Small exports of every format that docs/formats.md names, all of them made up."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import zstandard

FIRST, SECOND = "Norway built the last bridge. It stands.", "That is not true! Norway only paid for it."
WHEN = 1_714_557_600
BOTH = [("1", "kim", FIRST, "0"), ("2", "lee", SECOND, "1")]

WORDPRESS_PAGE = f"""<!DOCTYPE html><html><head><title>Two bridges</title></head><body><article><h1>Two bridges</h1>
<div class="entry-content"><p>The council must choose.</p></div></article><div id="comments">
<h2 class="comments-title">2 thoughts on “Two bridges”</h2><ol class="comment-list">
<li id="comment-1" class="comment"><article class="comment-body"><b class="fn">kim</b>
<div class="comment-content"><p>{FIRST}</p></div></article><ol class="children">
<li id="comment-2" class="comment"><article class="comment-body"><b class="fn">lee</b>
<div class="comment-content"><p>{SECOND}</p></div></article></li></ol></li></ol></div></body></html>"""

WXR = """<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/"
xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
<wp:wxr_version>1.2</wp:wxr_version><item><title>Two bridges</title><dc:creator>ida</dc:creator>
<content:encoded><![CDATA[The council must choose.]]></content:encoded><wp:post_id>12</wp:post_id>
<wp:post_type>post</wp:post_type>{comments}</item></channel></rss>"""
WXR_COMMENT = """<wp:comment><wp:comment_id>{id}</wp:comment_id><wp:comment_author>{author}</wp:comment_author>
<wp:comment_date_gmt>2024-05-01 10:0{id}:00</wp:comment_date_gmt>
<wp:comment_content><![CDATA[{text}]]></wp:comment_content>
<wp:comment_approved>1</wp:comment_approved>
<wp:comment_type></wp:comment_type><wp:comment_parent>{parent}</wp:comment_parent>
</wp:comment>"""

DISQUS = """<?xml version="1.0" encoding="utf-8"?><disqus xmlns="http://disqus.com"
xmlns:dsq="http://disqus.com/disqus-internals"><thread dsq:id="4711"><id>bridges</id>
<link>https://x.example/bridges</link><title>Two bridges</title><createdAt>2024-05-01T09:00:00Z</createdAt></thread>
{posts}</disqus>"""
DISQUS_POST = """<post dsq:id="{id}"><message><![CDATA[<p>{text}</p>]]></message>
<createdAt>2024-05-01T10:0{id}:00Z</createdAt>
<isDeleted>false</isDeleted><isSpam>false</isSpam>
<author><name>{author}</name></author><thread dsq:id="4711"/>{parent}</post>"""


def jsonl(path: Path, rows: list[dict[str, object]]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def make_exports(folder: Path) -> None:
    """Write a file of each format under the name that the page uses."""
    for make in (json_lines, discourse, reddit, hacker_news, youtube, coral, wordpress, disqus, convokit, table):
        make(folder)


def json_lines(folder: Path) -> None:
    plain = [
        {"id": "1", "text": FIRST, "author": "kim"},
        {"id": "2", "text": SECOND, "author": "lee", "parent_id": "1"},
    ]
    lines = "".join(json.dumps(row) + "\n" for row in plain).encode()
    (folder / "comments.zst").write_bytes(zstandard.compress(lines))


def discourse(folder: Path) -> None:
    def post(number: int, author: str, text: str, answers: int | None = None) -> dict[str, object]:
        moment = f"2024-05-01T10:0{number}:00.000Z"
        known = {"id": 900 + number, "post_number": number, "post_type": 1, "username": author, "created_at": moment}
        return {**known, "cooked": f"<p>{text}</p>", "reply_to_post_number": answers}

    posts = [post(1, "ida", "The council must choose."), post(2, "kim", FIRST), post(3, "lee", SECOND, 2)]
    topic = {"id": 7, "title": "Two bridges", "posts_count": 3, "post_stream": {"posts": posts}}
    (folder / "topic.json").write_text(json.dumps(topic))


def reddit(folder: Path) -> None:
    story = {"id": "s1", "name": "t3_s1", "title": "Two bridges", "selftext": "", "author": "ida", "created_utc": WHEN}
    link = {"link_id": "t3_s1", "created_utc": WHEN + 60}
    replies = [
        {**link, "id": "c1", "name": "t1_c1", "parent_id": "t3_s1", "author": "kim", "body": FIRST},
        {**link, "id": "c2", "name": "t1_c2", "parent_id": "t1_c1", "author": "lee", "body": SECOND},
    ]
    listings = [[{"kind": "t3", "data": story}], [{"kind": "t1", "data": reply} for reply in replies]]
    page = [{"kind": "Listing", "data": {"children": children}} for children in listings]
    (folder / "page.json").write_text(json.dumps(page))
    jsonl(folder / "dumps-folder" / "RC_2024-05", [*replies])
    jsonl(folder / "dumps-folder" / "RS_2024-05", [story])


def hacker_news(folder: Path) -> None:
    def item(number: int, author: str, text: str, *children: object) -> dict[str, object]:
        known = {"id": number, "type": "comment", "author": author, "text": text, "created_at_i": WHEN + number}
        return {**known, "parent_id": number - 1, "story_id": 1, "children": [*children]}

    news = {"id": 1, "type": "story", "author": "ida", "title": "Two bridges", "created_at_i": WHEN, "parent_id": None}
    news["children"] = [item(2, "kim", FIRST, item(3, "lee", SECOND))]
    (folder / "item.json").write_text(json.dumps(news))


def youtube(folder: Path) -> None:
    video = {"id": "v1", "title": "Two bridges", "description": "The council must choose.", "extractor_key": "Youtube"}
    spoken = [
        {"id": "a", "text": FIRST, "author": "@kim", "timestamp": WHEN, "parent": "root"},
        {"id": "a.b", "text": SECOND, "author": "@lee", "timestamp": WHEN + 60, "parent": "a"},
    ]
    (folder / "video.info.json").write_text(json.dumps({**video, "comments": spoken}))


def coral(folder: Path) -> None:
    def node(name: str, author: str, text: str, *below: object) -> dict[str, object]:
        known = {"id": name, "body": text, "createdAt": "2024-05-01T10:00:00Z", "status": "NONE"}
        return {**known, "author": {"username": author}, "parent": None, "replies": {"edges": [*below]}}

    inner = {"node": {**node("2", "lee", SECOND), "parent": {"id": "1"}}}
    coral = {"id": "s", "url": "https://x.example", "metadata": {"title": "Two bridges"}}
    listed = {"edges": [{"node": node("1", "kim", FIRST, inner)}], "pageInfo": {"hasNextPage": False}}
    (folder / "answer.json").write_text(json.dumps({"data": {"story": {**coral, "comments": listed}}}))


def wordpress(folder: Path) -> None:
    (folder / "bridge.html").write_text(WORDPRESS_PAGE)
    written = "".join(WXR_COMMENT.format(id=n, author=who, text=text, parent=up) for n, who, text, up in BOTH)
    (folder / "site.wordpress.2024-05-01.xml").write_text(WXR.format(comments=written))
    rest = [
        {"id": int(n), "post": 12, "parent": int(up), "author_name": who, "date_gmt": "2024-05-01T10:00:00"}
        | {"content": {"rendered": f"<p>{text}</p>"}}
        for n, who, text, up in BOTH
    ]
    (folder / "comments.json").write_text(json.dumps(rest))


def disqus(folder: Path) -> None:
    sent = "".join(
        DISQUS_POST.format(id=n, author=who, text=text, parent="" if up == "0" else f'<parent dsq:id="{up}"/>')
        for n, who, text, up in BOTH
    )
    (folder / "disqus-export.xml.gz").write_bytes(gzip.compress(DISQUS.format(posts=sent).encode()))


def convokit(folder: Path) -> None:
    said = {"conversation_id": "u1", "timestamp": WHEN, "meta": {}, "vectors": []}
    jsonl(
        folder / "corpus-folder" / "utterances.jsonl",
        [
            {**said, "id": "u1", "speaker": "kim", "reply-to": None, "text": FIRST},
            {**said, "id": "u2", "speaker": "lee", "reply-to": "u1", "text": SECOND},
        ],
    )
    (folder / "corpus-folder" / "conversations.json").write_text('{"u1": {"meta": {}, "vectors": []}}')
    (folder / "corpus-folder" / "speakers.json").write_text('{"kim": {"meta": {}}, "lee": {"meta": {}}}')


def table(folder: Path) -> None:
    lines = ["comment_id,body,user,time,reply_to,story", f"1,{FIRST},kim,{WHEN},,s", f"2,{SECOND},lee,{WHEN + 60},1,s"]
    (folder / "comments.csv").write_text("\n".join(lines) + "\n")
