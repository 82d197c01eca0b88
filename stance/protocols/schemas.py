"""What our own protocol's requests and answers look like, in JSON Schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final

from stance.protocols.threads import MOST_COMMENTS, TEXT_FORMATS
from stance.records import ActorKind, Attribute, Device, EvidenceKind, Fault, Order, Relation, Stance

Schema = dict[str, object]


def _object(**fields: Schema) -> Schema:
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def _given(fields: Mapping[str, Schema], *, needed: Sequence[str] = (), more: bool = False) -> Schema:
    """An object of a request: of its fields some are needed, and `more` may come."""
    return _object(**fields) | {"required": list(needed), "additionalProperties": more}


def _list(items: Schema, **limits: object) -> Schema:
    return {"type": "array", "items": items, **limits}


def _one_of(labels: Iterable[str]) -> Schema:
    return {"type": "string", "enum": [str(label) for label in labels]}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _by_name(labels: type[StrEnum]) -> Schema:
    return _object(**{label.value: _PROBABILITY for label in labels})


_TEXT: Final[Schema] = {"type": "string"}
_MAYBE_TEXT: Final[Schema] = {"type": ["string", "null"]}
_YES: Final[Schema] = {"type": "boolean"}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_MAYBE_COUNT: Final[Schema] = {"type": ["integer", "null"], "minimum": 0}
_NUMBER: Final[Schema] = {"type": "number"}
_PROBABILITY: Final[Schema] = {"type": "number", "minimum": 0, "maximum": 1}
_ID: Final[Schema] = {"type": ["string", "integer"]}
_MAYBE_ID: Final[Schema] = {"type": ["string", "integer", "null"]}
_SPAN: Final[dict[str, Schema]] = {"start": _COUNT, "end": _COUNT, "text": _TEXT}
_FAULTS: Final[Schema] = {"type": ["array", "null"], "items": _one_of(Fault)}

_STATED_COMMENT: Final = _given(
    {
        "id": _ID,
        "text": _TEXT,
        "author": _MAYBE_TEXT,
        "posted_at": {"type": ["string", "number", "null"], "description": "ISO 8601, or seconds since 1970."},
        "parent_id": {**_MAYBE_ID, "description": "What it answers: a comment's id, or `article`. Null to find it."},
    },
    needed=("id", "text"),
    more=True,
)
_STATED_ARTICLE: Final = _given(dict.fromkeys(("title", "text", "author", "url"), _MAYBE_TEXT), more=True)
_HOW: Final[Mapping[str, Schema]] = {
    "thread_id": {**_MAYBE_TEXT, "description": "The thread's name; of a file that holds several, the one to analyse."},
    "mend": {
        **_FAULTS,
        "description": "Faults to mend besides `orphan` and `future`, which are mended unless refused.",
    },
    "refuse": {**_FAULTS, "description": "Faults to refuse."},
}
_COMMENTS_GIVEN: Final = _given(
    {
        "comments": _list(_STATED_COMMENT, minItems=1, maxItems=MOST_COMMENTS),
        "article": {"anyOf": [_STATED_ARTICLE, {"type": "null"}]},
        "stated_total": {**_MAYBE_COUNT, "description": "How many comments the page itself claims to have."},
        **_HOW,
    },
    needed=("comments",),
)
_CONTENT_GIVEN: Final = _given(
    {
        "content": {**_TEXT, "description": "What a file of the format holds."},
        "format": {
            "type": ["string", "null"],
            "enum": [*TEXT_FORMATS, None],
            "description": "Seen from the content unless given.",
        },
        "columns": {
            "type": ["object", "null"],
            "additionalProperties": _TEXT,
            "description": 'For CSV: which column holds a field, such as `{"text": "body"}`.',
        },
        **_HOW,
    },
    needed=("content",),
)

_REASON: Final = _object(
    line={**_TEXT, "description": "The line of the policy that fired."},
    what=_TEXT,
    toward=_MAYBE_TEXT,
    probability=_PROBABILITY,
    weight=_PROBABILITY,
    words=_list(_object(**_SPAN)),
)
_SENTENCE: Final = _object(
    **_SPAN,
    claim=_PROBABILITY,
    check_worthy=_PROBABILITY,
    rhetoric=_PROBABILITY,
    devices=_by_name(Device),
)
_REPLY: Final = _object(
    parent={**_TEXT, "description": "The id of the comment it answers, or `article`."},
    probability=_PROBABILITY,
    evidence=_list(_object(kind=_one_of(EvidenceKind), words=_TEXT)),
    alternatives=_list(_object(parent=_TEXT, probability=_PROBABILITY)),
    quotes=_list(_object(**_SPAN, source=_MAYBE_TEXT, similarity=_PROBABILITY)),
)
_COMMENT: Final = _object(
    id=_TEXT,
    number=_COUNT,
    author=_MAYBE_TEXT,
    posted_at=_MAYBE_TEXT,
    text=_TEXT,
    reply=_REPLY,
    relation=_object(label=_one_of(Relation), probabilities=_by_name(Relation)),
    mentions=_list(_object(**_SPAN, actor=_TEXT, quoted=_YES, addressed=_YES)),
    stances=_list(
        _object(
            actor=_TEXT,
            label=_one_of(Stance),
            sure=_YES,
            probabilities=_by_name(Stance),
            spans=_list(_object(**_SPAN, weight=_PROBABILITY)),
        )
    ),
    sentences=_list(_SENTENCE),
    attributes=_by_name(Attribute),
    attribute_spans=_list(_object(**_SPAN, attribute=_one_of(Attribute), weight=_PROBABILITY)),
    language_uncertain=_YES,
    n_windows=_COUNT,
    queue=_object(
        rank=_COUNT,
        priority=_PROBABILITY,
        uncertainty=_PROBABILITY,
        reasons=_list(_REASON),
    ),
    extra={"type": "object"},
)
_ANALYSIS: Final = _object(
    version=_TEXT,
    model_id=_TEXT,
    policy_digest=_TEXT,
    thread=_object(
        id=_TEXT,
        order=_one_of(Order),
        order_probability=_PROBABILITY,
        n_comments=_COUNT,
        stated_total=_MAYBE_COUNT,
        notes=_list(_TEXT),
        article=_object(title=_TEXT, author=_MAYBE_TEXT, url=_MAYBE_TEXT, text=_TEXT),
    ),
    actors=_list(_object(id=_TEXT, name=_TEXT, kind=_one_of(ActorKind), aliases=_list(_TEXT), member_of=_MAYBE_TEXT)),
    comments=_list(_ref("Comment")),
    queue=_list({**_TEXT, "description": "Ids of comments, what to read first standing first."}),
)
_ERROR: Final = _object(
    error=_object(
        code={**_TEXT, "description": "What went wrong, for a program."},
        message={**_TEXT, "description": "What is wrong and the mend, for a person; never what was sent."},
        where={**_MAYBE_TEXT, "description": "The field, line or comment at fault."},
    )
)
SCHEMAS: Final[dict[str, Schema]] = {
    "GivenThread": {"oneOf": [_ref("GivenComments"), _ref("GivenContent")]},
    "GivenComments": _COMMENTS_GIVEN,
    "GivenContent": _CONTENT_GIVEN,
    "Analysis": {
        "description": "Probabilities are calibrated. Offsets count Unicode code points, end exclusive.",
        **_ANALYSIS,
    },
    "Comment": _COMMENT,
    "Error": _ERROR,
    "Readiness": _object(ready=_YES, missing=_list(_one_of(("stopping", "queue")))),
}
"""By name, as `components/schemas` of the OpenAPI document has them."""
