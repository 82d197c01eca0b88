"""Feedback becomes decisions: what was noted from outside is judged and taken into the queue, one after the other."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from stance.errors import StanceError, StoreError
from stance.protocols.errors import Overloaded
from stance.protocols.scoring import Scoring
from stance.records import Article, Comment, Page, Thread
from stance.thread import build_thread

if TYPE_CHECKING:
    from stance.queue import PendingSuggestion, Store, Suggestion

log = logging.getLogger("stance.protocols.feedback")

_AT_ONCE: Final = 20
_LOOK_SECONDS: Final = 1.0


async def take_in_for_ever(store: Store, scoring: Scoring) -> None:
    """Take in what is pending, look again every second, and go on after whatever goes wrong."""
    while True:
        try:
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


async def _land(store: Store, scoring: Scoring, pending: PendingSuggestion) -> None:
    try:
        analysis = await scoring.analyze(_thread_of(pending.suggestion))
    except Overloaded:
        return  # it is pending again in a minute
    except StoreError:
        raise
    except StanceError as error:
        why = type(error).__name__
        await asyncio.to_thread(lambda: store.outside.refuse(pending, why=f"it cannot be judged ({why})"))
        return
    await asyncio.to_thread(lambda: store.outside.land(pending, analysis, policy=scoring.policy))


def _thread_of(suggestion: Suggestion) -> Thread:
    """The comment under what it answers; that is no comment of the queue's, which nobody is to decide on."""
    comment = Comment(id=suggestion.comment_id or "comment", text=suggestion.text, number=1)
    article = Article(text=suggestion.parent or suggestion.article)
    return build_thread(Page(source="outside", article=article, comments=(comment,)))
