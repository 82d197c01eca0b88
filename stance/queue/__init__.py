"""Judgements and a policy in; an order with reasons, and a queue that keeps what moderators decide, out.

The store is imported when first used: who only ranks needs no database.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from stance.queue.errors import (
    Erased,
    KeyExists,
    NewerQueue,
    NoSuchItem,
    NoSuchKey,
    NoSuchUser,
    NotAQueue,
    NothingToUndo,
    QueueBroken,
    QueueBusy,
    QueueDamaged,
    QueueEdited,
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
    from stance.queue.arrivals import Arrival, Arrivals, Origin, PendingArrival
    from stance.queue.keys import ApiKey, Keys
    from stance.queue.learning import Learned
    from stance.queue.lessons import Lessons
    from stance.queue.outbox import Outbox, Telling
    from stance.queue.outside import Outside, PendingSuggestion, Suggestion
    from stance.queue.report import Capture, QueueReport, Share
    from stance.queue.seen import Seen, SeenComment
    from stance.queue.store import Store, open_store
    from stance.queue.users import Users

__all__ = [
    "ALL_LANE",
    "ESCALATED_LANE",
    "LANE_WORDS",
    "STORE_ORDERS",
    "Action",
    "ApiKey",
    "Arrival",
    "Arrivals",
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
    "KeyExists",
    "Keys",
    "Lane",
    "Learned",
    "Lease",
    "Lessons",
    "LoadReport",
    "ModeratorStats",
    "NewerQueue",
    "NoSuchItem",
    "NoSuchKey",
    "NoSuchUser",
    "NotAQueue",
    "NothingToUndo",
    "Origin",
    "Outbox",
    "Outside",
    "PendingArrival",
    "PendingSuggestion",
    "PurgeReport",
    "Purpose",
    "QueueBroken",
    "QueueBusy",
    "QueueDamaged",
    "QueueEdited",
    "QueueReport",
    "QueueStats",
    "QueueUnreachable",
    "RejectReason",
    "ReviewRates",
    "Role",
    "Seen",
    "SeenComment",
    "Session",
    "Share",
    "StaleItem",
    "Store",
    "StoreOrder",
    "StoredItem",
    "StoredThread",
    "Suggestion",
    "Telling",
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
    "ApiKey": "stance.queue.keys",
    "Arrival": "stance.queue.arrivals",
    "Arrivals": "stance.queue.arrivals",
    "Origin": "stance.queue.arrivals",
    "Outbox": "stance.queue.outbox",
    "PendingArrival": "stance.queue.arrivals",
    "Telling": "stance.queue.outbox",
    "Capture": "stance.queue.report",
    "Keys": "stance.queue.keys",
    "Learned": "stance.queue.learning",
    "Outside": "stance.queue.outside",
    "PendingSuggestion": "stance.queue.outside",
    "Suggestion": "stance.queue.outside",
    "Seen": "stance.queue.seen",
    "SeenComment": "stance.queue.seen",
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
