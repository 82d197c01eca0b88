"""Text classification as Discourse asks for it: texts in, scores out, in the shapes of two servers that it knows.

`/predict` is that of Hugging Face's text-embeddings-inference, `/api/v1/classify` that of Discourse's older service.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from stance import __version__
from stance.protocols.bodies import LONGEST_TEXT, BadBody, is_too_long, read_json
from stance.protocols.errors import CannotJudge, Overloaded
from stance.protocols.scoring import Asked
from stance.protocols.service import Dialect, Refusal, Service
from stance.records import Attribute, Judgement

MOST_TEXTS: Final = 32
"""Inputs of one batch, as that server has it unless told."""
_WANTED: Final = "`inputs` must be a string, a pair [string, string], or a batch [[string], [string, string], ...]."
_Pair = tuple[str, str]
_LABELS: Final = {attribute: attribute.value.lower() for attribute in Attribute}
_CLASSES: Final[Mapping[str, Attribute | None]] = {
    "toxicity": Attribute.TOXICITY,
    "severe_toxicity": Attribute.SEVERE_TOXICITY,
    "obscene": Attribute.PROFANITY,
    "identity_attack": Attribute.IDENTITY_ATTACK,
    "insult": Attribute.INSULT,
    "threat": Attribute.THREAT,
    # The client compares every label with a number, so that none may be missing; there is no data for this one.
    "sexual_explicit": None,
}
_SUREST: Final = 1e-6
"""A probability nearer to 0 or 1 has no log-odds that JSON could hold."""
_KINDS: Final = {429: "Overloaded", 503: "Unhealthy"}


class _Refused(Exception):
    """A request that is not answered; `kind` is theirs, that of the status where it is None."""

    def __init__(self, status: int, words: str, *, kind: str | None = None) -> None:
        super().__init__(words)
        self.answer = _error(status, words, kind=kind)


def _routes(service: Service) -> Sequence[BaseRoute]:
    async def predict(request: Request) -> Response:
        body = await _read(request)
        given, is_batch = _inputs(body)
        truncate, raw = (_flag(body, name) for name in ("truncate", "raw_scores"))
        judgements = await service.scoring.judge([_asked(one, truncate=truncate) for one in given])
        found = [_predictions(judgement, raw=raw) for judgement in judgements]
        return JSONResponse(found if is_batch else found[0])

    async def classify(request: Request) -> Response:
        body = await _read(request)
        content = body.get("content")
        if not isinstance(content, str):
            raise _Refused(422, "`content` must be a string.")
        (judgement,) = await service.scoring.judge([_asked((content, ""), truncate=True)])
        return JSONResponse(_percents(judgement))

    async def tell(_: Request) -> Response:
        return JSONResponse(_info(service))

    return [
        Route("/predict", _told(predict), methods=["POST"]),
        Route("/api/v1/classify", _told(classify), methods=["POST"]),
        Route("/info", tell, methods=["GET"]),
    ]


def _told(answer: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Put what goes wrong into their words."""

    async def run(request: Request) -> Response:
        try:
            return await answer(request)
        except BadBody as error:
            return _error(400, str(error))
        except _Refused as error:
            return error.answer
        except Overloaded as error:
            return _refuse(Refusal(status=429, words=str(error), retry_after_seconds=error.retry_after_seconds))
        except CannotJudge as error:
            return _error(424, str(error), kind="Backend")

    return run


async def _read(request: Request) -> Mapping[str, object]:
    body = await read_json(request)
    if not isinstance(body, dict):
        raise _Refused(422, "The body must be a JSON object.")
    return body


def _inputs(body: Mapping[str, object]) -> tuple[list[_Pair], bool]:
    """The texts, each with what it answers ("" where nothing is given), and whether they came as a batch."""
    given = body.get("inputs")
    if isinstance(given, str):
        return [(given, "")], False
    if not isinstance(given, list) or not given:
        raise _Refused(422, _WANTED)
    if isinstance(given[0], str):
        return [_pair(given)], False
    if len(given) > MOST_TEXTS:
        raise _Refused(413, f"batch size {len(given)} > maximum allowed batch size {MOST_TEXTS}")
    return [_pair(one) for one in given], True


def _pair(given: object) -> _Pair:
    if not isinstance(given, list) or len(given) not in (1, 2) or not all(isinstance(one, str) for one in given):
        raise _Refused(422, _WANTED)
    return given[0], given[1] if len(given) == 2 else ""


def _flag(body: Mapping[str, object], name: str) -> bool:
    value = body.get(name)
    if not isinstance(value, bool | None):
        raise _Refused(422, f"`{name}` must be true or false.")
    return value is True


def _asked(pair: _Pair, *, truncate: bool) -> Asked:
    text, parent = pair
    if not text:
        raise _Refused(400, "`inputs` cannot be empty", kind="Empty")
    if not truncate and (is_too_long(text) or is_too_long(parent)):
        raise _Refused(413, f"`inputs` must have at most {LONGEST_TEXT} bytes each. Set `truncate` to have them cut.")
    # Of what is answered its end is read.
    return Asked(text=_cut(text), parent=_cut(parent[::-1])[::-1])


def _cut(text: str) -> str:
    return text.encode("utf-8", "replace")[:LONGEST_TEXT].decode("utf-8", "ignore") if is_too_long(text) else text


def _predictions(judgement: Judgement, *, raw: bool) -> list[dict[str, object]]:
    scores = {
        _LABELS[attribute]: _log_odds(probability) if raw else round(float(probability), 6)
        for attribute, probability in judgement.attributes.items()
    }
    return [{"score": scores[label], "label": label} for label in sorted(scores, key=scores.__getitem__, reverse=True)]


def _log_odds(probability: float) -> float:
    kept = min(max(float(probability), _SUREST), 1 - _SUREST)
    return round(math.log(kept / (1 - kept)), 6)


def _percents(judgement: Judgement) -> dict[str, int]:
    return {
        label: round(100 * judgement.attributes[attribute]) if attribute else 0 for label, attribute in _CLASSES.items()
    }


def _info(service: Service) -> dict[str, object]:
    labels = list(_LABELS.values())
    classifier = {
        "id2label": {str(number): label for number, label in enumerate(labels)},
        "label2id": {label: number for number, label in enumerate(labels)},
    }
    return {
        "model_id": service.scoring.model_id,
        "model_sha": None,
        "model_dtype": "float32",
        "model_type": {"classifier": classifier},
        "max_client_batch_size": MOST_TEXTS,
        "auto_truncate": False,
        "version": __version__,
    }


def _error(status: int, words: str, *, kind: str | None = None) -> JSONResponse:
    return JSONResponse({"error": words, "error_type": kind or _KINDS.get(status, "Validation")}, status_code=status)


def _refuse(refusal: Refusal) -> Response:
    answer = _error(refusal.status, refusal.words)
    if refusal.retry_after_seconds is not None:
        answer.headers["retry-after"] = str(refusal.retry_after_seconds)
    return answer


TEI: Final = Dialect(
    name="tei",
    prefixes=("/predict", "/info", "/api/v1/classify"),
    routes=_routes,
    refuse=_refuse,
    longest_body=1 << 20,
)
"""For Discourse: its sentiment classifiers (`/predict`), and its older toxicity module (`/api/v1/classify`)."""
