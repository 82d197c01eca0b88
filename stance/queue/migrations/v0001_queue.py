"""The first tables: threads, items, the chain of decisions, and users."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "v0001"
down_revision: Final = None

ID: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

COUNTERS: Final = ("load", "thread", "chain", "change")

SEARCH: Final[Mapping[str, tuple[str, ...]]] = {
    "sqlite": (
        "CREATE VIRTUAL TABLE words USING fts5(text, content='texts', content_rowid='item_id')",
        (
            "CREATE TRIGGER texts_inserted AFTER INSERT ON texts BEGIN"
            " INSERT INTO words(rowid, text) VALUES (new.item_id, new.text); END"
        ),
        (
            "CREATE TRIGGER texts_deleted AFTER DELETE ON texts BEGIN"
            " INSERT INTO words(words, rowid, text) VALUES ('delete', old.item_id, old.text); END"
        ),
        (
            "CREATE TRIGGER texts_updated AFTER UPDATE OF text ON texts BEGIN"
            " INSERT INTO words(words, rowid, text) VALUES ('delete', old.item_id, old.text);"
            " INSERT INTO words(rowid, text) VALUES (new.item_id, new.text); END"
        ),
    ),
    # A tsvector holds at most 1 MB; what stands further back in a comment is not searched.
    "postgresql": ("CREATE INDEX words ON texts USING gin (to_tsvector('simple', left(text, 50000)))",),
}

APPEND_ONLY: Final[Mapping[str, tuple[str, ...]]] = {
    "sqlite": tuple(
        f"CREATE TRIGGER decisions_no_{verb.lower()} BEFORE {verb} ON decisions BEGIN"
        " SELECT RAISE(ABORT, 'decisions are append-only'); END"
        for verb in ("UPDATE", "DELETE")
    ),
    "postgresql": (
        (
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'decisions are append-only'; END $$"
        ),
        (
            "CREATE TRIGGER decisions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON decisions"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        ),
    ),
}


def upgrade() -> None:
    """Make the tables, the search index, and the triggers that keep decisions as they are."""
    _create_bookkeeping()
    _create_items()
    _create_order()
    _create_decisions()
    _create_reviews()
    _create_users()
    ledger = sa.table("ledger", sa.column("name"), sa.column("value"), sa.column("hash"))
    op.bulk_insert(ledger, [{"name": name, "value": 0, "hash": ""} for name in COUNTERS])
    dialect = op.get_bind().dialect.name
    for statement in (*SEARCH[dialect], *APPEND_ONLY[dialect]):
        op.execute(statement)


def _create_bookkeeping() -> None:
    """Make counters, settings, what changed, and the policies seen."""
    op.create_table(
        "ledger",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "settings",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "changes",
        sa.Column("sequence", ID, autoincrement=False, nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=True),
        sa.Column("moderator", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("sequence"),
    )
    op.create_table(
        "policies",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )


def _create_items() -> None:
    """Make threads, their comments, and the text beside."""
    op.create_table(
        "threads",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("actors", sa.Text(), nullable=False),
        sa.Column("loaded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_table(
        "items",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("thread_id", ID, nullable=False),
        sa.Column("comment_id", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(), nullable=True),
        sa.Column("posted_at", sa.BigInteger(), nullable=True),
        sa.Column("loaded_at", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.String(), nullable=False),
        sa.Column("model_id", sa.String(), nullable=False),
        sa.Column("policy_digest", sa.String(), nullable=False),
        sa.Column("priority", sa.Double(), nullable=False),
        sa.Column("uncertainty", sa.Double(), nullable=False),
        sa.Column("toxicity", sa.Double(), nullable=False),
        sa.Column("lanes", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(), nullable=True),
        sa.Column("purpose", sa.String(), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("deferred_until", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["thread_id"],
            ["threads.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("thread_id", "comment_id", name="items_of_thread"),
    )
    op.create_index("items_by_author", "items", ["author"], unique=False)
    op.create_index("items_by_due", "items", ["deferred_until"], unique=False)
    op.create_index("items_by_holder", "items", ["holder"], unique=False)
    op.create_index("items_by_place", "items", ["thread_id", "place"], unique=False)
    op.create_table(
        "texts",
        sa.Column("item_id", ID, autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("salt", sa.String(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["items.id"],
        ),
        sa.PrimaryKeyConstraint("item_id"),
    )


def _create_order() -> None:
    """Make what says where items stand in lanes and whom they speak of."""
    op.create_table(
        "places",
        sa.Column("item_id", ID, autoincrement=False, nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("risk", sa.Double(), nullable=False),
        sa.Column("uncertain", sa.Double(), nullable=False),
        sa.Column("hybrid", sa.Double(), nullable=False),
        sa.Column("newest", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["items.id"],
        ),
        sa.PrimaryKeyConstraint("item_id", "lane"),
    )
    op.create_index("places_by_hybrid", "places", ["lane", "state", sa.text("hybrid DESC"), "item_id"], unique=False)
    op.create_index("places_by_newest", "places", ["lane", "state", sa.text("newest DESC"), "item_id"], unique=False)
    op.create_index("places_by_risk", "places", ["lane", "state", sa.text("risk DESC"), "item_id"], unique=False)
    op.create_index(
        "places_by_uncertain", "places", ["lane", "state", sa.text("uncertain DESC"), "item_id"], unique=False
    )
    op.create_table(
        "item_actors",
        sa.Column("item_id", ID, autoincrement=False, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("stance", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["items.id"],
        ),
        sa.PrimaryKeyConstraint("item_id", "actor"),
    )
    op.create_index("item_actors_by_actor", "item_actors", ["actor", "stance", "item_id"], unique=False)


def _create_decisions() -> None:
    """Make the chain and the notes beside it."""
    op.create_table(
        "decisions",
        sa.Column("sequence", ID, autoincrement=False, nullable=False),
        sa.Column("item_id", ID, nullable=False),
        sa.Column("thread_id", sa.String(), nullable=False),
        sa.Column("comment_id", sa.String(), nullable=False),
        sa.Column("revision", sa.String(), nullable=False),
        sa.Column("item_version", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("note_digest", sa.String(), nullable=True),
        sa.Column("moderator", sa.String(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.Column("state_before", sa.String(), nullable=False),
        sa.Column("state_after", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("undoes", sa.BigInteger(), nullable=True),
        sa.Column("batch", sa.BigInteger(), nullable=False),
        sa.Column("scores", sa.Text(), nullable=False),
        sa.Column("model_id", sa.String(), nullable=False),
        sa.Column("policy_digest", sa.String(), nullable=False),
        sa.Column("previous_hash", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["items.id"],
        ),
        sa.PrimaryKeyConstraint("sequence"),
        sa.UniqueConstraint("undoes", name="decisions_undone_once"),
    )
    op.create_index("decisions_by_item", "decisions", ["item_id", "sequence"], unique=False)
    op.create_index("decisions_by_moderator", "decisions", ["moderator", "sequence"], unique=False)
    op.create_table(
        "notes",
        sa.Column("sequence", ID, autoincrement=False, nullable=False),
        sa.Column("salt", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sequence"],
            ["decisions.sequence"],
        ),
        sa.PrimaryKeyConstraint("sequence"),
    )


def _create_reviews() -> None:
    """Make checked claims and known answers."""
    op.create_table(
        "checks",
        sa.Column("item_id", ID, autoincrement=False, nullable=False),
        sa.Column("sentence", sa.Integer(), nullable=False),
        sa.Column("noted_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("moderator", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["items.id"],
        ),
        sa.PrimaryKeyConstraint("item_id", "sentence", "noted_at"),
    )
    op.create_table(
        "golden",
        sa.Column("item_id", ID, autoincrement=False, nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["items.id"],
        ),
        sa.PrimaryKeyConstraint("item_id"),
    )


def _create_users() -> None:
    """Make who may log in."""
    op.create_table(
        "users",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("user_name", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_name"], ["users.name"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("sessions_by_user", "sessions", ["user_name"], unique=False)
