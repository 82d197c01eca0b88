"""What crosses the queue's store: items, leases, decisions, and what was asked for; nothing heavy is imported here.

Times are aware and in UTC. An item is one comment of one thread; its `version` grows whenever what a moderator would
decide on changes, so that a decision made on an older view can be refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal, Self

from stance.records import Actor, Article, Comment, Judgement, Mention, Reason, Reply, Stance

StoreOrder = Literal["risk", "uncertain", "hybrid", "newest"]
"""The name of an order of the queue."""
STORE_ORDERS: Final[tuple[StoreOrder, ...]] = ("risk", "uncertain", "hybrid", "newest")
"""All of them."""
ALL_LANE: Final = "all"
"""The lane that every item stands in."""
ESCALATED_LANE: Final = "escalated"
"""The lane of what was handed to an admin."""


class Action(StrEnum):
    """What a moderator does with a comment; `UNDO` takes an earlier decision back."""

    APPROVE = "approve"
    REJECT = "reject"
    ESCALATE = "escalate"
    DEFER = "defer"
    UNDO = "undo"


class RejectReason(StrEnum):
    """Why a comment was rejected or escalated."""

    PERSON = "attack_on_person"
    GROUP = "hostility_to_group"
    VIOLENCE = "threat_or_violence"
    SPAM = "spam"
    OFF_TOPIC = "off_topic"
    FALSE_CLAIM = "false_claim"
    OTHER = "other"


class ItemState(StrEnum):
    """Where an item stands. `ERASED` has lost its text and takes no decision."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    ESCALATED = "escalated"
    DEFERRED = "deferred"
    ERASED = "erased"


class Purpose(StrEnum):
    """Why a moderator sees an item: to decide it, or to measure agreement (which moves no item)."""

    QUEUE = "queue"
    SECOND = "second"
    GOLDEN = "golden"


class CheckOutcome(StrEnum):
    """What came of checking a claim."""

    TRUE = "true"
    FALSE = "false"
    MISLEADING = "misleading"
    UNPROVEN = "unproven"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFilter:
    """Which items are wanted; None asks for nothing.

    `lane` is a name of `Store.lanes` (`escalated` implies that state), `actor` an actor's id, `stance` one held toward
    `actor` (toward anybody where that is None), `min_priority` in [0, 1] within the lane, `search` words that all stand
    in the comment.
    """

    state: ItemState = ItemState.OPEN
    lane: str = ALL_LANE
    thread_id: str | None = None
    author: str | None = None
    actor: str | None = None
    stance: Stance | None = None
    min_priority: float | None = None
    search: str = ""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page of items ended; `str` and `parse` carry it through an address."""

    key: float
    item_id: int

    def __str__(self) -> str:
        return f"{self.key!r}_{self.item_id}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote.

        Raises:
            ValueError: The text is no cursor.
        """
        key, _, item_id = text.partition("_")
        if len(text) > 60 or not item_id.isascii() or not item_id.isdigit():
            raise ValueError("cursor: want what an earlier page gave")
        return cls(float(key), int(item_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSummary:
    """One row of a list. `excerpt` is the comment's beginning, `what` its weightiest reason in words, or ""."""

    id: int
    thread_id: str
    comment_id: str
    number: int
    author: str | None
    posted_at: datetime | None
    excerpt: str
    what: str
    state: ItemState
    version: int
    priority: float
    uncertainty: float
    lanes: tuple[str, ...]
    holder: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPage:
    """A page of items; `after` asks for the next, None at the end. `count` stops at `count_cap`."""

    items: tuple[ItemSummary, ...]
    after: Cursor | None
    count: int
    count_cap: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A part of the queue, and how many open items stand in it."""

    name: str
    words: str
    n_open: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One entry of the append-only chain.

    `sequence` from 1; `undoes` is the entry that an undo takes back; entries made at once share a `batch`, the
    sequence of their first. `revision` is the salted digest of the text decided on. `scores` are those it had then.
    `hash` is the sha256 of all of it with `previous_hash`; the note is in it by a salted digest alone.
    """

    sequence: int
    item_id: int
    thread_id: str
    comment_id: str
    revision: str
    item_version: int
    action: Action
    reason: RejectReason | None
    note: str
    moderator: str
    decided_at: datetime
    seconds: float | None
    state_before: ItemState
    state_after: ItemState
    purpose: Purpose
    undoes: int | None
    batch: int
    scores: Mapping[str, float]
    model_id: str
    policy_digest: str
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimCheck:
    """The outcome of checking one sentence; `sentence` is its place in `judgement.sentences`, from 0."""

    sentence: int
    outcome: CheckOutcome
    note: str
    moderator: str
    noted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredItem:
    """Everything known of one item. `history` is oldest first; erased items have no text, judgement or reasons."""

    id: int
    thread_id: str
    comment: Comment
    reply: Reply
    mentions: tuple[Mention, ...]
    judgement: Judgement
    reasons: tuple[Reason, ...]
    lanes: tuple[str, ...]
    priority: float
    uncertainty: float
    state: ItemState
    version: int
    revision: str
    model_id: str
    policy_digest: str
    holder: str | None
    lease_expires_at: datetime | None
    deferred_until: datetime | None
    history: tuple[Decision, ...]
    checks: tuple[ClaimCheck, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadEntry:
    """One comment of a stored thread, in thread order; `reply.parent_id` says whom it answers."""

    item_id: int
    comment: Comment
    reply: Reply
    mentions: tuple[Mention, ...]
    judgement: Judgement
    state: ItemState
    priority: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredThread:
    """A whole thread as context. `actors` are all it speaks of; entries stand oldest first."""

    id: str
    article: Article
    actors: tuple[Actor, ...]
    entries: tuple[ThreadEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """One moderator's hold on one item until `expires_at`.

    `purpose` is for the caller alone: a moderator who is shown it no longer reviews blindly.
    """

    item_id: int
    version: int
    moderator: str
    expires_at: datetime
    purpose: Purpose = Purpose.QUEUE


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRates:
    """The share of leases, in [0, 1], that give a comment another moderator decided, or one with a known answer."""

    second: float = 0.0
    golden: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One decision of several to be made at once, on the version that was seen."""

    item_id: int
    version: int
    action: Action
    reason: RejectReason | None = None
    note: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """What loading did: comments new to the queue, judged anew, edited since, unchanged, and erased for good."""

    n_new: int = 0
    n_rescored: int = 0
    n_edited: int = 0
    n_same: int = 0
    n_erased: int = 0

    def __add__(self, other: LoadReport) -> LoadReport:
        return LoadReport(
            n_new=self.n_new + other.n_new,
            n_rescored=self.n_rescored + other.n_rescored,
            n_edited=self.n_edited + other.n_edited,
            n_same=self.n_same + other.n_same,
            n_erased=self.n_erased + other.n_erased,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that `Store.verify` found wrong; `sequence` or `item_id` say where."""

    what: str
    sequence: int | None = None
    item_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainReport:
    """What `Store.verify` found. `head` is the last entry's hash: kept elsewhere, it proves later that none is gone."""

    n_decisions: int
    head: str
    faults: tuple[Fault, ...]

    @property
    def sound(self) -> bool:
        """True where nothing is wrong."""
        return not self.faults


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeReport:
    """How many items and notes lost their text, and how many comments and suggestions from outside."""

    n_items: int
    n_notes: int
    n_outside: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something changed: `sequence` only grows. `item_id` is None where many items did (loading, purging)."""

    sequence: int
    what: Literal["loaded", "leased", "released", "decided", "undone", "checked", "purged", "rescored"]
    item_id: int | None
    moderator: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeratorStats:
    """One moderator's standing work; `median_seconds` over the decisions that tell their time."""

    moderator: str
    by_action: Mapping[Action, int]
    median_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueStats:
    """The queue in numbers.

    `arriving` counts what other sites told of and `telling` the decisions to tell them, by state; `untold` are the
    reasons why something was given up.
    """

    n_threads: int
    by_state: Mapping[ItemState, int]
    lanes: tuple[Lane, ...]
    n_decisions: int
    n_leased: int
    by_reason: Mapping[RejectReason, int]
    moderators: tuple[ModeratorStats, ...]
    arriving: Mapping[str, int]
    telling: Mapping[str, int]
    untold: Mapping[str, int]


class Role(StrEnum):
    """What a user may do: read; decide as well; decide on what was escalated, undo for others, and purge."""

    READER = "reader"
    MODERATOR = "moderator"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person who may log in. `password_hash` is argon2's own string."""

    name: str
    role: Role
    password_hash: str = field(repr=False)
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A login that lasts until `expires_at`; the store holds the digest of its token alone."""

    user: User
    created_at: datetime
    expires_at: datetime
