"""Pages in, an application out: its routes, the door, and the guard before all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from stance.errors import StanceError
from stance.serve import entering
from stance.serve.front import (
    Front,
    NotAllowed,
    NotIn,
    files_router,
    tell_bad_request,
    tell_http,
    tell_not_allowed,
    tell_not_in,
)
from stance.serve.guard import Guard

TellWrong = Callable[[Request, Exception], Response]
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def open_front(
    front: Front, routers: Iterable[APIRouter], *, tell_wrong: TellWrong, lifespan: Lifespan | None = None
) -> FastAPI:
    """Return the ASGI application of some pages, guarded.

    Args:
        front: What its requests share; `app.state.front`.
        routers: What it answers beside coming in, going out, and its static files.
        tell_wrong: Says what a `StanceError` means to who asked.
        lifespan: Runs beside it.
    """
    app = FastAPI(lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None)
    app.state.front = front
    for router in (*routers, entering.router, files_router):
        app.include_router(router)
    app.add_exception_handler(NotIn, tell_not_in)
    app.add_exception_handler(NotAllowed, tell_not_allowed)
    app.add_exception_handler(RequestValidationError, tell_bad_request)
    app.add_exception_handler(StanceError, tell_wrong)
    app.add_exception_handler(HTTPException, tell_http)
    app.add_middleware(Guard, site=front.site)
    return app
