"""Feedback becomes decisions: what was noted from outside is judged and taken into the queue, one after the other."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from stance.errors import StanceError, StoreError
from stance.protocols.errors import Overloaded
from stance.protocols.scoring import Scoring
from stance.queue import QueueBroken, RejectReason
from stance.records import Article, Attribute, Comment, Page, Thread
from stance.thread import build_thread

if TYPE_CHECKING:
    from stance.queue import PendingSuggestion, Store, Suggestion

log = logging.getLogger("stance.protocols.feedback")

_AT_ONCE: Final = 20
REJECTED_FROM: Final = 0.5
"""The suggested score from which on a comment is taken to be rejected."""
_LOOK_SECONDS: Final = 1.0
KEPT_DAYS: Final = 30
"""How long comments of other sites are kept, and that feedback was taken in."""
_FORGET_SECONDS: Final = 60 * 60
_POISON: Final = (ValueError, LookupError, TypeError)
"""What is wrong with a suggestion itself, however often it is tried."""
_REASONS: Final = {
    Attribute.THREAT: RejectReason.VIOLENCE,
    Attribute.IDENTITY_ATTACK: RejectReason.GROUP,
    Attribute.ATTACK_ON_COMMENTER: RejectReason.PERSON,
    Attribute.INSULT: RejectReason.PERSON,
    Attribute.SPAM: RejectReason.SPAM,
}
"""What a suggested score says; toxicity and the like say only that the comment was rejected."""


async def take_in_for_ever(store: Store, scoring: Scoring) -> None:
    """Take in what is pending, look again every second, and go on after whatever goes wrong.

    Once an hour, what is older than `KEPT_DAYS` is forgotten.
    """
    forget_at = 0.0
    while True:
        try:
            if time.monotonic() >= forget_at:
                await asyncio.to_thread(_forget, store)
                forget_at = time.monotonic() + _FORGET_SECONDS
            n_taken = await take_in(store, scoring)
        except StoreError as error:
            log.warning("%s", error)
            n_taken = 0
        if not n_taken:
            await asyncio.sleep(_LOOK_SECONDS)


async def take_in(store: Store, scoring: Scoring) -> int:
    """Judge and decide what is pending now; return how many suggestions were looked at.

    What a server that was killed had taken up is pending again after a minute.

    Raises:
        StoreError: The queue cannot be used.
    """
    pending = await asyncio.to_thread(lambda: store.outside.take(limit=_AT_ONCE))
    for one in pending:
        await _land(store, scoring, one)
    return len(pending)


def reject_reason(scores: Mapping[Attribute, float]) -> RejectReason:
    """Return why a comment of these scores was rejected, by the highest that names a reason; 0.5 is the least."""
    named = [(score, _REASONS[attribute]) for attribute, score in scores.items() if attribute in _REASONS]
    score, reason = max(named, key=lambda one: one[0], default=(0.0, RejectReason.OTHER))
    return reason if score >= REJECTED_FROM else RejectReason.OTHER


def _forget(store: Store) -> None:
    moment = datetime.now(UTC) - timedelta(days=KEPT_DAYS)
    store.seen.forget(older_than=moment)
    store.outside.forget(older_than=moment)
    store.arrivals.forget(older_than=moment)
    store.outbox.forget(older_than=moment)


async def _land(store: Store, scoring: Scoring, pending: PendingSuggestion) -> None:
    try:
        analysis = await scoring.analyze(_thread_of(pending.suggestion))
    except Overloaded:
        return  # it is pending again in a minute
    except StoreError:
        raise
    except StanceError as error:
        await _refuse(store, pending, why=f"it cannot be judged ({type(error).__name__})")
        return
    try:
        await asyncio.to_thread(lambda: store.outside.land(pending, analysis, policy=scoring.policy))
    except QueueBroken as error:
        # A full disk may be the cause, so it is tried again in a minute; what comes after it does not wait.
        log.warning("suggestion %d: %s", pending.id, error)
    except _POISON as error:
        await _refuse(store, pending, why=f"it cannot be taken in ({type(error).__name__})")


async def _refuse(store: Store, pending: PendingSuggestion, *, why: str) -> None:
    log.warning("suggestion %d: %s", pending.id, why)
    await asyncio.to_thread(lambda: store.outside.refuse(pending, why=why))


def _thread_of(suggestion: Suggestion) -> Thread:
    """The comment under what it answers; that is no comment of the queue's, which nobody is to decide on."""
    comment = Comment(id=suggestion.comment_id or "comment", text=suggestion.text, number=1)
    article = Article(text=suggestion.parent or suggestion.article)
    return build_thread(Page(source="outside", article=article, comments=(comment,)))
