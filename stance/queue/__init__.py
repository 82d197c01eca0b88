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
    QueueDamaged,
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
    ReviewRates,
    Role,
    Session,
    StoredItem,
    StoredThread,
    StoreOrder,
    ThreadEntry,
    User,
)
from stance.queue.policy import load_policy, write_policy
from stance.queue.ranking import rank

if TYPE_CHECKING:
    from stance.queue.learning import Learned
    from stance.queue.lessons import Lessons
    from stance.queue.report import Capture, QueueReport, Share
    from stance.queue.store import Store, open_store
    from stance.queue.users import Users

__all__ = [
    "ALL_LANE",
    "ESCALATED_LANE",
    "LANE_WORDS",
    "STORE_ORDERS",
    "Action",
    "Capture",
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
    "Learned",
    "Lease",
    "Lessons",
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
    "QueueDamaged",
    "QueueReport",
    "QueueStats",
    "QueueUnreachable",
    "RejectReason",
    "ReviewRates",
    "Role",
    "Session",
    "Share",
    "StaleItem",
    "Store",
    "StoreOrder",
    "StoredItem",
    "StoredThread",
    "ThreadEntry",
    "TooFewDecisions",
    "User",
    "UserExists",
    "Users",
    "load_policy",
    "open_store",
    "rank",
    "write_policy",
]

_HOME = {
    "Capture": "stance.queue.report",
    "Learned": "stance.queue.learning",
    "Lessons": "stance.queue.lessons",
    "QueueReport": "stance.queue.report",
    "Share": "stance.queue.report",
    "Store": "stance.queue.store",
    "Users": "stance.queue.users",
    "open_store": "stance.queue.store",
}


def __getattr__(name: str) -> object:
    """Import what needs the database on first use."""
    if name not in _HOME:
        raise AttributeError(f"module 'stance.queue' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value
