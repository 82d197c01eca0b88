"""Coral's GraphQL: a query in, its data out, or why there is none."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from http.client import HTTPException
from typing import IO, TYPE_CHECKING, Any, Final
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from stance.protocols.coral_settings import Tenant
from stance.protocols.errors import CoralFailed

if TYPE_CHECKING:
    from http.client import HTTPMessage, HTTPResponse

LONGEST_ID: Final = 200
_LONGEST_ANSWER: Final = 2 << 20
_PIECE: Final = 1 << 16
_CODE: Final = re.compile(r"[A-Z_]{1,60}")
_UNKNOWN_FIELD: Final = re.compile(
    r"""(?:unknown field |Field (?=\S{1,62} is not defined by type))['"](\w{1,60})['"]"""
)
"""As newer and older releases of GraphQL's reference implementation say it."""


class _NoRedirects(HTTPRedirectHandler):
    """The token is for one address and no other."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        """Follow nothing: the answer then counts as an error."""


_OPENER: Final = build_opener(_NoRedirects)


def ask(tenant: Tenant, query: str, variables: Mapping[str, object], *, within_seconds: float) -> dict[str, Any]:
    """Ask a tenant's Coral; `within_seconds` is how long it may be silent, and how long its answer may take.

    Raises:
        CoralFailed: It does not answer, or with an error.
    """
    body = json.dumps({"query": query, "variables": variables}).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {tenant.token}", "User-Agent": "stance"}
    request = Request(tenant.graphql_url, data=body, headers=headers, method="POST")
    try:
        with _OPENER.open(request, timeout=within_seconds) as answer:
            told = _read(answer, until=time.monotonic() + within_seconds)
    except HTTPError as error:
        with error:
            if error.code != 400:
                raise CoralFailed(status=error.code) from None
            # A query that its version does not know; the answer says which part of it.
            told = _rest_of(error)
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None)
        raise CoralFailed(kind=type(reason if isinstance(reason, OSError) else error).__name__) from None
    return _data_of(told)


def id_of(value: object) -> str | None:
    """Return the id of an object in an answer, None where it has none that can be kept."""
    named = value.get("id") if isinstance(value, dict) else None
    return named if isinstance(named, str) and 0 < len(named) <= LONGEST_ID else None


def _read(answer: HTTPResponse, *, until: float) -> bytes:
    """Read an answer.

    Raises:
        OSError: It does not come, or one piece after the other for too long.
    """
    told = bytearray()
    while len(told) <= _LONGEST_ANSWER and (piece := answer.read1(_PIECE)):
        told += piece
        if time.monotonic() > until:
            raise TimeoutError
    return bytes(told)


def _rest_of(error: HTTPError) -> bytes:
    try:
        return error.read(_LONGEST_ANSWER + 1)
    except (OSError, HTTPException):
        raise CoralFailed(status=error.code) from None


def _data_of(told: bytes) -> dict[str, Any]:
    if len(told) > _LONGEST_ANSWER:
        raise CoralFailed(kind="an answer of more than 2 MB")
    try:
        values = json.loads(told)
    except (ValueError, RecursionError):
        raise CoralFailed(kind="an answer that is no JSON") from None
    errors = values.get("errors") if isinstance(values, dict) else None
    if errors:
        raise _failure_of(errors[0] if isinstance(errors, list) else None)
    data = values.get("data") if isinstance(values, dict) else None
    if not isinstance(data, dict):
        raise CoralFailed(kind="an answer without data")
    return data


def _failure_of(error: object) -> CoralFailed:
    """Keep of an error what can be no comment's text: its code, and the field that this Coral does not know."""
    told = error if isinstance(error, dict) else {}
    extensions, message = told.get("extensions"), told.get("message")
    code = extensions.get("code") if isinstance(extensions, dict) else None
    known = isinstance(code, str) and _CODE.fullmatch(code) is not None
    unknown = _UNKNOWN_FIELD.search(message[:10_000]) if isinstance(message, str) else None
    return CoralFailed(
        code=str(code) if known else "an error without a code", field=unknown.group(1) if unknown else ""
    )
