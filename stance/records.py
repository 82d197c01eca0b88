"""The frozen records that cross between rooms.

Offsets are Unicode code points into the text they speak of, end exclusive. Probabilities lie in [0, 1] and are
calibrated unless a name says `logit`. Nothing here imports anything heavy: the command line reads this file first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from stance.conversions import Conversions
from stance.labels import ActorKind, Attribute, Device, EvidenceKind, Fault, Order, Relation, Signal, Stance

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "ARTICLE",
    "Actor",
    "ActorKind",
    "Analysis",
    "Article",
    "Attribute",
    "AttributeSpan",
    "Candidate",
    "Case",
    "Comment",
    "Device",
    "Evidence",
    "EvidenceKind",
    "Fault",
    "Judgement",
    "Mention",
    "NameSpan",
    "Order",
    "Page",
    "Policy",
    "PolicyLine",
    "QueueItem",
    "Quote",
    "Reading",
    "Reason",
    "Relation",
    "Reply",
    "SentenceScore",
    "Signal",
    "Stance",
    "StanceScore",
    "StanceSpan",
    "Target",
    "Thread",
]

ARTICLE: Final = "article"
"""The id of the article where a comment's id could stand (a parent, the source of a quotation)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What the comments stand under."""

    title: str = ""
    text: str = ""
    author: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """One comment as its page or export shows it.

    `number` is its place on the page, from 1. `parent_id` is what the source itself states: another comment's id,
    `ARTICLE`, or None where the source is silent. `extra` keeps what a format carried beyond these fields.
    """

    id: str
    text: str
    number: int
    author: str | None = None
    posted_at: datetime | None = None
    parent_id: str | None = None
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a reader found: comments in page order. `stated_total` is the count the page itself claims, if any.

    `thread_id` is the export's own name for the thread, None where the file is the thread.
    """

    source: str
    article: Article
    comments: tuple[Comment, ...]
    stated_total: int | None = None
    notes: tuple[str, ...] = ()
    thread_id: str | None = None

    @property
    def place(self) -> str | None:
        """Which thread of its source it is, as errors say it; None where the file is the thread."""
        return None if self.thread_id is None else f"thread {ascii(self.thread_id)[:80]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """Comments proven sound: oldest first, ids unique, every stated parent present and older, no ring."""

    id: str
    article: Article
    comments: tuple[Comment, ...]
    order: Order
    order_probability: float
    stated_total: int | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Words in a comment that are somebody else's.

    `start`, `end` mark them in the quoting comment, with their quotation marks or `>`. `source_id` is the older
    comment or `ARTICLE` they were found in, None where nothing here holds them; `similarity` in [0, 1] is how much of
    the quotation was found there, 1 for word for word.
    """

    start: int
    end: int
    source_id: str | None
    similarity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One reason to believe in a link, in words a person can check."""

    kind: EvidenceKind
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A possible parent and the probability that it is the one."""

    parent_id: str
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What one comment answers. `alternatives` are the runners-up, likeliest first."""

    comment_id: str
    parent_id: str
    probability: float
    evidence: tuple[Evidence, ...] = ()
    alternatives: tuple[Candidate, ...] = ()
    quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NameSpan:
    """A name the tagger found: `kind` is PERSON, ORGANISATION or UNKNOWN (a place or anything else)."""

    start: int
    end: int
    kind: ActorKind
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Whoever the thread holds responsible for doing or wanting something.

    `id` is stable within a thread: the name, or `commenter N`, or `article author`. `member_of` names the actor it
    belongs to (a leader's state).
    """

    id: str
    name: str
    kind: ActorKind
    aliases: tuple[str, ...] = ()
    member_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """Where a comment speaks of an actor. `addressed` is True for "you", "your article" and the like."""

    comment_id: str
    actor_id: str
    start: int
    end: int
    quoted: bool = False
    addressed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the encoder makes of one comment read alone: for reply recovery and for names.

    All vectors are float32 and of unit length: `embedding` (width,), `reply_vector` and `parent_vector` (link width,);
    the dot product of a comment's `reply_vector` with an older one's `parent_vector` is high where it answers it.
    """

    embedding: NDArray[np.float32]
    reply_vector: NDArray[np.float32]
    parent_vector: NDArray[np.float32]
    names: tuple[NameSpan, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An actor to judge a comment's stance toward, with where the comment names it in its writer's own words."""

    actor_id: str
    name: str
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One comment as the judge reads it.

    `parent` is the text of what it answers, its end being kept where it is long. `quotes` are spans of other
    people's words in `text`; `sentences` are spans to score, quotations left out.
    """

    comment_id: str
    text: str
    parent: str = ""
    quotes: tuple[tuple[int, int], ...] = ()
    sentences: tuple[tuple[int, int], ...] = ()
    targets: tuple[Target, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StanceSpan:
    """Words that carry a stance; `weight` in [0, 1] is their share of what its probability rests on."""

    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StanceScore:
    """Stance toward one actor; the three probabilities sum to 1.

    `sure` is False where the model withholds its answer: the highest probability is below the threshold that came with
    its calibration. The label is the likeliest one all the same. `spans` are the words that carry it; a neutral stance
    has none.
    """

    actor_id: str
    probabilities: Mapping[Stance, float]
    sure: bool = True
    spans: tuple[StanceSpan, ...] = ()

    @property
    def label(self) -> Stance:
        """The likeliest stance."""
        return max(self.probabilities, key=self.probabilities.__getitem__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceScore:
    """What one sentence claims and how it persuades; `start`, `end` in the comment."""

    start: int
    end: int
    claim: float
    check_worthy: float
    rhetoric: float
    devices: Mapping[Device, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeSpan:
    """Words that carry an attribute; `weight` in [0, 1] is their share of the attention paid."""

    attribute: Attribute
    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the judge says of one comment: probabilities, never a verdict.

    `n_windows` is above 1 where the comment was longer than the encoder reads at once, `n_unread_windows` above 0
    where it was longer than is read at all. `language_uncertain` is True where the text may not be in the language
    the model was trained on.
    """

    comment_id: str
    relation: Mapping[Relation, float]
    stances: tuple[StanceScore, ...]
    sentences: tuple[SentenceScore, ...]
    attributes: Mapping[Attribute, float]
    attribute_spans: tuple[AttributeSpan, ...] = ()
    language_uncertain: bool = False
    n_windows: int = 1
    n_unread_windows: int = 0

    @property
    def relation_label(self) -> Relation:
        """The likeliest relation to what the comment answers."""
        return max(self.relation, key=self.relation.__getitem__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyLine:
    """One line of a policy: it fires where the probability of what it looks at is at least `threshold`.

    `weight` in [0, 1] is for a sure case. HOSTILE_STANCE alone has `toward`, UNSUPPORTED_CLAIMS `at_least` sentences.
    """

    name: str
    looks_at: Attribute | Signal
    threshold: float
    weight: float
    words: str
    toward: tuple[ActorKind, ...] = ()
    at_least: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What to look at first: all thresholds of the product stand here. `digest` is the sha256 of the lines."""

    lines: tuple[PolicyLine, ...]
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a comment stands in the queue.

    `line` names the policy line that fired, `toward` whom (an actor id, "commenter N", or None), `words` where the
    cause stands in the comment, `probability` how sure the judge is.
    """

    line: str
    what: str
    toward: str | None
    words: tuple[tuple[int, int], ...]
    probability: float
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueItem:
    """A comment's place in the queue; `rank` from 1, `priority` in [0, 1] decides it; `uncertainty` in [0, 1]."""

    rank: int
    comment_id: str
    priority: float
    uncertainty: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis(Conversions):
    """Everything found in one thread, with what is needed to find it again.

    `replies` and `judgements` stand in the order of `thread.comments`; `queue` by rank.
    """

    thread: Thread
    replies: tuple[Reply, ...]
    actors: tuple[Actor, ...]
    mentions: tuple[Mention, ...]
    judgements: tuple[Judgement, ...]
    queue: tuple[QueueItem, ...]
    model_id: str
    policy_digest: str
    version: str
