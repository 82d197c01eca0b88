"""The Perspective API's protocol: a comment in, the scores of the attributes that were asked for out.

`comments:analyze` stores nothing, whatever `doNotStore` says; what `comments:suggestscore` tells is kept in the queue.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from stance.protocols.comment_requests import (
    AnalyzeRequest,
    SuggestRequest,
    Wanted,
    read_analyze,
    read_suggestion,
    refuse_language,
)
from stance.protocols.feedback import REJECTED_FROM, reject_reason
from stance.protocols.google import Fields, Rejected, read_body, refuse
from stance.protocols.portions import PORTION_CHARACTERS, in_portions
from stance.protocols.scoring import Asked
from stance.protocols.sent_text import SentText, Span
from stance.protocols.service import Dialect, Service
from stance.protocols.spoken import ENGLISH, UNDETERMINED, find_language, is_english, may_be_other
from stance.queue import Action
from stance.records import Judgement

if TYPE_CHECKING:
    from stance.queue import Store

_DIGITS: Final = 7
_Answer = Callable[[Service, Fields], Awaitable[Mapping[str, object]]]


async def analyze(service: Service, fields: Fields) -> dict[str, object]:
    """Judge a comment, and each of its sentences where spans are asked for.

    Raises:
        Rejected: The request is refused.
        Overloaded: Too much waits already.
        CannotJudge: The judge fails on the text.
    """
    request = read_analyze(fields)
    detected = await _detect(request.comment.text)
    named = request.languages or (ENGLISH if detected == UNDETERMINED else detected,)
    supported = all(map(is_english, named))
    if not supported and not request.drop_unsupported:
        raise refuse_language(request.wanted[0], requested=request.languages, detected=(detected,))
    answer: dict[str, object] = {
        "attributeScores": await _scores(service, request) if supported else {},
        "languages": [*named],
        "detectedLanguages": [detected],
    }
    if request.client_token:
        answer["clientToken"] = request.client_token
    return answer


async def suggest(service: Service, fields: Fields) -> dict[str, object]:
    """Keep what a client believes a comment's scores to be; without a queue, answer and keep nothing.

    Raises:
        Rejected: The request is refused.
        StoreError: It cannot be kept.
    """
    request = read_suggestion(fields)
    if service.store is not None:
        await _keep(service.store, request)
    answer: dict[str, object] = {"detectedLanguages": [await _detect(request.comment.text)]}
    if request.languages:
        answer["requestedLanguages"] = [*request.languages]
    if request.client_token:
        answer["clientToken"] = request.client_token
    return answer


async def _keep(store: Store, request: SuggestRequest) -> None:
    """Note a suggestion for good, as the decision of whoever told it: a score of a half or more is a rejection."""
    from stance.queue import Suggestion

    rejected = max(request.scores.values()) >= REJECTED_FROM
    notes = request.context.notes or {}
    comment_id, parent_id = notes.get("Coral_comment_id"), notes.get("reply_to_id_Coral_comment_id")
    parent = request.context.parent
    if not parent and isinstance(parent_id, str):
        # Coral says which comment is answered, and not what it says.
        seen = await asyncio.to_thread(store.seen.find_anywhere, parent_id)
        parent = "" if seen is None else seen.text
    suggestion = Suggestion(
        community=request.community,
        text=request.comment.text,
        action=Action.REJECT if rejected else Action.APPROVE,
        reason=reject_reason(request.scores) if rejected else None,
        parent=parent,
        article=request.context.article,
        comment_id=comment_id if isinstance(comment_id, str) else None,
    )
    await asyncio.to_thread(store.outside.suggest, suggestion)


async def _detect(text: str) -> str:
    # The library computes, and its model is read at first use.
    return await asyncio.to_thread(find_language, text) if may_be_other(text) else ENGLISH


async def _scores(service: Service, request: AnalyzeRequest) -> dict[str, object]:
    comment, context = request.comment, request.context
    sentences = comment.sentences() if request.spans else []
    # One alone is the whole comment, which has a span anyway.
    sentences = sentences if len(sentences) > 1 else []
    texts = [comment.text, *(comment.text[start:end] for start, end in sentences)]
    asked = [Asked(text=text, parent=context.parent, article=context.article) for text in texts]
    whole, *parts = [
        judgement
        for portion in in_portions(asked, size_of=_size, most=PORTION_CHARACTERS)
        for judgement in await service.scoring.judge(portion)
    ]
    return {one.name: _attribute_scores(one, comment, whole, sentences, parts) for one in request.wanted}


def _size(asked: Asked) -> int:
    return asked.n_characters


def _attribute_scores(
    wanted: Wanted, comment: SentText, whole: Judgement, sentences: Sequence[Span], parts: Sequence[Judgement]
) -> dict[str, object]:
    """Return one attribute's scores; the span of the whole comment comes first, because clients read the first."""
    summary = _score(whole, wanted)
    spans = [_span_score(comment.whole_units(), summary)]
    for sentence, part in zip(sentences, parts, strict=True):
        score = _score(part, wanted)
        if _is_told(score, wanted):
            spans.append(_span_score(comment.sent_units(sentence), score))
    scores: dict[str, object] = {"spanScores": spans}
    if _is_told(summary, wanted):
        scores["summaryScore"] = {"value": summary, "type": "PROBABILITY"}
    return scores


def _score(judgement: Judgement, wanted: Wanted) -> float:
    return round(float(judgement.attributes[wanted.attribute]), _DIGITS)


def _is_told(score: float, wanted: Wanted) -> bool:
    return wanted.threshold is None or score >= wanted.threshold


def _span_score(units: Span, score: float) -> dict[str, object]:
    begin, end = units
    return {"begin": begin, "end": end, "score": {"value": score, "type": "PROBABILITY"}}


def _routes(service: Service) -> Sequence[BaseRoute]:
    return [
        _route(service, "/v1alpha1/comments:analyze", analyze),
        _route(service, "/v1alpha1/comments:suggestscore", suggest),
    ]


def _route(service: Service, path: str, answer: _Answer) -> Route:
    async def respond(request: Request) -> Response:
        try:
            fields = read_body(await request.body(), content_type=request.headers.get("content-type", ""))
            return JSONResponse(await answer(service, fields))
        except Rejected as error:
            return error.answer()

    return Route(path, respond, methods=["POST"])


PERSPECTIVE: Final = Dialect(
    name="perspective", prefixes=("/v1alpha1",), routes=_routes, refuse=refuse, longest_body=1 << 20
)
"""`comments:analyze` and `comments:suggestscore`; 20 KB of comment, and of context as much as fits."""
