"""Pages as lines of JSON, so that a worker needs no more than a file's name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from stance.records import Article, Comment, Page


def pack_page(page: Page) -> bytes:
    """Return a page as one line.

    Raises:
        ValueError: A text holds half a surrogate pair, which no file of UTF-8 can.
        RecursionError: What a format carried nests too deeply.
    """
    return json.dumps(asdict(page), default=_plain, ensure_ascii=False).encode() + b"\n"


def unpack_pages(path: Path) -> Iterator[Page]:
    """Give the pages of a file that `pack_page` made the lines of."""
    with path.open("rb") as lines:
        for line in lines:
            fields = json.loads(line)
            fields["article"] = Article(**fields["article"])
            fields["notes"] = tuple(fields["notes"])
            fields["comments"] = tuple(_comment(comment) for comment in fields["comments"])
            yield Page(**fields)


def _comment(fields: dict[str, object]) -> Comment:
    posted_at = fields.pop("posted_at")
    when = datetime.fromisoformat(posted_at) if isinstance(posted_at, str) else None
    return Comment(posted_at=when, **fields)  # type: ignore[arg-type]


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
