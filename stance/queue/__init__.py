"""Judgements and a policy in; an order with reasons, and a queue that keeps what moderators decide, out.

The store is imported when first used: who only ranks needs no database.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from stance.queue.errors import (
    Erased,
    NewerQueue,
    NoSuchItem,
    NoSuchUser,
    NotAQueue,
    NothingToUndo,
    QueueBroken,
    QueueBusy,
    QueueUnreachable,
    StaleItem,
    TooFewDecisions,
    UserExists,
)
from stance.queue.lanes import LANE_WORDS
from stance.queue.moderation import (
    ALL_LANE,
    ESCALATED_LANE,
    STORE_ORDERS,
    Action,
    ChainReport,
    Change,
    CheckOutcome,
    Choice,
    ClaimCheck,
    Cursor,
    Decision,
    Fault,
    ItemFilter,
    ItemPage,
    ItemState,
    ItemSummary,
    Lane,
    Lease,
    LoadReport,
    ModeratorStats,
    PurgeReport,
    Purpose,
    QueueStats,
    RejectReason,
    Role,
    Session,
    StoredItem,
    StoredThread,
    StoreOrder,
    ThreadEntry,
    User,
)
from stance.queue.policy import load_policy
from stance.queue.ranking import rank

if TYPE_CHECKING:
    from stance.queue.store import Store, open_store

__all__ = [
    "ALL_LANE",
    "ESCALATED_LANE",
    "LANE_WORDS",
    "STORE_ORDERS",
    "Action",
    "ChainReport",
    "Change",
    "CheckOutcome",
    "Choice",
    "ClaimCheck",
    "Cursor",
    "Decision",
    "Erased",
    "Fault",
    "ItemFilter",
    "ItemPage",
    "ItemState",
    "ItemSummary",
    "Lane",
    "Lease",
    "LoadReport",
    "ModeratorStats",
    "NewerQueue",
    "NoSuchItem",
    "NoSuchUser",
    "NotAQueue",
    "NothingToUndo",
    "PurgeReport",
    "Purpose",
    "QueueBroken",
    "QueueBusy",
    "QueueStats",
    "QueueUnreachable",
    "RejectReason",
    "Role",
    "Session",
    "StaleItem",
    "Store",
    "StoreOrder",
    "StoredItem",
    "StoredThread",
    "ThreadEntry",
    "TooFewDecisions",
    "User",
    "UserExists",
    "load_policy",
    "open_store",
    "rank",
]

_HOME = {"Store": "stance.queue.store", "open_store": "stance.queue.store"}


def __getattr__(name: str) -> object:
    """Import the store on first use."""
    if name not in _HOME:
        raise AttributeError(f"module 'stance.queue' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value
