"""A batch of requests to Perspective in one body in, an answer a request out, as Google's `/batch` has it."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import Message as Headers
from email.parser import BytesHeaderParser
from http import HTTPStatus
from itertools import pairwise
from typing import Final
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Scope

from stance.protocols.google import Rejected, refuse
from stance.protocols.portions import PORTION_CHARACTERS, in_portions
from stance.protocols.service import Dialect, Service

MOST_PARTS: Final = 100
_TOGETHER_BYTES: Final = 2 * PORTION_CHARACTERS
"""Of requests that are made at once; half of a usual one is its comment. All together would shut everybody else out."""
_ASKED_PATH: Final = "/v1alpha1/"
_BOUNDARY: Final = re.compile(r"""(?:^|;)\s*boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))""", re.IGNORECASE)
_HEADER_BYTES: Final = 16 << 10
_EMPTY_LINE: Final = re.compile(rb"\r?\n\r?\n|\A\r?\n")
_REQUEST_LINE: Final = re.compile(rb"([A-Z]{1,10}) (\S{1,4000})(?: HTTP/1\.[01])?[ \t]*\r?")
_SCHEME_AND_HOST: Final = re.compile(r"https?://[^/?#]*")
_PASSED_ON: Final = ("content-type", "x-goog-api-key", "authorization", "origin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One request of a batch; `path` is None where it cannot be read as one."""

    content_id: str
    method: str = ""
    path: str | None = None
    query: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""


def read_parts(body: bytes, *, content_type: str) -> list[Part]:
    """Read the requests of a batch; lines may end in CR LF or, as googleapiclient's, in LF.

    Raises:
        Rejected: It is no batch, or has more than `MOST_PARTS` parts.
    """
    found = _BOUNDARY.search(content_type)
    if found is None or not content_type.lower().startswith("multipart/mixed"):
        raise Rejected('Failed to parse batch request: the Content-Type is not multipart/mixed with a "boundary".')
    boundary = re.escape((found[1] or found[2]).encode("utf-8", "replace"))
    # One more than may be is enough to see that there are too many.
    marks = re.compile(rb"(?:\A|\r?\n)--" + boundary + rb"(--)?[ \t]*(?=\r?\n|\Z)")
    places: list[tuple[int, int]] = []
    for mark in marks.finditer(body):
        places.append(mark.span())
        if mark[1]:
            break
        if len(places) > MOST_PARTS + 1:
            raise Rejected(f"The batch has too many parts: at most {MOST_PARTS} are answered.")
    else:
        if places:
            places.append((len(body), len(body)))
    if len(places) < 2:
        raise Rejected("Failed to parse batch request, error: 0 items.")
    parts = [_read_part(body[end:start]) for (_, end), (start, _) in pairwise(places)]
    if len(parts) > MOST_PARTS:
        raise Rejected(f"The batch has too many parts: at most {MOST_PARTS} are answered.")
    return parts


def write_parts(answers: Sequence[tuple[Part, Response]]) -> Response:
    """Return the answer to a batch, a part a request, in their order."""
    boundary = f"batch_{secrets.token_hex(16)}"
    mark = f"--{boundary}".encode()
    body = b"".join(b"%b\r\n%b\r\n" % (mark, _write_part(part, response)) for part, response in answers)
    return Response(body + mark + b"--\r\n", headers={"content-type": f"multipart/mixed; boundary={boundary}"})


def _read_part(raw: bytes) -> Part:
    """Read a part: its own headers, an empty line, and a request of first line, headers, an empty line and a body."""
    about, inner = _split(raw.removeprefix(b"\r").removeprefix(b"\n"))
    # Of bytes that are no text the value is no string.
    content_id = " ".join(str(_parse(about).get("Content-ID", "")).split())[:500]
    content_id = content_id if content_id.isascii() and content_id.isprintable() else ""
    first, _, rest = inner.lstrip(b"\r\n").partition(b"\n")
    line = _REQUEST_LINE.fullmatch(first)
    if line is None:
        return Part(content_id=content_id)
    target = _SCHEME_AND_HOST.sub("", line[2].decode("latin-1"), count=1)
    path, _, query = target.partition("?")
    headers, body = _split(rest)
    given = _parse(headers)
    kept = [(name, given.get(name)) for name in _PASSED_ON]
    return Part(
        content_id=content_id,
        method=line[1].decode(),
        path=unquote(path),
        query=query.encode("latin-1"),
        headers=tuple((name.encode(), str(value).encode("latin-1", "replace")) for name, value in kept if value),
        body=body,
    )


def _split(raw: bytes) -> tuple[bytes, bytes]:
    found = _EMPTY_LINE.search(raw)
    return (raw[: found.start()], raw[found.end() :]) if found else (raw, b"")


def _parse(raw: bytes) -> Headers:
    return BytesHeaderParser().parsebytes(raw[:_HEADER_BYTES])


def _write_part(part: Part, response: Response) -> bytes:
    lines = ["Content-Type: application/http"]
    if part.content_id:
        # Google puts "response-" before the id; clients find theirs behind it.
        opening = "<" if part.content_id.startswith("<") else ""
        lines.append(f"Content-ID: {opening}response-{part.content_id.removeprefix('<')}")
    lines += ["", f"HTTP/1.1 {response.status_code} {HTTPStatus(response.status_code).phrase}"]
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + bytes(response.body)


def _routes(_: Service) -> Sequence[BaseRoute]:
    async def answer_batch(request: Request) -> Response:
        content_type = request.headers.get("content-type", "")
        try:
            # A large body takes a while, and others are waiting.
            parts = await asyncio.to_thread(read_parts, await request.body(), content_type=content_type)
        except Rejected as error:
            return error.answer()
        answers: list[tuple[Part, Response]] = []
        for together in in_portions(parts, size_of=lambda part: len(part.body), most=_TOGETHER_BYTES):
            responses = await asyncio.gather(*(_answer(part, request.scope) for part in together))
            answers.extend(zip(together, responses, strict=True))
        return write_parts(answers)

    return [Route(path, answer_batch, methods=["POST"]) for path in ("/batch", "/batch/commentanalyzer/v1alpha1")]


async def _answer(part: Part, outer: Scope) -> Response:
    """Make the request of a part as if it had come by itself, through everything that stands before the protocols."""
    if part.path is None:
        return Rejected("Failed to parse the request of this part: it is no HTTP request.").answer()
    if not part.path.startswith(_ASKED_PATH):
        return Rejected("Requests of a batch go to comments:analyze or comments:suggestscore.", status=404).answer()
    front: ASGIApp = outer["stance.front"]
    kept = ("type", "asgi", "http_version", "scheme", "server", "client", "state")
    scope = {key: outer[key] for key in kept if key in outer}
    scope |= {"method": part.method, "path": part.path, "query_string": part.query, "root_path": ""}
    scope["headers"] = [*part.headers, (b"content-length", str(len(part.body)).encode())]
    status, headers, body = 500, list[tuple[bytes, bytes]](), bytearray()

    async def receive() -> Message:
        return {"type": "http.request", "body": part.body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status, headers = message["status"], list(message["headers"])
        elif message["type"] == "http.response.body":
            body.extend(message.get("body", b""))

    await front(scope, receive, send)
    response = Response(bytes(body), status_code=status)
    response.raw_headers = headers
    return response


BATCH: Final = Dialect(
    name="perspective-batch", prefixes=("/batch",), routes=_routes, refuse=refuse, longest_body=8 << 20, keyed=False
)
"""Up to 100 requests in one body. The key is each part's own: clients put none on the batch itself."""
