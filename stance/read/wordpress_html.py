"""A WordPress page saved from a browser: `wp_list_comments` markup of any theme, block themes, plain comment lists."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from stance.read.comment_list import PINGS, Item, classes_of, find_comments
from stance.read.dates import read_page_date
from stance.read.decode import cleaning_notes, decode, marked_encoding, stated_encoding
from stance.read.elsewhere import why_none
from stance.read.markup import parse, text_of
from stance.read.page_article import read_article, read_post_id, read_stated_total
from stance.read.row import OnReject, Row, take
from stance.read.source import Source
from stance.records import ARTICLE, Comment, Page

if TYPE_CHECKING:
    from lxml.html import HtmlElement

WANTED: Final = "WordPress comments (ids such as comment-123, or a list of class commentlist or comment-list)"

_HTML: Final = re.compile(
    r"<(?:!doctype\s+html|html|head|body|meta|title|main|section|article|div|ol|ul|li|p|script|style|link)\b",
    re.IGNORECASE,
)
_CHARSET: Final = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9._:-]{2,40})", re.IGNORECASE)
_HEAD_BYTES: Final = 4096

_CONTENT: Final = tuple(
    """comment-content wp-block-comment-content wpd-comment-text dsq-comment-message comment-text comment_text
    commenttext comment__content comment_content commentcontent comment-entry comment__text comment-copy""".split()
)
_AUTHOR: Final = tuple(
    """fn wp-block-comment-author-name wpd-comment-author comment-author-name comment-author-link comment_author_name
    comment-author comment_author comment__author woocommerce-review__author author-name commentauthor author""".split()
)
_DATE: Final = tuple(
    """comment-date comment_date wpd-comment-date wp-block-comment-date comment-time comment-metadata commentmetadata
    comment-meta comment__date comment-permalink published date""".split()
)
_FURNITURE: Final = frozenset(
    """comment-author comment-meta commentmetadata comment-metadata comment-header comment-awaiting-moderation reply
    comment-reply comment-reply-link comment-reply-login comment-edit-link edit-link avatar says fn comment-date
    comment-respond comment-actions comment-footer comment-likes comment-like-link comment-rating sharedaddy
    jp-likes-widget-wrapper wp-block-comment-reply-link wp-block-comment-date wp-block-comment-author-name
    wp-block-comment-edit-link wp-block-avatar screen-reader-text comment-permalink star-rating meta
    woocommerce-review__author wpd-reply-to""".split()
)
_FORM: Final = frozenset({"form", "button", "textarea", "time"})
_SAYS = re.compile(r"\s(?:says|said|wrote|writes|commented)\s?:$", re.IGNORECASE)
_LEFT_OF_SAYS = re.compile(r"\A(?:says|said|wrote|writes|commented)\s*:\s*", re.IGNORECASE)
_LINK = re.compile(r"#(?:li-|div-)?comment-(\d{1,20})$")
_REPLIES_TO = re.compile(
    r"\b(?:in\s+)?(?:reply|replying|response)\s+to\b|in-reply|reply-to|comment-parent", re.IGNORECASE
)
_GONE = re.compile(
    r"[\[(]\s*(?:comment\s+)?(?:deleted|removed)(?:\s+by\s+[\w ]{1,40})?\.?\s*[\])]"
    r"|(?:this\s+)?comment\s+(?:(?:has|was)\s+)?(?:been\s+)?(?:deleted|removed)(?:\s+by\s+[\w ]{1,40})?\.?",
    re.IGNORECASE,
)
_GONE_CLASSES: Final = frozenset({"deleted", "comment-deleted", "removed", "comment-removed", "trash", "trashed"})


def recognise(source: Source) -> bool:
    """Whether a source is HTML: this is the one reader of pages, and can tell whose comments a page does not hold."""
    start = source.beginning
    if start.startswith("<?xml"):
        start = start.partition("?>")[2].lstrip()
    while start.startswith("<!--"):
        start = start.partition("-->")[2].lstrip()
    return bool(_HTML.match(start))


def read(source: Source, on_reject: OnReject) -> Iterator[Page]:
    """Read a page; it is one thread.

    A comment answers the one that it stands in, or the one that an "in reply to" link in it names. On a page that
    nests none and offers no reply the theme is flat, and no parent is stated. Pingbacks and trackbacks stay, their
    kind in `extra`.

    Raises:
        CommentsElsewhere: The page leaves its comments to a service, and none is in it.
        NoComments: None is in it.
        BadRow: An item of the comment list holds no comment, and `on_reject` raises.
    """
    markup = _decode(source)
    root = parse(markup)
    items, n_others = find_comments(root) if root is not None else ([], 0)
    if root is None or not items:
        raise why_none(markup, source=source.name, wanted=WANTED)
    stated_total = read_stated_total(root, items[0].element)
    thread_id = read_post_id(root)
    counts: Counter[str] = Counter()
    comments, notes = _read_comments(items, source, counts, on_reject)
    if not comments:
        raise why_none(markup, source=source.name, wanted=WANTED)
    if n_others:
        notes.append(f"{n_others} items of the comment list are no comments and were left out")
    if stated_total is not None and stated_total != len(comments):
        notes.append(f"the page states {stated_total} comments and holds {len(comments)}")
    yield Page(
        source=source.name,
        article=read_article(root, markup, Row(source.name, "article", {}, counts)),
        comments=tuple(comments),
        stated_total=stated_total,
        notes=(*source.notes, *notes, *cleaning_notes(counts)),
        thread_id=thread_id,
    )


def _decode(source: Source) -> str:
    """Decode a page as it says itself; browsers keep the encoding that the server sent."""
    data = source.whole()
    declared = _CHARSET.search(data[:_HEAD_BYTES])
    if declared and not marked_encoding(data) and (encoding := stated_encoding(declared[1].decode("ascii"))):
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            return data.decode(encoding, "replace")
    text, notes = decode(data, source=source.name)
    source.notes += notes
    return text


def _read_comments(
    items: Sequence[Item], source: Source, counts: Counter[str], on_reject: OnReject
) -> tuple[list[Comment], list[str]]:
    ids = _ids_of(items)
    known = set(ids)
    threaded = any(item.above is not None or item.answers is not None or _offers_reply(item.element) for item in items)
    found: list[Comment | None] = [None] * len(items)
    ends: list[int] = []
    # From the last to the first: whatever stands in a comment is read, and taken out, before the comment is.
    for place in range(len(items) - 1, -1, -1):
        item = items[place]
        above = ids[item.above] if item.above is not None else ARTICLE if threaded else None
        linked = item.answers if item.answers in known else _linked(item.element, known, own=ids[place])
        if not _offers_reply(item.element):
            ends.append(place)
        row = Row(source.name, f"comment {ids[place]}", {}, counts)
        found[place] = take(_Reader(item, ids[place], linked or above), row, on_reject)
        _take_out(item.element)
    comments = [comment for comment in found if comment is not None]
    notes = _depth_notes(items, ends)
    return [replace(comment, number=number) for number, comment in enumerate(comments, start=1)], notes


def _depth_notes(items: Sequence[Item], ends: Sequence[int]) -> list[str]:
    """Tell of comments at the deepest level, which offer no reply: answers among them are shown beside each other.

    Args:
        items: All comments.
        ends: The places of those that offer no reply.
    """
    depths: list[int] = []
    for item in items:
        depths.append(0 if item.above is None else depths[item.above] + 1)
    deepest = max(depths)
    last = [place for place in ends if depths[place] == deepest]
    beside = len(last) - len({items[place].above for place in last})
    if deepest == 0 or len(ends) == len(items) or beside == 0:
        return []
    return [f"{beside} comments at the deepest level may answer one beside them and not the one that they stand under"]


class _Reader:
    """Reads the element of one comment from which those in it have been taken out."""

    def __init__(self, item: Item, comment_id: str, parent_id: str | None) -> None:
        self._item, self._id, self._parent_id = item, comment_id, parent_id

    def __call__(self, row: Row) -> Comment:
        """Return the comment; its number is the caller's to give."""
        element = self._item.element
        parts = _first_of_each(element)
        classes = classes_of(element)
        kind = next(iter(PINGS & classes), None)
        author_part = _author_part(parts, is_ping=kind is not None)
        author = _SAYS.sub("", " ".join(text_of(author_part).split())) if author_part is not None else ""
        posted_at = _time_of(parts)
        extra: dict[str, object] = {"type": kind} if kind else {}
        if "comment-awaiting-moderation" in parts:
            extra["status"] = "hold"
        bare_ping = kind is not None and author_part is not None and not _is_named(parts)
        text = "" if bare_ping else _text(element, parts, author_part)
        row = replace(row, values={"text": text, "author": author})
        if self._item.id is None and not text and not author:
            row.refuse("neither an id nor an author nor a text was found", "Save the page again.")
        if _GONE.fullmatch(text) or not _GONE_CLASSES.isdisjoint(classes):
            return Comment(
                id=self._id, text="", number=0, posted_at=posted_at, parent_id=self._parent_id, extra={"deleted": True}
            )
        return Comment(
            id=self._id,
            text=(row.text("text") or "").strip(),
            number=0,
            author=row.words("author"),
            posted_at=posted_at,
            parent_id=self._parent_id,
            extra=extra,
        )


def _ids_of(items: Sequence[Item]) -> list[str]:
    """Every comment's id; where the theme shows none, its place on the page."""
    numbered = any(item.id for item in items)
    return [item.id or (f"place-{place}" if numbered else str(place)) for place, item in enumerate(items, start=1)]


def _offers_reply(element: HtmlElement) -> bool:
    return any(
        "reply" in (link.get("class") or "").lower() or "replytocom=" in (link.get("href") or "")
        for link in element.iter("a")
    )


def _linked(element: HtmlElement, known: set[str], *, own: str) -> str | None:
    """The comment that an "in reply to" link, or an opening "@Name" link, of this one leads to."""
    for link in element.iter("a"):
        found = _LINK.search(link.get("href") or "")
        if not found or found[1] == own or found[1] not in known:
            continue
        around = link.getparent()
        before = (around.text or "").strip() if around is not None and around[0] is link else None
        said = " ".join((text_of(link)[:200], link.get("class") or ""))
        if around is not None:
            said += f" {around.get('class') or ''} {(around.text or '')[-200:]}"
        if _REPLIES_TO.search(said) or (before in ("", "@") and (before + text_of(link).strip()).startswith("@")):
            return found[1]
    return None


def _take_out(element: HtmlElement) -> None:
    parent = element.getparent()
    if parent is not None:
        # What follows it goes too: between comments a page has white space only.
        parent.remove(element)


def _first_of_each(element: HtmlElement) -> dict[str, HtmlElement]:
    """The first part of each class; of times and names without a class under `<time>` and `<cite>`."""
    parts: dict[str, HtmlElement] = {}
    for part in element.iter("*"):
        if part is element:
            continue
        for name in classes_of(part):
            parts.setdefault(name, part)
        if part.tag == "time" and part.get("datetime"):
            parts.setdefault("<time>", part)
        elif part.tag in ("cite", "a"):
            around = part.getparent()
            if part.tag == "a" or (around is not None and around.tag not in ("p", "blockquote")):
                parts.setdefault(f"<{part.tag}>", part)
    return parts


def _is_named(parts: dict[str, HtmlElement]) -> bool:
    return any(name in parts for name in (*_AUTHOR, "<cite>"))


def _author_part(parts: dict[str, HtmlElement], *, is_ping: bool) -> HtmlElement | None:
    names = (*_AUTHOR, "<cite>", "<a>") if is_ping else (*_AUTHOR, "<cite>")
    return next((parts[name] for name in names if name in parts), None)


def _time_of(parts: dict[str, HtmlElement]) -> datetime | None:
    stated = [parts["<time>"].get("datetime")] if "<time>" in parts else []
    for name in _DATE:
        if (part := parts.get(name)) is not None:
            stated += [part.get("title"), part.get("datetime"), *map(text_of, part.iter("a")), text_of(part)]
    return next((moment for words in stated if words and (moment := read_page_date(words))), None)


def _text(element: HtmlElement, parts: dict[str, HtmlElement], author_part: HtmlElement | None) -> str:
    content = next((parts[name] for name in _CONTENT if name in parts), None)
    whole = element if content is None else content
    unwanted = [
        part
        for part in whole.iter("*")
        if part is not whole
        and (
            part is author_part
            or part.tag in _FORM
            or part.get("id") == "respond"
            or not _FURNITURE.isdisjoint(classes_of(part))
        )
    ]
    for part in unwanted:
        if part.getparent() is not None:
            part.drop_tree()
    if whole.tag == "li":
        whole.tag = "div"  # the comment is an item of the page's list, not of one that its writer made
    text = text_of(whole)
    # Old themes write "NAME Says:" with no mark around the verb.
    bare = content is None and author_part is not None and author_part.tag == "cite"
    return _LEFT_OF_SAYS.sub("", text, count=1) if bare else text
