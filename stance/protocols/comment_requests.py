"""The fields of a request to Perspective in; what is asked, in this project's words, out, or Perspective's refusal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from stance.protocols.attributes import find_attribute
from stance.protocols.bodies import LONGEST_TEXT, is_too_long
from stance.protocols.google import PACKAGE, Fields, Rejected, shown
from stance.protocols.sent_text import SentText, take_html, take_plain
from stance.protocols.spoken import is_english
from stance.records import Attribute

_CONTEXT_CHARACTERS: Final = 20_000
"""Of an article, or of what is answered, are looked at; the judge reads far less."""
_PROBABILITY: Final = frozenset({"", "SCORE_TYPE_UNSPECIFIED", "PROBABILITY"})
_PLAIN: Final = frozenset({"", "TEXT_TYPE_UNSPECIFIED", "PLAIN_TEXT"})


class BadRequest(Rejected):
    """A request that Perspective refuses; `error_type` is the name that it has for why."""

    def __init__(self, message: str, error_type: str = "INVALID_REQUEST", **more: object) -> None:
        detail = {"@type": f"{PACKAGE}.Error", "errorType": error_type, **more}
        super().__init__(message, details=[detail])


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An attribute to answer, under the name that the client gave it; no summary below `threshold` is told."""

    name: str
    attribute: Attribute
    threshold: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a comment stands under; `notes` are the fields of a context that is no text but JSON, as Coral sends it."""

    article: str = ""
    parent: str = ""
    notes: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyzeRequest:
    """What `comments:analyze` asks. `drop_unsupported`: attributes of another language are left out, not refused."""

    comment: SentText
    context: Context
    wanted: tuple[Wanted, ...]
    languages: tuple[str, ...]
    spans: bool
    drop_unsupported: bool
    client_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestRequest:
    """What `comments:suggestscore` tells: by attribute, the score that the comment should have had, in [0, 1]."""

    comment: SentText
    context: Context
    scores: Mapping[Attribute, float]
    languages: tuple[str, ...]
    community: str
    client_token: str


def read_analyze(fields: Fields) -> AnalyzeRequest:
    """Read a request to judge a comment.

    Raises:
        Rejected: It is refused, in Perspective's words.
    """
    comment = _comment_of(fields)
    wanted = tuple(
        _wanted(name, parameters)
        for name, parameters in fields.map("requestedAttributes", "AttributeParameters").items()
    )
    if not wanted:
        raise BadRequest("Missing requested_attributes", "NO_REQUESTED_ATTRIBUTES")
    return AnalyzeRequest(
        comment=comment,
        context=_context_of(fields),
        wanted=wanted,
        languages=fields.texts("languages"),
        spans=fields.flag("spanAnnotations"),
        drop_unsupported=fields.flag("dropUnsupportedAttributes"),
        client_token=fields.text("clientToken"),
    )


def read_suggestion(fields: Fields) -> SuggestRequest:
    """Read what a client believes a comment's scores to be.

    Raises:
        Rejected: It is refused, in Perspective's words.
    """
    comment = _comment_of(fields)
    given = fields.map("attributeScores", "AttributeScores")
    if not given:
        raise BadRequest("attribute_scores must not be empty")
    scores: dict[Attribute, float] = {}
    for name, attribute_scores in given.items():
        scores.update(_suggested(name, attribute_scores))
    return SuggestRequest(
        comment=comment,
        context=_context_of(fields),
        scores=scores,
        languages=fields.texts("languages"),
        community=fields.text("communityId"),
        client_token=fields.text("clientToken"),
    )


def refuse_language(wanted: Wanted, *, requested: tuple[str, ...], detected: tuple[str, ...]) -> BadRequest:
    """Return the refusal of an attribute for a language; clients leave out the one that it names, and ask again."""
    languages = [shown(tag) for tag in requested if not is_english(tag)] or [*detected]
    details: dict[str, object] = {"attribute": shown(wanted.name), "detectedLanguages": [*detected]}
    if requested:
        details["requestedLanguages"] = [shown(tag) for tag in requested]
    return BadRequest(
        f"Attribute {shown(wanted.name)} does not support request languages: {', '.join(languages[:10])}",
        "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
        languageNotSupportedByAttributeError=details,
    )


def _comment_of(fields: Fields) -> SentText:
    entry = fields.message("comment", "TextEntry") or Fields({})
    sent = entry.text("text")
    if is_too_long(sent):
        size = len(sent.encode())
        raise BadRequest(
            # Its older words and its newer ones: clients look for either.
            f"Comment text too long. Comment text was too many bytes. Value ({size}) exceeded limit ({LONGEST_TEXT}).",
            "COMMENT_TOO_LONG",
        )
    comment = take_html(sent) if _is_html(entry) else take_plain(sent)
    if not comment.text.strip():
        raise BadRequest("Comment must be non-empty.", "COMMENT_EMPTY")
    return comment


def _is_html(entry: Fields) -> bool:
    kind = entry.text("type")
    if kind not in _PLAIN and kind != "HTML":
        raise BadRequest("Unknown text type")
    return kind == "HTML"


def _wanted(name: str, parameters: Fields) -> Wanted:
    attribute = _known(name)
    _refuse_score_type(parameters.text("scoreType"), name)
    return Wanted(name=name, attribute=attribute, threshold=parameters.number("scoreThreshold"))


def _known(name: str) -> Attribute:
    attribute = find_attribute(name)
    if attribute is None:
        raise BadRequest(f"Unknown requested attribute: {shown(name)}")
    return attribute


def _refuse_score_type(score_type: str, name: str) -> None:
    if score_type not in _PROBABILITY:
        words = f"Requested score type {shown(score_type)} is not supported by attribute {shown(name)}"
        raise BadRequest(words)


def _context_of(fields: Fields) -> Context:
    """Read what a comment stands under: the article and what it answers, or a list in that order."""
    context = fields.message("context", "Context")
    if context is None:
        return Context()
    both = context.message("articleAndParentComment", "ArticleAndParentComment")
    entries = context.messages("entries", "TextEntry")
    if both is not None and entries:
        raise BadRequest(
            "Context can have either entries or article_and_parent_comment, but both fields were populated."
        )
    if both is not None:
        article, parent = both.message("article", "TextEntry"), both.message("parentComment", "TextEntry")
        return Context(article=_read_context(article), parent=_read_context(parent, keep_end=True))
    if not entries:
        return Context()
    notes = _notes_of(entries[0])
    if notes is not None:
        return Context(notes=notes)
    # One alone is the article, as clients that send both leave the parent out where there is none.
    parent = entries[-1] if len(entries) > 1 else None
    return Context(article=_read_context(entries[0]), parent=_read_context(parent, keep_end=True))


def _read_context(entry: Fields | None, *, keep_end: bool = False) -> str:
    if entry is None:
        return ""
    sent = entry.text("text")
    sent = sent[-_CONTEXT_CHARACTERS:] if keep_end else sent[:_CONTEXT_CHARACTERS]
    return take_html(sent).text.strip() if _is_html(entry) else sent


def _notes_of(entry: Fields) -> Mapping[str, Any] | None:
    text = entry.text("text").strip()
    if not (text.startswith("{") and text.endswith("}") and len(text) <= _CONTEXT_CHARACTERS):
        return None
    try:
        notes = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return notes if isinstance(notes, dict) else None


def _suggested(name: str, scores: Fields) -> dict[Attribute, float]:
    attribute = _known(name)
    summary = scores.message("summaryScore", "Score")
    spans = scores.messages("spanScores", "SpanScore")
    if summary is None and not spans:
        raise BadRequest(f"AttributeScores must not be empty: {shown(name)}")
    values = [_span_score(span, name) for span in spans]
    if summary is not None:
        return {attribute: _score(summary, name)}
    # A comment is as bad as its worst part.
    return {attribute: max(values)}


def _span_score(span: Fields, name: str) -> float:
    score = span.message("score", "Score")
    if score is None or span.number("begin") is None or span.number("end") is None:
        raise BadRequest(f"All SpanScore objects must have begin, end and score set: {shown(name)}")
    return _score(score, name)


def _score(score: Fields, name: str) -> float:
    _refuse_score_type(score.text("type"), name)
    value = score.number("value")
    # Google's own writers leave a value of 0 out.
    value = 0.0 if value is None else value
    if not 0 <= value <= 1:
        raise BadRequest(f"A PROBABILITY score must be from 0 to 1: {shown(name)}")
    return value
