"""What a server writes of itself: a line a request, and no comment's text, no key and no query string."""

from __future__ import annotations

import json
import logging
import time
import traceback
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stance.protocols.metrics import Metrics

log = logging.getLogger("stance.protocols.requests")

_SHOWN_PATH: Final = 200
_SHOWN_METHOD: Final = 20
_LEFT: Final = 499
"""Stands for a status where whoever asked was gone before an answer began, as in nginx's logs."""
_ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


@dataclass(slots=True)
class _Counted:
    n_texts: int = 0


_counted: ContextVar[_Counted] = ContextVar("counted")


def count_texts(n_texts: int) -> None:
    """Note that the request at hand asked for so many texts to be judged."""
    if (counted := _counted.get(None)) is not None:
        counted.n_texts += n_texts


class Watch:
    """ASGI: measures every request, and writes a line of it; to stand before everything else.

    `protocol_of` names the protocol of a path, from few names; None for what is none of ours, as the moderators' pages,
    which write lines of their own.
    """

    def __init__(self, app: ASGIApp, *, metrics: Metrics, protocol_of: Callable[[str], str | None]) -> None:
        self._app = app
        self._metrics = metrics
        self._protocol_of = protocol_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, and note what became of it."""
        protocol = self._protocol_of(scope["path"]) if scope["type"] == "http" else None
        if protocol is None:
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = _LEFT
        counted = _Counted()
        token = _counted.set(counted)

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception:
            status = 500 if status == _LEFT else status
            raise
        finally:
            _counted.reset(token)
            self._note(protocol, scope, status, seconds=time.perf_counter() - began, n_texts=counted.n_texts)

    def _note(self, protocol: str, scope: Scope, status: int, *, seconds: float, n_texts: int) -> None:
        self._metrics.request(protocol, status, seconds)
        if not log.isEnabledFor(logging.INFO):
            return
        facts = {
            "protocol": protocol,
            "method": _shown(scope["method"], _SHOWN_METHOD),
            "path": _shown(scope["path"], _SHOWN_PATH),
            "status": status,
            "ms": round(1000 * seconds, 1),
            "texts": n_texts,
        }
        log.info("%(protocol)s %(method)s %(path)s %(status)d %(ms).1f ms %(texts)d texts", facts)


def set_up_logs(*, verbose: bool, as_json: bool) -> None:
    """Write logs to stderr.

    Args:
        verbose: A line a request as well, and not only what went wrong.
        as_json: A JSON object a line; requests are among them.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if as_json else QuietLines("%(asctime)s %(name)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO if verbose or as_json else logging.WARNING, handlers=[handler])


class QuietLines(logging.Formatter):
    """Tells where something broke and of what kind, and no value: it could be a comment's text."""

    def formatException(self, ei: _ExceptionInfo) -> str:  # noqa: N802 - the library's name
        """Return the frames and the error's class."""
        kind, _, trace = ei
        frames = traceback.format_list(traceback.extract_tb(trace))
        return f"{''.join(frames)}{kind.__name__ if kind else ''}"


class JsonLines(QuietLines):
    """One JSON object a line: `time` (UTC), `level`, `logger`, and a request's facts or a `message`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        row: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
        }
        if record.name == log.name and isinstance(record.args, dict):
            row.update(record.args)
        else:
            row["message"] = record.getMessage()
        if record.exc_info:
            row["error"] = self.formatException(record.exc_info)
        return json.dumps(row)


def _shown(given: str, n_characters: int) -> str:
    """Return what somebody else wrote as a line of a log can show it."""
    return ascii(given[:n_characters])[1:-1]
