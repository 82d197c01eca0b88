"""The text that a reply answers: from what was seen before, or from Coral's GraphQL."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from stance.errors import StanceError, StoreError
from stance.protocols.coral_graphql import ask, id_of
from stance.protocols.coral_settings import Tenant
from stance.protocols.sent_text import take_html

if TYPE_CHECKING:
    from stance.queue import SeenComment, Store

log = logging.getLogger("stance.protocols.coral")

QUERY: Final = """query Answered($id: ID!) {
  comment(id: $id) { id body author { id } parent { id } story { id } }
}"""
_ANSWER_SECONDS: Final = 3.0
_REST_SECONDS: Final = 15.0
"""For so long a Coral that did not answer is not asked again."""
_MOST_AT_ONCE: Final = 16
_MOST_TO_KEEP: Final = 1000
_N_THREADS: Final = 4


class Parents:
    """Finds what replies answer, with threads of its own: a Coral that hangs holds nothing else up.

    Args:
        store: Keeps what was fetched; None where nothing is kept.
    """

    def __init__(self, store: Store | None) -> None:
        self._store = store
        self._threads = ThreadPoolExecutor(max_workers=_N_THREADS, thread_name_prefix="stance-coral")
        self._keeper = ThreadPoolExecutor(max_workers=1, thread_name_prefix="stance-seen")
        self._lock = threading.Lock()
        self._to_keep: list[SeenComment] = []
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
            asked.add_done_callback(lambda _: _unless_closed(loop, lambda: self._asked.pop(named, None)))
        try:
            return await asyncio.wait_for(
                asyncio.shield(asyncio.wrap_future(self._asked[named])), timeout=within_seconds
            )
        except TimeoutError:
            return ""

    def keep(self, comment: SeenComment) -> None:
        """Keep a comment for the replies to come, without waiting for it; where too many wait, it is not kept."""
        with self._lock:
            alone = not self._to_keep
            if len(self._to_keep) < _MOST_TO_KEEP:
                self._to_keep.append(comment)
        if alone:
            self._keeper.submit(self._keep_what_waits)

    def _keep_what_waits(self) -> None:
        """Keep all that waits at once: each writing waits for the disk, and those that decide wait for it."""
        with self._lock:
            comments, self._to_keep = self._to_keep, []
        try:
            if self._store is not None:
                self._store.seen.remember(*comments)
        except StoreError as error:
            log.warning("%d comments were not kept for their replies: %s", len(comments), error)

    def _find(self, tenant: Tenant, comment_id: str) -> str:
        try:
            known = None if self._store is None else self._store.seen.find(tenant.id, comment_id)
            if known is not None:
                return known.text
            if not tenant.graphql_url or self._rest_until.get(tenant.id, 0) > time.monotonic():
                return ""
            return self._fetch(tenant, comment_id)
        except StanceError as error:
            self._rest_until[tenant.id] = time.monotonic() + _REST_SECONDS
            log.warning("What a reply answers is not known: %s", error)
            return ""

    def _fetch(self, tenant: Tenant, comment_id: str) -> str:
        comment = ask(tenant, QUERY, {"id": comment_id}, within_seconds=_ANSWER_SECONDS).get("comment")
        if not isinstance(comment, dict) or not isinstance(comment.get("body"), str):
            return ""
        text = take_html(comment["body"]).text.strip()
        if self._store is not None:
            from stance.queue import SeenComment

            self._store.seen.remember(
                SeenComment(
                    tenant=tenant.id,
                    story=id_of(comment.get("story")) or "",
                    text=text,
                    comment_id=comment_id,
                    parent_id=id_of(comment.get("parent")),
                    author=id_of(comment.get("author")),
                )
            )
        return text


def _unless_closed(loop: asyncio.AbstractEventLoop, call: Callable[[], object]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(call)
