"""The text that a reply answers: from what was seen before, or from Coral's GraphQL."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from concurrent.futures import Future, ThreadPoolExecutor
from http.client import HTTPException
from typing import IO, TYPE_CHECKING, Final
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from stance.errors import StoreError
from stance.protocols.coral_settings import Tenant
from stance.protocols.sent_text import take_html

if TYPE_CHECKING:
    from http.client import HTTPMessage

    from stance.queue import Store

log = logging.getLogger("stance.protocols.coral")

QUERY: Final = """query Answered($id: ID!) {
  comment(id: $id) { id body author { id } parent { id } story { id } }
}"""
_LONGEST_ANSWER: Final = 2 << 20
_ANSWER_SECONDS: Final = 3.0
_REST_SECONDS: Final = 15.0
"""For so long a Coral that did not answer is not asked again."""
_MOST_AT_ONCE: Final = 16
_N_THREADS: Final = 4


class Parents:
    """Finds what replies answer, with threads of its own: a Coral that hangs holds nothing else up.

    Args:
        store: Keeps what was fetched; None where nothing is kept.
    """

    def __init__(self, store: Store | None) -> None:
        self._store = store
        self._threads = ThreadPoolExecutor(max_workers=_N_THREADS, thread_name_prefix="stance-coral")
        self._asked: dict[tuple[str, str], Future[str]] = {}
        self._rest_until: dict[str, float] = {}

    async def find(self, tenant: Tenant, comment_id: str, *, within_seconds: float) -> str:
        """Return a comment's text, "" where it is not known in time; fetching goes on, for the next reply."""
        named = (tenant.id, comment_id)
        if named not in self._asked:
            if len(self._asked) >= _MOST_AT_ONCE:
                return ""
            asked = self._threads.submit(self._find, tenant, comment_id)
            self._asked[named] = asked
            loop = asyncio.get_running_loop()
            asked.add_done_callback(lambda _: _unless_closed(loop, self._asked, named))
        try:
            return await asyncio.wait_for(
                asyncio.shield(asyncio.wrap_future(self._asked[named])), timeout=within_seconds
            )
        except TimeoutError:
            return ""

    def _find(self, tenant: Tenant, comment_id: str) -> str:
        try:
            known = None if self._store is None else self._store.seen.find(tenant.id, comment_id)
            if known is not None:
                return known.text
            if not tenant.graphql_url or self._rest_until.get(tenant.id, 0) > time.monotonic():
                return ""
            return self._fetch(tenant, comment_id)
        except (OSError, HTTPException, ValueError, RecursionError, StoreError) as error:
            self._rest_until[tenant.id] = time.monotonic() + _REST_SECONDS
            why = f"status {error.code}" if isinstance(error, HTTPError) else type(error).__name__
            log.warning("Coral's GraphQL did not give what a reply answers (%s).", why)
            return ""

    def _fetch(self, tenant: Tenant, comment_id: str) -> str:
        comment = _ask(tenant, comment_id)
        if comment is None:
            return ""
        text = take_html(comment["body"]).text.strip()
        if self._store is not None:
            from stance.queue import SeenComment

            self._store.seen.remember(
                SeenComment(
                    tenant=tenant.id,
                    story=_id_of(comment.get("story")) or "",
                    text=text,
                    comment_id=comment_id,
                    parent_id=_id_of(comment.get("parent")),
                    author=_id_of(comment.get("author")),
                )
            )
        return text


class _NoRedirects(HTTPRedirectHandler):
    """The token is for one address and no other."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        """Follow nothing: the answer then counts as an error."""


_OPENER: Final = build_opener(_NoRedirects)


def _ask(tenant: Tenant, comment_id: str) -> dict[str, str] | None:
    """Return a comment as Coral gives it, None where there is none or its text is gone.

    Raises:
        OSError: It does not answer, or with an error.
        ValueError: The answer is not what was asked for.
    """
    body = json.dumps({"query": QUERY, "variables": {"id": comment_id}}).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {tenant.token}", "User-Agent": "stance"}
    request = Request(tenant.graphql_url, data=body, headers=headers, method="POST")
    with _OPENER.open(request, timeout=_ANSWER_SECONDS) as answer:
        told = answer.read(_LONGEST_ANSWER + 1)
    if len(told) > _LONGEST_ANSWER:
        raise ValueError("too long")
    values = json.loads(told)
    data = values.get("data") if isinstance(values, dict) else None
    if not isinstance(data, dict) or values.get("errors"):
        raise ValueError("no data")
    comment = data.get("comment")
    if not isinstance(comment, dict) or not isinstance(comment.get("body"), str):
        return None
    return comment


def _id_of(value: object) -> str | None:
    named = value.get("id") if isinstance(value, dict) else None
    return named if isinstance(named, str) else None


def _unless_closed(
    loop: asyncio.AbstractEventLoop, asked: dict[tuple[str, str], Future[str]], named: tuple[str, str]
) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(asked.pop, named, None)
