"""Coral (Talk): stories with comments as its GraphQL interface answers them, and its collections as exported."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final, NoReturn

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
    shallow,
)
from stance.read.gather import Gatherer
from stance.read.row import OnReject, Row, take
from stance.read.source import Source, open_parts, sparing
from stance.records import ARTICLE, Article, Comment, Page

WANTED: Final = "Coral comments (`comments` with `edges` or `nodes`, or exported documents with `storyID`)"
_FILES: Final = ("users.json", "stories.json", "assets.json", "comments.json")
_GRAPH: Final = re.compile(r'"(?:comments|replies)"\s*:\s*\{\s*"(?:edges|nodes|pageInfo|__typename|hasNextPage)"')
_DOCUMENT: Final = re.compile(r'"(?:storyID|asset_id)"\s*:')
_OF_DOCUMENT: Final = re.compile(r'"(?:revisions|body_history|authorID|author_id)"\s*:')
_COMMENT_KEYS: Final = frozenset({"body", "revision", "revisions", "body_history"})
_MILLISECONDS: Final = re.compile(r"-?\d{1,16}")


@dataclass(frozen=True, slots=True)
class _Step:
    """A value on the way: where it was met, in which story, and what a comment there answers, None where untold."""

    value: object
    place: int | str
    story: str = ""
    parent: str | None = ARTICLE
    comment: bool = False


def recognise(source: Source) -> bool:
    """Whether a source is an answer with `comments` of edges or nodes, exported documents, or a folder of these."""
    if source.path is not None and not source.head:
        names = _names_in(source.path)
        return "comments.json" in names and not names.isdisjoint({"stories.json", "assets.json"})
    start = source.beginning
    if not start.startswith(("{", "[")):
        return False
    return bool(_GRAPH.search(start) or (_DOCUMENT.search(start) and _OF_DOCUMENT.search(start)))


def _names_in(folder: Path) -> set[str]:
    try:
        return {path.name for path in folder.iterdir()}
    except OSError:
        return set()


def read(source: Source, on_reject: OnReject) -> Iterator[Page]:
    """Read one page a story; comments that name no story form one page together.

    Raises:
        BadRow: A record is broken, and `on_reject` raises.
        NoComments: There is no comment.
    """
    names: dict[str, object] = {}
    with Gatherer(source.name) as gatherer:
        files = _files_in(source.path) if source.path is not None and not source.head else []
        for part in open_parts(files, on_reject) if files else [source]:
            with sparing(part, on_reject, others=len(files) > 1):
                for found in find_values(part, on_reject, apart=""):
                    _gather(part, found, gatherer, names, on_reject)
            if part is not source:
                source.notes += part.notes
        yield from gatherer.pages(partial(_read_thread, source=source, names=names, on_reject=on_reject), wanted=WANTED)


def _files_in(folder: Path) -> list[Path]:
    present = _names_in(folder)
    return [folder / name for name in _FILES if name in present]


def _gather(source: Source, found: Found, gatherer: Gatherer, names: dict[str, object], on_reject: OnReject) -> None:
    """Keep the comments, stories and users that a value holds, in page order and without recursion."""
    waiting = [_Step(found.value, found.place)]
    while waiting:
        step = waiting.pop()
        if isinstance(step.value, list):
            waiting += [replace(step, value=member) for member in reversed(step.value)]
            continue
        place = place_of("comment", as_mapping(step.value).get("id"), step.place)
        row = object_row(source, Found(place if step.comment else step.place, step.value), on_reject)
        if row is None:
            continue
        values = row.values
        if step.comment or _is_comment(values):
            story = _id_of(values.get("story"), values.get("storyID"), values.get("asset"), values.get("asset_id"))
            step = replace(step, story=story or step.story)
            gatherer.add(step.story, {"kind": "comment", **_comment(values, step.parent)}, place=place)
            # The last goes first: direct replies before the flat list of all below.
            waiting += _members(replace(step, value=values.get("allChildComments"), parent=None), gatherer)
            waiting += _members(replace(step, value=values.get("replies"), parent=_id_of(values) or None), gatherer)
        elif isinstance(values.get("comments"), dict) or ("url" in values and "id" in values):
            story = _id_of(values)
            gatherer.add(story, {"kind": "story", **_story(values)}, place=step.place)
            waiting += _members(replace(step, value=values.get("comments"), story=story), gatherer)
        elif "username" in values and "id" in values:
            names[_id_of(values)] = values["username"]
        else:
            inner = [value for value in values.values() if isinstance(value, dict | list)]
            waiting += [replace(step, value=value) for value in reversed(inner)]
            if not inner:
                take(_refuse_other, row, on_reject)


def _refuse_other(row: Row) -> NoReturn:
    row.refuse("neither a comment, a story nor a user", "Export stories, comments or users.")


def _is_comment(values: Mapping[str, object]) -> bool:
    return bool(values.keys() & {"body", "revision", "revisions", "body_history", "storyID", "asset_id"})


def _members(step: _Step, gatherer: Gatherer) -> list[_Step]:
    """Return what a list of comments holds, the first last; a list that goes on elsewhere leaves a record."""
    connection = as_mapping(step.value)
    edges = as_list(connection.get("edges"))
    nodes = [as_mapping(edge).get("node") if isinstance(edge, dict) else edge for edge in edges]
    nodes = nodes or as_list(connection.get("nodes")) or as_list(step.value)
    page = as_mapping(connection.get("pageInfo"))
    if page.get("hasNextPage") is True or connection.get("hasNextPage") is True:
        gatherer.add(step.story, {"kind": "more"}, place=step.place)
    return [replace(step, value=node, comment=True) for node in reversed(nodes)]


def _id_of(*values: object) -> str:
    """The first id among values, an object standing for the one in it; empty where there is none."""
    for value in values:
        value = value.get("id") if isinstance(value, dict) else value
        if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            return str(value)
    return ""


def _story(values: Mapping[str, object]) -> dict[str, object]:
    told = {**values, **as_mapping(values.get("metadata"))}
    counts = as_mapping(values.get("commentCounts"))
    return {
        **shallow(told, ("title", "description", "author")),
        **shallow(values, ("url",)),
        "total": _plain(counts.get("totalPublished", values.get("commentCount", values.get("totalCommentCount")))),
    }


def _comment(values: Mapping[str, object], parent: str | None) -> dict[str, object]:
    """Bring the shapes of a comment to one: of the interface, of its database, and of both in the older Talk."""
    older = "created_at" in values or "body_history" in values
    writer = as_mapping(values.get("author")) or as_mapping(values.get("user"))
    bodies = as_list(values.get("revisions")) or as_list(values.get("body_history")) or [values.get("revision")]
    bodies = [values["body"] if "body" in values else as_mapping(bodies[-1]).get("body")]
    gone = _first(values, "deletedAt", "deleted_at") is not None or values.get("deleted") is True
    tags = [_first(as_mapping(tag), "code", "type", "name", "tag") for tag in as_list(values.get("tags"))]
    return {
        **shallow(values, ("id", "status", "rating")),
        "body": _plain(bodies[0]),
        "html": not older,
        "known": bool(values.keys() & _COMMENT_KEYS) or gone,
        "author": _plain(writer.get("username")),
        "writer": _id_of(_first(values, "authorID", "author_id")),
        "created": _time(_first(values, "createdAt", "created_at")),
        "parent": _id_of(values.get("parent"), _first(values, "parentID", "parent_id")) or parent,
        "gone": gone or bodies[0] is None,
        "edited": as_mapping(values.get("editing")).get("edited") is True,
        "reactions": _plain(as_mapping(as_mapping(values.get("actionCounts")).get("reaction")).get("total")),
        "tags": [tag for tag in map(_tag, tags) if tag],
    }


def _first(values: Mapping[str, object], *keys: str) -> object:
    return next((values[key] for key in keys if values.get(key) is not None), None)


def _tag(tag: object) -> str:
    name = as_mapping(tag).get("name", tag)
    return name if isinstance(name, str) else ""


def _plain(value: object) -> object:
    """A value, emptied where it is a list or an object: what stands for a word or a number may nest without end."""
    return type(value)() if isinstance(value, dict | list) else value


def _time(value: object) -> object:
    """A time, taken out of the wrapping of MongoDB's exports."""
    wrapped = as_mapping(value).get("$date")
    wrapped = as_mapping(wrapped).get("$numberLong", wrapped)
    if isinstance(wrapped, str) and _MILLISECONDS.fullmatch(wrapped):
        wrapped = int(wrapped)
    if isinstance(wrapped, int) and not isinstance(wrapped, bool):
        return wrapped / 1000 if abs(wrapped) < 1 << 53 else wrapped
    return _plain(value if wrapped is None else wrapped)


def _read_thread(
    story: str,
    rows: Iterator[Row],
    counts: Counter[str],
    source: Source,
    names: Mapping[str, object],
    on_reject: OnReject,
) -> Page:
    comments: list[Comment] = []
    article = Article()
    stated_total: object = None
    n_more = 0
    for row in rows:
        kind = row.values["kind"]
        if kind == "more":
            n_more += 1
        elif kind == "story":
            article = take(_read_article, row, on_reject) or article
            stated_total = row.values["total"]
        else:
            comment = take(partial(_read_comment, names=names), row, on_reject)
            comments += [comment] if comment else []
    return make_page(
        source,
        article=article,
        comments=comments,
        thread_id=story or None,
        stated_total=stated_total,
        notes=(
            *([f"{n_more:,} lists of comments go on where the file ends"] if n_more else []),
            *cleaning_notes(counts),
        ),
    )


def _read_article(row: Row) -> Article:
    return Article(
        title=row.words("title") or "",
        text=row.words("description") or "",
        author=row.words("author"),
        url=row.words("url"),
    )


def _read_comment(row: Row, *, names: Mapping[str, object]) -> Comment:
    if not row.values["known"]:
        row.refuse("field 'body' is missing", "Ask for the body of every comment.")
    gone = row.values["gone"] is True
    text = (html_text(row, "body") if row.values["html"] else row.text("body")) or ""
    extra = keep(row, ("status", "rating", "edited", "reactions"))
    if row.values["tags"]:
        extra["tags"] = row.values["tags"]
    if gone:
        extra["deleted"] = True
    author = row.words("author") or Row(row.source, row.place, names, row.counts).words(str(row.values["writer"]))
    return Comment(
        id=row.needed_id("id"),
        text="" if gone else text,
        number=0,
        author=author,
        posted_at=row.time("created"),
        parent_id=row.id("parent"),
        extra=extra,
    )
