"""JSON Lines: one object a line, a comment each, and at most one line for the article."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NoReturn

from stance.errors import BadRow, EmptyInput, NoComments
from stance.read.dates import read_iso, read_unix
from stance.read.decode import clean, cleaning_notes
from stance.records import ARTICLE, Article, Comment, Page

FIELDS: Final = frozenset({"id", "text", "author", "posted_at", "parent_id"})
WANTED: Final = "JSON objects with `id` and `text`"

# Pairs of escapes are consumed whole, so that only halves are left for the group; `\\\\` guards an escaped backslash.
_LONE_SURROGATE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\."
)
_RAW_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(slots=True)
class _Row:
    """A row being read, with what its errors must say."""

    source: str
    line: int
    counts: Counter[str]
    values: dict[str, object] = field(default_factory=dict)

    def refuse(self, what: str, mend: str) -> NoReturn:
        raise BadRow(self.source, line=self.line, what=what, mend=mend)

    def text(self, key: str) -> str | None:
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, str):
            self.refuse(f"field {key!r} is {_kind(value)}", "Give it as a string.")
        return clean(value, self.counts)

    def id(self, key: str) -> str | None:
        value = self.values.get(key)
        if isinstance(value, bool) or not isinstance(value, str | int | None):
            self.refuse(f"field {key!r} is {_kind(value)}", "Give it as a string or a whole number.")
        return clean(str(value), self.counts).strip() or None if value is not None else None

    def time(self, key: str) -> datetime | None:
        value = self.values.get(key)
        if value is None or value == "":
            return None
        moment = None
        if isinstance(value, str):
            moment = read_iso(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            moment = read_unix(value)
        if moment is None:
            self.refuse(f"field {key!r} is no time", "Give ISO 8601 (2018-09-14T15:04:00Z) or seconds since 1970.")
        return moment


def read_jsonl(text_or_lines: str | Iterable[str], *, source: str) -> Page:
    """Read comments from JSON Lines.

    A row holds `id` (string or whole number) and `text`, and may hold `author`, `posted_at` (ISO 8601, or seconds
    since 1970) and `parent_id` ("article" for the article); anything more is kept in `extra`. One row may be
    `{"article": {"title", "text", "author", "url"}}`.

    Raises:
        EmptyInput: There is nothing but white space.
        BadRow: A row is not such an object.
        NoComments: There are rows, but no comment.
    """
    lines = text_or_lines.split("\n") if isinstance(text_or_lines, str) else text_or_lines
    counts: Counter[str] = Counter()
    comments: list[Comment] = []
    article: Article | None = None
    for index, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        row = _parse(line, source=source, line_number=index, counts=counts)
        if "article" in row.values and not row.values.keys() & {"id", "text"}:
            if article is not None:
                row.refuse("a second article", "Give each thread a file of its own.")
            article = _read_article(row)
        else:
            comments.append(_read_comment(row, number=len(comments) + 1))
    if not comments:
        if article is None:
            raise EmptyInput(source)
        raise NoComments(source, wanted=WANTED)
    return Page(source=source, article=article or Article(), comments=tuple(comments), notes=cleaning_notes(counts))


def _parse(line: str, *, source: str, line_number: int, counts: Counter[str]) -> _Row:
    row = _Row(source, line_number, counts)
    try:
        values = json.loads(_mend_surrogates(line, counts), parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        row.refuse(f"not JSON ({error.msg.lower()}, column {error.colno})", "Give one JSON object a line.")
    except (ValueError, RecursionError):
        row.refuse("not JSON (a number or a nesting that is too large)", "Give one JSON object a line.")
    if not isinstance(values, dict):
        row.refuse(f"{_kind(values)} where an object should be", "Give one JSON object a line.")
    row.values = values
    return row


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


def _read_article(row: _Row) -> Article:
    values = row.values["article"]
    if not isinstance(values, dict):
        row.refuse(f"field 'article' is {_kind(values)}", "Give an object with title, text, author or url.")
    row.values = values
    return Article(
        title=(row.text("title") or "").strip(),
        text=(row.text("text") or "").strip(),
        author=(row.text("author") or "").strip() or None,
        url=row.text("url") or None,
    )


def _read_comment(row: _Row, *, number: int) -> Comment:
    comment_id, text = row.id("id"), row.text("text")
    if comment_id is None:
        row.refuse("field 'id' is missing", "Give each row an id of its own.")
    if comment_id == ARTICLE:
        row.refuse(f"the id {ARTICLE!r} stands for the article", "Give the comment another id.")
    if text is None:
        row.refuse("field 'text' is missing", "Give the comment's text, or an empty string.")
    return Comment(
        id=comment_id,
        text=text,
        number=number,
        author=(row.text("author") or "").strip() or None,
        posted_at=row.time("posted_at"),
        parent_id=row.id("parent_id"),
        extra={key: value for key, value in row.values.items() if key not in FIELDS},
    )


def _kind(value: object) -> str:
    names = {
        dict: "an object",
        list: "a list",
        str: "a string",
        bool: "true or false",
        int: "a number",
        float: "a number",
    }
    return names.get(type(value), "null")
