"""The application that speaks the protocols."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import FastAPI

from stance.protocols.discovery import DISCOVERY
from stance.protocols.health import HEALTH
from stance.protocols.metrics import METRICS
from stance.protocols.multipart import BATCH
from stance.protocols.openai import OPENAI
from stance.protocols.openapi import OPENAPI
from stance.protocols.perspective import PERSPECTIVE
from stance.protocols.service import Dialect, Service
from stance.protocols.tei import TEI
from stance.protocols.threads import THREADS

DIALECTS: Sequence[Dialect] = (
    PERSPECTIVE,
    DISCOVERY,
    BATCH,
    OPENAI,
    TEI,
    THREADS,
    OPENAPI,
    HEALTH,
    METRICS,
)
"""Every protocol that is spoken."""


def create_api(service: Service, *, dialects: Sequence[Dialect] = DIALECTS) -> FastAPI:
    """Return the ASGI application that answers other people's protocols.

    Args:
        service: What answers; the caller closes its parts.
        dialects: The protocols to speak.
    """
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    for dialect in dialects:
        app.router.routes.extend(dialect.routes(service))
    return app
