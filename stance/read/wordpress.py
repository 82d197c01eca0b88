"""What WordPress' exports have in common: raw comment text, states, kinds, times and parents."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Final

from stance.read.decode import cleaning_notes
from stance.read.gather import Gatherer
from stance.read.markup import to_text
from stance.read.row import OnReject, Row, take
from stance.read.source import Source
from stance.records import ARTICLE, Article, Comment, Page

SHOWN: Final = frozenset({"", "1", "approve", "approved"})
PENDING: Final = frozenset({"0", "hold", "unapproved"})
DELETED: Final = frozenset({"trash", "post-trashed"})
FLAT_NOTE: Final = (
    "no comment states what it answers; the site may have replies switched off, so none is taken as stated"
)

_BLANK_LINE = re.compile(r"\n[ \t]*\n\s*")


def raw_to_text(raw: str) -> str:
    """Return what a comment as its writer typed it says: HTML in which, unlike in a page's, line ends count."""
    if "<" not in raw and "&" not in raw:
        return raw.strip()
    raw = raw.replace("\r\n", "\n").replace("\r", "\n")
    return to_text(_BLANK_LINE.sub("<p></p>", raw).replace("\n", "<br>"))


def is_reply(parent: object) -> bool:
    """Whether a parent field names a comment; 0 names none."""
    return str(parent if parent is not None else "").strip() not in ("", "0")


def read_posts(
    source: Source, gather: Callable[[Source, Gatherer, OnReject], bool], on_reject: OnReject, *, wanted: str
) -> Iterator[Page]:
    """Make a page of each post with comments.

    Args:
        source: Names the pages.
        gather: Puts records into the gatherer: one with `article` a post, and of each comment `id`, `text`, `author`,
            `date_gmt`, `date`, `parent`, `status`, `type`, `user_id`. Returns whether any comment of the export states
            a parent; if none does, its absence says nothing.
        on_reject: Told of each comment that cannot be used.
        wanted: What was looked for, for the error that no post has any.
    """
    with Gatherer(source.name) as gatherer:
        replies = gather(source, gatherer, on_reject)
        make = partial(_read_thread, source=source, replies=replies, on_reject=on_reject)
        yield from gatherer.pages(make, wanted=wanted)


def _read_thread(
    _: str, rows: Iterator[Row], counts: Counter[str], *, source: Source, replies: bool, on_reject: OnReject
) -> Page:
    comments: list[Comment] = []
    article, thread_id = Article(), None
    for row in rows:
        if "article" in row.values:
            about = row.row("article")
            thread_id = about.id("id")
            article = Article(
                title=about.words("title") or "",
                text=about.words("text") or "",
                author=about.words("author"),
                url=about.words("url"),
            )
        elif comment := take(lambda row: _read_comment(row, len(comments) + 1, replies=replies), row, on_reject):
            comments.append(comment)
    flat = () if replies or len(comments) < 2 else (FLAT_NOTE,)
    return Page(
        source=source.name,
        article=article,
        comments=tuple(comments),
        notes=(*source.notes, *flat, *cleaning_notes(counts)),
        thread_id=thread_id,
    )


def _read_comment(row: Row, number: int, *, replies: bool) -> Comment:
    comment_id, text = row.needed_id("id"), row.text("text")
    if comment_id == ARTICLE:
        row.refuse(f"the id {ARTICLE!r} stands for the article", "Give the comment another id.")
    if text is None:
        row.refuse("the content is missing", "Export it again with the comments' content.")
    extra = _extra(row.values)
    parent = row.id("parent") if is_reply(row.values.get("parent")) else ARTICLE if replies else None
    return Comment(
        id=comment_id,
        text="" if "deleted" in extra else text.strip(),
        number=number,
        author=None if "deleted" in extra else row.words("author"),
        posted_at=row.time("date_gmt") if _is_date(row.values.get("date_gmt")) else _local_time(row),
        parent_id=parent,
        extra=extra,
    )


def _local_time(row: Row) -> datetime | None:
    return row.time("date") if _is_date(row.values.get("date")) else None


def _is_date(value: object) -> bool:
    """Whether a date is given: the database writes none as year 0, or as the day before it."""
    words = str(value or "").strip()
    return bool(words) and not words.startswith(("0000-00-00", "-0001-11-30"))


def _extra(values: Mapping[str, object]) -> dict[str, object]:
    extra: dict[str, object] = {}
    status = str(values.get("status") or "").strip().lower()
    if status in DELETED:
        extra["deleted"] = True
    elif status in PENDING or status not in SHOWN:
        extra["status"] = "hold" if status in PENDING else status
    kind = str(values.get("type") or "").strip().lower()
    if kind not in ("", "comment"):
        extra["type"] = kind
    if is_reply(values.get("user_id")):
        extra["user_id"] = str(values["user_id"]).strip()
    return extra
