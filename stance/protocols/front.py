"""What no request gets past before a protocol sees it: where it comes from, how long it is, whose key it has."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stance.errors import StoreError
from stance.protocols.service import Dialect, Refusal

if TYPE_CHECKING:
    from stance.queue import ApiKey, Keys

_KEY_SECONDS: Final = 5.0
"""For so long a key that was removed may still be used."""
_MOST_REMEMBERED: Final = 1000
_MOST_BYTES: Final = 64 << 20
"""Of all bodies in hand at once: many long ones that trickle in must not fill the memory."""
_SAFE: Final = frozenset({"GET", "HEAD"})
_FIXED: Final = {"x-content-type-options": "nosniff", "cache-control": "no-store"}


class Front:
    """ASGI: refuse, in the words of the protocol that was asked for, what no protocol should see.

    Requests from pages in browsers are refused, for the address may be on their users' own machine. The Host header may
    be anything: clients whose address is fixed are sent here under another server's name.

    Args:
        app: Answers everything else.
        dialects: The protocols; requests to no prefix of theirs are handed on as they are.
        keys: The API keys; None lets everybody in.
        keys_required: Let nobody in while there is no key; else everybody is.
        n_processes: How many share a key's rate.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        dialects: Sequence[Dialect],
        keys: Keys | None,
        keys_required: bool = False,
        n_processes: int = 1,
    ) -> None:
        self._app = app
        self._dialects = dialects
        self._n_bytes = 0
        self._ring = None if keys is None else _Ring(keys, required=keys_required, n_processes=n_processes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        dialect = find_dialect(self._dialects, scope["path"]) if scope["type"] == "http" else None
        if dialect is None:
            await self._app(scope, receive, send)
            return
        # The parts of a batch come back here: each has a path and a key of its own.
        scope = {**scope, "stance.front": self}
        answer = _Answer(send)
        refusal = await self._refusal(scope, dialect)
        if refusal is not None:
            await _tell(dialect.refuse(refusal), refusal)(scope, receive, answer)
            return
        body = bytearray()
        try:
            refusal = await self._read_body(receive, into=body, most=dialect.longest_body)
            if refusal is not None:
                await _tell(dialect.refuse(refusal), refusal)(scope, receive, answer)
            else:
                await _while_there(self._app(scope, _again(bytes(body), receive), answer), receive, answer)
        except _Gone:
            return
        finally:
            self._n_bytes -= len(body)

    async def _refusal(self, scope: Scope, dialect: Dialect) -> Refusal | None:
        headers = Headers(scope=scope)
        if scope["method"] not in _SAFE and "origin" in headers:
            return Refusal(status=403, words="Requests from pages in a browser are not answered. Ask from a server.")
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()) or len(length) > 18 or int(length) > dialect.longest_body:
            return _too_long(dialect.longest_body)
        if self._ring is None or not dialect.keyed:
            return None
        return await self._ring.refusal(_sent_key(scope, headers))

    async def _read_body(self, receive: Receive, *, into: bytearray, most: int) -> Refusal | None:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _Gone
            part = message.get("body", b"")
            if len(into) + len(part) > most:
                return _too_long(most)
            if self._n_bytes + len(part) > _MOST_BYTES:
                return Refusal(status=429, words="Too much is sent at once. Ask again.", retry_after_seconds=1)
            into.extend(part)
            self._n_bytes += len(part)
            if not message.get("more_body", False):
                return None


def find_dialect(dialects: Sequence[Dialect], path: str) -> Dialect | None:
    """Return the protocol that a path belongs to, None for one of nobody's."""
    for dialect in dialects:
        for prefix in dialect.prefixes:
            if path == prefix or path.startswith((f"{prefix}/", f"{prefix}:")):
                return dialect
    return None


class _Ring:
    """The API keys as requests meet them: looked up in the database now and then, and counted here."""

    def __init__(self, keys: Keys, *, required: bool, n_processes: int) -> None:
        self._keys = keys
        self._required = required
        self._n_processes = n_processes
        self._found: dict[str, tuple[float, ApiKey | None]] = {}
        self._buckets: dict[str, _Bucket] = {}
        self._asked: tuple[float, bool] = (-math.inf, False)

    async def refusal(self, secret: str) -> Refusal | None:
        """Return why a key does not let its bearer in now, None where it does."""
        try:
            if not self._required and not await self._any():
                return None
            key = await self._find(secret)
        except StoreError:
            return Refusal(status=503, words="API keys cannot be looked up now. Ask again.", retry_after_seconds=1)
        if key is None:
            return Refusal(status=401, words="API key not valid. Please pass a valid API key.")
        if key.per_minute is None:
            return None
        bucket = self._buckets.setdefault(key.name, _Bucket())
        wait = bucket.wait(key.per_minute / self._n_processes)
        if not wait:
            return None
        return Refusal(status=429, words="Quota exceeded: the key's requests a minute.", retry_after_seconds=wait)

    async def _any(self) -> bool:
        if time.monotonic() - self._asked[0] > _KEY_SECONDS:
            self._asked = (time.monotonic(), await asyncio.to_thread(self._keys.any))
        return self._asked[1]

    async def _find(self, secret: str) -> ApiKey | None:
        if not secret:
            return None
        since, key = self._found.get(secret, (-math.inf, None))
        if time.monotonic() - since > _KEY_SECONDS:
            key = await asyncio.to_thread(self._keys.find, secret)
            if len(self._found) >= _MOST_REMEMBERED:  # of guesses, mostly
                self._found.clear()
            self._found[secret] = (time.monotonic(), key)
        return key


@dataclass(slots=True)
class _Bucket:
    """A key's requests: as many at once as it may make in ten seconds, and on average its rate (token bucket)."""

    n_left: float = math.inf
    since: float = field(default_factory=time.monotonic)

    def wait(self, per_minute: float) -> int:
        """Take one; return the seconds to wait where there is none."""
        most = max(1.0, per_minute / 6)
        now = time.monotonic()
        self.n_left = min(most, self.n_left + (now - self.since) * per_minute / 60)
        self.since = now
        if self.n_left < 1:
            return max(1, math.ceil((1 - self.n_left) * 60 / per_minute))
        self.n_left -= 1
        return 0


class _Gone(Exception):
    """Whoever asked is gone."""


async def _while_there(answering: Awaitable[None], receive: Receive, answer: _Answer) -> None:
    """Answer, and stop where whoever asked goes before anything was told: what waits for the judge waits no more.

    Raises:
        _Gone: They went.
    """
    gone = False

    async def watch() -> None:
        nonlocal gone
        # The parts of a batch are never told of; with the batch they end.
        if (await receive())["type"] == "http.disconnect" and not answer.begun:
            gone = True
            task.cancel()

    task = asyncio.ensure_future(answering)
    watching = asyncio.ensure_future(watch())
    try:
        await task
    except asyncio.CancelledError:
        if gone:
            raise _Gone from None
        raise
    finally:
        watching.cancel()


def _again(body: bytes, receive: Receive) -> Receive:
    """Give a body that was read to the application, and after it what comes then."""
    given = False

    async def receive_again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again


def _sent_key(scope: Scope, headers: Headers) -> str:
    """The key, wherever clients put it: Google's `key=` and header, OpenAI's bearer, Discourse's header."""
    try:
        query = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=100)
    except ValueError:
        query = {}
    bearer = headers.get("authorization", "")
    return (
        query.get("key", [""])[0]
        or headers.get("x-goog-api-key", "")
        or (bearer[7:].strip() if bearer[:7].lower() == "bearer " else "")
        or headers.get("x-api-key", "")
    )[:200]


def _too_long(most: int) -> Refusal:
    return Refusal(status=413, words=f"The body is too long: at most {most} bytes are read.")


def _tell(response: ASGIApp, refusal: Refusal) -> ASGIApp:
    """Send a refusal; who sent too much, or is to wait, is told so in the headers as well."""

    async def told(scope: Scope, receive: Receive, send: Send) -> None:
        async def with_wait(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if refusal.retry_after_seconds is not None:
                    headers["retry-after"] = str(refusal.retry_after_seconds)
                if refusal.status == 413:
                    # What is left of the body is not read, so nothing can follow it.
                    headers["connection"] = "close"
            await send(message)

        await response(scope, receive, with_wait)

    return told


class _Answer:
    """Sends an answer with the headers that all have, and knows whether it was begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(scope=message)
            for name, value in _FIXED.items():
                headers.setdefault(name, value)
        await self._send(message)
