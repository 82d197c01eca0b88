"""JSON Lines: one object a line, a comment each, and at most one line a thread for the article."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final, NoReturn

from stance.errors import BadRow, NoComments
from stance.read.decode import cleaning_notes
from stance.read.gather import Gatherer
from stance.read.row import OnReject, Row, kind_of, take
from stance.read.source import Source
from stance.records import ARTICLE, Article, Comment, Page

FIELDS: Final = frozenset({"id", "text", "author", "posted_at", "parent_id", "thread_id"})
WANTED: Final = "JSON objects with `id` and `text`"
_ALONE: Final = ""
"""Stands for the thread of rows that name none."""

# Pairs of escapes are consumed whole, so that only halves are left for the group; `\\\\` guards an escaped backslash.
_LONE_SURROGATE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\."
)
_RAW_SURROGATE = re.compile("[\ud800-\udfff]")


def recognise(source: Source) -> bool:
    """Whether a source begins with an object, which every more particular JSON format has been asked about."""
    return source.beginning.startswith("{")


def read(source: Source, on_reject: OnReject) -> Iterator[Page]:
    """Read comments from JSON Lines, thread by thread.

    A row holds `id` (string or whole number) and `text`, and may hold `author`, `posted_at` (ISO 8601, or seconds
    since 1970), `parent_id` ("article" for the article) and `thread_id`; anything more is kept in `extra`. One row a
    thread may be `{"article": {"title", "text", "author", "url"}}`.

    Raises:
        BadRow: A row is not such an object, and `on_reject` raises.
        NoComments: There is no comment.
    """
    counts: Counter[str] = Counter()
    n_comments = 0
    with Gatherer(source.name) as gatherer:
        for number, line in enumerate(source.lines(), start=1):
            row = take(_parse, Row(source.name, number, {"line": line}, counts), on_reject) if line.strip() else None
            if row is not None and (thread := take(_thread_of, row, on_reject)) is not None:
                gatherer.add(thread, row.values, place=number)
        for thread, rows in gatherer.threads():
            page = _read_thread(thread, rows, source, on_reject)
            n_comments += len(page.comments)
            if page.comments:
                yield page
    if not n_comments:
        raise NoComments(source.name, wanted=WANTED)


def _thread_of(row: Row) -> str:
    return row.id("thread_id") or _ALONE


def _read_thread(thread: str, rows: Iterator[Row], source: Source, on_reject: OnReject) -> Page:
    counts: Counter[str] = Counter()
    comments: list[Comment] = []
    article: Article | None = None
    for row in rows:
        row = Row(row.source, row.place, row.values, counts)
        if "article" in row.values and not row.values.keys() & {"id", "text"}:
            if article is not None:
                on_reject(
                    BadRow(row.source, place=row.place, what="a second article", mend="Give each thread a thread_id.")
                )
            else:
                article = take(_read_article, row, on_reject)
        elif comment := take(lambda row: _read_comment(row, number=len(comments) + 1), row, on_reject):
            comments.append(comment)
    return Page(
        source=source.name,
        article=article or Article(),
        comments=tuple(comments),
        notes=(*source.notes, *cleaning_notes(counts)),
        thread_id=thread or None,
    )


def _parse(row: Row) -> Row:
    try:
        values = json.loads(_mend_surrogates(str(row.values["line"]), row.counts), parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        row.refuse(f"not JSON ({error.msg.lower()}, column {error.colno})", "Give one JSON object a line.")
    except (ValueError, RecursionError):
        row.refuse("not JSON (a number or a nesting that is too large)", "Give one JSON object a line.")
    if not isinstance(values, dict):
        row.refuse(f"{kind_of(values)} where an object should be", "Give one JSON object a line.")
    return Row(row.source, row.place, values, row.counts)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _mend_surrogates(line: str, counts: Counter[str]) -> str:
    """Replace halves of surrogate pairs, which no output could encode."""
    n_lone = 0

    def mend(found: re.Match[str]) -> str:
        nonlocal n_lone
        if found[1] is None:
            return found[0]
        n_lone += 1
        return r"\ufffd"

    if "\\u" in line:
        line = _LONE_SURROGATE.sub(mend, line)
    line, n_raw = _RAW_SURROGATE.subn("\N{REPLACEMENT CHARACTER}", line)
    if n_lone + n_raw:
        counts["half surrogate pairs replaced by U+FFFD"] += n_lone + n_raw
    return line


def _read_article(row: Row) -> Article:
    values = row.row("article")
    return Article(
        title=values.words("title") or "",
        text=values.words("text") or "",
        author=values.words("author"),
        url=values.text("url") or None,
    )


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
