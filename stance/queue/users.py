"""Who may log in, and the logins that last. The store sees digests of passwords and tokens, never either."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, delete, insert, select, update

from stance.queue.database import Database
from stance.queue.errors import NoSuchUser, UserExists
from stance.queue.moderation import Role, Session, User
from stance.queue.packing import from_microseconds, to_microseconds
from stance.queue.tables import sessions, users


class Users:
    """The users of one queue and their sessions; `Store.users` gives it."""

    def __init__(self, database: Database, *, now: Callable[[], int]) -> None:
        self._database = database
        self._now = now

    def add(self, name: str, *, role: Role, password_hash: str) -> User:
        """Add a user.

        Raises:
            UserExists: There is one of that name.
        """
        with self._database.writing() as connection:
            if connection.execute(_by_name(name)).one_or_none() is not None:
                raise UserExists(name)
            row = {"name": name, "role": role.value, "password_hash": password_hash, "created_at": self._now()}
            connection.execute(insert(users).values(**row))
            return _user(connection.execute(_by_name(name)).one())

    def find(self, name: str) -> User | None:
        """Return a user, None where there is none of that name."""
        with self._database.reading() as connection:
            row = connection.execute(_by_name(name)).one_or_none()
        return None if row is None else _user(row)

    def all(self) -> tuple[User, ...]:
        """Return all users by name."""
        with self._database.reading() as connection:
            return tuple(map(_user, connection.execute(select(users).order_by(users.c.name))))

    def change(self, name: str, *, role: Role | None = None, password_hash: str | None = None) -> User:
        """Give a user another role or password, and end their sessions: the old rights end at once.

        Raises:
            NoSuchUser: There is none of that name.
        """
        changed = {} if role is None else {"role": role.value}
        if password_hash is not None:
            changed["password_hash"] = password_hash
        with self._database.writing() as connection:
            if changed:
                connection.execute(update(users).where(users.c.name == name).values(**changed))
            row = connection.execute(_by_name(name)).one_or_none()
            if row is None:
                raise NoSuchUser(name)
            connection.execute(delete(sessions).where(sessions.c.user_name == name))
            return _user(row)

    def remove(self, name: str) -> None:
        """Remove a user and their sessions; what they decided stays, under their name.

        Raises:
            NoSuchUser: There is none of that name.
        """
        with self._database.writing() as connection:
            connection.execute(delete(sessions).where(sessions.c.user_name == name))
            if not connection.execute(delete(users).where(users.c.name == name)).rowcount:
                raise NoSuchUser(name)

    def open_session(self, digest: str, *, name: str, expires_at: datetime) -> Session:
        """Begin a session under the digest of its token, and forget those that ran out.

        Raises:
            NoSuchUser: There is no user of that name.
        """
        with self._database.writing() as connection:
            row = connection.execute(_by_name(name)).one_or_none()
            if row is None:
                raise NoSuchUser(name)
            now = self._now()
            connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
            times = {"created_at": now, "expires_at": to_microseconds(expires_at)}
            connection.execute(insert(sessions).values(digest=digest, user_name=name, **times))
            return Session(user=_user(row), created_at=from_microseconds(now), expires_at=expires_at)

    def session(self, digest: str) -> Session | None:
        """Return the session of a token's digest, None where there is none that lasts."""
        asked = (
            select(users, sessions.c.created_at.label("begun_at"), sessions.c.expires_at)
            .join(sessions, sessions.c.user_name == users.c.name)
            .where(sessions.c.digest == digest, sessions.c.expires_at > self._now())
        )
        with self._database.reading() as connection:
            row = connection.execute(asked).one_or_none()
        if row is None:
            return None
        return Session(
            user=_user(row),
            created_at=from_microseconds(row.begun_at),
            expires_at=from_microseconds(row.expires_at),
        )

    def close_session(self, digest: str) -> None:
        """End a session; where there is none, nothing happens."""
        with self._database.writing() as connection:
            connection.execute(delete(sessions).where(sessions.c.digest == digest))


def _by_name(name: str) -> Select[Any]:
    return select(users).where(users.c.name == name)


def _user(row: Row[Any]) -> User:
    return User(
        name=row.name,
        role=Role(row.role),
        password_hash=row.password_hash,
        created_at=from_microseconds(row.created_at),
    )
