"""A request for Google's description of the Perspective API in; the description, with this server's address, out.

Clients build themselves from it: google-api-python-client, googleapis for Node, and others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from stance.protocols.attributes import NAMES
from stance.protocols.google import Rejected, refuse
from stance.protocols.service import Dialect, Service

VERSION: Final = "v1alpha1"
_Schema = Mapping[str, object]


def describe(root_url: str) -> dict[str, object]:
    """Return the description of the service, in the form of Google's discovery document.

    It names no scopes: no OAuth is spoken here, and with scopes a client without a key would look for Google's own
    credentials.

    Args:
        root_url: Where the server is asked, ending in "/".
    """
    return {
        "kind": "discovery#restDescription",
        "discoveryVersion": "v1",
        "id": f"commentanalyzer:{VERSION}",
        "name": "commentanalyzer",
        "version": VERSION,
        "canonicalName": "Comment Analyzer",
        "title": "Perspective Comment Analyzer API",
        "description": "Scores comments as the Perspective API did: how likely a reader finds an attribute in them.",
        "documentationLink": "https://developers.perspectiveapi.com/",
        "ownerDomain": "google.com",
        "ownerName": "Google",
        "revision": "20260101",
        "version_module": True,
        "protocol": "rest",
        "rootUrl": root_url,
        "servicePath": "",
        "baseUrl": root_url,
        "basePath": "",
        "batchPath": "batch",
        "fullyEncodeReservedExpansion": True,
        "parameters": _PARAMETERS,
        "schemas": _SCHEMAS,
        "resources": {
            "comments": {
                "methods": {
                    "analyze": _method("analyze", "AnalyzeComment", "Scores a comment for the requested attributes."),
                    "suggestscore": _method("suggestscore", "SuggestCommentScore", "Tells the scores it should have."),
                }
            }
        },
    }


def _method(name: str, message: str, description: str) -> _Schema:
    path = f"{VERSION}/comments:{name}"
    return {
        "id": f"commentanalyzer.comments.{name}",
        "path": path,
        "flatPath": path,
        "httpMethod": "POST",
        "description": description,
        "parameters": {},
        "parameterOrder": [],
        "request": {"$ref": f"{message}Request"},
        "response": {"$ref": f"{message}Response"},
    }


def _parameter(description: str, **more: object) -> _Schema:
    return {"type": "string", "location": "query", "description": description, **more}


_PARAMETERS: Final[_Schema] = {
    "$.xgafv": _parameter("V1 error format.", enum=["1", "2"], enumDescriptions=["v1 error format", "v2 error format"]),
    "access_token": _parameter("OAuth access token; not read."),
    "alt": _parameter(
        "Data format for response; always JSON.",
        default="json",
        enum=["json", "media", "proto"],
        enumDescriptions=["application/json", "Media download", "application/x-protobuf"],
    ),
    "callback": _parameter("JSONP; not read."),
    "fields": _parameter("Fields to include in a partial response; not read, all are told."),
    "key": _parameter("API key, as `stance keys add` made it."),
    "oauth_token": _parameter("OAuth 2.0 token; not read."),
    "prettyPrint": _parameter("Returns response with indentations; not read.", type="boolean", default="true"),
    "quotaUser": _parameter("Not read: quotas are by key."),
    "upload_protocol": _parameter("Upload protocol for media; there is none."),
    "uploadType": _parameter("Legacy upload protocol for media; there is none."),
}


def _text(description: str) -> _Schema:
    return {"type": "string", "description": description}


def _texts(description: str) -> _Schema:
    return {"type": "array", "items": {"type": "string"}, "description": description}


def _flag(description: str) -> _Schema:
    return {"type": "boolean", "description": description}


def _number(description: str, *, whole: bool = False) -> _Schema:
    kind = {"type": "integer", "format": "int32"} if whole else {"type": "number", "format": "float"}
    return {**kind, "description": description}


def _one(name: str, description: str) -> _Schema:
    return {"$ref": name, "description": description}


def _many(name: str, description: str) -> _Schema:
    return {"type": "array", "items": {"$ref": name}, "description": description}


def _map(name: str, description: str) -> _Schema:
    return {"type": "object", "additionalProperties": {"$ref": name}, "description": description}


def _object(name: str, description: str, **properties: _Schema) -> _Schema:
    return {"id": name, "type": "object", "description": description, "properties": properties}


_SCORE_TYPE: Final[_Schema] = {
    "type": "string",
    "description": "What a score is; probabilities alone are told.",
    "enum": ["SCORE_TYPE_UNSPECIFIED", "PROBABILITY", "STD_DEV_SCORE", "PERCENTILE", "RAW"],
    "enumDescriptions": ["A probability.", "In [0, 1].", "Not told.", "Not told.", "Not told."],
}
_TEXT_TYPE: Final[_Schema] = {
    "type": "string",
    "description": "Type of the text.",
    "enum": ["TEXT_TYPE_UNSPECIFIED", "PLAIN_TEXT", "HTML"],
    "enumDescriptions": ["Plain text.", "Plain text.", "HTML; its tags and comments are left out."],
}
_CLIENT_TOKEN: Final = _text("Opaque token that is echoed from the request to the response.")
_LANGUAGES: Final = _texts("The languages of the comment, as ISO or BCP-47 codes; English alone is judged.")
_ASKED: Final[Mapping[str, _Schema]] = {
    "clientToken": _CLIENT_TOKEN,
    "comment": _one("TextEntry", "The comment, of at most 20 KB."),
    "communityId": _text("Identifies the community that the comment is of."),
    "context": _one("Context", "What the comment stands under; it is read with the comment."),
    "languages": _LANGUAGES,
    "sessionId": _text("Not read."),
}
_SCHEMAS: Final[_Schema] = {
    str(schema["id"]): schema
    for schema in (
        _object(
            "AnalyzeCommentRequest",
            "The comment analysis request message.",
            **_ASKED,
            doNotStore=_flag("Nothing that is sent here is ever stored, whatever this says."),
            dropUnsupportedAttributes=_flag("Leave attributes out that do not support the language; no error then."),
            requestedAttributes=_map("AttributeParameters", f"Attributes to score. There are {', '.join(NAMES)}."),
            spanAnnotations=_flag("Score each sentence as well."),
        ),
        _object(
            "AnalyzeCommentResponse",
            "The comment analysis response message.",
            attributeScores=_map("AttributeScores", "By requested attribute, its scores."),
            clientToken=_CLIENT_TOKEN,
            detectedLanguages=_texts("The language that the text seems to be in; `und` where that is not known."),
            languages=_texts("The languages that were requested, or else the detected one."),
        ),
        _object(
            "ArticleAndParentComment",
            "A context of one article and one comment.",
            article=_one("TextEntry", "What the comment stands under."),
            parentComment=_one("TextEntry", "What the comment answers."),
        ),
        _object(
            "AttributeParameters",
            "Parameters of one attribute.",
            scoreThreshold=_number("Scores below this are left out; the first span is always told."),
            scoreType=_SCORE_TYPE,
        ),
        _object(
            "AttributeScores",
            "The scores of one attribute.",
            spanScores=_many("SpanScore", "Scores of parts; the first is of the whole comment."),
            summaryScore=_one("Score", "The score of the whole comment."),
        ),
        _object(
            "Context",
            "What a comment stands under; one of both fields alone.",
            articleAndParentComment=_one("ArticleAndParentComment", "The article and the comment that is answered."),
            entries=_many("TextEntry", "The article first, and last the comment that is answered, if any."),
        ),
        _object("Score", "A value and what it is.", type=_SCORE_TYPE, value=_number("The value.")),
        _object(
            "SpanScore",
            "The score of a part of the text.",
            begin=_number("First UTF-16 unit of the part.", whole=True),
            end=_number("The UTF-16 unit behind the part.", whole=True),
            score=_one("Score", "The score."),
        ),
        _object(
            "SuggestCommentScoreRequest",
            "The comment score suggestion request message.",
            **_ASKED,
            attributeScores=_map(
                "AttributeScores", "By attribute, the scores that the comment should have, in [0, 1]."
            ),
        ),
        _object(
            "SuggestCommentScoreResponse",
            "The comment score suggestion response message.",
            clientToken=_CLIENT_TOKEN,
            detectedLanguages=_texts("The language that the text seems to be in."),
            requestedLanguages=_texts("The languages that were requested."),
        ),
        _object("TextEntry", "A text.", text=_text("The text, in UTF-8."), type=_TEXT_TYPE),
    )
}


def _routes(_: Service) -> Sequence[BaseRoute]:
    async def tell(request: Request) -> Response:
        version = request.query_params.get("version", VERSION)
        if version != VERSION:
            return Rejected(f"There is no such version; {VERSION} is the one.", status=404).answer()
        return JSONResponse(describe(str(request.base_url)))

    paths = ("/$discovery/rest", f"/discovery/v1/apis/commentanalyzer/{VERSION}/rest")
    return [Route(path, tell, methods=["GET"]) for path in paths]


DISCOVERY: Final = Dialect(
    name="perspective-discovery",
    prefixes=("/$discovery", "/discovery"),
    routes=_routes,
    refuse=refuse,
    longest_body=0,
    keyed=False,
)
"""What clients build themselves from. No key is asked for, because Node's client sends none with this request."""
