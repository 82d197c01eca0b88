"""Whose secret signed what Coral sends."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from hashlib import sha256
from typing import Final, Literal

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from stance.protocols.bodies import read_json
from stance.protocols.coral_settings import Tenant

_MOST_SIGNATURES: Final = 16


def find_signer(
    tenants: Sequence[Tenant], body: bytes, header: str, *, of: Literal["phase", "webhook"] = "phase"
) -> tuple[Tenant, ...]:
    """Return whose secrets signed a body; the header holds one `sha256=` and hexadecimals a secret, commas between."""
    told = [one.strip().removeprefix("sha256=").encode("latin-1", "replace") for one in header.split(",")]
    found = []
    for tenant in tenants:
        secrets = tenant.phase_secrets if of == "phase" else tenant.webhook_secrets
        wanted = [hmac.new(secret, body, sha256).hexdigest().encode() for secret in secrets]
        matches = [hmac.compare_digest(one, other) for one in told[:_MOST_SIGNATURES] for other in wanted]
        if any(matches):
            found.append(tenant)
    return tuple(found)


async def read_signed(
    request: Request, tenants: Sequence[Tenant], *, of: Literal["phase", "webhook"]
) -> tuple[Tenant, dict[str, object]] | None:
    """Return what a tenant sent, and which one did; None where no tenant signed it as its own.

    Raises:
        BadBody: It is signed, and no JSON.
    """
    signers = find_signer(tenants, await request.body(), request.headers.get("x-coral-signature", ""), of=of)
    told = await read_json(request) if signers else None
    if not isinstance(told, dict):
        return None
    tenant = next((one for one in signers if one.id == told.get("tenantID")), None)
    return None if tenant is None else (tenant, told)


def refuse_signature() -> Response:
    """Answer what nobody who is known here signed."""
    return PlainTextResponse("The signature is not that of a tenant known here.\n", status_code=401)
