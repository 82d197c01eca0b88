"""An analysis as pandas data frames, one a question: a comment a row, a stance a row, a sentence a row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal

from stance.records import Actor, ActorKind, Analysis, Attribute, Device, Relation, Stance

if TYPE_CHECKING:
    import pandas as pd

Table = Literal["comments", "stances", "sentences", "mentions", "reasons"]
"""What a row of a frame is: a comment, a stance toward an actor, a sentence, a mention, a reason of the queue."""
_Row = dict[str, Any]


def to_frame(analysis: Analysis, table: Table = "comments") -> pd.DataFrame:
    """Return one table of an analysis.

    Comments stand in the order of the thread, oldest first, everything else in the order of comments; a table without
    rows has its columns all the same. Times are in UTC, labels are categories, probabilities are floats in [0, 1].

    Args:
        analysis: Of one thread.
        table: `comments` (indexed by id: who wrote what when, `parent`, `parent_probability`, the likeliest `relation`
            and the probability of each, a column an attribute, `rank`, `priority`, `uncertainty`), `stances` (a comment
            and an actor a row), `sentences` (with `claim`, `check_worthy`, `rhetoric` and the devices), `mentions`, or
            `reasons` (of the queue).

    Raises:
        ValueError: There is no such table.
    """
    import pandas as pd

    if table not in TABLES:
        raise ValueError(f"table: got {table!r}, want one of {', '.join(TABLES)}")
    columns, rows_of = _TABLES[table]
    rows = list(rows_of(analysis))
    data = {name: _column([row[name] for row in rows], kind) for name, kind in columns.items()}
    frame = pd.DataFrame(data)
    return frame.set_index("id") if table == "comments" else frame


def _column(values: list[Any], kind: _Kind) -> pd.Series[Any]:
    import pandas as pd

    if isinstance(kind, tuple):
        return pd.Series(pd.Categorical(values, categories=list(kind)))
    if kind == "time":
        return pd.Series(pd.to_datetime(pd.Series(values, dtype="object"), utc=True))
    if kind == "str":
        values = [_HALVES.sub("\ufffd", value) if isinstance(value, str) else value for value in values]
    return pd.Series(values, dtype=kind)


_HALVES: Final = re.compile("[\ud800-\udfff]")
"""Halves of surrogate pairs, which no column of strings can hold."""
_Kind = str | tuple[str, ...]
_STANCES: Final = tuple(stance.value for stance in Stance)
_RELATIONS: Final = tuple(relation.value for relation in Relation)
_ATTRIBUTES: Final = tuple(attribute.value for attribute in Attribute)
_DEVICES: Final = tuple(device.value for device in Device)
_COMMENTS: Final[Mapping[str, _Kind]] = {
    "id": "str",
    "number": "int64",
    "author": "str",
    "posted_at": "time",
    "text": "str",
    "parent": "str",
    "parent_probability": "float64",
    "relation": _RELATIONS,
    **dict.fromkeys((*_RELATIONS, *_ATTRIBUTES), "float64"),
    "language_uncertain": "bool",
    "rank": "int64",
    "priority": "float64",
    "uncertainty": "float64",
}
_STANCE_ROWS: Final[Mapping[str, _Kind]] = {
    "comment": "str",
    "actor": "str",
    "name": "str",
    "actor_kind": tuple(kind.value for kind in ActorKind),
    "stance": _STANCES,
    "sure": "bool",
    **dict.fromkeys(_STANCES, "float64"),
    "words": "object",
}
_SENTENCES: Final[Mapping[str, _Kind]] = {
    "comment": "str",
    "start": "int64",
    "end": "int64",
    "text": "str",
    **dict.fromkeys(("claim", "check_worthy", "rhetoric", *_DEVICES), "float64"),
}
_MENTIONS: Final[Mapping[str, _Kind]] = {
    "comment": "str",
    "actor": "str",
    "start": "int64",
    "end": "int64",
    "text": "str",
    "quoted": "bool",
    "addressed": "bool",
}
_REASONS: Final[Mapping[str, _Kind]] = {
    "comment": "str",
    "rank": "int64",
    "line": "str",
    "what": "str",
    "toward": "str",
    "probability": "float64",
    "weight": "float64",
    "words": "object",
}


def _comments(analysis: Analysis) -> Iterator[_Row]:
    places = {item.comment_id: item for item in analysis.queue}
    for comment, reply, judgement in zip(analysis.thread.comments, analysis.replies, analysis.judgements, strict=True):
        place = places[comment.id]
        yield {
            "id": comment.id,
            "number": comment.number,
            "author": comment.author,
            "posted_at": comment.posted_at,
            "text": comment.text,
            "parent": reply.parent_id,
            "parent_probability": reply.probability,
            "relation": judgement.relation_label.value,
            **{relation.value: judgement.relation.get(relation) for relation in Relation},
            **{attribute.value: judgement.attributes.get(attribute) for attribute in Attribute},
            "language_uncertain": judgement.language_uncertain,
            "rank": place.rank,
            "priority": place.priority,
            "uncertainty": place.uncertainty,
        }


def _stances(analysis: Analysis) -> Iterator[_Row]:
    actors: dict[str, Actor] = {actor.id: actor for actor in analysis.actors}
    for comment, judgement in zip(analysis.thread.comments, analysis.judgements, strict=True):
        for score in judgement.stances:
            actor = actors[score.actor_id]
            yield {
                "comment": comment.id,
                "actor": actor.id,
                "name": actor.name,
                "actor_kind": actor.kind.value,
                "stance": score.label.value,
                "sure": score.sure,
                **{stance.value: score.probabilities.get(stance) for stance in Stance},
                "words": [comment.text[span.start : span.end] for span in score.spans],
            }


def _sentences(analysis: Analysis) -> Iterator[_Row]:
    for comment, judgement in zip(analysis.thread.comments, analysis.judgements, strict=True):
        for sentence in judgement.sentences:
            yield {
                "comment": comment.id,
                "start": sentence.start,
                "end": sentence.end,
                "text": comment.text[sentence.start : sentence.end],
                "claim": sentence.claim,
                "check_worthy": sentence.check_worthy,
                "rhetoric": sentence.rhetoric,
                **{device.value: sentence.devices.get(device) for device in Device},
            }


def _mentions(analysis: Analysis) -> Iterator[_Row]:
    texts = {comment.id: comment.text for comment in analysis.thread.comments}
    for mention in analysis.mentions:
        if mention.comment_id in texts:
            yield {
                "comment": mention.comment_id,
                "actor": mention.actor_id,
                "start": mention.start,
                "end": mention.end,
                "text": texts[mention.comment_id][mention.start : mention.end],
                "quoted": mention.quoted,
                "addressed": mention.addressed,
            }


def _reasons(analysis: Analysis) -> Iterator[_Row]:
    texts = {comment.id: comment.text for comment in analysis.thread.comments}
    for item in analysis.queue:
        for reason in item.reasons:
            yield {
                "comment": item.comment_id,
                "rank": item.rank,
                "line": reason.line,
                "what": reason.what,
                "toward": reason.toward,
                "probability": reason.probability,
                "weight": reason.weight,
                "words": [texts[item.comment_id][start:end] for start, end in reason.words],
            }


_TABLES: Final[Mapping[Table, tuple[Mapping[str, _Kind], Callable[[Analysis], Iterator[_Row]]]]] = {
    "comments": (_COMMENTS, _comments),
    "stances": (_STANCE_ROWS, _stances),
    "sentences": (_SENTENCES, _sentences),
    "mentions": (_MENTIONS, _mentions),
    "reasons": (_REASONS, _reasons),
}
TABLES: Final[tuple[Table, ...]] = tuple(_TABLES)
"""The tables there are."""
