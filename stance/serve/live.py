"""What changes elsewhere, told to every open page: one look at the store feeds all of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Final

import orjson
from starlette.concurrency import run_in_threadpool

from stance.errors import StoreError
from stance.queue import Change, Store

LOOK_SECONDS: Final = 0.5
LANES_SECONDS: Final = 2.0
"""Counting the lanes of 100,000 items takes longer than reading what changed, so it is done less often."""
_HEARTBEAT_SECONDS: Final = 15.0
"""Shorter than proxies wait before they cut a silent connection."""
_BEHIND: Final = 500
"""Messages that a page may lag behind before it is told to load itself again."""
MOST_PAGES: Final = 200
log = logging.getLogger("stance.serve")


class Live:
    """The open pages, and the watch that feeds them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._pages: set[asyncio.Queue[str]] = set()
        self._lanes: dict[str, int] = {}
        self._lanes_due = 0.0

    @property
    def full(self) -> bool:
        """Whether no further page can be told."""
        return len(self._pages) >= MOST_PAGES

    async def watch(self) -> None:
        """Tell the open pages what changed, until cancelled."""
        since = await run_in_threadpool(self._store.last_change)
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                changes = await run_in_threadpool(self._store.changes, since)
                if changes:
                    since = changes[-1].sequence
                    self._lanes_due = self._lanes_due or asyncio.get_running_loop().time() + LANES_SECONDS / 4
                for change in changes:
                    self._tell("change", _row(change))
                await self._count_lanes()
            except StoreError as error:
                log.warning("live updates: %s", error)

    async def events(self) -> AsyncIterator[str]:
        """Yield what one page is told, as Server-Sent Events, until it goes away."""
        waiting: asyncio.Queue[str] = asyncio.Queue(_BEHIND)
        self._pages.add(waiting)
        try:
            yield _event("hello", {})
            while True:
                try:
                    async with asyncio.timeout(_HEARTBEAT_SECONDS):
                        yield await waiting.get()
                except TimeoutError:
                    yield ": still here\n\n"
        finally:
            self._pages.discard(waiting)

    async def _count_lanes(self) -> None:
        now = asyncio.get_running_loop().time()
        if not self._lanes_due or now < self._lanes_due or not self._pages:
            return
        self._lanes_due = 0.0
        counted = {lane.name: lane.n_open for lane in await run_in_threadpool(self._store.lanes)}
        if counted != self._lanes:
            self._lanes = counted
            self._tell("lanes", counted)
        self._lanes_due = 0.0

    def _tell(self, name: str, what: dict[str, object] | dict[str, int]) -> None:
        message = _event(name, what)
        for waiting in self._pages:
            if waiting.full():
                while not waiting.empty():
                    waiting.get_nowait()
                waiting.put_nowait(_event("lost", {}))
            else:
                waiting.put_nowait(message)


def _row(change: Change) -> dict[str, object]:
    return {"what": change.what, "item": change.item_id, "moderator": change.moderator}


def _event(name: str, what: dict[str, object] | dict[str, int]) -> str:
    return f"event: {name}\ndata: {orjson.dumps(what).decode()}\n\n"
