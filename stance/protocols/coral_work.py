"""What is done with Coral in the background: comments that it told of are loaded, decisions are told to it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from stance.errors import StanceError, StoreError
from stance.protocols.coral_outbox import tell_decisions
from stance.protocols.coral_settings import Tenant
from stance.protocols.coral_story import Story, fetch_story, make_thread, origins_of, seen_in, thread_id_of
from stance.protocols.errors import CoralFailed, Overloaded
from stance.protocols.scoring import Scoring

if TYPE_CHECKING:
    from stance.queue import LoadReport, PendingArrival, Store
    from stance.records import Analysis, Policy

log = logging.getLogger("stance.protocols.coral")

_LOOK_SECONDS: Final = 1.0
_AT_ONCE: Final = 8
"""Fetched one after the other within the minute that they are held for."""
_TRIES: Final = 3
_GONE: Final = "the comment is not there any more, or above 20 KB"
_POISON: Final = (ValueError, LookupError, TypeError)
"""What is wrong with a comment itself, however often it is tried."""


async def work_for_ever(store: Store, scoring: Scoring, tenants: Sequence[Tenant]) -> None:
    """Load what Coral told of and tell it of decisions, each looked for every second, whatever goes wrong."""
    asked = tuple(tenant for tenant in tenants if tenant.graphql_url)
    if asked:
        await asyncio.gather(
            _for_ever(lambda: load_arrivals(store, scoring, asked)), _for_ever(lambda: tell_decisions(store, asked))
        )


async def load_arrivals(store: Store, scoring: Scoring, tenants: Sequence[Tenant]) -> int:
    """Fetch, judge and load what is pending now; return how many comments were looked at.

    Raises:
        StoreError: The queue cannot be used.
    """
    by_id = {tenant.id: tenant for tenant in tenants}
    taken = await asyncio.to_thread(lambda: store.arrivals.take(sites=[*by_id], limit=_AT_ONCE))
    for site in dict.fromkeys(arrival.site for arrival in taken):
        tenant = by_id[site]
        theirs = [arrival for arrival in taken if arrival.site == site]
        stories = await asyncio.to_thread(_fetch, store, tenant, theirs)
        for story, numbers in stories:
            await _load(store, scoring, tenant, story, numbers)
    return len(taken)


async def _for_ever(work: Callable[[], Awaitable[int]]) -> None:
    while True:
        try:
            n_done = await work()
        except StoreError as error:
            log.warning("%s", error)
            n_done = 0
        if not n_done:
            await asyncio.sleep(_LOOK_SECONDS)


def _fetch(store: Store, tenant: Tenant, arrivals: Sequence[PendingArrival]) -> list[tuple[Story, list[int]]]:
    """Fetch comments; return them by story, each with the numbers of what told of them."""
    told: dict[str, list[int]] = {}
    for arrival in arrivals:
        told.setdefault(arrival.comment_id, []).append(arrival.id)
    stories: dict[str, tuple[Story, list[int]]] = {}
    for place, (comment_id, numbers) in enumerate(told.items(), start=1):
        try:
            story = fetch_story(tenant, comment_id)
        except CoralFailed as error:
            log.warning("comment of event %d is not fetched: %s", numbers[0], error)
            if error.lasts:
                store.arrivals.close(numbers, why=error.what)
                continue
            store.arrivals.put_off(numbers, why=error.what)
            store.arrivals.rest(tenant.id, [later for others in [*told.values()][place:] for later in others])
            break
        if story is None:
            store.arrivals.close(numbers, why=_GONE)
            continue
        before, others = stories.get(story.id, (story, []))
        stories[story.id] = (before.joined(story), [*others, *numbers])
    return list(stories.values())


async def _load(store: Store, scoring: Scoring, tenant: Tenant, story: Story, numbers: Sequence[int]) -> None:
    """Judge a part of a story and add it to the queue; done again, it changes nothing."""
    for _ in range(_TRIES):
        try:
            known = await asyncio.to_thread(store.arrivals.known, thread_id_of(tenant, story))
            analysis = await scoring.analyze(make_thread(tenant, story, known))
            loaded = await asyncio.to_thread(_add, store, analysis, tenant, story, scoring.policy)
        except Overloaded:
            await asyncio.to_thread(store.arrivals.rest, tenant.id, numbers)
            return
        except StoreError:
            raise
        except (StanceError, *_POISON) as error:
            log.warning("comments of %d events are not loaded: %s", len(numbers), type(error).__name__)
            why = f"it cannot be judged ({type(error).__name__})"
            await asyncio.to_thread(partial(store.arrivals.close, numbers, why=why))
            return
        if loaded is not None:
            await asyncio.to_thread(_conclude, store, tenant, story, numbers)
            return
    why = "others added to the thread meanwhile"
    await asyncio.to_thread(partial(store.arrivals.put_off, numbers, why=why))


def _add(store: Store, analysis: Analysis, tenant: Tenant, story: Story, policy: Policy) -> LoadReport | None:
    return store.arrivals.load(analysis, origins_of=origins_of(tenant, story), policy=policy)


def _conclude(store: Store, tenant: Tenant, story: Story, numbers: Sequence[int]) -> None:
    """Keep what was fetched for its replies, note what Coral's moderators decided, and be done with what told of it."""
    from stance.queue import Suggestion

    erased = store.arrivals.erased(thread_id_of(tenant, story))
    kept = replace(story, comments=tuple(one for one in story.comments if one.id not in erased))
    store.seen.remember(*seen_in(tenant, kept))
    for comment in kept.comments:
        if comment.decided is not None:
            store.outside.suggest(
                Suggestion(
                    community=f"Coral: {urlsplit(tenant.graphql_url).netloc}",
                    text=comment.text,
                    action=comment.decided,
                    comment_id=comment.id,
                )
            )
    store.arrivals.close(numbers)
