"""A description of our own routes for programs (`/openapi.json`), and a page of it for people (`/docs`)."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from stance import __version__
from stance.protocols.schemas import SCHEMAS, Schema
from stance.protocols.service import Dialect, Refusal, Service

_FOLDER: Final = Path(__file__).parent / "pages"
_EXAMPLES: Final[Mapping[str, Mapping[str, object]]] = {
    "comments": {
        "summary": "Comments as JSON",
        "value": {
            "article": {"title": "Two bridges", "text": "The council must choose between two bridges."},
            "comments": [
                {"id": "1", "author": "kim", "text": "Norway built the last one. It stands."},
                {"id": "2", "author": "lee", "text": "Norway did not pay for it, you fool!", "parent_id": "1"},
            ],
        },
    },
    "content": {
        "summary": "What a file holds",
        "value": {"content": "id,author,text\n1,kim,It stands.\n2,lee,Not for long.\n", "format": "csv"},
    },
}
_REFUSALS: Final = {
    "400": "The body is not JSON, or not as described.",
    "401": "The server asks for an API key.",
    "403": "A page of another site asks, from a browser.",
    "413": "More than 2 MiB, or than 1,000 comments.",
    "422": "The content cannot be read as comments, or the comments do not make a thread.",
    "429": "Too much waits already, or the key's limit is reached; `retry-after` says when to ask again.",
    "503": "API keys cannot be looked up now.",
}


def describe() -> dict[str, object]:
    """Return the OpenAPI 3.1 document of our own routes."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "stance",
            "version": __version__,
            "summary": "Reads a comment thread: who answers whom, stance toward each actor, and what to read first.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": {
            "/v1/threads:analyze": {"post": _analyze()},
            "/healthz": {"get": _get("isAlive", "Whether the server is alive.", {"200": _text("It is.")})},
            "/readyz": {
                "get": _get(
                    "isReady",
                    "Whether the server should be sent requests.",
                    {"200": _json("It should.", "Readiness"), "503": _json("It should not.", "Readiness")},
                )
            },
            "/metrics": {
                "get": {
                    **_get("metrics", "Figures for Prometheus.", {"200": _text("Its text format.")}),
                    "security": _KEYS,
                }
            },
        },
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "header": {"type": "apiKey", "in": "header", "name": "X-API-KEY"},
                "query": {"type": "apiKey", "in": "query", "name": "key"},
            },
        },
    }


_KEYS: Final[Sequence[Schema]] = [{}, {"bearer": []}, {"header": []}, {"query": []}]
"""A key is asked for only where the server has some."""


def _analyze() -> Schema:
    return {
        "operationId": "analyzeThread",
        "summary": "Analyse a whole thread.",
        "description": "The answer is what `stance analyze --format json` prints. Nothing of it is kept.",
        "security": _KEYS,
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/GivenThread"}, "examples": _EXAMPLES}
            },
        },
        "responses": {
            "200": _json("The analysis.", "Analysis"),
            **{status: _json(words, "Error") for status, words in _REFUSALS.items()},
        },
    }


def _get(name: str, words: str, responses: Mapping[str, Schema]) -> Schema:
    return {"operationId": name, "summary": words, "responses": responses}


def _json(words: str, schema: str) -> Schema:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": words, "content": content}


def _text(words: str) -> Schema:
    return {"description": words, "content": {"text/plain": {"schema": {"type": "string"}}}}


def _routes(_: Service) -> Sequence[BaseRoute]:
    document = describe()
    page = _page(document)

    async def tell(_: Request) -> Response:
        return JSONResponse(document)

    async def show(_: Request) -> Response:
        return HTMLResponse(page, headers=_headers())

    return [Route("/openapi.json", tell, methods=["GET"]), Route("/docs", show, methods=["GET"])]


def _style() -> str:
    return (_FOLDER / "docs.css").read_text(encoding="utf-8")


def _page(document: Mapping[str, object]) -> str:
    pages = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    pages.filters["marked"] = lambda words: Markup(re.sub("`(.*?)`", r"<code>\1</code>", escape(words)))
    pages.filters["plain"] = lambda value: json.dumps(value, indent=2, ensure_ascii=False)
    return pages.get_template("docs.html").render(document=document, style=_style())


def _headers() -> dict[str, str]:
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return {
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-resource-policy": "same-origin",
    }


def _refuse(refusal: Refusal) -> Response:
    return PlainTextResponse(f"{refusal.words}\n", status_code=refusal.status)


OPENAPI: Final = Dialect(
    name="openapi", prefixes=("/openapi.json", "/docs"), routes=_routes, refuse=_refuse, longest_body=0, keyed=False
)
"""For whoever writes a client; it asks for no key, and tells nothing of what is served."""
