"""The application: routes, the guard before them, and the watch beside them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from stance.errors import StanceError
from stance.queue import Store
from stance.serve import entering, reading, working
from stance.serve.desk import (
    Desk,
    NotAllowed,
    NotIn,
    make_templates,
    tell_bad_request,
    tell_not_allowed,
    tell_not_in,
    tell_plain,
    tell_wrong,
)
from stance.serve.doors import Door
from stance.serve.guard import Guard
from stance.serve.live import Live
from stance.serve.site import Site


def create_app(store: Store, *, site: Site, door: Door) -> FastAPI:
    """Return the ASGI application that serves a queue.

    Args:
        store: The queue; the caller closes it.
        site: The addresses it is asked under; requests for others are refused.
        door: Who is let in.
    """
    app = FastAPI(lifespan=_watched, openapi_url=None, docs_url=None, redoc_url=None)
    app.state.desk = Desk(store, site, door, Live(store), make_templates())
    for router in (reading.router, working.router, entering.router):
        app.include_router(router)
    app.add_exception_handler(NotIn, tell_not_in)
    app.add_exception_handler(NotAllowed, tell_not_allowed)
    app.add_exception_handler(RequestValidationError, tell_bad_request)
    app.add_exception_handler(StanceError, tell_wrong)
    app.add_exception_handler(HTTPException, _tell_http)
    app.add_middleware(Guard, site=site)
    return app


@asynccontextmanager
async def _watched(app: FastAPI) -> AsyncIterator[None]:
    """Watch the queue for changes as long as the application runs."""
    desk: Desk = app.state.desk
    watch = asyncio.create_task(desk.live.watch())
    try:
        yield
    finally:
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch


def _tell_http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return tell_plain(request, status)
