"""Hacker News: items as Algolia's interface nests them, or as Firebase's lists them one by one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Final

from stance.errors import BadRow
from stance.read.decode import cleaning_notes
from stance.read.documents import MEND, as_list, as_mapping, find_values, html_text, keep, make_page, place_of, shallow
from stance.read.gather import Gatherer
from stance.read.row import OnReject, Row, kind_of, take
from stance.read.source import Source
from stance.records import ARTICLE, Article, Comment, Page

ITEM: Final = "https://news.ycombinator.com/item?id={}"
WANTED: Final = "Hacker News items of type `comment`"
# Tuples, not sets: a hostile file has lists for words, and a list is in no set.
_ARTICLES: Final = ("story", "job", "poll")
_KEPT: Final = (
    "id type by author text time created_at created_at_i parent parent_id story_id poll deleted dead title url score "
    "points descendants num_comments"
).split()
_EXTRA: Final = ("score", "points")
_DIGITS: Final = re.compile(r"[1-9]\d{0,17}")
_ALGOLIA: Final = re.compile(r'"created_at_i"\s*:')
_TYPE: Final = re.compile(r'"type"\s*:\s*"(?:story|comment|job|poll|pollopt)"')
_FIREBASE: Final = re.compile(r'"(?:kids|parent|descendants)"\s*:\s*[\[\d]')
# What stands for the text of a comment that was killed.
_KILLED: Final = frozenset({"[dead]", "[flagged]", "[deleted]"})


def recognise(source: Source) -> bool:
    """Whether a source begins with an item: nested, as Algolia has it, or flat, as Firebase has it."""
    start = source.beginning
    if not start.startswith(("{", "[")) or not _TYPE.search(start):
        return False
    return bool(_ALGOLIA.search(start) or _FIREBASE.search(start))


def read(source: Source, on_reject: OnReject) -> Iterator[Page]:
    """Read items, one page a story. Comments whose story is not there form a page of their own.

    The file is read twice: an item of Firebase's names what it answers, and only all of them together tell the story.

    Raises:
        BadRow: A record is no item, and `on_reject` raises.
        NoComments: There is no comment.
    """
    n_notes = len(source.notes)
    above: dict[int | str, int | str] = {}
    for values, _ in _items(source, _ignore):
        item, parent = (_key(as_mapping(values).get("id")), _above(as_mapping(values)))
        if item is not None and parent is not None:
            above[item] = parent
    # The second reading tells them again.
    del source.notes[n_notes:]
    with Gatherer(source.name) as gatherer:
        for values, place in _items(source, on_reject):
            take(partial(_add, gatherer, above), Row(source.name, place, {"item": values}), on_reject)
        yield from gatherer.pages(partial(_read_thread, source=source, on_reject=on_reject), wanted=WANTED)


def _ignore(_: BadRow) -> None:
    """Tell nothing: the second reading does."""


def _items(source: Source, on_reject: OnReject) -> Iterator[tuple[object, int | str]]:
    """Give every item with its place, children after their parent."""
    for found in find_values(source, on_reject, apart=""):
        waiting = [(found.value, found.place)]
        while waiting:
            value, place = waiting.pop()
            if isinstance(value, list):
                waiting += [(member, place) for member in reversed(value)]
                continue
            yield value, place
            waiting += [
                (child, place_of("item", as_mapping(child).get("id"), found.place))
                for child in reversed(as_list(as_mapping(value).get("children")))
            ]


def _add(gatherer: Gatherer, above: dict[int | str, int | str], row: Row) -> None:
    values = row.values["item"]
    if not isinstance(values, dict):
        row.refuse(f"{kind_of(values)} where an object should be", MEND)
    inner = replace(row, values=values)
    item = _key(inner.needed_id("id"))
    if item is not None:
        gatherer.add(str(_top_of(item, above)), shallow(values, _KEPT), place=row.place)


def _above(values: Mapping[str, object]) -> int | str | None:
    """The id of what an item stands under."""
    for key in ("parent", "parent_id", "poll", "story_id"):
        if (found := _key(values.get(key))) is not None:
            return found if found != _key(values.get("id")) else None
    return None


def _key(value: object) -> int | str | None:
    """An id as it is told apart: numbers take a third of the memory of their digits."""
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        return None
    return int(value) if isinstance(value, str) and _DIGITS.fullmatch(value) else value


def _top_of(item: int | str, above: dict[int | str, int | str]) -> int | str:
    """Follow what an item stands under to the top, and leave short cuts: linear in all items, and no recursion."""
    path: dict[int | str, None] = {}
    while item in above and item not in path:
        path[item] = None
        item = above[item]
    if item in path:
        # A ring has no top: its smallest id stands for all of it.
        ring = list(path)
        item = min(ring[ring.index(item) :], key=str)
        del above[item]
    for passed in path:
        if passed != item:
            above[passed] = item
    return item


def _read_thread(
    thread_id: str, rows: Iterator[Row], counts: Counter[str], *, source: Source, on_reject: OnReject
) -> Page:
    comments: list[Comment] = []
    article: Article | None = None
    stated_total: object = None
    options: list[str] = []
    n_again = 0
    stories: set[str | None] = {None}
    for row in rows:
        kind = row.values.get("type")
        if story := row.values.get("story_id"):
            stories.add(str(story))
        if kind == "pollopt":
            option = take(partial(html_text, key="text"), row, on_reject)
            options += [option] if option else []
        elif kind not in _ARTICLES:
            comment = take(_read_comment, row, on_reject)
            comments += [comment] if comment else []
        elif article is not None:
            n_again += 1
        else:
            article = take(_read_article, row, on_reject)
            stories.add(str(row.values["id"]))
            stated_total = row.values.get("descendants", row.values.get("num_comments"))
    article = article or Article(url=ITEM.format(thread_id) if thread_id.isdecimal() else None)
    if options:
        article = replace(article, text="\n".join([article.text, *(f"- {option}" for option in options)]).strip())
    comments = [replace(c, parent_id=ARTICLE) if c.parent_id in stories else c for c in comments]
    return make_page(
        source,
        article=article,
        comments=comments,
        thread_id=thread_id,
        stated_total=stated_total,
        notes=(*([f"{n_again:,} repeated stories left out"] if n_again else []), *cleaning_notes(counts)),
    )


def _read_article(row: Row) -> Article:
    return Article(
        title=row.words("title") or "",
        text=html_text(row, "text") or "",
        author=row.words("by") or row.words("author"),
        url=row.words("url") or ITEM.format(row.needed_id("id")),
    )


def _read_comment(row: Row) -> Comment:
    if (kind := row.values.get("type")) not in ("comment", None):
        row.refuse(f"field 'type' is {ascii(kind)[:40]}", "Leave out what is neither a comment nor a story.")
    text, author = html_text(row, "text"), row.words("by") or row.words("author")
    extra = keep(row, _EXTRA)
    # Algolia's interface tells a deleted comment by its emptiness alone.
    gone = row.values.get("deleted") is True or (text is None and author is None)
    killed = row.values.get("dead") is True or (text or "").strip() in _KILLED
    if not (gone or killed) and text is None:
        row.refuse("field 'text' is missing", "Give the comment's text, or an empty string.")
    if gone or killed:
        extra["deleted"] = True
    if killed:
        extra["dead"] = True
    key = next((key for key in ("time", "created_at", "created_at_i") if row.values.get(key) is not None), "time")
    return Comment(
        id=row.needed_id("id"),
        text="" if gone or killed else text or "",
        number=0,
        author=author,
        posted_at=row.time(key),
        parent_id=row.id("parent") or row.id("parent_id"),
        extra=extra,
    )
