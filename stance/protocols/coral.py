"""Coral's external moderation phase: a comment that is about to be saved in, flags or no opinion out.

Whatever goes wrong, Coral is told that there is no opinion, and goes on without one.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from stance.errors import StanceError
from stance.protocols.bodies import BadBody, is_too_long, read_json
from stance.protocols.coral_graphql import Parents
from stance.protocols.coral_settings import CODES, STATUSES, Rule, Tenant
from stance.protocols.scoring import Asked
from stance.protocols.sent_text import take_html
from stance.protocols.service import Dialect, Refusal, Service
from stance.records import Attribute, Judgement

WITHIN_SECONDS: Final = 0.15
"""Coral waits 0.2 s unless it is told otherwise, the way there and back among them."""
_PARENT_SECONDS: Final = 0.06
_MOST_SIGNATURES: Final = 16


@dataclass(frozen=True, slots=True)
class _Comment:
    body: str
    parent_id: str | None


def find_signer(tenants: Sequence[Tenant], body: bytes, header: str) -> tuple[Tenant, ...]:
    """Return whose secrets signed a body; the header holds one `sha256=` and hexadecimals a secret, commas between."""
    told = [one.strip().removeprefix("sha256=").encode("latin-1", "replace") for one in header.split(",")]
    found = []
    for tenant in tenants:
        wanted = [hmac.new(secret, body, sha256).hexdigest().encode() for secret in tenant.phase_secrets]
        matches = [hmac.compare_digest(one, other) for one in told[:_MOST_SIGNATURES] for other in wanted]
        if any(matches):
            found.append(tenant)
    return tuple(found)


def make_answer(rules: Sequence[Rule], judgement: Judgement) -> dict[str, object] | None:
    """Return what Coral is told of a comment, None where there is no opinion.

    A status, `NONE` also, would end Coral's pipeline, so there is one only where a rule asks for it.
    """
    scores: Mapping[Attribute, float] = judgement.attributes
    fired = [rule for rule in rules if scores.get(rule.attribute, 0.0) >= rule.at_least]
    if not fired or judgement.language_uncertain:
        return None
    flags = dict.fromkeys(rule.flag for rule in fired)
    answer: dict[str, object] = {"actions": [{"actionType": "FLAG", "reason": flag} for flag in flags]}
    strength = list(STATUSES)
    strongest = max(fired, key=lambda rule: (strength.index(rule.answer), scores[rule.attribute]))
    status = STATUSES[strongest.answer]
    if status is not None:
        answer["status"] = status
    if status == "REJECTED":
        answer["moderationAction"] = {"status": status, "rejectionReason": {"code": CODES[strongest.attribute]}}
    return answer


def _routes(service: Service) -> Sequence[BaseRoute]:
    tenants = service.coral
    if not tenants:
        return []
    parents = Parents(service.store)

    async def phase(request: Request) -> Response:
        until = time.monotonic() + WITHIN_SECONDS
        header = request.headers.get("x-coral-signature", "")
        signers = find_signer(tenants, await request.body(), header)
        try:
            told = await read_json(request) if signers else None
        except BadBody:
            return _no_opinion()
        named = told.get("tenantID") if isinstance(told, dict) else None
        tenant = next((one for one in signers if one.id == named), None)
        if tenant is None:
            return PlainTextResponse("The signature is not that of a tenant known here.\n", status_code=401)
        comment = _read_comment(told)
        if comment is None:
            return _no_opinion()
        try:
            async with asyncio.timeout(until - time.monotonic()):
                judgement = await _judge(service, parents, tenant, comment, until=until)
        except (StanceError, TimeoutError):
            return _no_opinion()
        answer = None if judgement is None else make_answer(tenant.rules, judgement)
        return _no_opinion() if answer is None else JSONResponse(answer)

    return [Route("/coral/phase", phase, methods=["POST"])]


async def _judge(
    service: Service, parents: Parents, tenant: Tenant, comment: _Comment, *, until: float
) -> Judgement | None:
    if is_too_long(comment.body):
        return None
    text = take_html(comment.body).text.strip() if tenant.html else comment.body.strip()
    if not text:
        return None
    parent = ""
    if comment.parent_id is not None:
        parent = await parents.find(tenant, comment.parent_id, within_seconds=_PARENT_SECONDS)
    left = max(0.0, until - time.monotonic())
    (judgement,) = await service.scoring.judge([Asked(text=text, parent=parent)], within_seconds=left)
    return judgement


def _read_comment(told: object) -> _Comment | None:
    comment = told.get("comment") if isinstance(told, dict) else None
    if not isinstance(comment, dict) or not isinstance(comment.get("body"), str):
        return None
    parent_id = comment.get("parentID")
    return _Comment(comment["body"], parent_id if isinstance(parent_id, str) and 0 < len(parent_id) <= 200 else None)


def _no_opinion() -> Response:
    return Response(status_code=204)


def _refuse(refusal: Refusal) -> Response:
    """An error of ours is no reason for one of Coral's log lines; one of the asker's is told plainly."""
    if refusal.status == 429 or refusal.status >= 500:
        return _no_opinion()
    return PlainTextResponse(f"{refusal.words}\n", status_code=refusal.status)


CORAL: Final = Dialect(
    name="coral",
    prefixes=("/coral",),
    routes=_routes,
    refuse=_refuse,
    longest_body=1 << 20,
    keyed=False,
)
"""For Coral; signatures, not API keys, say who asks."""
