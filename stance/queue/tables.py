"""The tables of the store, as the newest migration leaves them.

Times are microseconds since 1970 in UTC. What the queue sorts and filters by stands in `items`, `places` and
`item_actors`; what is only shown stands as JSON in `texts`, so that a decision never rewrites a long comment.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.types import TypeEngine

from stance.queue.errors import QueueEdited


class _Number(TypeDecorator[Any]):
    """A number; SQLite keeps any other value as well, where somebody writes one."""

    impl: type[TypeEngine[Any]] = Double
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002 - SQLAlchemy gives both
        if value is None or isinstance(value, int | float):
            return value
        raise QueueEdited("a value in place of a number")


class _Real(_Number):
    cache_ok = True


class _Whole(_Number):
    impl = Integer
    cache_ok = True


class _Big(_Number):
    impl = BigInteger
    cache_ok = True


metadata: Final = MetaData()
_Id: Final = BigInteger().with_variant(Integer, "sqlite")

ledger = Table(
    "ledger",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", _Big, nullable=False),
    Column("hash", String, nullable=False),
)
"""Counters that writers lock, always in the order `load`, rows of items by id, `chain`, `telling`, `change`."""

settings = Table(
    "settings",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
)

threads = Table(
    "threads",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("key", String, nullable=False, unique=True),
    Column("article", Text, nullable=False),
    Column("actors", Text, nullable=False),
    Column("loaded_at", _Big, nullable=False),
)

items = Table(
    "items",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("thread_id", ForeignKey("threads.id"), nullable=False),
    Column("comment_id", String, nullable=False),
    Column("place", _Whole, nullable=False),
    Column("number", _Whole, nullable=False),
    Column("author", String),
    Column("posted_at", _Big),
    Column("loaded_at", _Big, nullable=False),
    Column("revision", String, nullable=False),
    Column("model_id", String, nullable=False),
    Column("policy_digest", String, nullable=False),
    Column("priority", _Real, nullable=False),
    Column("uncertainty", _Real, nullable=False),
    Column("toxicity", _Real, nullable=False),
    Column("lanes", String, nullable=False),
    Column("state", String, nullable=False),
    Column("version", _Whole, nullable=False),
    Column("holder", String),
    Column("purpose", String),
    Column("lease_until", _Big),
    Column("deferred_until", _Big),
    UniqueConstraint("thread_id", "comment_id", name="items_of_thread"),
    Index("items_by_author", "author"),
    Index("items_by_place", "thread_id", "place"),
    Index("items_by_holder", "holder"),
    Index("items_by_due", "deferred_until"),
)

texts = Table(
    "texts",
    metadata,
    Column("item_id", _Id, ForeignKey("items.id"), primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
    Column("salt", String, nullable=False),
    Column("reasons", Text, nullable=False),
    Column("details", Text, nullable=False),
)

places = Table(
    "places",
    metadata,
    Column("item_id", _Id, ForeignKey("items.id"), primary_key=True, autoincrement=False),
    Column("lane", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("risk", _Real, nullable=False),
    Column("uncertain", _Real, nullable=False),
    Column("hybrid", _Real, nullable=False),
    Column("newest", _Real, nullable=False),
)
for _order in ("risk", "uncertain", "hybrid", "newest"):
    Index(f"places_by_{_order}", places.c.lane, places.c.state, places.c[_order].desc(), places.c.item_id)

item_actors = Table(
    "item_actors",
    metadata,
    Column("item_id", _Id, ForeignKey("items.id"), primary_key=True, autoincrement=False),
    Column("actor", String, primary_key=True),
    Column("stance", String, nullable=False),
    Index("item_actors_by_actor", "actor", "stance", "item_id"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("sequence", _Id, primary_key=True, autoincrement=False),
    Column("item_id", ForeignKey("items.id"), nullable=False),
    Column("thread_id", String, nullable=False),
    Column("comment_id", String, nullable=False),
    Column("revision", String, nullable=False),
    Column("item_version", _Whole, nullable=False),
    Column("action", String, nullable=False),
    Column("reason", String),
    Column("note_digest", String),
    Column("moderator", String, nullable=False),
    Column("decided_at", _Big, nullable=False),
    Column("seconds", _Real),
    Column("state_before", String, nullable=False),
    Column("state_after", String, nullable=False),
    Column("purpose", String, nullable=False),
    Column("undoes", _Big),
    Column("batch", _Big, nullable=False),
    Column("scores", Text, nullable=False),
    Column("model_id", String, nullable=False),
    Column("policy_digest", String, nullable=False),
    Column("previous_hash", String, nullable=False),
    Column("hash", String, nullable=False),
    UniqueConstraint("undoes", name="decisions_undone_once"),
    Index("decisions_by_item", "item_id", "sequence"),
    Index("decisions_by_moderator", "moderator", "sequence"),
)

notes = Table(
    "notes",
    metadata,
    Column("sequence", ForeignKey("decisions.sequence"), primary_key=True, autoincrement=False),
    Column("salt", String, nullable=False),
    Column("note", Text, nullable=False),
)

checks = Table(
    "checks",
    metadata,
    Column("item_id", _Id, ForeignKey("items.id"), primary_key=True, autoincrement=False),
    Column("sentence", _Whole, primary_key=True),
    Column("noted_at", _Big, primary_key=True, autoincrement=False),
    Column("outcome", String, nullable=False),
    Column("note", Text, nullable=False),
    Column("moderator", String, nullable=False),
)

golden = Table(
    "golden",
    metadata,
    Column("item_id", _Id, ForeignKey("items.id"), primary_key=True, autoincrement=False),
    Column("action", String, nullable=False),
    Column("set_by", String, nullable=False),
)

changes = Table(
    "changes",
    metadata,
    Column("sequence", _Id, primary_key=True, autoincrement=False),
    Column("what", String, nullable=False),
    Column("item_id", _Big),
    Column("moderator", String),
)

policies = Table(
    "policies",
    metadata,
    Column("digest", String, primary_key=True),
    Column("lines", Text, nullable=False),
    Column("seen_at", _Big, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("name", String, primary_key=True),
    Column("role", String, nullable=False),
    Column("password_hash", String, nullable=False),
    Column("created_at", _Big, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", String, primary_key=True),
    Column("user_name", ForeignKey("users.name", ondelete="CASCADE"), nullable=False),
    Column("created_at", _Big, nullable=False),
    Column("expires_at", _Big, nullable=False),
    Index("sessions_by_user", "user_name"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("name", String, primary_key=True),
    Column("digest", String, nullable=False),
    Column("per_minute", _Whole),
    Column("created_at", _Big, nullable=False),
    UniqueConstraint("digest", name="api_keys_by_digest"),
)

suggestions = Table(
    "suggestions",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("digest", String, nullable=False),
    Column("community", String, nullable=False),
    Column("comment_id", String),
    Column("about", Text, nullable=False),
    Column("action", String, nullable=False),
    Column("reason", String),
    Column("received_at", _Big, nullable=False),
    Column("due_at", _Big, nullable=False),
    Column("state", String, nullable=False),
    Column("why", String, nullable=False),
    Column("item_id", _Big),
    Index("suggestions_by_digest", "digest", "id"),
    Index("suggestions_by_due", "state", "due_at"),
)
"""Decisions made elsewhere; `about` holds the texts as JSON until they are taken in, and nothing from then on.

`digest` tells the comment; of one comment a later row stands before an earlier one.
"""

seen = Table(
    "seen",
    metadata,
    Column("digest", String, primary_key=True),
    Column("tenant", String, nullable=False),
    Column("story", String, nullable=False),
    Column("comment_id", String),
    Column("parent_id", String),
    Column("author", String),
    Column("text", Text, nullable=False),
    Column("seen_at", _Big, nullable=False),
    Index("seen_by_id", "comment_id", "tenant"),
    Index("seen_by_story", "tenant", "story", "seen_at"),
    Index("seen_by_author", "author"),
    Index("seen_by_time", "seen_at"),
)
"""Comments of others' sites that a reply may answer; those that have no id yet are known by `digest`."""

arrivals = Table(
    "arrivals",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("digest", String, nullable=False),
    Column("site", String, nullable=False),
    Column("comment_id", String, nullable=False),
    Column("due_at", _Big, nullable=False),
    Column("tries", _Whole, nullable=False),
    Column("state", String, nullable=False),
    Column("why", String, nullable=False),
    UniqueConstraint("digest", name="arrivals_by_digest"),
    Index("arrivals_by_due", "state", "due_at"),
)
"""What other sites told of and is to be fetched; ids alone. `digest` tells one delivery from another."""

origins = Table(
    "origins",
    metadata,
    Column("item_id", _Id, ForeignKey("items.id"), primary_key=True, autoincrement=False),
    Column("site", String, nullable=False),
    Column("comment_id", String, nullable=False),
    Column("revision", String),
    Column("author", String),
    Column("standing", String),
    Column("told_at", _Big),
    Index("origins_by_author", "author"),
)
"""Items that are other sites' comments. `author` is the writer's id there; decisions on what has no `revision` are
not told. `standing` is the last decision that the site is known to hold; `told_at` is set where it was told it."""

outbox = Table(
    "outbox",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("item_id", ForeignKey("items.id"), nullable=False),
    Column("site", String, nullable=False),
    Column("comment_id", String, nullable=False),
    Column("revision", String, nullable=False),
    Column("action", String, nullable=False),
    Column("reason", String),
    Column("due_at", _Big, nullable=False),
    Column("tries", _Whole, nullable=False),
    Column("state", String, nullable=False),
    Column("why", String, nullable=False),
    Index("outbox_by_due", "state", "due_at"),
    Index("outbox_by_item", "item_id", "id"),
)
"""Decisions that the sites of their comments are to be told, written with the decision itself."""
