"""An analysis as rows that JSON can hold: complete, in one key order, and telling what made them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeVar

from stance.records import (
    Actor,
    Analysis,
    Comment,
    Judgement,
    Mention,
    QueueItem,
    Reason,
    Reply,
    SentenceScore,
)

Row = dict[str, object]
_DEEPEST_EXTRA: Final = 50
"""Levels of nesting kept of what a format carried; without an end, hostile nesting would exhaust the stack."""
_Label = TypeVar("_Label", bound=StrEnum)


def to_row(analysis: Analysis) -> Row:
    """Return one thread's analysis as a row.

    Probabilities are rounded to 6 decimals. Offsets are Unicode code points into the comment's text, end exclusive,
    and come with the text they mark.
    """
    thread = analysis.thread
    return {
        **_maker(analysis),
        "thread": {
            "id": thread.id,
            "order": thread.order.value,
            "order_probability": _round(thread.order_probability),
            "n_comments": len(thread.comments),
            "stated_total": thread.stated_total,
            "notes": list(thread.notes),
            "article": {
                "title": thread.article.title,
                "author": thread.article.author,
                "url": thread.article.url,
                "text": thread.article.text,
            },
        },
        "actors": [_actor_row(actor) for actor in analysis.actors],
        "comments": _comment_rows(analysis),
        "queue": [item.comment_id for item in analysis.queue],
    }


def to_comment_rows(analysis: Analysis) -> list[Row]:
    """Return one row a comment, in thread order; each tells its thread and what made it, so that rows can be mixed."""
    return [{**_maker(analysis), "thread_id": analysis.thread.id, **row} for row in _comment_rows(analysis)]


def _maker(analysis: Analysis) -> Row:
    return {
        "version": analysis.version,
        "model_id": analysis.model_id,
        "policy_digest": analysis.policy_digest,
    }


def _comment_rows(analysis: Analysis) -> list[Row]:
    mentions: dict[str, list[Mention]] = {}
    for mention in analysis.mentions:
        mentions.setdefault(mention.comment_id, []).append(mention)
    places = {item.comment_id: item for item in analysis.queue}
    return [
        {
            "id": comment.id,
            "number": comment.number,
            "author": comment.author,
            "posted_at": comment.posted_at.isoformat() if comment.posted_at else None,
            "text": comment.text,
            "reply": _reply_row(reply, comment),
            "relation": {"label": judgement.relation_label.value, "probabilities": _by_name(judgement.relation)},
            "mentions": [_mention_row(mention, comment) for mention in mentions.get(comment.id, [])],
            **_judgement_rows(judgement, comment),
            "queue": _queue_row(places[comment.id], comment),
            "extra": _plain(comment.extra),
        }
        for comment, reply, judgement in zip(
            analysis.thread.comments, analysis.replies, analysis.judgements, strict=True
        )
    ]


def _reply_row(reply: Reply, comment: Comment) -> Row:
    return {
        "parent": reply.parent_id,
        "probability": _round(reply.probability),
        "evidence": [{"kind": evidence.kind.value, "words": evidence.words} for evidence in reply.evidence],
        "alternatives": [
            {"parent": candidate.parent_id, "probability": _round(candidate.probability)}
            for candidate in reply.alternatives
        ],
        "quotes": [
            {
                **_span_row(quote.start, quote.end, comment),
                "source": quote.source_id,
                "similarity": _round(quote.similarity),
            }
            for quote in reply.quotes
        ],
    }


def _judgement_rows(judgement: Judgement, comment: Comment) -> Row:
    return {
        "stances": [
            {
                "actor": score.actor_id,
                "label": score.label.value,
                "sure": score.sure,
                "probabilities": _by_name(score.probabilities),
                "spans": [
                    {**_span_row(span.start, span.end, comment), "weight": _round(span.weight)} for span in score.spans
                ],
            }
            for score in judgement.stances
        ],
        "sentences": [_sentence_row(sentence, comment) for sentence in judgement.sentences],
        "attributes": _by_name(judgement.attributes),
        "attribute_spans": [
            {
                **_span_row(span.start, span.end, comment),
                "attribute": span.attribute.value,
                "weight": _round(span.weight),
            }
            for span in judgement.attribute_spans
        ],
        "language_uncertain": judgement.language_uncertain,
        "n_windows": judgement.n_windows,
    }


def _sentence_row(sentence: SentenceScore, comment: Comment) -> Row:
    return {
        **_span_row(sentence.start, sentence.end, comment),
        "claim": _round(sentence.claim),
        "check_worthy": _round(sentence.check_worthy),
        "rhetoric": _round(sentence.rhetoric),
        "devices": _by_name(sentence.devices),
    }


def _queue_row(item: QueueItem, comment: Comment) -> Row:
    return {
        "rank": item.rank,
        "priority": _round(item.priority),
        "uncertainty": _round(item.uncertainty),
        "reasons": [_reason_row(reason, comment) for reason in item.reasons],
    }


def _reason_row(reason: Reason, comment: Comment) -> Row:
    return {
        "line": reason.line,
        "what": reason.what,
        "toward": reason.toward,
        "probability": _round(reason.probability),
        "weight": _round(reason.weight),
        "words": [_span_row(start, end, comment) for start, end in reason.words],
    }


def _mention_row(mention: Mention, comment: Comment) -> Row:
    return {
        **_span_row(mention.start, mention.end, comment),
        "actor": mention.actor_id,
        "quoted": mention.quoted,
        "addressed": mention.addressed,
    }


def _actor_row(actor: Actor) -> Row:
    return {
        "id": actor.id,
        "name": actor.name,
        "kind": actor.kind.value,
        "aliases": list(actor.aliases),
        "member_of": actor.member_of,
    }


def _span_row(start: int, end: int, comment: Comment) -> Row:
    return {"start": start, "end": end, "text": comment.text[start:end]}


def _by_name(probabilities: Mapping[_Label, float]) -> dict[str, float]:
    return {label.value: _round(probability) for label, probability in probabilities.items()}


def _round(number: float) -> float:
    return round(float(number), 6)


def _plain(value: object, *, levels: int = _DEEPEST_EXTRA) -> object:
    """Return what a format carried as JSON can hold it.

    NaN and infinity, which JSON has no word for, become null; so does what is nested deeper than `levels`.
    """
    if isinstance(value, Mapping | list | tuple) and not levels:
        return None
    if isinstance(value, Mapping):
        return {str(key): _plain(held, levels=levels - 1) for key, held in value.items()}
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, list | tuple):
        return [_plain(held, levels=levels - 1) for held in value]
    return str(value)
