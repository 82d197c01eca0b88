"""The rows of one thread in a table, whatever file it came in: comments, the article, and what each answers."""

from __future__ import annotations

import base64
import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Final

from stance.read.columns import ARTICLE_COLUMNS, DELETED_FLAGS, Columns, squeeze
from stance.read.dates import read_page_date, read_unix
from stance.read.decode import cleaning_notes
from stance.read.row import OnReject, Row, take
from stance.read.source import Source
from stance.records import ARTICLE, Article, Comment, Page

_WORDS: Final = ("id", "parent_id", "thread_id", "author", "text", *ARTICLE_COLUMNS)
_GONE: Final = frozenset({"[deleted]", "[removed]"})
_TRUE: Final = frozenset({"1", "true", "t", "yes", "y"})
_NUMBER: Final = re.compile(r"-?\d{1,19}(?:\.\d{0,9})?")
_NO_PARENT: Final = frozenset({"0", "-1"})
_POINT_ZERO: Final = re.compile(r"(\d+)\.0+")
_LATEST_SECONDS: Final = 1e11
"""Larger numbers are counted in thousandths of seconds, or in thousandths of those."""


def to_values(cells: Sequence[object], columns: Columns) -> dict[str, object]:
    """Return a row's cells by field, those of no field under `rest` by the column's name; empty ones are left out."""
    values: dict[str, object] = {}
    for field, at in columns.place.items():
        value = _plain(cells[at])
        if value is not None and value != "":
            values[field] = str(value) if field in _WORDS and isinstance(value, int | float) else value
    rest = {columns.names[at]: value for at in columns.rest if (value := _plain(cells[at])) is not None and value != ""}
    if rest:
        values["rest"] = rest
    return values


def read_thread(
    thread_id: str,
    rows: Iterable[Row],
    counts: Counter[str],
    *,
    source: Source,
    columns: Columns,
    on_reject: OnReject,
    states_parents: bool,
) -> Page:
    """Make a page of a thread's rows.

    Args:
        thread_id: `""` where the table names none.
        rows: As `to_values` made them.
        source: Names the page.
        columns: Where the rows came from.
        on_reject: Told of each row that cannot be used.
        states_parents: Whether any row of the table names a parent, so that an empty one means the article.
    """
    comments: list[Comment] = []
    about: dict[str, str] = {}
    article_seen = False
    first = Row("", 0, {})
    for row in rows:
        if row.values.get("id") == ARTICLE:
            if article_seen:
                take(_refuse_second, row, on_reject)
            else:
                article_seen = True
                about = take(_read_article_row, row, on_reject) or about
        else:
            comment = take(partial(_read_comment, columns=columns, number=len(comments) + 1), row, on_reject)
            if comment is not None:
                first = first if comments else row
                comments.append(comment)
                if not row.values.keys().isdisjoint(ARTICLE_COLUMNS):
                    about = (take(_read_article_cells, row, on_reject) or {}) | about
    article = Article(
        title=about.get("article_title", ""),
        text=about.get("article_text", ""),
        author=about.get("article_author"),
        url=about.get("article_url"),
    )
    unnumbered = () if "id" in columns.place else ("the table has no ids; comments are numbered as they stand",)
    return Page(
        source=source.name,
        article=article,
        comments=tuple(_settle(comments, thread_id, columns, states_parents=states_parents)),
        stated_total=_count(first.values.get("stated_total")),
        notes=(*source.notes, *_notes(first.values.get("notes")), *unnumbered, *cleaning_notes(counts)),
        thread_id=thread_id or None,
    )


def _refuse_second(row: Row) -> None:
    row.refuse("a second article", "Give each thread a thread_id.")


def _read_article_row(row: Row) -> dict[str, str]:
    """Read a row that is the article and no comment: its text and author stand where a comment's do."""
    rest = {squeeze(name): value for name, value in row.row("rest").values.items() if isinstance(value, str)}
    values = {
        "article_title": rest.get("title"),
        "article_url": rest.get("url"),
        "article_text": row.values.get("text"),
        "article_author": row.values.get("author"),
    }
    stated = {field: value for field, value in row.values.items() if field in ARTICLE_COLUMNS}
    return _read_article_cells(replace(row, values=values | stated))


def _read_article_cells(row: Row) -> dict[str, str]:
    return {field: words for field in ARTICLE_COLUMNS if (words := row.text(field) or "").strip()}


def _read_comment(row: Row, *, columns: Columns, number: int) -> Comment:
    text, author = row.text("text") or "", row.words("author")
    extra = dict(row.row("rest").values)
    extra |= _read_extra(row.values.get("extra"))
    if not columns.own:
        flagged = any(squeeze(name) in DELETED_FLAGS and str(flag).lower() in _TRUE for name, flag in extra.items())
        if flagged or text.strip() in _GONE:
            text, extra = "", {**extra, "deleted": True}
        author = None if author in _GONE else author
    return Comment(
        id=row.needed_id("id") if "id" in columns.place else str(number),
        text=text,
        number=number,
        author=author,
        posted_at=_read_moment(row),
        parent_id=row.id("parent_id"),
        extra=extra,
    )


def _read_extra(value: object) -> Mapping[str, object]:
    """Read the column in which the writers put what a format carried beyond the fields, as a JSON object."""
    if isinstance(value, str) and value.startswith("{"):
        try:
            found = json.loads(value)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict):
            return found
    if isinstance(value, dict):
        return value
    return {} if value is None else {"extra": value}


def _read_moment(row: Row) -> datetime | None:
    value = row.values.get("posted_at")
    moment: datetime | None = None
    if isinstance(value, str):
        words = value.strip()
        if not words:
            return None
        if not _NUMBER.fullmatch(words):
            moment = read_page_date(re.sub(r"\s*(?:UTC|GMT|Z)$", "+00:00", words)) or read_page_date(words)
            moment = moment or _read_mail_date(words)
        else:
            value = float(words)
    if isinstance(value, int | float) and not isinstance(value, bool):
        while abs(value) > _LATEST_SECONDS and math.isfinite(value):
            value /= 1000
        moment = read_unix(value)
    if moment is None and value is not None:
        row.refuse(
            "field 'posted_at' is no time",
            "Give ISO 8601 (2018-09-14T15:04:00Z) or seconds since 1970, or leave it out with --columns posted_at=-.",
        )
    return moment


def _read_mail_date(words: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(words)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return read_page_date(moment.isoformat())


def _settle(
    comments: Sequence[Comment], thread_id: str, columns: Columns, *, states_parents: bool
) -> Iterable[Comment]:
    """Give each comment the parent that its cell means."""
    if columns.own:
        return comments
    ids = {comment.id for comment in comments}
    unstated = ARTICLE if states_parents else None
    meant = [_meant(comment.parent_id, ids, thread_id) if comment.parent_id else unstated for comment in comments]
    return [
        comment if parent == comment.parent_id else replace(comment, parent_id=parent)
        for comment, parent in zip(comments, meant, strict=True)
    ]


def _meant(parent: str, ids: set[str], thread_id: str) -> str:
    if parent in ids or parent == ARTICLE:
        return parent
    if parent in _NO_PARENT or parent == thread_id or parent.startswith("t3_"):
        return ARTICLE
    # Columns of whole numbers with gaps become fractions in pandas; Reddit's parents carry their kind before the id.
    fraction = _POINT_ZERO.fullmatch(parent)
    other = fraction[1] if fraction else parent.removeprefix("t1_")
    if other in ids:
        return other
    return ARTICLE if other in _NO_PARENT or other == thread_id else parent


def _count(value: object) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"\d{1,15}", value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _notes(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return ()
    return tuple(note for note in value if isinstance(note, str)) if isinstance(value, list) else ()


def _plain(value: object) -> object:
    """Return a cell as JSON can hold it."""
    if value is None or type(value) is str or isinstance(value, int):
        return value
    if isinstance(value, float):
        return None if not math.isfinite(value) else int(value) if value.is_integer() else value
    if isinstance(value, Decimal):
        return _plain(float(value))
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return _plain_structure(value)


def _plain_structure(value: object) -> object:
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return base64.b64encode(value).decode("ascii")
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return str(value)
