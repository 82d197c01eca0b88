"""What no request gets past: another host's name, another site's form, a body too long; what every answer carries."""

from __future__ import annotations

import logging
import time
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stance.serve.site import POLICY, Site

LONGEST_BODY: Final = 256 * 1024
"""Bytes of a request: a note, or the choices of a few hundred comments."""
_READING: Final = frozenset({"GET", "HEAD"})
_WRITING: Final = frozenset({"POST"})
_FIXED: Final = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    # `no-referrer` would make browsers send "Origin: null" with the form to log in.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}
log = logging.getLogger("stance.serve")


class _TooLong(Exception):
    """The body is longer than any of ours; leaves the application from within `receive`."""


class Guard:
    """ASGI: refuse what is not meant for this site, and say of every answer what a browser may do with it.

    The log tells method, path and status, never what stands behind a question mark: people search for words there.
    """

    def __init__(self, app: ASGIApp, *, site: Site) -> None:
        self._app = app
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(scope, send, secure=self._site.secure)
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, answer.send)
            return
        try:
            await self._app(scope, _Measured(receive).receive, answer.send)
        except _TooLong:
            await _refuse(413, "The request is too long.")(scope, receive, answer.send)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        if headers.get("host", "").lower() not in self._site.hosts:
            return _refuse(421, f"Ask for {self._site.origin}: this server answers to no other name.")
        if scope["method"] in _READING:
            return None
        if scope["method"] not in _WRITING:
            return _refuse(405, "Only GET, HEAD and POST are answered.")
        if headers.get("origin") not in self._site.origins:
            return _refuse(403, "The request comes from another site.")
        length = headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit() or int(length[:20]) > LONGEST_BODY:
            return _refuse(413, "The request is too long.")
        return None


class _Measured:
    """A body that ends where it becomes too long, whatever its headers said."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._n_bytes = 0

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._n_bytes += len(message.get("body", b""))
            if self._n_bytes > LONGEST_BODY:
                raise _TooLong
        return message


class _Answer:
    """An answer on its way out."""

    def __init__(self, scope: Scope, send: Send, *, secure: bool) -> None:
        self._scope = scope
        self._send = send
        self._secure = secure
        self._began = time.perf_counter()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _FIXED.items():
                headers.setdefault(name, value)
            if self._secure:
                headers.setdefault("strict-transport-security", "max-age=31536000")
            took = (time.perf_counter() - self._began) * 1000
            log.info("%s %s %s %.0f ms", self._scope["method"], self._scope["path"], message["status"], took)
        await self._send(message)


def _refuse(status: int, words: str) -> PlainTextResponse:
    return PlainTextResponse(f"{words}\n", status_code=status)
