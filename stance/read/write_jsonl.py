"""Threads as JSON Lines: what `stance.read.jsonl` reads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from stance.read.jsonl import FIELDS
from stance.read.shelf import Shelf
from stance.read.whole_files import whole_file
from stance.records import Article, Comment, Page

_Row = dict[str, object]
# `json.dumps` would make an encoder for each row.
_encode: Final = json.JSONEncoder(allow_nan=False).encode


def write(pages: Iterable[Page], out: Path) -> int:
    """Write one line a comment, before each thread one line for its article; return the number of comments.

    Nothing is held but the thread that is being written. JSON is in ASCII; what a format carried beyond the comment's
    own fields stands beside them, under a name with `_` at its end where the name is taken.

    Raises:
        CannotWrite: The file cannot be made.
    """
    n_comments = 0
    with whole_file(out) as stream, Shelf(str(out)) as taken:
        for page in pages:
            for row in _rows(page, _free(page.thread_id, taken)):
                stream.write(_encode(row) + "\n")
            n_comments += len(page.comments)
    return n_comments


def _free(thread_id: str | None, taken: Shelf) -> str | None:
    """Return a thread's id, made another where an earlier thread has it: rows of one id are one thread."""
    found = taken.free(thread_id or "")
    return found if thread_id or found else None


def _rows(page: Page, thread_id: str | None) -> Iterator[_Row]:
    thread: _Row = {} if thread_id is None else {"thread_id": thread_id}
    article = page.article
    fields = {"title": article.title, "text": article.text, "author": article.author, "url": article.url}
    told = {"stated_total": page.stated_total, "notes": list(page.notes) or None}
    if article != Article() or any(value is not None for value in told.values()):
        yield {"article": _stated(fields), **_stated(told), **thread}
    for comment in page.comments:
        yield _comment_row(comment, thread)


def _comment_row(comment: Comment, thread: _Row) -> _Row:
    row = {
        "id": comment.id,
        "text": comment.text,
        **_stated(
            {
                "author": comment.author,
                "posted_at": comment.posted_at.isoformat() if comment.posted_at else None,
                "parent_id": comment.parent_id,
            }
        ),
        **thread,
    }
    for key, value in comment.extra.items():
        while key in FIELDS or key in row:
            key += "_"
        row[key] = value
    return row


def _stated(fields: Mapping[str, object]) -> _Row:
    return {key: value for key, value in fields.items() if value not in (None, "")}
