"""Who comes in: with the link that the server printed, or with a name and a password."""

from __future__ import annotations

import hmac
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final, Protocol

from stance.queue import Role, Store
from stance.serve.passwords import Attempts, check_password

SESSION_HOURS: Final = 12
_MOST_SESSIONS: Final = 100
"""Browsers that one printed link lets in; the oldest must open it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody who came in. `csrf` must come back with whatever they ask to be changed."""

    name: str
    role: Role
    csrf: str

    @property
    def decides(self) -> bool:
        """Whether they may decide."""
        return self.role is not Role.READER

    @property
    def rules(self) -> bool:
        """Whether they may decide on what was escalated, and take back what others decided."""
        return self.role is Role.ADMIN


class Door(Protocol):
    """A way in."""

    takes_passwords: bool

    def visitor(self, session: str) -> Visitor | None:
        """Return whose session it is, None where it is nobody's."""
        ...

    def close(self, session: str) -> None:
        """End a session."""
        ...


class LinkDoor:
    """For one person on their own machine: the link that was printed lets its browser in, as an admin."""

    takes_passwords = False

    def __init__(self, *, name: str, token: str) -> None:
        self._name = name
        self._token = token
        self._sessions: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def open(self, token: str) -> str | None:
        """Return a new session for who has the link's token, else None."""
        if not hmac.compare_digest(token.encode(), self._token.encode()):
            return None
        session = secrets.token_urlsafe(32)
        with self._lock:
            self._sessions[_digest(session)] = None
            if len(self._sessions) > _MOST_SESSIONS:
                self._sessions.popitem(last=False)
        return session

    def visitor(self, session: str) -> Visitor | None:
        """Return the one person, None where the session is not known."""
        with self._lock:
            known = _digest(session) in self._sessions
        return Visitor(name=self._name, role=Role.ADMIN, csrf=csrf_of(session)) if known else None

    def close(self, session: str) -> None:
        """End a session; the link opens another."""
        with self._lock:
            self._sessions.pop(_digest(session), None)


class PasswordDoor:
    """For the users that the queue knows."""

    takes_passwords = True

    def __init__(self, store: Store) -> None:
        self._store = store
        self._by_address = Attempts(limit=20, window_seconds=300)
        self._by_name = Attempts(limit=10, window_seconds=900)

    def wait_seconds(self, *, address: str, name: str) -> float:
        """Return how long to wait before another try from this address or for this name, 0 where one may."""
        return max(self._by_address.wait_seconds(address), self._by_name.wait_seconds(_digest(name)))

    def open(self, *, name: str, password: str, address: str) -> str | None:
        """Return a new session where name and password fit, else None, which counts as a failure."""
        user = self._store.users.find(name)
        if not check_password(None if user is None else user.password_hash, password):
            self._by_address.note(address)
            self._by_name.note(_digest(name))
            return None
        self._by_name.forget(_digest(name))
        session = secrets.token_urlsafe(32)
        until = datetime.now(UTC) + timedelta(hours=SESSION_HOURS)
        self._store.users.open_session(_digest(session), name=name, expires_at=until)
        return session

    def visitor(self, session: str) -> Visitor | None:
        """Return whose session it is; the role is the user's now, not when they came in."""
        found = self._store.users.session(_digest(session))
        if found is None:
            return None
        return Visitor(name=found.user.name, role=found.user.role, csrf=csrf_of(session))

    def close(self, session: str) -> None:
        """End a session."""
        self._store.users.close_session(_digest(session))


def csrf_of(secret: str) -> str:
    """Return what a page holds to prove that it was made for a session; the session cannot be found from it."""
    return hmac.digest(secret.encode(), b"stance csrf", "sha256").hex()


def same(given: str, wanted: str) -> bool:
    """Compare without telling by the time it takes."""
    return hmac.compare_digest(given.encode(), wanted.encode())


def _digest(secret: str) -> str:
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
