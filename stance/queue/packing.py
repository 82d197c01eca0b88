"""Records as the store's columns hold them, and back.

Text that a database cannot hold (half a surrogate pair, a null) becomes U+FFFD, one for one, so that offsets stay true.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import wraps
from hashlib import sha256
from typing import Any, Final, ParamSpec, TypeVar

import orjson

from stance.queue.errors import QueueEdited
from stance.records import (
    Actor,
    ActorKind,
    Article,
    Attribute,
    AttributeSpan,
    Candidate,
    Device,
    Evidence,
    EvidenceKind,
    Judgement,
    Mention,
    Policy,
    PolicyLine,
    Quote,
    Reason,
    Relation,
    Reply,
    SentenceScore,
    Signal,
    Stance,
    StanceScore,
    StanceSpan,
)

_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_LONGEST_ID: Final = 400
"""Characters of an id that an index can surely hold."""
_AS_JSON: Final = orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY
_MICROSECONDS: Final = 1_000_000
_Given = ParamSpec("_Given")
_Held = TypeVar("_Held")
_Kind = TypeVar("_Kind", bound=Enum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What is kept of one comment only to be shown, or to rank it again."""

    reply: Reply
    mentions: tuple[Mention, ...]
    judgement: Judgement


def storable(text: str) -> str:
    """Return the text as both databases can hold it, at the same length."""
    if text.isascii() and "\x00" not in text:
        return text
    return _UNSTORABLE.sub("\ufffd", text)


def storable_id(name: str) -> str:
    """Return an id as an index can hold it; what had to change stays apart from every other id by a digest."""
    kept = storable(name)
    if kept == name and len(name) <= _LONGEST_ID:
        return name
    return f"{kept[: _LONGEST_ID - 40]}#{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def to_microseconds(moment: datetime) -> int:
    """Return microseconds since 1970; a moment without a zone is taken for UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    since = aware - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * _MICROSECONDS + since.microseconds


def to_kind(kind: type[_Kind], value: str) -> _Kind:
    """Return a column's value as one of its kind.

    Raises:
        QueueEdited: It is none.
    """
    try:
        return kind(value)
    except ValueError:
        raise QueueEdited(f"a {kind.__name__}") from None


def to_optional_kind(kind: type[_Kind], value: str | None) -> _Kind | None:
    """Return a column's value as one of its kind, None for None.

    Raises:
        QueueEdited: It is none.
    """
    return None if value is None else to_kind(kind, value)


def _of_ours(what: str) -> Callable[[Callable[_Given, _Held]], Callable[_Given, _Held]]:
    """Make a function that unpacks a column refuse what this program did not pack."""

    def walled(unpack_: Callable[_Given, _Held]) -> Callable[_Given, _Held]:
        @wraps(unpack_)
        def proven(*args: _Given.args, **kwargs: _Given.kwargs) -> _Held:
            try:
                return unpack_(*args, **kwargs)
            except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
                raise QueueEdited(what) from None

        return proven

    return walled


@_of_ours("a moment")
def from_microseconds(moment: int) -> datetime:
    """Return what `to_microseconds` was given, in UTC."""
    seconds, microseconds = divmod(moment, _MICROSECONDS)
    return datetime.fromtimestamp(seconds, tz=UTC).replace(microsecond=microseconds)


def from_optional_microseconds(moment: int | None) -> datetime | None:
    """Return the moment, None for None."""
    return None if moment is None else from_microseconds(moment)


@_of_ours("scores")
def unpack_scores(packed: str) -> dict[str, float]:
    """Return the scores that a decision was made on."""
    return {str(name): float(score) for name, score in orjson.loads(packed).items()}


def pack(record: object) -> str:
    """Return records, mappings and sequences of them as JSON."""
    try:
        return orjson.dumps(record, option=_AS_JSON).decode()
    except TypeError:  # half a surrogate pair somewhere in it
        return storable(json.dumps(record, ensure_ascii=False, default=asdict))


def pack_details(details: Details) -> str:
    """Return the details as JSON without the ids that the item has itself."""
    return pack(details)


@_of_ours("a judgement")
def unpack_details(packed: str) -> Details:
    """Return what `pack_details` was given."""
    row = orjson.loads(packed)
    return Details(
        reply=_reply(row["reply"]),
        mentions=tuple(Mention(**mention) for mention in row["mentions"]),
        judgement=_judgement(row["judgement"]),
    )


@_of_ours("reasons")
def unpack_reasons(packed: str) -> tuple[Reason, ...]:
    """Return the reasons of an item."""
    return tuple(
        Reason(**{**row, "words": tuple((start, end) for start, end in row["words"])}) for row in orjson.loads(packed)
    )


@_of_ours("an article")
def unpack_article(packed: str) -> Article:
    """Return the article of a thread."""
    return Article(**orjson.loads(packed))


@_of_ours("actors")
def unpack_actors(packed: str) -> tuple[Actor, ...]:
    """Return the actors of a thread."""
    return tuple(
        Actor(**{**row, "kind": ActorKind(row["kind"]), "aliases": tuple(row["aliases"])})
        for row in orjson.loads(packed)
    )


def pack_policy(policy: Policy) -> str:
    """Return a policy's lines as JSON."""
    return pack(policy.lines)


@_of_ours("a policy")
def unpack_policy(packed: str, *, digest: str) -> Policy:
    """Return what `pack_policy` was given."""
    looks: dict[str, Attribute | Signal] = {one.value: one for one in (*Attribute, *Signal)}
    lines = tuple(
        PolicyLine(
            **{**row, "looks_at": looks[row["looks_at"]], "toward": tuple(ActorKind(kind) for kind in row["toward"])}
        )
        for row in orjson.loads(packed)
    )
    return Policy(lines=lines, digest=digest)


def empty_details(comment_id: str) -> Details:
    """Return what is left of a comment whose text was erased."""
    return Details(
        reply=Reply(comment_id=comment_id, parent_id="article", probability=0.0),
        mentions=(),
        judgement=Judgement(comment_id=comment_id, relation={}, stances=(), sentences=(), attributes={}),
    )


def _reply(row: Mapping[str, Any]) -> Reply:
    return Reply(
        comment_id=row["comment_id"],
        parent_id=row["parent_id"],
        probability=row["probability"],
        evidence=tuple(Evidence(kind=EvidenceKind(one["kind"]), words=one["words"]) for one in row["evidence"]),
        alternatives=tuple(Candidate(**one) for one in row["alternatives"]),
        quotes=tuple(Quote(**one) for one in row["quotes"]),
    )


def _judgement(row: Mapping[str, Any]) -> Judgement:
    return Judgement(
        comment_id=row["comment_id"],
        relation={Relation(name): probability for name, probability in row["relation"].items()},
        stances=tuple(
            StanceScore(
                actor_id=score["actor_id"],
                probabilities={Stance(name): probability for name, probability in score["probabilities"].items()},
                sure=score.get("sure", True),
                spans=tuple(StanceSpan(**span) for span in score.get("spans", ())),
            )
            for score in row["stances"]
        ),
        sentences=_sentences(row["sentences"]),
        attributes={Attribute(name): probability for name, probability in row["attributes"].items()},
        attribute_spans=tuple(
            AttributeSpan(**{**span, "attribute": Attribute(span["attribute"])}) for span in row["attribute_spans"]
        ),
        language_uncertain=row["language_uncertain"],
        n_windows=row["n_windows"],
        n_unread_windows=row["n_unread_windows"],
    )


def _sentences(rows: Iterable[Mapping[str, Any]]) -> tuple[SentenceScore, ...]:
    return tuple(
        SentenceScore(**{**row, "devices": {Device(name): probability for name, probability in row["devices"].items()}})
        for row in rows
    )


def mentions_by_comment(mentions: Sequence[Mention]) -> dict[str, list[Mention]]:
    """Return the mentions of each comment, in their order."""
    found: dict[str, list[Mention]] = {}
    for mention in mentions:
        found.setdefault(mention.comment_id, []).append(mention)
    return found
