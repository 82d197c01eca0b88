"""WordPress' REST answer to `/wp-json/wp/v2/comments`: one array, pages of it one after the other, or JSON Lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from stance.errors import NoComments
from stance.read.documents import as_mapping, find_values
from stance.read.gather import Gatherer
from stance.read.markup import to_text
from stance.read.row import OnReject, Row, kind_of, take
from stance.read.source import Source
from stance.read.wordpress import is_reply, raw_to_text, read_posts
from stance.records import Page

WANTED: Final = "comments as /wp-json/wp/v2/comments gives them"

_KEYS = tuple(re.compile(rf'"{key}"\s*:') for key in ("post", "author_name", "content"))
_REFUSAL = re.compile(r'\{\s*"code"\s*:\s*"(rest_[a-z_]{1,60})"')
_MEND: Final = "Fetch it again; see docs/formats.md."


def recognise(source: Source) -> bool:
    """Whether a source is JSON that begins with such a comment, or with the site's refusal to give any."""
    start = source.beginning
    if not start.startswith(("[", "{")):
        return False
    return bool(_REFUSAL.match(start)) or all(key.search(start) for key in _KEYS)


def read(source: Source, on_reject: OnReject) -> Iterator[Page]:
    """Read each post's comments as a thread; the newest come first where the site was not asked otherwise.

    `content.rendered` is read, or `content.raw` where that alone is there (`context=edit`). A post's title and address
    are known where the comments were fetched with `_embed`.

    Raises:
        NoComments: There are none, or the site refused to give them.
        BadRow: A comment cannot be used, or the JSON is broken, and `on_reject` raises.
    """
    if refusal := _REFUSAL.match(source.beginning):
        raise NoComments(source.name, wanted=f"{WANTED}, and the site had answered {refusal[1]}")
    yield from read_posts(source, _gather, on_reject, wanted=WANTED)


def _gather(source: Source, gatherer: Gatherer, on_reject: OnReject) -> bool:
    replies = False
    known: set[str] = set()
    for number, value in enumerate(_values(source, on_reject), start=1):
        values = as_mapping(value)
        row = Row(source.name, _place(values, number), {"comment": value})
        picked = take(_pick, row, on_reject)
        if picked is None:
            continue
        thread_id = str(picked["post"])
        article = _article(values)
        if thread_id not in known:
            known.add(thread_id)
            gatherer.add(thread_id, {"article": {"id": thread_id, **article}}, place=row.place)
        gatherer.add(thread_id, picked, place=row.place)
        replies = replies or is_reply(picked["parent"])
    return replies


def _values(source: Source, on_reject: OnReject) -> Iterator[object]:
    """Give the members of arrays, or of arrays in one (answers put together), or the objects of lines."""
    for found in find_values(source, on_reject, apart=""):
        yield from found.value if isinstance(found.value, list) else (found.value,)


def _place(values: Mapping[str, object], number: int) -> str:
    comment_id = values.get("id")
    return f"comment {comment_id}" if type(comment_id) is int and 0 <= comment_id < 10**20 else f"entry {number}"


def _pick(row: Row) -> dict[str, object]:
    """Take what is kept of a comment, as plain strings."""
    if not isinstance(row.values["comment"], Mapping):
        row.refuse(f"{kind_of(row.values['comment'])} where a comment should be", _MEND)
    comment = row.row("comment")
    content = comment.row("content")
    rendered, raw = content.text("rendered"), content.text("raw")
    return {
        "id": comment.id("id"),
        "post": comment.id("post") or "",
        "text": to_text(rendered) if rendered is not None else None if raw is None else raw_to_text(raw),
        "author": to_text(comment.text("author_name") or ""),
        "date_gmt": comment.text("date_gmt"),
        "date": comment.text("date"),
        "parent": comment.id("parent"),
        "status": comment.text("status"),
        "type": comment.text("type"),
        "user_id": comment.id("author"),
    }


def _article(values: Mapping[str, object]) -> dict[str, str | None]:
    """What the comment carries of its post: with `_embed` a title, else the address before its own `#comment-N`."""
    post = _first(_within(values, "_embedded", "up"))
    link = _within(post, "link") or _within(values, "link")
    content = _within(post, "content", "rendered") or _within(post, "excerpt", "rendered")
    title = _within(post, "title", "rendered")
    return {
        "title": to_text(title) if isinstance(title, str) else "",
        "text": to_text(content) if isinstance(content, str) else "",
        "url": link.partition("#")[0] if isinstance(link, str) else None,
    }


def _within(value: object, *keys: str) -> object:
    for key in keys:
        value = as_mapping(value).get(key)
    return value


def _first(value: object) -> object:
    return value[0] if isinstance(value, list) and value else None
