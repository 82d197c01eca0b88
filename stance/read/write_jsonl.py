"""Threads as JSON Lines: what `stance.read.jsonl` reads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from stance.read.jsonl import FIELDS
from stance.read.whole_file import whole_file
from stance.records import Article, Comment, Page

_Row = dict[str, object]


def write(pages: Iterable[Page], out: Path) -> int:
    """Write one line a comment, before each thread one line for its article; return the number of comments.

    Nothing is held but the thread that is being written. JSON is in ASCII; what a format carried beyond the comment's
    own fields stands beside them, under a name with `_` at its end where the name is taken.

    Raises:
        CannotWrite: The file cannot be made.
    """
    n_comments = 0
    with whole_file(out) as stream:
        for page in pages:
            for row in _rows(page):
                stream.write(json.dumps(row, allow_nan=False) + "\n")
            n_comments += len(page.comments)
    return n_comments


def _rows(page: Page) -> Iterator[_Row]:
    thread: _Row = {} if page.thread_id is None else {"thread_id": page.thread_id}
    if page.article != Article() or page.stated_total is not None:
        article = page.article
        fields = {"title": article.title, "text": article.text, "author": article.author, "url": article.url}
        total = {} if page.stated_total is None else {"stated_total": page.stated_total}
        yield {"article": _stated(fields), **total, **thread}
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
