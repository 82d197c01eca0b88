"""Decisions made elsewhere: noted before they are acknowledged, taken into the chain once their comment is judged."""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from stance.queue import deciding
from stance.queue.counting import standing
from stance.queue.database import Database
from stance.queue.elsewhere import OUTSIDE, is_from_outside, name_of_outside
from stance.queue.errors import Erased, StaleItem
from stance.queue.ledger import lock, next_values, read_setting, write_setting
from stance.queue.loading import load_batch
from stance.queue.moderation import Action, Choice, ItemState, RejectReason
from stance.queue.packing import storable, storable_id, to_kind, to_microseconds, to_optional_kind
from stance.queue.seen import same_words
from stance.queue.tables import decisions, items, origins, seen, suggestions, texts, threads
from stance.records import Analysis, Policy

_CLAIM_MICROSECONDS: Final = 60 * 1_000_000
"""For so long nobody else takes up a suggestion that somebody works on."""
_SECRET: Final = "secret of digests"
"""The setting that holds what keys the digests of one queue."""
_PENDING, _LANDED, _REFUSED = "pending", "landed", "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A decision on a comment that was made elsewhere.

    `community` is whose it is, `comment_id` the comment's own there, where it is known. `parent` is the text that the
    comment answers. The action is to approve or to reject.
    """

    community: str
    text: str
    action: Action
    reason: RejectReason | None = None
    parent: str = ""
    article: str = ""
    comment_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingSuggestion:
    """A suggestion that is still to be taken in."""

    id: int
    suggestion: Suggestion


class Outside:
    """Feedback of one queue; `Store.outside` gives it."""

    def __init__(self, database: Database, *, now: Callable[[], int]) -> None:
        self._database = database
        self._now = now

    def suggest(self, suggestion: Suggestion) -> int:
        """Note a decision, for good once this returns; what was the last word on a comment already is not noted again.

        Returns:
            Its number, from 1; of what is not noted again, the number that it has.

        Raises:
            ValueError: The action is neither to approve nor to reject.
        """
        if suggestion.action not in {Action.APPROVE, Action.REJECT}:
            raise ValueError(f"action: got {suggestion.action.value}, want approve or reject")
        held = _storable(suggestion)
        with self._database.writing() as connection:
            lock(connection, "suggestion")
            digest = _digest(connection, held)
            told = select(suggestions.c.id, suggestions.c.action).where(suggestions.c.digest == digest)
            last = connection.execute(told.order_by(suggestions.c.id.desc()).limit(1)).one_or_none()
            if last is not None and last.action == held.action.value:
                return int(last.id)
            number = next_values(connection, "suggestion", n=1)
            now = self._now()
            row = {"id": number, "digest": digest, "received_at": now, "due_at": now, "state": _PENDING, "why": ""}
            connection.execute(insert(suggestions).values(**row, **_to_row(held)))
        return number

    def take(self, *, limit: int) -> tuple[PendingSuggestion, ...]:
        """Take up pending suggestions, oldest first; for a minute nobody else is given them."""
        now = self._now()
        due = (
            select(suggestions)
            .where(suggestions.c.state == _PENDING, suggestions.c.due_at <= now)
            .order_by(suggestions.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        with self._database.writing() as connection:
            rows = connection.execute(due).all()
            claimed = update(suggestions).where(suggestions.c.id.in_([row.id for row in rows]))
            connection.execute(claimed.values(due_at=now + _CLAIM_MICROSECONDS))
        return tuple(PendingSuggestion(id=row.id, suggestion=_to_suggestion(row)) for row in rows)

    def land(self, pending: PendingSuggestion, analysis: Analysis, *, policy: Policy) -> None:
        """Decide on the comment as it was decided elsewhere, and forget the suggestion's texts.

        It is the item of that id and text, where the queue has one; else one of its own, made of `analysis`. A
        decision that was made here stands; one from elsewhere gives way to a later one, in whichever order they are
        taken in. Where somebody reads the item just now, the suggestion waits.

        Args:
            pending: As `take` gave it.
            analysis: Of the comment, last in its thread, with what it answers.
            policy: The one that ranked it.
        """
        now = self._now()
        with self._database.writing() as connection:
            lock(connection, "load")
            if _state(connection, pending.id) != _PENDING:
                return
            if _is_outdated(connection, pending.id):
                _close(connection, pending.id, state=_LANDED, why="it was decided otherwise later", item_id=None)
                return
            item = _find_item(connection, pending.suggestion)
            if item is None:
                load_batch(connection, [_own_thread(connection, analysis, pending)], policy=policy, now=now)
                item = _own_item(connection, pending)
            try:
                why = _decide(connection, item, pending.suggestion, now=now)
            except StaleItem:
                wait = update(suggestions).where(suggestions.c.id == pending.id)
                connection.execute(wait.values(due_at=now + _CLAIM_MICROSECONDS))
                return
            except Erased:
                why = "the comment was erased here"
            _close(connection, pending.id, state=_LANDED, why=why, item_id=item.id)

    def refuse(self, pending: PendingSuggestion, *, why: str) -> None:
        """Give a suggestion up whose comment cannot be judged, and forget its texts."""
        with self._database.writing() as connection:
            if _state(connection, pending.id) == _PENDING:
                _close(connection, pending.id, state=_REFUSED, why=why[:200], item_id=None)

    def forget(self, *, older_than: datetime) -> int:
        """Forget what was taken in or refused and came before; return how many. What is pending stays."""
        closed = (suggestions.c.state != _PENDING, suggestions.c.received_at < to_microseconds(older_than))
        with self._database.writing() as connection:
            return connection.execute(delete(suggestions).where(*closed)).rowcount

    def counts(self) -> dict[str, int]:
        """Return how many suggestions are pending, landed and refused."""
        asked = select(suggestions.c.state, func.count().label("n")).group_by(suggestions.c.state)
        with self._database.reading() as connection:
            found = {row.state: int(row.n) for row in connection.execute(asked)}
        return {state: found.get(state, 0) for state in (_PENDING, _LANDED, _REFUSED)}


def _storable(suggestion: Suggestion) -> Suggestion:
    return replace(
        suggestion,
        community=storable_id(suggestion.community),
        text=storable(suggestion.text),
        parent=storable(suggestion.parent),
        article=storable(suggestion.article),
        comment_id=None if suggestion.comment_id is None else storable_id(suggestion.comment_id),
    )


def _digest(connection: Connection, suggestion: Suggestion) -> str:
    """Tell the comment. A client's token cannot: Coral's is the same whatever is decided on a comment, and after.

    Decisions name its thread by this and are exported, also once the text was erased: under the queue's own secret it
    confirms no guess at the text.
    """
    secret = read_setting(connection, _SECRET)
    if secret is None:
        secret = secrets.token_hex(32)
        write_setting(connection, _SECRET, secret)
    about = [suggestion.community, suggestion.comment_id, suggestion.text]
    return hmac.digest(secret.encode(), json.dumps(about).encode(), "sha256").hex()


def _to_row(suggestion: Suggestion) -> dict[str, Any]:
    about = {"text": suggestion.text, "parent": suggestion.parent, "article": suggestion.article}
    return {
        "community": suggestion.community,
        "comment_id": suggestion.comment_id,
        "about": json.dumps(about),
        "action": suggestion.action.value,
        "reason": None if suggestion.reason is None else suggestion.reason.value,
    }


def _to_suggestion(row: Row[Any]) -> Suggestion:
    return Suggestion(
        community=row.community,
        comment_id=row.comment_id,
        action=to_kind(Action, row.action),
        reason=to_optional_kind(RejectReason, row.reason),
        **json.loads(row.about),
    )


def _state(connection: Connection, number: int) -> str:
    held = select(suggestions.c.state).where(suggestions.c.id == number).with_for_update()
    return str(connection.execute(held).scalar_one())


def _is_outdated(connection: Connection, number: int) -> bool:
    """Whether something later was told of the same comment, as when a suggestion had to wait."""
    digest = select(suggestions.c.digest).where(suggestions.c.id == number).scalar_subquery()
    later = select(suggestions.c.id).where(suggestions.c.digest == digest, suggestions.c.id > number)
    return connection.execute(later.limit(1)).scalar() is not None


def _close(connection: Connection, number: int, *, state: str, why: str, item_id: int | None) -> None:
    row = {"state": state, "why": why, "item_id": item_id, "about": "{}"}
    connection.execute(update(suggestions).where(suggestions.c.id == number).values(**row))


def _find_item(connection: Connection, suggestion: Suggestion) -> Row[Any] | None:
    """The newest item of that id and text; an id alone may be another site's."""
    if suggestion.comment_id is None:
        return None
    of_that_id = (
        select(items, texts.c.text)
        .join(texts, texts.c.item_id == items.c.id)
        .where(items.c.comment_id == suggestion.comment_id)
    )
    rows = connection.execute(of_that_id.order_by(items.c.id.desc()))
    return next((row for row in rows if same_words(row.text, suggestion.text)), None)


def _thread_key(connection: Connection, suggestion: Suggestion) -> str:
    return f"{OUTSIDE.strip(': ')}:{_digest(connection, suggestion)[:32]}"


def _own_thread(connection: Connection, analysis: Analysis, pending: PendingSuggestion) -> Analysis:
    """Name the thread, and its last comment's author where the comment was seen: so that a purge finds it."""
    of_that_id = select(seen.c.author, seen.c.text).where(seen.c.comment_id == pending.suggestion.comment_id)
    rows = connection.execute(of_that_id.order_by(seen.c.seen_at.desc())).all()
    author = next((row.author for row in rows if same_words(row.text, pending.suggestion.text)), None)
    *before, last = analysis.thread.comments
    comments = (*before, replace(last, author=last.author or author))
    return replace(
        analysis, thread=replace(analysis.thread, id=_thread_key(connection, pending.suggestion), comments=comments)
    )


def _own_item(connection: Connection, pending: PendingSuggestion) -> Row[Any]:
    asked = (
        select(items)
        .join(threads, threads.c.id == items.c.thread_id)
        .where(threads.c.key == _thread_key(connection, pending.suggestion))
    )
    return connection.execute(asked.order_by(items.c.place.desc()).limit(1)).one()


def _decide(connection: Connection, item: Row[Any], suggestion: Suggestion, *, now: int) -> str:
    """Append the decision; return why not, "" where it was."""
    if _is_echo(connection, item.id, suggestion.action):
        return "it was told from here"
    last = connection.execute(
        select(decisions.c.moderator, decisions.c.action)
        .where(decisions.c.item_id == item.id, decisions.c.revision == item.revision, standing())
        .order_by(decisions.c.sequence.desc())
        .limit(1)
    ).one_or_none()
    if last is not None and item.state != ItemState.OPEN.value:
        if not is_from_outside(last.moderator):
            return "it was decided here"
        if last.action == suggestion.action.value:
            return "it was decided so before"
    choice = Choice(item_id=item.id, version=item.version, action=suggestion.action, reason=suggestion.reason)
    deciding.decide(connection, [choice], moderator=name_of_outside(suggestion.community), now=now)
    return ""


def _is_echo(connection: Connection, item_id: int, action: Action) -> bool:
    """Whether a site says what it was told: also where that was taken back here, which sites cannot be told."""
    held = select(origins.c.told_at).where(origins.c.item_id == item_id, origins.c.standing == action.value)
    return connection.execute(held).scalar() is not None
