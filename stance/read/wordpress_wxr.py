"""WordPress' own export (WXR 1.0 to 1.2, also Disqus' import format): RSS whose items carry their comments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from stance.read.gather import Gatherer
from stance.read.markup import to_text
from stance.read.row import OnReject
from stance.read.source import Source
from stance.read.wordpress import is_reply, raw_to_text, read_posts
from stance.read.xml_stream import content_of, elements, forget_before, local_name, parts_of
from stance.records import Page

if TYPE_CHECKING:
    from lxml.etree import _Element

WANTED: Final = "wp:comment elements in the items of a WordPress export"
NAMESPACE: Final = "wordpress.org/export/"

_FIELDS: Final = {
    "id": "comment_id",
    "author": "comment_author",
    "date_gmt": "comment_date_gmt",
    "date": "comment_date",
    "parent": "comment_parent",
    "status": "comment_approved",
    "type": "comment_type",
    "user_id": "comment_user_id",
}
"""E-mail and network addresses, which the export holds too, are left where they are."""


def recognise(source: Source) -> bool:
    """Whether a source is RSS that names WordPress' export namespace."""
    start = source.beginning
    return start.startswith("<") and "<rss" in start and NAMESPACE in start


def read(source: Source, on_reject: OnReject) -> Iterator[Page]:
    """Read the comments of each item as a thread; items without comments are left out.

    Comments in the trash count as deleted; those that wait or are spam, and pingbacks, say so in `extra`.

    Raises:
        NoComments: No item has any.
        DeclaredEntities: The file declares entities of its own.
        BadRow: A comment cannot be used, or the XML is broken, and `on_reject` raises.
    """
    yield from read_posts(source, _gather, on_reject, wanted=WANTED)


def _gather(source: Source, gatherer: Gatherer, on_reject: OnReject) -> bool:
    """Put all comments and their items into the gatherer; return whether any states a parent."""
    names: dict[str, str] = {}
    replies = False
    n_items = n_comments = 0
    for element, whole in elements(source, ("item", "comment", "author"), on_reject):
        kind, exported = local_name(element), NAMESPACE in str(element.tag)
        if kind == "item":
            if n_comments:
                gatherer.add(str(n_items), {"article": _article(element, names)}, place=f"item {n_items + 1}")
            n_items, n_comments = n_items + 1, 0
            forget_before(element)
        elif kind == "author" and exported:
            parts = parts_of(element)
            login, shown = content_of(parts.get("author_login")), content_of(parts.get("author_display_name"))
            if login and shown:
                names[login.strip()] = shown.strip()
        elif kind == "comment" and exported:
            n_comments += 1
            if whole:
                parts = parts_of(element)
                values = {field: content_of(parts.get(name)) for field, name in _FIELDS.items()}
                place = _place(values["id"], n_items + 1, n_comments)
                replies = replies or is_reply(values["parent"])
                raw = content_of(parts.get("comment_content"))
                values["text"] = None if raw is None else raw_to_text(raw)
                gatherer.add(str(n_items), values, place=place)
            forget_before(element, only=element.tag)
    return replies


def _place(comment_id: str | None, item: int, number: int) -> str:
    shown = (comment_id or "").strip()
    return f"comment {shown}" if shown.isdecimal() and len(shown) < 20 else f"item {item}, comment {number}"


def _article(item: _Element, names: dict[str, str]) -> dict[str, str | None]:
    parts = parts_of(item)
    creator = (content_of(parts.get("creator")) or "").strip()
    link = content_of(parts.get("link"))
    return {
        "id": content_of(parts.get("post_id")) or link or content_of(parts.get("guid")),
        "title": to_text(content_of(parts.get("title")) or ""),
        "text": raw_to_text(_content(item)),
        "author": names.get(creator, creator),
        "url": link,
    }


def _content(item: _Element) -> str:
    """The item's content:encoded; excerpt:encoded has the same local name and comes after it."""
    for child in item:
        if local_name(child) == "encoded" and "/excerpt/" not in str(child.tag):
            return child.text or ""
    return ""
