"""A comment of Coral's with what it answers: fetched over GraphQL, and made a part of its story's thread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from stance.protocols.bodies import is_too_long
from stance.protocols.coral_graphql import ask, id_of
from stance.protocols.coral_settings import Tenant
from stance.protocols.sent_text import take_html
from stance.queue import Action
from stance.records import ARTICLE, Article, Comment, Page, Thread
from stance.thread import build_thread

if TYPE_CHECKING:
    from stance.queue import Origin, SeenComment

QUERY: Final = """query Told($id: ID!) {
  comment(id: $id) {
    ...Told
    story { id url metadata { title description author } }
    parents(last: 20) { nodes { ...Told } }
  }
}
fragment Told on Comment {
  id body createdAt status deleted author { id username } parent { id } revision { id }
}"""
ANSWER_SECONDS: Final = 5.0
_LONGEST_NAME: Final = 200
_LONGEST_ARTICLE: Final = 20_000
_DECIDED: Final = {"APPROVED": Action.APPROVE, "REJECTED": Action.REJECT}
"""Coral's statuses that a moderator's decision gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A comment as Coral gives it; `decided` is what Coral's moderators decided on it, if anything."""

    id: str
    text: str
    posted_at: datetime | None
    author: str | None
    author_id: str | None
    parent_id: str | None
    revision: str | None
    decided: Action | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A part of a story: some comments, each after what it answers, no id twice."""

    id: str
    article: Article
    comments: tuple[Fetched, ...]

    def joined(self, other: Story) -> Story:
        """Return both parts as one."""
        mine = {comment.id for comment in self.comments}
        new = tuple(comment for comment in other.comments if comment.id not in mine)
        return replace(self, comments=(*self.comments, *new))


def fetch_story(tenant: Tenant, comment_id: str) -> Story | None:
    """Fetch a comment with the twenty nearest above it; None where it is not there, or its text is gone or too long.

    Raises:
        CoralFailed: Coral does not answer, or not with a comment.
    """
    comment = ask(tenant, QUERY, {"id": comment_id}, within_seconds=ANSWER_SECONDS).get("comment")
    told = _read(comment)
    story = comment.get("story") if isinstance(comment, dict) else None
    story_id = id_of(story)
    if told is None or not isinstance(comment, dict) or not isinstance(story, dict) or story_id is None:
        return None
    parents = comment.get("parents")
    nodes = parents.get("nodes") if isinstance(parents, dict) else None
    above = [found for node in (nodes if isinstance(nodes, list) else ()) if (found := _read(node)) is not None]
    by_id = {one.id: one for one in (*above, told)}
    return Story(id=story_id, article=_article(story), comments=tuple(by_id.values()))


def thread_id_of(tenant: Tenant, story: Story) -> str:
    """Return what the queue knows a story's thread by."""
    return f"coral:{tenant.id}:{story.id}"


def make_thread(tenant: Tenant, story: Story, known: Mapping[str, int]) -> Thread:
    """Make a thread of a part of a story.

    Args:
        tenant: Whose story.
        story: Some comments of it, at least one.
        known: The numbers in the whole thread of those that the queue has; new ones follow, by their times.
    """
    earliest = datetime.min.replace(tzinfo=UTC)
    numbers = dict(known)
    last = max(numbers.values(), default=0)
    new = [comment for comment in story.comments if comment.id not in numbers]
    in_time = sorted(new, key=lambda comment: comment.posted_at or earliest)
    numbers |= {comment.id: number for number, comment in enumerate(in_time, start=last + 1)}
    comments = [
        Comment(
            id=one.id,
            text=one.text,
            number=numbers[one.id],
            author=one.author,
            posted_at=one.posted_at,
            parent_id=one.parent_id or ARTICLE,
        )
        for one in story.comments
    ]
    page = Page(source="coral", article=story.article, comments=tuple(sorted(comments, key=lambda one: one.number)))
    return build_thread(page, thread_id=thread_id_of(tenant, story))


def origins_of(tenant: Tenant, story: Story) -> dict[str, Origin]:
    """Return where each comment is from, by its id."""
    from stance.queue import Origin

    return {
        one.id: Origin(site=tenant.id, revision=one.revision if tenant.tell_decisions else None, author=one.author_id)
        for one in story.comments
    }


def seen_in(tenant: Tenant, story: Story) -> Iterable[SeenComment]:
    """Yield the comments as they are kept for the replies to them."""
    from stance.queue import SeenComment

    for one in story.comments:
        yield SeenComment(
            tenant=tenant.id,
            story=story.id,
            text=one.text,
            comment_id=one.id,
            parent_id=one.parent_id,
            author=one.author_id,
        )


def _read(node: object) -> Fetched | None:
    """Read a comment, None where it has no text any more, or one that is too long to judge."""
    comment_id = id_of(node)
    if not isinstance(node, dict) or comment_id is None or node.get("deleted") is True:
        return None
    body = node.get("body")
    text = take_html(body).text.strip() if isinstance(body, str) else ""
    if not text or is_too_long(text):
        return None
    author = node.get("author")
    status = node.get("status")
    return Fetched(
        id=comment_id,
        text=text,
        posted_at=_time(node.get("createdAt")),
        author=_words(author.get("username"), most=_LONGEST_NAME) or None if isinstance(author, dict) else None,
        author_id=id_of(author),
        parent_id=id_of(node.get("parent")),
        revision=id_of(node.get("revision")),
        decided=_DECIDED.get(status) if isinstance(status, str) else None,
    )


def _article(story: Mapping[str, Any]) -> Article:
    metadata = story.get("metadata")
    told = metadata if isinstance(metadata, dict) else {}
    return Article(
        title=_words(told.get("title"), most=_LONGEST_NAME),
        text=_words(told.get("description"), most=_LONGEST_ARTICLE),
        author=_words(told.get("author"), most=_LONGEST_NAME) or None,
        url=_words(story.get("url"), most=2000) or None,
    )


def _words(value: object, *, most: int) -> str:
    return value[:most].strip() if isinstance(value, str) else ""


def _time(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        return None if moment is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
