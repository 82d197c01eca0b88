"""The application that speaks the protocols."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp

from stance.errors import StoreError
from stance.protocols.coral import CORAL
from stance.protocols.coral_webhooks import WEBHOOKS
from stance.protocols.coral_work import work_for_ever
from stance.protocols.discovery import DISCOVERY
from stance.protocols.errors import CannotJudge, Overloaded
from stance.protocols.feedback import take_in_for_ever
from stance.protocols.front import Front, find_dialect
from stance.protocols.health import HEALTH, METRICS
from stance.protocols.logs import Watch
from stance.protocols.multipart import BATCH
from stance.protocols.openai import OPENAI
from stance.protocols.openapi import OPENAPI
from stance.protocols.perspective import PERSPECTIVE
from stance.protocols.service import Dialect, Refusal, Service
from stance.protocols.tei import TEI
from stance.protocols.threads import THREADS

DIALECTS: Sequence[Dialect] = (
    PERSPECTIVE,
    DISCOVERY,
    BATCH,
    WEBHOOKS,
    CORAL,
    OPENAI,
    TEI,
    THREADS,
    OPENAPI,
    HEALTH,
    METRICS,
)
"""Every protocol that is spoken."""


def create_api(
    service: Service,
    *,
    dialects: Sequence[Dialect] = DIALECTS,
    keys_required: bool = False,
    n_processes: int = 1,
    beside: FastAPI | None = None,
) -> ASGIApp:
    """Return the ASGI application that answers other people's protocols.

    Args:
        service: What answers; the caller closes its parts. With a queue, feedback is taken in as long as it runs.
        dialects: The protocols to speak.
        keys_required: Let nobody in without an API key, also while the queue has none.
        n_processes: How many processes serve together, and share the rates of API keys.
        beside: Answers what belongs to no protocol, as the pages of moderators.
    """
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, lifespan=_lifespan(service, beside))
    for dialect in dialects:
        app.router.routes.extend(dialect.routes(service))
    app.add_exception_handler(HTTPException, _teller(dialects, "There is nothing here to ask for."))
    for kind in (Overloaded, CannotJudge, StoreError):
        app.add_exception_handler(kind, _teller(dialects))
    app.add_exception_handler(Exception, _teller(dialects, "Something broke; the log says where."))
    if beside is not None:
        app.mount("/", beside)
    keys = None if service.store is None else service.store.keys
    front = Front(app, dialects=dialects, keys=keys, keys_required=keys_required, n_processes=n_processes)

    def protocol_of(path: str) -> str | None:
        dialect = find_dialect(dialects, path)
        return None if dialect is None else dialect.name

    return Watch(front, metrics=service.scoring.metrics, protocol_of=protocol_of)


def _lifespan(service: Service, beside: FastAPI | None) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def run(_: FastAPI) -> AsyncIterator[None]:
        working: list[asyncio.Task[None]] = []
        if service.store is not None:
            feeding = take_in_for_ever(service.store, service.scoring)
            exchanging = work_for_ever(service.store, service.scoring, service.coral)
            working = [asyncio.create_task(feeding), asyncio.create_task(exchanging)]
        try:
            if beside is None:
                yield
            else:
                async with beside.router.lifespan_context(beside):
                    yield
        finally:
            for one in working:
                one.cancel()
                with suppress(asyncio.CancelledError):
                    await one

    return run


def _teller(
    dialects: Sequence[Dialect], words: str | None = None
) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Put an error into the words of the protocol that was asked for; `words` stand in for an error's own."""

    async def tell(request: Request, error: Exception) -> Response:
        refusal = _refusal_of(error, words)
        dialect = find_dialect(dialects, request.url.path)
        if dialect is None:
            return PlainTextResponse(f"{refusal.words}\n", status_code=refusal.status)
        answer = dialect.refuse(refusal)
        if isinstance(error, HTTPException):  # with a 405 go the methods that are allowed
            answer.headers.update(error.headers or {})
        return answer

    return tell


def _refusal_of(error: Exception, words: str | None) -> Refusal:
    match error:
        case HTTPException(status_code=405):
            return Refusal(status=405, words="This path is asked with another method.")
        case HTTPException():
            return Refusal(status=error.status_code, words=words or "")
        case Overloaded():
            return Refusal(status=429, words=str(error), retry_after_seconds=error.retry_after_seconds)
        case StoreError():
            return Refusal(status=503, words="The queue cannot be used now. Ask again.", retry_after_seconds=1)
        case _:
            return Refusal(status=500, words=words or str(error))
