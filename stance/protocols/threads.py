"""Our own protocol: a thread in, its whole analysis out, as `stance analyze --format json` prints it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Generator, Mapping
from contextlib import closing
from itertools import islice
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from stance.errors import BadRow, ReadError, ReplyCycle, SeveralThreads, StanceError, ThreadError
from stance.out import to_row
from stance.protocols.bodies import BadBody, read_json
from stance.protocols.errors import CannotJudge, Overloaded
from stance.protocols.service import Dialect, Refusal, Service
from stance.read import FORMATS, read_text
from stance.records import Analysis, Fault, Page, Thread
from stance.thread import MENDED, build_thread

MOST_COMMENTS: Final = 1000
"""Comments of one request: what a processor's core analyses in about half a minute."""
LONGEST_BODY: Final = 2 << 20
TEXT_FORMATS: Final = tuple(name for name in FORMATS if name not in {"convokit", "parquet"})
"""A folder and a binary file cannot be sent as text."""
_WITH_COMMENTS: Final = frozenset({"comments", "article", "stated_total"})
_WITH_CONTENT: Final = frozenset({"content", "format", "columns"})
_WITH_BOTH: Final = frozenset({"thread_id", "mend", "refuse"})
_NAME: Final = "thread"
"""What a thread without a name of its own is called."""
_ELSEWHERE: Final = "For more there is `stance score`, which reads files of any size."
_OPTIONS: Final = {"--from": "`format`", "--thread": "`thread_id`", "--columns": "`columns`"}
_CODES: Final = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "too_slow",
    413: "too_long",
    429: "overloaded",
    503: "unavailable",
}
_SHOWN_CHARACTERS: Final = 60


class _Refused(Exception):
    """A request that is not answered; `where` is the field at fault."""

    def __init__(self, status: int, words: str, *, where: str | None = None) -> None:
        super().__init__(words)
        self.answer = _error(status, words, where=where)


def _routes(service: Service) -> list[BaseRoute]:
    async def analyze(request: Request) -> Response:
        try:
            body = await read_json(request)
            # Two megabytes are long to read and to write; meanwhile others are answered.
            thread = await asyncio.to_thread(_thread_of, body)
            analysis = await service.scoring.analyze(thread)
        except BadBody as error:
            return _error(400, str(error))
        except _Refused as error:
            return error.answer
        except Overloaded as error:
            return _refuse(Refusal(status=429, words=str(error), retry_after_seconds=error.retry_after_seconds))
        except (ReadError, ThreadError, CannotJudge) as error:
            return _error(422, _words(error), code=_code(error), where=_where(error, body))
        return Response(await asyncio.to_thread(_written, analysis), media_type="application/json")

    return [Route("/v1/threads:analyze", analyze, methods=["POST"])]


def _thread_of(body: object) -> Thread:
    if not isinstance(body, dict):
        raise _Refused(400, "The body must be a JSON object with `comments` or `content`.")
    if ("comments" in body) == ("content" in body):
        raise _Refused(400, "Give either `comments`, or the `content` of a file.")
    known = _WITH_BOTH | (_WITH_COMMENTS if "comments" in body else _WITH_CONTENT)
    if unknown := next((name for name in body if name not in known), None):
        words = f"There is no such field beside {'`comments`' if 'comments' in body else '`content`'}."
        raise _Refused(400, words, where=ascii(unknown[:_SHOWN_CHARACTERS])[1:-1])
    thread_id = body.get("thread_id")
    if not isinstance(thread_id, str | None):
        raise _Refused(400, "`thread_id` must be a string.", where="thread_id")
    mend = (MENDED | _faults(body, "mend")) - _faults(body, "refuse")
    try:
        page = _stated(body, thread_id) if "comments" in body else _read(body, thread_id)
    except RecursionError:
        raise _Refused(400, "A field nests too deeply.") from None
    if len(page.comments) > MOST_COMMENTS:
        raise _too_many(len(page.comments))
    return build_thread(page, mend=mend)


def _faults(body: Mapping[str, object], field: str) -> frozenset[str]:
    given = body.get(field)
    if not isinstance(given, list | None) or not all(one in list(Fault) for one in given or ()):
        raise _Refused(400, f"`{field}` must be a list of: {', '.join(Fault)}.", where=field)
    return frozenset(map(str, given or ()))


def _stated(body: Mapping[str, object], thread_id: str | None) -> Page:
    """Read comments that came as JSON, by the same reader as JSON Lines: what it refuses is refused here."""
    comments = body["comments"]
    if not isinstance(comments, list) or not comments:
        raise _Refused(400, "`comments` must be a list that is not empty.", where="comments")
    if len(comments) > MOST_COMMENTS:
        raise _too_many(len(comments))
    for number, comment in enumerate(comments):
        if not isinstance(comment, dict) or not {"id", "text"} <= comment.keys():
            raise _Refused(400, "A comment must be an object with `id` and `text`.", where=f"comments[{number}]")
    head = {"article": body.get("article"), "stated_total": body.get("stated_total")}
    head["thread_id"] = comments[0].get("thread_id")
    named = {} if thread_id is None else {"thread_id": thread_id}
    rows = [json.dumps({**row, **named}) for row in (head, *comments)]
    return _only(read_text("\n".join(rows), name=_NAME, format="jsonl"))


def _read(body: Mapping[str, object], thread_id: str | None) -> Page:
    content, form, columns = body["content"], body.get("format"), body.get("columns")
    if not isinstance(content, str):
        raise _Refused(400, "`content` must be a string: what the file holds.", where="content")
    if form is not None and form not in TEXT_FORMATS:
        raise _Refused(400, f"`format` must be one of: {', '.join(TEXT_FORMATS)}.", where="format")
    if not isinstance(columns, dict | None) or not all(isinstance(column, str) for column in (columns or {}).values()):
        raise _Refused(400, "`columns` must be an object of strings: which column holds a field.", where="columns")
    return _only(read_text(content, name=_NAME, format=form, thread_id=thread_id, columns=columns))


def _only(pages: Generator[Page]) -> Page:
    with closing(pages):
        first, *others = islice(pages, 2)
    if others:
        raise SeveralThreads(first.source)
    return first


def _too_many(n_comments: int) -> _Refused:
    words = f"The thread has {n_comments:,} comments, and {MOST_COMMENTS:,} are taken. {_ELSEWHERE}"
    return _Refused(413, words, where="comments")


def _written(analysis: Analysis) -> str:
    return json.dumps(to_row(analysis), allow_nan=False)


def _words(error: StanceError) -> str:
    """What went wrong and the mend, which names our fields where the command line's are its options."""
    told = f"{error.what}. {error.mend}" if isinstance(error, BadRow) else str(error)
    for option, field in _OPTIONS.items():
        told = told.replace(option, field)
    return told


def _code(error: StanceError) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(error).__name__).lower()


def _where(error: StanceError, body: object) -> str | None:
    if isinstance(error, BadRow) and isinstance(error.place, int):
        if not isinstance(body, dict) or "comments" not in body:
            return f"content, line {error.place}"
        # The first line was made of the article.
        return "article" if error.place == 1 else f"comments[{error.place - 2}]"
    if isinstance(error, BadRow):
        return str(error.place)
    ids = error.comment_ids if isinstance(error, ReplyCycle) else [getattr(error, "comment_id", None)]
    return None if ids[0] is None else f"comment {ids[0][:_SHOWN_CHARACTERS]!a}"


def _error(status: int, words: str, *, code: str | None = None, where: str | None = None) -> JSONResponse:
    error = {"code": code or _CODES.get(status, "refused"), "message": words, "where": where}
    return JSONResponse({"error": error}, status_code=status)


def _refuse(refusal: Refusal) -> Response:
    more = f" {_ELSEWHERE}" if refusal.status == 413 else ""
    answer = _error(refusal.status, refusal.words + more)
    if refusal.retry_after_seconds is not None:
        answer.headers["retry-after"] = str(refusal.retry_after_seconds)
    return answer


THREADS: Final = Dialect(
    name="threads", prefixes=("/v1/threads:analyze",), routes=_routes, refuse=_refuse, longest_body=LONGEST_BODY
)
"""Whole threads: who answers whom, actors, stances and the queue, which no other protocol here can hold."""
