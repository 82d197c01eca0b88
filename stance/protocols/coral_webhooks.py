"""Coral's webhooks: events in, noted before they are acknowledged; what they tell of is fetched later.

Coral asks again where it had no answer within ten seconds. An error is final to it, and ten of them one after the
other switch the webhook off, so there is one only where Coral is not who asks, or where nothing can be noted.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from stance.errors import StoreError
from stance.protocols.bodies import BadBody
from stance.protocols.coral_graphql import LONGEST_ID
from stance.protocols.coral_settings import Tenant
from stance.protocols.coral_signing import read_signed, refuse_signature
from stance.protocols.service import Dialect, Refusal, Service

if TYPE_CHECKING:
    from stance.queue import Arrival, Store

log = logging.getLogger("stance.protocols.coral")

EVENTS: Final = frozenset(
    {
        "COMMENT_CREATED",
        "COMMENT_REPLY_CREATED",
        "COMMENT_ENTERED_MODERATION_QUEUE",
        "COMMENT_LEFT_MODERATION_QUEUE",
    }
)
"""Those that tell of a comment: a new one, one to be moderated, or one on which Coral's moderators have decided."""
_PATIENCE_SECONDS: Final = 11.0
"""Coral hangs up before, and asks again."""
_AGAIN_SECONDS: Final = 1.0


def _routes(service: Service) -> Sequence[BaseRoute]:
    tenants = tuple(tenant for tenant in service.coral if tenant.webhook_secrets)
    if not tenants:
        return []

    async def take(request: Request) -> Response:
        try:
            signed = await read_signed(request, tenants, of="webhook")
        except BadBody:
            return Response(status_code=204)
        if signed is None:
            return refuse_signature()
        arrival = read_event(*signed, body=await request.body())
        if arrival is None or service.store is None:
            return Response(status_code=204)
        return await _note(service.store, arrival)

    return [Route("/coral/webhooks", take, methods=["POST"])]


def read_event(tenant: Tenant, told: Mapping[str, object], *, body: bytes) -> Arrival | None:
    """Return what an event tells of, None where that is no comment."""
    from stance.queue import Arrival

    data = told.get("data")
    if told.get("type") not in list(EVENTS) or not isinstance(data, dict):
        return None
    comment_id, event = data.get("commentID"), told.get("id")
    if not _is_id(comment_id):
        return None
    # Every event has an id of its own; one without it is known by all that it says.
    delivery = str(event) if _is_id(event) else sha256(body).hexdigest()
    return Arrival(site=tenant.id, comment_id=str(comment_id), delivery=delivery)


def _is_id(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_ID


async def _note(store: Store, arrival: Arrival) -> Response:
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            await asyncio.to_thread(store.arrivals.note, arrival)
        except StoreError as error:
            log.warning("An event of Coral's waits to be noted: %s", error)
            if time.monotonic() > until:
                return PlainTextResponse("The queue cannot be used now.\n", status_code=503)
            await asyncio.sleep(_AGAIN_SECONDS)
        else:
            return Response(status_code=204)


def _refuse(refusal: Refusal) -> Response:
    return PlainTextResponse(f"{refusal.words}\n", status_code=refusal.status)


WEBHOOKS: Final = Dialect(
    name="coral_webhooks",
    prefixes=("/coral/webhooks",),
    routes=_routes,
    refuse=_refuse,
    longest_body=1 << 18,
    keyed=False,
)
"""For Coral's events; signatures, not API keys, say who asks."""
