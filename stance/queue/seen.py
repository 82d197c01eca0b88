"""Comments of other sites, kept for the replies that will answer them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from stance.queue.database import Database
from stance.queue.ledger import lock
from stance.queue.packing import storable, storable_id, to_microseconds
from stance.queue.tables import seen


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenComment:
    """A comment of another site as it was told of; `comment_id` is None before it has one."""

    tenant: str
    story: str
    text: str
    comment_id: str | None = None
    parent_id: str | None = None
    author: str | None = None


class Seen:
    """What one queue has seen of other sites; `Store.seen` gives it."""

    def __init__(self, database: Database, *, now: Callable[[], int]) -> None:
        self._database = database
        self._now = now

    def remember(self, *comments: SeenComment) -> None:
        """Keep comments; the same one again, by story, author and words, learns the id that it has by now."""
        with self._database.writing() as connection:
            lock(connection, "seen")
            for comment in comments:
                self._remember(connection, _to_row(comment))

    def _remember(self, connection: Connection, row: dict[str, Any]) -> None:
        digest = _digest(row)
        known = connection.execute(select(seen.c.comment_id).where(seen.c.digest == digest)).one_or_none()
        if known is None:
            connection.execute(insert(seen).values(digest=digest, seen_at=self._now(), **row))
        elif row["comment_id"] is not None:
            told = {name: row[name] for name in ("comment_id", "parent_id") if row[name] is not None}
            connection.execute(update(seen).where(seen.c.digest == digest).values(**told))

    def find(self, tenant: str, comment_id: str) -> SeenComment | None:
        """Return a comment by its id, the newest text where it was edited; None where it was never seen."""
        asked = select(seen).where(seen.c.tenant == storable_id(tenant), seen.c.comment_id == storable_id(comment_id))
        with self._database.reading() as connection:
            row = connection.execute(asked.order_by(seen.c.seen_at.desc()).limit(1)).one_or_none()
        return None if row is None else _to_comment(row)

    def find_anywhere(self, comment_id: str) -> SeenComment | None:
        """Return a comment by its id alone, for those who are not told the tenant; None where two tenants have one."""
        asked = select(seen).where(seen.c.comment_id == storable_id(comment_id)).order_by(seen.c.seen_at.desc())
        with self._database.reading() as connection:
            rows = connection.execute(asked).all()
        return _to_comment(rows[0]) if len({row.tenant for row in rows}) == 1 else None

    def find_story(self, tenant: str, story: str, *, limit: int) -> tuple[SeenComment, ...]:
        """Return the comments of a story that were seen last, oldest of them first.

        Args:
            tenant: Whose site.
            story: Which story there.
            limit: How many at most, 1 or more.
        """
        asked = select(seen).where(seen.c.tenant == storable_id(tenant), seen.c.story == storable_id(story))
        with self._database.reading() as connection:
            rows = connection.execute(asked.order_by(seen.c.seen_at.desc(), seen.c.digest).limit(limit)).all()
        return tuple(map(_to_comment, reversed(rows)))

    def forget(self, *, older_than: datetime) -> int:
        """Erase what was seen before; return how many comments."""
        with self._database.writing() as connection:
            gone = connection.execute(delete(seen).where(seen.c.seen_at < to_microseconds(older_than)))
            return gone.rowcount


def same_words(text: str, other: str) -> bool:
    """Whether two texts differ in white space at most, as one comment does as HTML and as plain text."""
    return "".join(text.split()) == "".join(other.split())


def _to_row(comment: SeenComment) -> dict[str, Any]:
    ids = {name: getattr(comment, name) for name in ("tenant", "story", "comment_id", "parent_id", "author")}
    held = {name: None if value is None else storable_id(value) for name, value in ids.items()}
    return {**held, "text": storable(comment.text)}


def _digest(row: dict[str, Any]) -> str:
    # One comment as HTML and as plain text differs in white space.
    named = [*(row[name] for name in ("tenant", "story", "author")), "".join(row["text"].split())]
    return sha256(json.dumps(named).encode()).hexdigest()


def _to_comment(row: Row[Any]) -> SeenComment:
    return SeenComment(
        tenant=row.tenant,
        story=row.story,
        text=row.text,
        comment_id=row.comment_id,
        parent_id=row.parent_id,
        author=row.author,
    )
