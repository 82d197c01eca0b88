"""YouTube: the comments in a video's `info.json`, as yt-dlp writes it with `--write-comments`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterator
from dataclasses import replace
from typing import Final

from stance.errors import NoComments
from stance.read.decode import cleaning_notes
from stance.read.documents import (
    Found,
    as_list,
    as_mapping,
    find_values,
    html_text,
    keep,
    make_page,
    object_row,
    place_of,
)
from stance.read.row import OnReject, Row, take
from stance.read.source import Source
from stance.records import ARTICLE, Article, Comment, Page

WANTED: Final = "a list `comments`, which yt-dlp writes with --write-comments"
ANSWERS_AUTHOR: Final = "answers_author"
_ROOT: Final = "root"
_EXTRA: Final = (
    "like_count author_id author_url author_is_uploader author_is_verified is_favorited is_pinned _time_text"
).split()
_INFO: Final = re.compile(r'\{\s*"id"\s*:\s*"[^"]*"\s*,\s*"title"\s*:\s*"')
_OF_INFO: Final = re.compile(r'"(?:formats|thumbnails|comments)"\s*:\s*\[|"extractor"\s*:|"_type"\s*:\s*"video"')
_TOP_COMMENT: Final = re.compile(r'"parent"\s*:\s*"root"')
_LONGEST_NAME: Final = 80
# YouTube writes invisible marks around the name that a reply opens with.
_UNSEEN: Final = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_HANDLE: Final = re.compile(r"@[^\s,:;!?@]{1,80}")


def recognise(source: Source) -> bool:
    """Whether a source begins as `info.json` does, or with comments that name their parent "root"."""
    start = source.beginning
    if not start.startswith(("{", "[")):
        return False
    return bool((_INFO.match(start) and _OF_INFO.search(start)) or _TOP_COMMENT.search(start))


def read(source: Source, on_reject: OnReject) -> Iterator[Page]:
    """Read one page a video; a list of comments alone is a page without article.

    A reply within a branch states the branch's first comment as its parent, also where it opens with the name of
    another of its writers. That parent is what is known, and stands; the name is kept as `answers_author`.

    Raises:
        BadRow: A record is broken, and `on_reject` raises.
        NoComments: There is no comment.
    """
    found_one = False
    counts: Counter[str] = Counter()
    comments: list[Comment] = []
    for found in find_values(source, on_reject, apart="comments"):
        alone = isinstance(found.value, list)
        for member in as_list(found.value) if alone else [found.value] if found.apart else ():
            place = place_of("comment", as_mapping(member).get("id"), found.place)
            row = object_row(source, Found(place, member), on_reject)
            comment = take(_read_comment, replace(row, counts=counts), on_reject) if row else None
            comments += [comment] if comment else []
        if found.apart:
            continue
        video = None if alone else object_row(source, found, on_reject)
        if comments:
            found_one = True
            yield _make_page(source, replace(video or Row(source.name, found.place, {}), counts=counts), comments)
        counts, comments = Counter(), []
    if not found_one:
        raise NoComments(source.name, wanted=WANTED)


def _make_page(source: Source, video: Row, comments: list[Comment]) -> Page:
    values = video.values
    article = Article(
        title=_string(video, "title"),
        text=_string(video, "description"),
        author=_string(video, "channel") or _string(video, "uploader") or None,
        url=_string(video, "webpage_url") or None,
    )
    return make_page(
        source,
        article=article,
        comments=_name_answered(comments),
        thread_id=_string(video, "id") or None,
        stated_total=values.get("comment_count"),
        notes=cleaning_notes(video.counts),
    )


def _string(row: Row, key: str) -> str:
    """A field of the video, empty where it is no string: what is wrong with the video leaves the comments sound."""
    return (row.words(key) or "") if isinstance(row.values.get(key), str) else ""


def _read_comment(row: Row) -> Comment:
    text = row.text("text")
    if text is None:
        text = html_text(row, "html") or ""
    parent = row.id("parent")
    return Comment(
        id=row.needed_id("id"),
        text=text.strip(),
        number=0,
        author=row.words("author"),
        posted_at=row.time("timestamp"),
        parent_id=ARTICLE if parent in {None, _ROOT} else parent,
        extra=keep(row, _EXTRA),
    )


def _name_answered(comments: list[Comment]) -> Iterator[Comment]:
    """Say whom a reply calls by the name that it opens with, its branch's writers being known names."""
    writers: dict[str, set[str]] = {}
    for comment in comments:
        # A reply's id is its branch's, a dot and its own.
        names = writers.setdefault(comment.id.partition(".")[0], set())
        called = _called(comment.text, names) if comment.parent_id != ARTICLE else None
        yield replace(comment, extra={**comment.extra, ANSWERS_AUTHOR: called}) if called else comment
        if comment.author:
            names.add(_fold(comment.author))


def _called(text: str, names: Container[str]) -> str | None:
    head = text[: _LONGEST_NAME + 8].lstrip(_UNSEEN)
    if not head.startswith("@"):
        return None
    # The longest first: names had spaces before YouTube gave everyone a handle.
    for end in range(min(len(head), _LONGEST_NAME), 1, -1):
        if _fold(head[:end]) in names and not head[end : end + 1].isalnum():
            return head[:end].strip()
    handle = _HANDLE.match(head)
    return handle[0].rstrip(".") if handle else None


def _fold(name: str) -> str:
    return name.strip().lstrip("@").casefold()
