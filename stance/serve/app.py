"""The application: routes, the guard before them, and the watch beside them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI

from stance.queue import Store
from stance.serve import reading, working
from stance.serve.card import ACTION_WORDS, REASON_WORDS
from stance.serve.desk import Desk, tell_wrong
from stance.serve.doors import Door
from stance.serve.front import load_pages
from stance.serve.live import Live
from stance.serve.opening import open_front
from stance.serve.site import Site


def create_app(store: Store, *, site: Site, door: Door) -> FastAPI:
    """Return the ASGI application that serves a queue.

    Args:
        store: The queue; the caller closes it.
        site: The addresses it is asked under; requests for others are refused.
        door: Who is let in.
    """
    pages = load_pages(place="queue", command="stance serve", reason_words=REASON_WORDS, action_words=ACTION_WORDS)
    desk = Desk(site=site, door=door, pages=pages, store=store, live=Live(store))
    routers = (reading.router, working.router)
    return open_front(desk, routers, tell_wrong=tell_wrong, lifespan=_watched)


@asynccontextmanager
async def _watched(app: FastAPI) -> AsyncIterator[None]:
    """Watch the queue for changes as long as the application runs."""
    desk: Desk = app.state.front
    watch = asyncio.create_task(desk.live.watch())
    try:
        yield
    finally:
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch
