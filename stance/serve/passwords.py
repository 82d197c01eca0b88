"""Passwords as they are kept: argon2id, and slow to guess at the door."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from stance.errors import CannotServe

SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 1_000
_MOST_KEYS: Final = 10_000
_hasher: Final = PasswordHasher()  # RFC 9106's parameters for little memory, as the library keeps them
_at_once: Final = threading.Semaphore(2)
"""Each check takes 64 MiB, so that only so many run beside each other."""


def hash_password(password: str) -> str:
    """Return what to keep of a password.

    Raises:
        CannotServe: It is shorter than 12 characters or longer than 1,000.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise CannotServe(
            f"a password of {len(password):,} characters, want {SHORTEST_PASSWORD} to {LONGEST_PASSWORD:,}",
            mend="A few words in a row are easy to keep in mind.",
        )
    return _hasher.hash(password)


_NOBODYS: Final = _hasher.hash("nobody has this password")
"""What is checked where a name is not known, so that the time it takes tells nothing."""


def check_password(password_hash: str | None, password: str) -> bool:
    """Return whether a password is the one that was kept; None (nobody) takes as long and is False."""
    with _at_once:
        try:
            return _hasher.verify(password_hash or _NOBODYS, password) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False


class Attempts:
    """How often something failed of late, by key; only what is in memory, so a restart forgets."""

    def __init__(self, *, limit: int, window_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._window = window_seconds
        self._clock = clock
        self._failures: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def wait_seconds(self, key: str) -> float:
        """Return how long to wait before trying again, 0 where one may."""
        with self._lock:
            failures = self._recent(key)
            if len(failures) < self._limit:
                return 0.0
            return max(1.0, failures[0] + self._window - self._clock())

    def note(self, key: str) -> None:
        """Count a failure."""
        with self._lock:
            if len(self._failures) >= _MOST_KEYS:
                self._failures = {held: times for held, times in self._failures.items() if self._recent(held)}
            if len(self._failures) >= _MOST_KEYS:
                self._failures.pop(next(iter(self._failures)))
            self._failures.setdefault(key, deque(maxlen=self._limit)).append(self._clock())

    def forget(self, key: str) -> None:
        """Begin anew, for who has proven themselves."""
        with self._lock:
            self._failures.pop(key, None)

    def _recent(self, key: str) -> deque[float]:
        failures = self._failures.get(key, deque())
        while failures and failures[0] <= self._clock() - self._window:
            failures.popleft()
        return failures
