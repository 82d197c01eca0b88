"""What is exchanged with other sites: what they told of, whose comments items are, and decisions to tell them."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "v0003"
down_revision: Final = "v0002"

ID: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COUNTERS: Final = ("arrival", "telling", "seen")


def upgrade() -> None:
    """Make the tables."""
    _create_arrivals()
    _create_origins()
    _create_outbox()
    ledger = sa.table("ledger", sa.column("name"), sa.column("value"), sa.column("hash"))
    op.bulk_insert(ledger, [{"name": name, "value": 0, "hash": ""} for name in COUNTERS])


def _create_arrivals() -> None:
    op.create_table(
        "arrivals",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("comment_id", sa.String(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest", name="arrivals_by_digest"),
    )
    op.create_index("arrivals_by_due", "arrivals", ["state", "due_at"])


def _create_origins() -> None:
    op.create_table(
        "origins",
        sa.Column("item_id", ID, autoincrement=False, nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("comment_id", sa.String(), nullable=False),
        sa.Column("revision", sa.String(), nullable=True),
        sa.Column("author", sa.String(), nullable=True),
        sa.Column("standing", sa.String(), nullable=True),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"]),
        sa.PrimaryKeyConstraint("item_id"),
    )
    op.create_index("origins_by_author", "origins", ["author"])


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("item_id", ID, nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("comment_id", sa.String(), nullable=False),
        sa.Column("revision", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("outbox_by_due", "outbox", ["state", "due_at"])
    op.create_index("outbox_by_item", "outbox", ["item_id", "id"])
