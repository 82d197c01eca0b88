"""JSON Lines: one object a line, a comment each, and at most one line a thread for the article."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final, NamedTuple, NoReturn

from stance.read.decode import clean, cleaning_notes
from stance.read.gather import Gatherer
from stance.read.json_text import load_json
from stance.read.row import OnReject, Row, kind_of, take
from stance.read.source import HEAD_BYTES, Source
from stance.records import ARTICLE, Article, Comment, Page

FIELDS: Final = ("id", "text", "author", "posted_at", "parent_id", "thread_id")
WANTED: Final = "JSON objects with `id` and `text`"
_ALONE: Final = ""
"""Stands for the thread of rows that name none."""


class _Head(NamedTuple):
    """What the article's row says of a thread."""

    article: Article
    stated_total: int | None
    notes: tuple[str, ...]


def recognise(source: Source) -> bool:
    """Whether a source begins with an object with a field of ours; more particular formats have been asked before."""
    start = source.beginning
    cut = len(source.head) >= HEAD_BYTES
    return start.startswith("{") and (cut or any(f'"{key}"' in start for key in ("id", "text", "article")))


def read(source: Source, on_reject: OnReject) -> Iterator[Page]:
    """Read comments from JSON Lines, thread by thread.

    A row holds `id` (string or whole number) and `text`, and may hold `author`, `posted_at` (ISO 8601, or seconds
    since 1970), `parent_id` ("article" for the article) and `thread_id`; anything more is kept in `extra`. One row a
    thread may be `{"article": {"title", "text", "author", "url"}, "thread_id", "stated_total", "notes"}`.

    Raises:
        BadRow: A row is not such an object, and `on_reject` raises.
        NoComments: There is no comment.
    """
    with Gatherer(source.name) as gatherer:
        counts: Counter[str] = Counter()
        for number, line in enumerate(source.lines(), start=1):
            if line.strip():
                take(partial(_gather, gatherer, line), Row(source.name, number, {}, counts), on_reject)
        yield from gatherer.pages(partial(_read_thread, source=source, on_reject=on_reject), wanted=WANTED)


def _gather(gatherer: Gatherer, line: str, row: Row) -> None:
    row = row.of(_parse(line, row))
    gatherer.add(row.id("thread_id") or _ALONE, row.values, place=row.place)


def _read_thread(
    thread: str, rows: Iterator[Row], counts: Counter[str], *, source: Source, on_reject: OnReject
) -> Page:
    comments: list[Comment] = []
    head: _Head | None = None
    for row in rows:
        if "article" in row.values and not row.values.keys() & {"id", "text"}:
            head = take(partial(_read_head, known=head), row, on_reject) or head
        elif comment := take(partial(_read_comment, number=len(comments) + 1), row, on_reject):
            comments.append(comment)
    return Page(
        source=source.name,
        article=head.article if head else Article(),
        comments=tuple(comments),
        stated_total=head.stated_total if head else None,
        notes=(*source.notes, *(head.notes if head else ()), *cleaning_notes(counts)),
        thread_id=thread or None,
    )


def _parse(line: str, row: Row) -> Mapping[str, object]:
    try:
        values = load_json(line, unheld=_refuse_number)
    except json.JSONDecodeError as error:
        row.refuse(f"not JSON ({error.msg.lower()}, column {error.colno})", "Give one JSON object a line.")
    except (ValueError, RecursionError):
        row.refuse("not JSON (a number or a nesting that is too large)", "Give one JSON object a line.")
    if not isinstance(values, dict):
        row.refuse(f"{kind_of(values)} where an object should be", "Give one JSON object a line.")
    return values


def _refuse_number(number: str) -> NoReturn:
    raise ValueError(number)


def _read_head(row: Row, *, known: _Head | None) -> _Head:
    if known is not None:
        row.refuse("a second article", "Give each thread a thread_id.")
    values = row.row("article")
    stated = row.values.get("stated_total")
    if isinstance(stated, bool) or not isinstance(stated, int | None) or (stated or 0) < 0:
        row.refuse("field 'stated_total' is no count", "Give it as a whole number.")
    article = Article(
        title=values.words("title") or "",
        text=values.words("text") or "",
        author=values.words("author"),
        url=values.text("url") or None,
    )
    notes = row.values.get("notes")
    if not isinstance(notes, list | None) or not all(isinstance(note, str) for note in notes or ()):
        row.refuse("field 'notes' is no list of strings", "Give a list of strings, or leave it out.")
    return _Head(article, stated, tuple(clean(note, row.counts) for note in notes or ()))


def _read_comment(row: Row, *, number: int) -> Comment:
    comment_id, text = row.needed_id("id"), row.text("text")
    if comment_id == ARTICLE:
        row.refuse(f"the id {ARTICLE!r} stands for the article", "Give the comment another id.")
    if text is None:
        row.refuse("field 'text' is missing", "Give the comment's text, or an empty string.")
    return Comment(
        id=comment_id,
        text=text,
        number=number,
        author=row.words("author"),
        posted_at=row.time("posted_at"),
        parent_id=row.id("parent_id"),
        extra=_extra(row.values),
    )


def _extra(values: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in values.items() if key not in FIELDS}
