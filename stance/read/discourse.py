"""Discourse: topics as `/t/ID.json` and `/t/ID/posts.json` answer them, one or several in a file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Final

from stance.read.decode import clean, cleaning_notes
from stance.read.documents import (
    Found,
    as_list,
    as_mapping,
    find_values,
    keep,
    make_page,
    object_row,
    place_of,
    shallow,
)
from stance.read.gather import Gatherer
from stance.read.markup import parse, text_of
from stance.read.row import OnReject, Row, kind_of, take
from stance.read.source import Source
from stance.records import ARTICLE, Article, Comment, Page

WANTED: Final = "a topic with `post_stream` and posts after its first"
_TOPIC: Final = ("title", "posts_count")
_EXTRA: Final = (
    "like_count reply_count quote_count reads score post_type action_code hidden accepted_answer "
    "edit_reason wiki name user_title"
).split()
_KEPT: Final = (
    "id post_number username created_at cooked reply_to_post_number topic_id topic_title "
    "deleted_at user_deleted cooked_hidden".split()
    + _EXTRA
)
_FIRST: Final = "1"
_REGULAR: Final = 1
_START: Final = re.compile(r'"post_stream"\s*:|"latest_posts"\s*:')
_POST: Final = re.compile(r'"post_number"\s*:')
_COOKED: Final = re.compile(r'"cooked"\s*:')
# Not the writer's words: who is quoted, what a link's page says of itself, a picture's size.
_DROPPED: Final = (
    '//aside[contains(concat(" ", @class, " "), " quote ")]/div[contains(concat(" ", @class, " "), " title ")]',
    '//aside[contains(concat(" ", @class, " "), " onebox ")]/article',
    '//a[contains(concat(" ", @class, " "), " lightbox ")]/div[contains(concat(" ", @class, " "), " meta ")]',
)
_QUOTES: Final = '//aside[contains(concat(" ", @class, " "), " quote ")][@data-post][not(ancestor::aside)]'


def recognise(source: Source) -> bool:
    """Whether a source begins with a topic or with its posts."""
    start = source.beginning
    if not start.startswith(("{", "[")):
        return False
    return bool(_START.search(start) or (_POST.search(start) and _COOKED.search(start)))


def read(source: Source, on_reject: OnReject) -> Iterator[Page]:
    """Read one page a topic, whose first post is the article; the ids are the numbers of the posts.

    A post answers the one it was written as a reply to; one that was not, but quotes a single post of its topic,
    answers that, as Discourse itself counts it; any other answers the article, unless it quotes several: then its
    source does not say.

    Raises:
        BadRow: A post is broken, and `on_reject` raises.
        NoComments: There is no post but first ones.
    """
    with Gatherer(source.name) as gatherer:
        for found in find_values(source, on_reject, apart=""):
            if (row := object_row(source, found, on_reject)) is not None:
                take(partial(_add, source, gatherer, on_reject), row, on_reject)
        yield from gatherer.pages(partial(_read_topic, source=source, on_reject=on_reject), wanted=WANTED)


def _add(source: Source, gatherer: Gatherer, on_reject: OnReject, row: Row) -> None:
    """Keep a topic and its posts, or a post that stands alone."""
    values = row.values
    stream = as_mapping(values.get("post_stream"))
    if "post_number" in values:
        posts: list[object] = [values]
    elif "post_stream" in values or "latest_posts" in values:
        posts = as_list(stream.get("posts")) or as_list(values.get("latest_posts"))
    else:
        row.refuse("neither a topic nor a post", "Save /t/ID.json, with `post_stream`.")
    topic_id = row.id("id") if "post_stream" in values else None
    if topic_id is not None:
        listed = stream.get("stream")
        topic = {**shallow(values, _TOPIC), "listed": len(listed) if isinstance(listed, list) else None}
        gatherer.add(topic_id, {"topic": topic}, place=row.place)
    for post in posts:
        found = Found(place_of("post", as_mapping(post).get("id"), row.place), post)
        if (inner := object_row(source, found, on_reject)) is not None:
            take(partial(_add_post, gatherer, topic_id), inner, on_reject)


def _add_post(gatherer: Gatherer, topic_id: str | None, row: Row) -> None:
    gatherer.add(topic_id or row.id("topic_id") or "", shallow(row.values, _KEPT), place=row.place)


def _read_topic(
    topic_id: str, rows: Iterator[Row], counts: Counter[str], *, source: Source, on_reject: OnReject
) -> Page:
    comments: list[Comment] = []
    first: Comment | None = None
    title = ""
    stated: object = None
    for row in rows:
        if "topic" in row.values:
            topic = row.row("topic")
            title = title or (topic.words("title") or "" if isinstance(topic.values.get("title"), str) else "")
            stated = stated or topic.values["listed"] or topic.values.get("posts_count")
        elif (comment := take(partial(_read_post, topic_id=topic_id), row, on_reject)) is not None:
            title = title or _string(row, "topic_title")
            if comment.id == _FIRST and first is None:
                first = comment
            else:
                comments.append(comment)
    return make_page(
        source,
        article=Article(title=title, text=first.text if first else "", author=first.author if first else None),
        comments=comments,
        thread_id=topic_id or None,
        # Both count the first post, which is the article.
        stated_total=stated - 1 if isinstance(stated, int) and stated > 0 else None,
        notes=cleaning_notes(counts),
    )


def _string(row: Row, key: str) -> str:
    return (row.words(key) or "") if isinstance(row.values.get(key), str) else ""


def _read_post(row: Row, *, topic_id: str) -> Comment:
    number = row.needed_id("post_number")
    cooked = row.values.get("cooked")
    if not isinstance(cooked, str):
        row.refuse(f"field 'cooked' is {kind_of(cooked)}", "Give the post's HTML as a string.")
    text, quoted, writers = _read_cooked(cooked, topic_id=topic_id, number=number)
    extra = keep(row, _EXTRA)
    if extra.get("post_type") == _REGULAR:
        del extra["post_type"]
    gone = row.values.get("deleted_at") is not None
    gone = gone or any(row.values.get(key) is True for key in ("user_deleted", "cooked_hidden"))
    if gone:
        extra["deleted"] = True
    answered = row.id("reply_to_post_number") or (quoted[0] if len(quoted) == 1 else None)
    if answered is None and len(quoted) > 1 and len(writers) == 1:
        extra["answers_author"] = clean(writers[0], row.counts)
    parent = ARTICLE if answered == _FIRST or not (answered or quoted) else answered
    return Comment(
        id=number,
        text="" if gone else clean(text, row.counts),
        number=0,
        author=row.words("username"),
        posted_at=row.time("created_at"),
        parent_id=parent,
        extra={**extra, **({"post_id": post_id} if (post_id := row.id("id")) else {})},
    )


def _read_cooked(cooked: str, *, topic_id: str, number: str) -> tuple[str, list[str], list[str]]:
    """Return what a post says, the numbers of the posts of its topic that it quotes, and their writers' names."""
    root = parse(cooked)
    if root is None:
        return "", [], []
    quoted: dict[str, None] = {}
    writers: dict[str, None] = {}
    for aside in root.xpath(_QUOTES):
        post = aside.get("data-post")
        if post != number and aside.get("data-topic", topic_id) == topic_id:
            quoted[post] = None
            writers[aside.get("data-username", "")] = None
    for path in _DROPPED:
        for element in root.xpath(path):
            element.drop_tree()
    return text_of(root), list(quoted), list(writers)
