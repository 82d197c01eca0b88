"""The API keys of programs that ask for scores. The store sees digests alone."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Row, delete, insert, select

from stance.queue.database import Database
from stance.queue.errors import KeyExists, NoSuchKey
from stance.queue.naming import prove_name
from stance.queue.packing import from_microseconds
from stance.queue.tables import api_keys

_PREFIX: Final = "stance_"
"""Lets people and scanners see what a secret that got out belongs to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """What lets a program ask; the store holds the digest of its secret alone. `per_minute` is None without a limit."""

    name: str
    per_minute: int | None
    created_at: datetime


class Keys:
    """The API keys of one queue; `Store.keys` gives it."""

    def __init__(self, database: Database, *, now: Callable[[], int]) -> None:
        self._database = database
        self._now = now

    def add(self, name: str, *, per_minute: int | None = None) -> str:
        """Make a key and return its secret, which nothing can show again.

        Args:
            name: 1 to 80 printable characters.
            per_minute: How many requests it may make in a minute, 1 or more; None without a limit.

        Raises:
            KeyExists: There is one of that name.
            ValueError: The name or the limit is none.
        """
        prove_name(name, what="name")
        if per_minute is not None and per_minute < 1:
            raise ValueError(f"per_minute: got {per_minute}, want 1 or more")
        secret = f"{_PREFIX}{secrets.token_urlsafe(32)}"
        row = {"name": name, "digest": _digest(secret), "per_minute": per_minute, "created_at": self._now()}
        with self._database.writing() as connection:
            if connection.execute(select(api_keys.c.name).where(api_keys.c.name == name)).scalar() is not None:
                raise KeyExists(name)
            connection.execute(insert(api_keys).values(**row))
        return secret

    def all(self) -> tuple[ApiKey, ...]:
        """Return all keys by name."""
        with self._database.reading() as connection:
            return tuple(map(_key, connection.execute(select(api_keys).order_by(api_keys.c.name))))

    def any(self) -> bool:
        """Return whether there is a key at all; without one, nobody is asked for it."""
        with self._database.reading() as connection:
            return connection.execute(select(api_keys.c.name).limit(1)).scalar() is not None

    def find(self, secret: str) -> ApiKey | None:
        """Return the key of a secret, None where there is none."""
        with self._database.reading() as connection:
            row = connection.execute(select(api_keys).where(api_keys.c.digest == _digest(secret))).one_or_none()
        return None if row is None else _key(row)

    def remove(self, name: str) -> None:
        """Remove a key; its bearer is let in no more, once servers have looked again.

        Raises:
            NoSuchKey: There is none of that name.
        """
        with self._database.writing() as connection:
            if not connection.execute(delete(api_keys).where(api_keys.c.name == name)).rowcount:
                raise NoSuchKey(name)


def _digest(secret: str) -> str:
    """A secret of 256 random bits cannot be guessed from its digest, however quick the digest."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _key(row: Row[Any]) -> ApiKey:
    return ApiKey(name=row.name, per_minute=row.per_minute, created_at=from_microseconds(row.created_at))
