"""Decisions that were made here, told to Coral: what it holds already is not told, what fails is told again."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

from stance.protocols.coral_graphql import ask, id_of
from stance.protocols.coral_settings import Tenant
from stance.protocols.errors import CoralFailed
from stance.queue import Action, RejectReason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stance.queue import Store, Telling

log = logging.getLogger("stance.protocols.coral")

STANDING: Final = "query Standing($id: ID!) { comment(id: $id) { id status revision { id } } }"
APPROVE: Final = """mutation Approve($input: ApproveCommentInput!) {
  approveComment(input: $input) { comment { id status } clientMutationId }
}"""
REJECT: Final = """mutation Reject($input: RejectCommentInput!) {
  rejectComment(input: $input) { comment { id status } clientMutationId }
}"""
CODES: Final = {
    RejectReason.PERSON: "ABUSIVE",
    RejectReason.GROUP: "HATE_SPEECH",
    RejectReason.VIOLENCE: "HARASSMENT_BULLYING",
    RejectReason.SPAM: "SPAM",
    RejectReason.OFF_TOPIC: "IRRELEVANT_CONTENT",
    RejectReason.FALSE_CLAIM: "MISINFORMATION",
    RejectReason.OTHER: "OTHER",
}
"""Coral's code for each reason of ours."""
_STATUSES: Final = {Action.APPROVE: "APPROVED", Action.REJECT: "REJECTED"}
_ANSWER_SECONDS: Final = 5.0
_AT_ONCE: Final = 5
"""Two questions each, at most: they are answered or given up within the minute that they are held for."""
_GONE: Final = "the comment is not there any more"
_EDITED: Final = "the comment was edited since"


async def tell_decisions(store: Store, tenants: Sequence[Tenant]) -> int:
    """Tell what is due now; return how much was looked at.

    Raises:
        StoreError: The queue cannot be used.
    """
    sites = [tenant.id for tenant in tenants]
    tellings = await asyncio.to_thread(lambda: store.outbox.take(sites=sites, limit=_AT_ONCE))
    for tenant in tenants:
        theirs = [telling for telling in tellings if telling.site == tenant.id]
        await asyncio.to_thread(_tell_all, store, tenant, theirs)
    return len(tellings)


def tell(tenant: Tenant, telling: Telling) -> str:
    """Have Coral decide as was decided here; return why it never will, "" once it has.

    Coral is asked first what it holds: where an answer of its was lost, it may have decided so already.

    Raises:
        CoralFailed: It does not answer, or with an error.
    """
    wanted = _STATUSES[telling.action]
    comment = ask(tenant, STANDING, {"id": telling.comment_id}, within_seconds=_ANSWER_SECONDS).get("comment")
    if not isinstance(comment, dict):
        return _GONE
    if comment.get("status") == wanted:
        return ""
    if id_of(comment.get("revision")) != telling.revision:
        return _EDITED
    after = _decide(tenant, telling)
    # Of a text that is not its newest, Coral changes nothing and says so by the status alone.
    return "" if after.get("status") == wanted else _EDITED


def _tell_all(store: Store, tenant: Tenant, tellings: Sequence[Telling]) -> None:
    for place, telling in enumerate(tellings, start=1):
        if not _tell_one(store, tenant, telling):
            store.outbox.rest(tenant.id, [later.id for later in tellings[place:]])
            return


def _tell_one(store: Store, tenant: Tenant, telling: Telling) -> bool:
    """Tell one decision and note what came of it; False where Coral is not to be asked again now."""
    try:
        why = tell(tenant, telling)
    except CoralFailed as error:
        log.warning("decision %d is not told: %s", telling.id, error)
        if error.lasts:
            store.outbox.give_up(telling, why=error.what)
        else:
            store.outbox.put_off([telling.id], why=error.what)
        return error.lasts
    if not why:
        store.outbox.close(telling)
        return True
    log.warning("decision %d is never told: %s", telling.id, why)
    if why == _EDITED:
        _look_again(store, telling)
    store.outbox.give_up(telling, why=why)
    return True


def _look_again(store: Store, telling: Telling) -> None:
    """Have the new text fetched: it is open here again then."""
    from stance.queue import Arrival

    delivery = f"edited:{telling.id}"
    store.arrivals.note(Arrival(site=telling.site, comment_id=telling.comment_id, delivery=delivery))


def _decide(tenant: Tenant, telling: Telling) -> dict[str, Any]:
    about = {
        "commentID": telling.comment_id,
        "commentRevisionID": telling.revision,
        "clientMutationId": f"stance-{telling.id}",
    }
    if telling.action is Action.APPROVE:
        return _payload(ask(tenant, APPROVE, {"input": about}, within_seconds=_ANSWER_SECONDS), "approveComment")
    reason = {"code": CODES[telling.reason or RejectReason.OTHER]}
    try:
        data = ask(tenant, REJECT, {"input": {**about, "reason": reason}}, within_seconds=_ANSWER_SECONDS)
    except CoralFailed as error:
        if error.field != "reason":
            raise
        # Versions of before 2024 know no reasons.
        data = ask(tenant, REJECT, {"input": about}, within_seconds=_ANSWER_SECONDS)
    return _payload(data, "rejectComment")


def _payload(data: dict[str, Any], mutation: str) -> dict[str, Any]:
    payload = data.get(mutation)
    comment = payload.get("comment") if isinstance(payload, dict) else None
    if not isinstance(comment, dict):
        raise CoralFailed(kind="an answer without the comment")
    return comment
