"""Disqus' XML export: threads by web address, and posts that name their thread and the post they answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Final

from stance.read.decode import cleaning_notes
from stance.read.gather import Gatherer
from stance.read.markup import to_text
from stance.read.row import OnReject, Row, take
from stance.read.source import Source
from stance.read.xml_stream import content_of, elements, forget_before, local_name, parts_of
from stance.records import ARTICLE, Article, Comment, Page

if TYPE_CHECKING:
    from lxml.etree import _Element

WANTED: Final = "post elements of a Disqus export"


def recognise(source: Source) -> bool:
    """Whether a source is XML whose root is Disqus' own."""
    start = source.beginning
    return start.startswith("<") and "<disqus" in start and "disqus.com" in start


def read(source: Source, on_reject: OnReject) -> Iterator[Page]:
    """Read each thread that has posts, wherever in the file its posts and its own element stand.

    Deleted posts keep their place without text or name; spam and posts that wait say so in `extra`.

    Raises:
        NoComments: There is no post.
        DeclaredEntities: The file declares entities of its own.
        BadRow: A post cannot be used, or the XML is broken, and `on_reject` raises.
    """
    with Gatherer(source.name) as gatherer:
        for element, whole in elements(source, ("thread", "post"), on_reject):
            if (parent := element.getparent()) is None or parent.getparent() is not None:
                continue  # a post's own <thread> is read with its post
            if whole:
                _gather(element, source, gatherer, on_reject)
            forget_before(element)
        yield from gatherer.pages(partial(_read_thread, source=source, on_reject=on_reject), wanted=WANTED)


def _gather(element: _Element, source: Source, gatherer: Gatherer, on_reject: OnReject) -> None:
    own_id = _id_of(element)
    parts = parts_of(element)
    author = parts_of(parts.get("author"))
    message = content_of(parts.get("message"))
    values: dict[str, object] = {
        "id": own_id,
        "text": None if message is None else to_text(message),
        "author": content_of(author.get("name")),
    }
    if local_name(element) == "thread":
        if own_id:
            title, link = content_of(parts.get("title")), content_of(parts.get("link"))
            values |= {"title": to_text(title or ""), "url": link}
            gatherer.add(own_id, {"article": values}, place=f"thread {own_id[:20]}")
        return
    values |= {
        "thread": _id_of(parts.get("thread")),
        "parent": _id_of(parts.get("parent")),
        "posted_at": content_of(parts.get("createdAt")),
        "deleted": _is_true(parts.get("isDeleted")),
        "spam": _is_true(parts.get("isSpam")),
        "hold": (content_of(parts.get("isApproved")) or "").strip().lower() == "false",
        "anonymous": _is_true(author.get("isAnonymous")),
        "username": content_of(author.get("username")),
    }
    place = f"post {own_id[:20]}" if own_id else f"a post in line {element.sourceline}"
    row = Row(source.name, place, values)
    thread_id = take(_thread_of, row, on_reject)
    if thread_id is not None:
        gatherer.add(thread_id, values, place=place)


def _thread_of(row: Row) -> str:
    thread_id = row.id("thread")
    if thread_id is None:
        row.refuse("names no thread", "Export it again; each post has a thread with a dsq:id.")
    return thread_id


def _read_thread(
    thread_id: str, rows: Iterator[Row], counts: Counter[str], *, source: Source, on_reject: OnReject
) -> Page:
    comments: list[Comment] = []
    article = Article()
    for row in rows:
        if "article" in row.values:
            about = row.row("article")
            article = Article(
                title=about.words("title") or "",
                text=about.words("text") or "",
                author=about.words("author"),
                url=about.words("url"),
            )
        elif comment := take(lambda row: _read_post(row, len(comments) + 1), row, on_reject):
            comments.append(comment)
    return Page(
        source=source.name,
        article=article,
        comments=tuple(comments),
        notes=(*source.notes, *cleaning_notes(counts)),
        thread_id=thread_id,
    )


def _read_post(row: Row, number: int) -> Comment:
    post_id, text = row.needed_id("id"), row.text("text")
    if post_id == ARTICLE:
        row.refuse(f"the id {ARTICLE!r} stands for the article", "Give the post another id.")
    deleted = bool(row.values.get("deleted"))
    if text is None and not deleted:
        row.refuse("the message is missing", "Export it again with the posts' messages.")
    return Comment(
        id=post_id,
        text="" if deleted else text or "",
        number=number,
        author=None if deleted else row.words("author"),
        posted_at=row.time("posted_at"),
        parent_id=row.id("parent") or ARTICLE,
        extra=_extra(row.values, row.words("username"), deleted=deleted),
    )


def _extra(values: Mapping[str, object], username: str | None, *, deleted: bool) -> dict[str, object]:
    if deleted:
        return {"deleted": True}
    extra: dict[str, object] = {key: True for key in ("spam", "anonymous") if values.get(key)}
    if values.get("hold"):
        extra["status"] = "hold"
    if username:
        extra["username"] = username
    return extra


def _id_of(element: _Element | None) -> str | None:
    """An element's dsq:id, whatever the namespace is called."""
    for name, value in element.attrib.items() if element is not None else ():
        if str(name).rpartition("}")[2].rpartition(":")[2] == "id":
            return str(value).strip() or None
    return None


def _is_true(element: _Element | None) -> bool:
    return (content_of(element) or "").strip().lower() in ("true", "1")
