"""For whoever runs the server: whether it is alive, whether it should be sent requests, and its figures."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from stance.errors import StoreError
from stance.protocols.service import Dialect, Refusal, Service

_STORE_SECONDS: Final = 2.0


def _routes(service: Service) -> Sequence[BaseRoute]:
    async def tell_alive(_: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def tell_ready(_: Request) -> Response:
        missing = await _missing(service)
        return JSONResponse({"ready": not missing, "missing": missing}, status_code=503 if missing else 200)

    return [Route("/healthz", tell_alive, methods=["GET"]), Route("/readyz", tell_ready, methods=["GET"])]


def _figure_routes(service: Service) -> Sequence[BaseRoute]:
    async def tell(_: Request) -> Response:
        await _look_at_coral(service)
        return Response(service.scoring.metrics.page(), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    return [Route("/metrics", tell, methods=["GET"])]


async def _look_at_coral(service: Service) -> None:
    """Bring the figures of what waits between Coral and the queue up to date, where the queue can tell."""
    if service.store is None or not service.coral:
        return
    store, metrics = service.store, service.scoring.metrics
    # Without the queue all other figures are still wanted; `/readyz` says that it is missing.
    with suppress(StoreError, TimeoutError):
        counts = asyncio.to_thread(lambda: {"events": store.arrivals.counts(), "decisions": store.outbox.counts()})
        for what, by_state in (await asyncio.wait_for(counts, _STORE_SECONDS)).items():
            metrics.coral(what, by_state)


async def _missing(service: Service) -> list[str]:
    """What keeps the server from answering; the model is there since before it listens."""
    missing = ["stopping"] if service.scoring.closing else []
    if service.store is not None:
        try:
            await asyncio.wait_for(asyncio.to_thread(service.store.last_change), _STORE_SECONDS)
        except (StoreError, TimeoutError):
            missing.append("queue")
    return missing


def _refuse(refusal: Refusal) -> Response:
    return PlainTextResponse(f"{refusal.words}\n", status_code=refusal.status)


HEALTH: Final = Dialect(
    name="health", prefixes=("/healthz", "/readyz"), routes=_routes, refuse=_refuse, longest_body=0, keyed=False
)
"""For whatever starts and stops servers; it asks for no key, and tells nothing but yes or no."""
METRICS: Final = Dialect(name="metrics", prefixes=("/metrics",), routes=_figure_routes, refuse=_refuse, longest_body=0)
"""Figures for Prometheus; they ask for an API key where the protocols do, for they tell how much a site is used."""
