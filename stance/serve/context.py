"""What stands around a comment in its thread: what it answers, what answers it or the same, what it quotes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from stance.out import LOOKS, Look
from stance.queue import ItemState, StoredThread, ThreadEntry
from stance.records import ARTICLE, Comment, Relation
from stance.serve.inert import Piece, excerpt, one_line, pieces

MOST_ANCESTORS: Final = 6
MOST_SIBLINGS: Final = 12
MOST_REPLIES: Final = 12
NEIGHBOUR_CHARACTERS: Final = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """One comment of the context, to be folded to its beginning. `relation` is to what it answers itself."""

    item_id: int
    name: str
    state: ItemState
    relation: Look | None
    probability: float
    beginning: Sequence[Piece]
    text: Sequence[Piece]
    cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The context of one comment; ancestors oldest first. The counts are of those that are left out."""

    title: str
    n_comments: int
    ancestors: Sequence[Neighbour]
    siblings: Sequence[Neighbour]
    replies: Sequence[Neighbour]
    quoted: Sequence[Neighbour]
    n_ancestors_left: int
    n_siblings_left: int
    n_replies_left: int


def named(comment: Comment) -> str:
    """Return a comment's number on the page, and its author where it tells one."""
    return f"#{comment.number} {one_line(comment.author or '', limit=40)}".rstrip()


def call(entry: ThreadEntry) -> str:
    """Return how a comment of a thread is called."""
    return named(entry.comment)


def look_of(relation: Mapping[Relation, float]) -> tuple[Look | None, float]:
    """Return how the likeliest relation is shown, and its probability; None for a comment whose text was erased."""
    if not relation:
        return None, 0.0
    label = max(relation, key=lambda one: relation[one])
    return LOOKS[label], relation[label]


def surroundings(thread: StoredThread, item_id: int) -> Surroundings:
    """Return the context of one of a thread's comments; what is quoted is told once."""
    entries = {entry.comment.id: entry for entry in thread.entries}
    own = next(entry for entry in thread.entries if entry.item_id == item_id)
    ancestors = _ancestors(own, entries)
    parent_id = own.reply.parent_id
    siblings, replies = [], []
    for entry in thread.entries:
        if entry.reply.parent_id == own.comment.id:
            replies.append(entry)
        elif entry.reply.parent_id == parent_id and parent_id != ARTICLE and entry is not own:
            siblings.append(entry)
    known = {entry.comment.id for entry in ancestors}
    sources = dict.fromkeys(quote.source_id for quote in own.reply.quotes if quote.source_id is not None)
    quoted = [entries[source] for source in sources if source in entries and source not in known]
    return Surroundings(
        title=one_line(thread.article.title, limit=160),
        n_comments=len(thread.entries),
        ancestors=[_neighbour(entry) for entry in ancestors[-MOST_ANCESTORS:]],
        siblings=[_neighbour(entry) for entry in siblings[:MOST_SIBLINGS]],
        replies=[_neighbour(entry) for entry in replies[:MOST_REPLIES]],
        quoted=[_neighbour(entry) for entry in quoted[:MOST_SIBLINGS]],
        n_ancestors_left=max(0, len(ancestors) - MOST_ANCESTORS),
        n_siblings_left=max(0, len(siblings) - MOST_SIBLINGS),
        n_replies_left=max(0, len(replies) - MOST_REPLIES),
    )


def _ancestors(own: ThreadEntry, entries: Mapping[str, ThreadEntry]) -> list[ThreadEntry]:
    """Return what a comment answers, and what that answers, oldest first."""
    found: dict[str, ThreadEntry] = {}
    entry = entries.get(own.reply.parent_id)
    # A thread loaded twice, once in parts, could hold links that no one analysis made: stop at what was met before.
    while entry is not None and entry.comment.id not in found:
        found[entry.comment.id] = entry
        entry = entries.get(entry.reply.parent_id)
    return list(reversed(found.values()))


def _neighbour(entry: ThreadEntry) -> Neighbour:
    look, probability = look_of(entry.judgement.relation)
    text = entry.comment.text
    return Neighbour(
        item_id=entry.item_id,
        name=call(entry),
        state=entry.state,
        relation=look,
        probability=probability,
        beginning=excerpt(text, limit=120),
        text=pieces(
            text,
            quotes=[(quote.start, quote.end) for quote in entry.reply.quotes],
            limit=NEIGHBOUR_CHARACTERS,
        ),
        cut=len(text) > NEIGHBOUR_CHARACTERS,
    )
