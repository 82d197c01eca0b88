"""OpenAI's moderation protocol: texts in, categories with scores and flags out."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from stance.protocols.bodies import LONGEST_TEXT, BadBody, is_too_long, read_json
from stance.protocols.errors import CannotJudge, Overloaded
from stance.protocols.scoring import Asked
from stance.protocols.service import Dialect, Refusal, Service
from stance.records import Attribute, Judgement, Policy

MOST_TEXTS: Final = 128
"""Texts of one request."""
USUAL_THRESHOLD: Final = 0.5
"""For an attribute that no line of the policy looks at."""


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What a category is here: any of these attributes (the highest is its score), or all (the lowest)."""

    attributes: tuple[Attribute, ...] = ()
    is_all: bool = False


_CATEGORIES: Final[Mapping[str, _Meaning]] = {
    # A threat to somebody harasses them, and the narrower category shall not be likelier than the wider one.
    "harassment": _Meaning((Attribute.INSULT, Attribute.ATTACK_ON_COMMENTER, Attribute.THREAT)),
    "harassment/threatening": _Meaning((Attribute.THREAT,)),
    "hate": _Meaning((Attribute.IDENTITY_ATTACK,)),
    "hate/threatening": _Meaning((Attribute.IDENTITY_ATTACK, Attribute.THREAT), is_all=True),
    # There is no data for the others. PROFANITY is not `sexual`, and THREAT is no depiction of violence.
    **dict.fromkeys(
        (
            *("illicit", "illicit/violent", "self-harm", "self-harm/intent", "self-harm/instructions"),
            *("sexual", "sexual/minors", "violence", "violence/graphic"),
        ),
        _Meaning(),
    ),
}
_TYPES: Final = {429: "requests"}
_CODES: Final = {401: "invalid_api_key", 404: "unknown_url", 429: "rate_limit_exceeded"}


class _Refused(Exception):
    """A request that is not answered; `param` is the field at fault, as a client shows it."""

    def __init__(self, words: str, *, param: str | None = None, code: str | None = None) -> None:
        super().__init__(words)
        self.answer = _error(400, words, param=param, code=code)


def _routes(service: Service) -> Sequence[BaseRoute]:
    model = service.scoring.model_id

    async def moderate(request: Request) -> Response:
        try:
            texts = _texts_of(await read_json(request))
            judgements = await service.scoring.judge([Asked(text=text) for text in texts])
        except BadBody as error:
            return _error(400, str(error))
        except _Refused as error:
            return error.answer
        except Overloaded as error:
            return _refuse(Refusal(status=429, words=str(error), retry_after_seconds=error.retry_after_seconds))
        except CannotJudge as error:
            return _error(400, str(error), param="input", code="cannot_judge")
        results = [_result(judgement, service.scoring.policy) for judgement in judgements]
        return JSONResponse({"id": f"modr-{secrets.token_hex(12)}", "model": model, "results": results})

    async def list_models(_: Request) -> Response:
        data = [{"id": model, "object": "model", "created": 0, "owned_by": "stance"}]
        return JSONResponse({"object": "list", "data": data})

    return [
        Route("/v1/moderations", moderate, methods=["POST"]),
        Route("/v1/models", list_models, methods=["GET"]),
    ]


def _texts_of(body: object) -> list[str]:
    """The texts to judge, one a result: of strings each, of parts all together."""
    if not isinstance(body, dict):
        raise _Refused("The body must be a JSON object with `input`.")
    if not isinstance(body.get("model"), str | None):
        raise _Refused("`model` must be a string; the one model here answers whatever it names.", param="model")
    if "input" not in body:
        raise _Refused("`input` is missing: give a text, or a list.", param="input", code="missing_required_parameter")
    given = body["input"]
    if isinstance(given, str):
        texts = [given]
    elif isinstance(given, list) and given:
        texts = _listed(given)
    else:
        raise _Refused("`input` must be a string, or a list that is not empty.", param="input", code="invalid_type")
    for number, text in enumerate(texts):
        if is_too_long(text):
            param = f"input[{number}]" if isinstance(given, list) else "input"
            words = f"A text is longer than {LONGEST_TEXT:,} bytes. Send it in parts."
            raise _Refused(words, param=param, code="string_above_max_length")
    return texts


def _listed(given: Sequence[object]) -> list[str]:
    if len(given) > MOST_TEXTS:
        words = f"`input` has {len(given):,} items, and {MOST_TEXTS} are taken. Send several requests."
        raise _Refused(words, param="input", code="array_above_max_length")
    texts = [one for one in given if isinstance(one, str)]
    if len(texts) == len(given):
        return texts
    if texts:
        raise _Refused("`input` mixes strings and objects. Give one or the other.", param="input", code="invalid_type")
    return ["\n\n".join(_part(one, number) for number, one in enumerate(given))]


def _part(given: object, number: int) -> str:
    param = f"input[{number}]"
    if not isinstance(given, Mapping):
        _refuse_part("An item of `input` must be a string, or an object with `type`.", param)
    if given.get("type") == "image_url":
        _refuse_part("Images are not judged here. Send the text alone.", param)
    if given.get("type") != "text":
        _refuse_part('The `type` of an item must be "text".', f"{param}.type")
    text = given.get("text")
    if not isinstance(text, str):
        _refuse_part("The `text` of an item must be a string.", f"{param}.text")
    return text


def _refuse_part(words: str, param: str) -> NoReturn:
    raise _Refused(words, param=param, code="invalid_type")


def _result(judgement: Judgement, policy: Policy) -> dict[str, object]:
    scores, flags = {}, {}
    for category, meaning in _CATEGORIES.items():
        scores[category] = _score(meaning, judgement.attributes)
        flags[category] = _is_flagged(meaning, judgement.attributes, policy)
    return {
        "flagged": any(flags.values()),
        "categories": flags,
        "category_scores": scores,
        "category_applied_input_types": {
            category: ["text"] if meaning.attributes else [] for category, meaning in _CATEGORIES.items()
        },
    }


def _score(meaning: _Meaning, probabilities: Mapping[Attribute, float]) -> float:
    if not meaning.attributes:
        return 0.0
    found = [probabilities[attribute] for attribute in meaning.attributes]
    return round(float(min(found) if meaning.is_all else max(found)), 6)


def _is_flagged(meaning: _Meaning, probabilities: Mapping[Attribute, float], policy: Policy) -> bool:
    reached = [probabilities[attribute] >= _threshold(attribute, policy) for attribute in meaning.attributes]
    return bool(reached) and (all(reached) if meaning.is_all else any(reached))


def _threshold(attribute: Attribute, policy: Policy) -> float:
    found: Iterable[float] = (line.threshold for line in policy.lines if line.looks_at is attribute)
    return min(found, default=USUAL_THRESHOLD)


def _error(status: int, words: str, *, param: str | None = None, code: str | None = None) -> JSONResponse:
    kind = _TYPES.get(status, "invalid_request_error")
    error = {"message": words, "type": kind, "param": param, "code": code or _CODES.get(status)}
    return JSONResponse({"error": error}, status_code=status)


def _refuse(refusal: Refusal) -> Response:
    answer = _error(refusal.status, refusal.words)
    if refusal.retry_after_seconds is not None:
        answer.headers["retry-after"] = str(refusal.retry_after_seconds)
    return answer


OPENAI: Final = Dialect(
    name="openai",
    prefixes=("/v1/moderations", "/v1/models"),
    routes=_routes,
    refuse=_refuse,
    longest_body=1 << 20,
)
"""OpenAI's moderation endpoint, for sites that left Perspective for it: their client takes a `base_url`."""
