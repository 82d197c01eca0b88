"""What comes from outside: API keys, feedback that is still to be taken in, and comments of other sites."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "v0002"
down_revision: Final = "v0001"

ID: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "api_keys",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("per_minute", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        sa.UniqueConstraint("digest", name="api_keys_by_digest"),
    )
    op.create_table(
        "suggestions",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("community", sa.String(), nullable=False),
        sa.Column("comment_id", sa.String(), nullable=True),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("suggestions_by_digest", "suggestions", ["digest", "id"])
    op.create_index("suggestions_by_due", "suggestions", ["state", "due_at"])
    counters = sa.table("ledger", sa.column("name"), sa.column("value"), sa.column("hash"))
    op.bulk_insert(counters, [{"name": "suggestion", "value": 0, "hash": ""}])
    op.create_table(
        "seen",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("story", sa.String(), nullable=False),
        sa.Column("comment_id", sa.String(), nullable=True),
        sa.Column("parent_id", sa.String(), nullable=True),
        sa.Column("author", sa.String(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("seen_by_id", "seen", ["comment_id", "tenant"])
    op.create_index("seen_by_story", "seen", ["tenant", "story", "seen_at"])
    op.create_index("seen_by_author", "seen", ["author"])
    op.create_index("seen_by_time", "seen", ["seen_at"])
