"""The article of a WordPress page, its number, and how many comments the page says it has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from stance.read.comment_list import classes_of
from stance.read.markup import text_of
from stance.read.row import Row
from stance.records import Article

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MAX_HEADING_CHARS: Final = 300

_TITLE: Final = ("entry-title", "wp-block-post-title", "post-title", "article-title")
_BODY: Final = ("entry-content", "wp-block-post-content", "post-content", "article-content", "entry", "post-entry")
_WRITER: Final = ("wp-block-post-author-name", "wp-block-post-author__name", "byline", "entry-author", "post-author")
_COUNTED: Final = ("comments-title", "wp-block-comments-title", "comment-title", "comments-heading", "comments-count")
_AREAS: Final = frozenset(
    {"comments", "comments-area", "respond", "comment-respond", "wp-block-comments", "disqus_thread"}
)
_NOT_BODY: Final = frozenset(
    """entry-meta entry-header entry-footer entry-title post-navigation sharedaddy jp-relatedposts jp-likes-widget
    wp-block-post-title author-box addtoany_share_save_container screen-reader-text""".split()
)
_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4"})
_TOTAL = re.compile(
    r"\D{0,3}(?P<first>\d{1,3}(?:[.,\u202f\u00a0 ]\d{3})+|\d{1,7})\b|.{0,200}[(:]\s*(?P<last>\d{1,7})\s*\)?\s*$"
)
_ONE = re.compile(r"(?:one|ein|eine|un|une|uno|una|um|uma|één|en|ett)\s", re.IGNORECASE)
_SAVED_FROM = re.compile(r"<!--\s*saved from url=\(\d{1,6}\)(https?://[^\s<>\"]{1,2000})")
_POST = re.compile(r"(?:postid|page-id|post)-(\d{1,20})")
_SHORT = re.compile(r"[?&](?:p|page_id)=(\d{1,20})\b")
_BY = re.compile(r"^(?:(?:posted|written|published)\s+)?by\s*:?\s+", re.IGNORECASE)


def read_stated_total(root: HtmlElement, first: HtmlElement) -> int | None:
    """Return the number in the heading of the comments ("39 thoughts on ..."), whatever its language; else None."""
    for heading in _headings(root, first):
        words = " ".join(text_of(heading).split())
        if not words or len(words) > MAX_HEADING_CHARS:
            continue
        if found := _TOTAL.match(words):
            return int(re.sub(r"\D", "", found["first"] or found["last"]))
        if _ONE.match(words):
            return 1
    return None


def read_post_id(root: HtmlElement) -> str | None:
    """Return WordPress' number of the post, None where the page does not give it."""
    for field in root.iter("input"):
        if field.get("id") == "comment_post_ID" and (field.get("value") or "").isdecimal():
            return str(field.get("value"))
    for body in root.iter("body"):
        for name in (body.get("class") or "").split():
            if found := _POST.fullmatch(name):
                return found[1]
    for link in root.iter("link"):
        if link.get("rel") == "shortlink" and (found := _SHORT.search(link.get("href") or "")):
            return found[1]
    articles = [found[1] for part in root.iter("article") if (found := _POST.fullmatch(part.get("id") or ""))]
    return articles[0] if len(articles) == 1 else None


def read_article(root: HtmlElement, markup: str, row: Row) -> Article:
    """Read title, text, writer and address; what stands in the comments must have been taken out.

    Args:
        root: The page.
        markup: The page before it was parsed.
        row: Whose counts are told what cleaning changed.
    """
    areas = [part for part in root.iter("*") if part.get("id") in _AREAS or not _AREAS.isdisjoint(classes_of(part))]
    for part in areas:
        if part.tag not in ("body", "html", "article", "main") and part.getparent() is not None:
            part.drop_tree()
    meta = _meta(root)
    title = _first_text(root, _TITLE, tag="h1") or meta.get("og:title") or _first_tag(root, "h1")
    values = {
        "title": title or _first_tag(root, "title"),
        "text": _body(root) or meta.get("og:description") or meta.get("description") or "",
        "author": _writer_in(meta) or _written_by(root),
        "url": _address(root, meta, markup),
    }
    row = replace(row, values=values)
    return Article(
        title=" ".join((row.words("title") or "").split()),
        text=row.words("text") or "",
        author=row.words("author"),
        url=row.words("url"),
    )


def _headings(root: HtmlElement, first: HtmlElement) -> Iterator[HtmlElement]:
    """What may head the comments, likeliest first."""
    parts = list(root.iter("*"))
    yield from (part for name in _COUNTED for part in parts if name in classes_of(part) or part.get("id") == name)
    for part in parts:
        if part.get("id") == "comments" or not {"comments-area", "wp-block-comments"}.isdisjoint(classes_of(part)):
            yield from [part] if part.tag in _HEADINGS else (inner for inner in part.iter(*_HEADINGS))
    around = first.getparent()
    if around is not None:
        yield from (before for before in around.itersiblings(preceding=True) if before.tag in _HEADINGS)


def _meta(root: HtmlElement) -> dict[str, str]:
    meta: dict[str, str] = {}
    for part in root.iter("meta"):
        name = part.get("property") or part.get("name")
        if name and part.get("content"):
            meta.setdefault(name.lower(), part.get("content"))
    return meta


def _writer_in(meta: dict[str, str]) -> str:
    """The writer in a page's metadata; `article:author` often holds an address, which is no name."""
    named = [meta.get("author", ""), meta.get("article:author", "")]
    if "written by" in meta.get("twitter:label1", "").lower():
        named.append(meta.get("twitter:data1", ""))
    return next((name for name in named if name and not name.startswith("http")), "")


def _first_text(root: HtmlElement, names: tuple[str, ...], *, tag: str | None = None) -> str:
    """The text of the first part of the first of these classes, headings of the highest rank before others."""
    for wanted in (tag, None) if tag else (None,):
        for name in names:
            for part in root.iter(wanted or "*"):
                if name in classes_of(part) and (words := text_of(part).strip()):
                    return words
    return ""


def _first_tag(root: HtmlElement, tag: str) -> str:
    part = next(root.iter(tag), None)
    return "" if part is None else part.text_content().strip() if tag == "title" else text_of(part).strip()


def _body(root: HtmlElement) -> str:
    parts = list(root.iter("*"))
    whole = next((part for name in _BODY for part in parts if name in classes_of(part)), None)
    if whole is None:
        whole = next((part for part in parts if part.get("itemprop") == "articleBody" or part.tag == "article"), None)
    if whole is None:
        return ""
    unwanted = [part for part in whole.iter("*") if part.tag in ("nav", "form") or _NOT_BODY & classes_of(part)]
    for part in unwanted:
        if part is not whole and part.getparent() is not None:
            part.drop_tree()
    return text_of(whole)


def _written_by(root: HtmlElement) -> str:
    for link in root.iter("a"):
        if link.get("rel") == "author" and (words := text_of(link).strip()):
            return words
    for part in root.iter("*"):
        if "author" in classes_of(part) and "vcard" in classes_of(part) and (words := text_of(part).strip()):
            return _BY.sub("", " ".join(words.split()))
    words = " ".join(_first_text(root, _WRITER).split())
    return _BY.sub("", words) if len(words) <= 160 else ""


def _address(root: HtmlElement, meta: dict[str, str], markup: str) -> str | None:
    for link in root.iter("link"):
        if link.get("rel") == "canonical" and (link.get("href") or "").startswith("http"):
            return str(link.get("href"))
    found = _SAVED_FROM.search(markup[: MAX_HEADING_CHARS * 10])
    return meta.get("og:url") or (found[1] if found else None)
