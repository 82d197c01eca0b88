"""Coral's external moderation phase: a comment that is about to be saved in, flags or no opinion out.

Whatever goes wrong, Coral is told that there is no opinion, and goes on without one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from stance.errors import StanceError
from stance.protocols.bodies import BadBody, is_too_long
from stance.protocols.coral_graphql import LONGEST_ID, id_of
from stance.protocols.coral_parents import Parents
from stance.protocols.coral_settings import CODES, STATUSES, Rule, Tenant
from stance.protocols.coral_signing import read_signed, refuse_signature
from stance.protocols.scoring import Asked
from stance.protocols.sent_text import take_html
from stance.protocols.service import Dialect, Refusal, Service
from stance.records import Attribute, Judgement

WITHIN_SECONDS: Final = 0.15
"""Coral waits 0.2 s unless it is told otherwise, the way there and back among them."""
_PARENT_SECONDS: Final = 0.06


@dataclass(frozen=True, slots=True)
class _Comment:
    text: str
    parent_id: str | None


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
        try:
            signed = await read_signed(request, tenants, of="phase")
        except BadBody:
            return _no_opinion()
        if signed is None:
            return refuse_signature()
        tenant, told = signed
        comment = _read_comment(told, html=tenant.html)
        if comment is None or not comment.text:
            return _no_opinion()
        try:
            async with asyncio.timeout(until - time.monotonic()):
                judgement = await _judge(service, parents, tenant, comment, until=until)
        except (StanceError, TimeoutError):
            return _no_opinion()
        finally:
            if service.store is not None:
                _keep(parents, tenant, comment, told)
        answer = make_answer(tenant.rules, judgement)
        return _no_opinion() if answer is None else JSONResponse(answer)

    return [Route("/coral/phase", phase, methods=["POST"])]


async def _judge(service: Service, parents: Parents, tenant: Tenant, comment: _Comment, *, until: float) -> Judgement:
    parent = ""
    if comment.parent_id is not None:
        parent = await parents.find(tenant, comment.parent_id, within_seconds=_PARENT_SECONDS)
    left = max(0.0, until - time.monotonic())
    (judgement,) = await service.scoring.judge([Asked(text=comment.text, parent=parent)], within_seconds=left)
    return judgement


def _keep(parents: Parents, tenant: Tenant, comment: _Comment, told: Mapping[str, object]) -> None:
    """Keep a comment for the replies to it; the id that it will have is told later, by a webhook."""
    from stance.queue import SeenComment

    story = id_of(told.get("story"))
    if story is not None:
        author = id_of(told.get("author"))
        seen = SeenComment(tenant=tenant.id, story=story, text=comment.text, parent_id=comment.parent_id, author=author)
        parents.keep(seen)


def _read_comment(told: Mapping[str, object], *, html: bool) -> _Comment | None:
    """Return the comment of a request, None where there is nothing to judge."""
    comment = told.get("comment")
    body = comment.get("body") if isinstance(comment, dict) else None
    if not isinstance(comment, dict) or not isinstance(body, str) or is_too_long(body):
        return None
    text = take_html(body).text.strip() if html else body.strip()
    parent_id = comment.get("parentID")
    return _Comment(text, parent_id if isinstance(parent_id, str) and 0 < len(parent_id) <= LONGEST_ID else None)


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
