"""What Google's JSON services have in common: a body in, its fields or the words that refuse it out.

Sentences are theirs wherever one is known, because clients look for them; what they would show of the body is left out.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NoReturn

from starlette.responses import JSONResponse, Response

from stance.protocols.service import Refusal

SERVICE: Final = "commentanalyzer.googleapis.com"
PACKAGE: Final = "type.googleapis.com/google.commentanalyzer.v1alpha1"
_STATUS: Final[Mapping[int, str]] = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "UNIMPLEMENTED",
    408: "DEADLINE_EXCEEDED",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
_HALF_PAIR: Final = re.compile("[\ud800-\udfff]")
_CAPITAL: Final = re.compile("(?=[A-Z])")
_JSON_TYPES: Final = re.compile(r"application/(?:[\w.-]+\+)?json|text/[\w.+-]+", re.ASCII)
_INVALID_PAYLOAD: Final = "Invalid JSON payload received."
_SHOWN_CHARACTERS: Final = 100
MOST_ENTRIES: Final = 1000
"""Of a list or a map; no request of a person's has nearly as many."""


class Rejected(Exception):
    """A request that is refused; `message`, `status` and `details` are for the client."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        details: Sequence[Mapping[str, object]] = (),
        retry_after_seconds: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message, self.status, self.details = message, status, details
        self.retry_after_seconds = retry_after_seconds

    def answer(self) -> Response:
        """Return Google's envelope."""
        error: dict[str, object] = {
            "code": self.status,
            "message": self.message,
            "status": _STATUS.get(self.status, "INVALID_ARGUMENT" if self.status < 500 else "INTERNAL"),
        }
        details = [*self.details]
        if self.retry_after_seconds is not None:
            delay = f"{self.retry_after_seconds}s"
            details.append({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay})
        if details:
            error["details"] = details
        headers = {"retry-after": str(self.retry_after_seconds)} if self.retry_after_seconds is not None else None
        return JSONResponse({"error": error}, status_code=self.status, headers=headers)


def refuse(refusal: Refusal) -> Response:
    """Put a refusal of the server's into Google's envelope, with their words where clients know them."""
    message, status, details = refusal.words, refusal.status, list[Mapping[str, object]]()
    if status == 401:
        # Google's answer to a key that is not one; some of its clients try again for ever after a 401.
        message, status = "API key not valid. Please pass a valid API key.", 400
        reason = {"reason": "API_KEY_INVALID", "domain": "googleapis.com", "metadata": {"service": SERVICE}}
        details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", **reason}]
    elif status == 429:
        message = f"Resource has been exhausted (e.g. check quota). {refusal.words}"
    wait = refusal.retry_after_seconds
    return Rejected(message, status=status, details=details, retry_after_seconds=wait).answer()


def read_body(body: bytes, *, content_type: str) -> Fields:
    """Return the fields of a request's body; an empty one has none.

    Args:
        body: The body.
        content_type: Its header, "" where there is none. `text/plain` is JSON too, as with Google.

    Raises:
        Rejected: It is no JSON object.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind and not _JSON_TYPES.fullmatch(kind):
        _refuse_payload("The Content-Type is not application/json.")
    if not body.strip():
        return Fields({})
    try:
        text = body.decode("utf-8")
        given = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        _refuse_payload("Encountered non UTF-8 code points.")
    except json.JSONDecodeError as error:
        ended = not text[error.pos :].strip()
        _refuse_payload("Unexpected end of string. Expected a value." if ended else "Unexpected token.")
    except RecursionError:
        _refuse_payload("Message too deep. Max recursion depth reached.")
    except ValueError:
        _refuse_payload("Number exceeds the range of integers.")
    if not isinstance(given, dict):
        _refuse_payload('Unknown name "": Root element must be a message.')
    return Fields(given)


def shown(name: str) -> str:
    """Return a name that a client gave as a message can show it."""
    return _HALF_PAIR.sub("\N{REPLACEMENT CHARACTER}", name[:_SHOWN_CHARACTERS])


class Fields:
    """The fields of one object, named as in JSON or as in Google's own language: `clientToken` or `client_token`.

    As there, null is a field that is not given, one value is a list of it, and numbers may be written as texts. What is
    not asked for is not looked at, for clients send names that Google did not know. Every method raises `Rejected`
    where a field holds something else than it should.
    """

    def __init__(self, given: Mapping[str, Any], *, path: str = "") -> None:
        self._given = given
        self._path = path

    def text(self, name: str) -> str:
        """Return a text, "" where it is not given. Half of a surrogate pair in it becomes U+FFFD.

        Google refuses such halves. Clients that cut a comment through an emoji send them, and so does whoever wants a
        comment not to be judged.
        """
        return self._as_text(self._get(name, ""), name)

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts."""
        return tuple(self._as_text(one, name) for one in self._list(name))

    def flag(self, name: str) -> bool:
        """Return a boolean, False where it is not given."""
        value = self._get(name, False)
        if isinstance(value, str) and value in {"true", "false"}:
            return value == "true"
        if not isinstance(value, bool):
            self._refuse(name, "TYPE_BOOL")
        return value

    def number(self, name: str) -> float | None:
        """Return a finite number, None where it is not given."""
        value = self._get(name, None)
        if value is None:
            return None
        try:
            if (
                isinstance(value, bool)
                or not isinstance(value, int | float | str)
                or len(str(value)) > _SHOWN_CHARACTERS
            ):
                raise ValueError
            number = float(value)
        except (ValueError, OverflowError):
            self._refuse(name, "TYPE_FLOAT")
        if not math.isfinite(number):
            self._refuse(name, "TYPE_FLOAT")
        return number

    def message(self, name: str, kind: str) -> Fields | None:
        """Return an object, None where it is not given; `kind` is its name at Google's."""
        value = self._get(name, None)
        return None if value is None else self._as_fields(value, name, kind)

    def messages(self, name: str, kind: str) -> tuple[Fields, ...]:
        """Return a list of objects."""
        return tuple(self._as_fields(one, f"{name}[{number}]", kind) for number, one in enumerate(self._list(name)))

    def map(self, name: str, kind: str) -> dict[str, Fields]:
        """Return an object whose names are the client's."""
        value = self._get(name, {})
        if not isinstance(value, dict):
            self._refuse(name, f"Map of {PACKAGE}.{kind}")
        self._count(value, name)
        pairs = enumerate(value.items())
        return {key: self._as_fields(one, f"{name}[{number}].value", kind) for number, (key, one) in pairs}

    def _get(self, name: str, missing: Any) -> Any:
        value = self._given.get(name)
        if value is None:
            value = self._given.get(_snake(name))
        return missing if value is None else value

    def _list(self, name: str) -> Sequence[Any]:
        value = self._get(name, [])
        self._count(value if isinstance(value, list) else (), name)
        return value if isinstance(value, list) else [value]

    def _count(self, entries: Sequence[Any] | Mapping[str, Any], name: str) -> None:
        if len(entries) > MOST_ENTRIES:
            _refuse_payload(f"'{self._place(name)}' has more than {MOST_ENTRIES} entries.")

    def _as_text(self, value: object, name: str) -> str:
        if not isinstance(value, str):
            self._refuse(name, "TYPE_STRING")
        return _HALF_PAIR.sub("\N{REPLACEMENT CHARACTER}", value)

    def _as_fields(self, value: object, name: str, kind: str) -> Fields:
        # An entry of a map or a list that is null is an empty object.
        if not isinstance(value, dict | None):
            self._refuse(name, f"{PACKAGE}.{kind}")
        return Fields(value or {}, path=self._place(name))

    def _place(self, name: str) -> str:
        return f"{self._path}.{_snake(name)}".lstrip(".")

    def _refuse(self, name: str, kind: str) -> NoReturn:
        place = self._place(name)
        message = f"Invalid value at '{place}' ({kind})"
        raise Rejected(message, details=[_bad_request({"field": place, "description": message})])


def _snake(name: str) -> str:
    return _CAPITAL.sub("_", name).lower()


def _unique(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object; of two values under one name, Google keeps either, and it could be the other."""
    pairs = list(pairs)
    found = dict(pairs)
    if len(found) < len(pairs):
        _refuse_payload("Repeated map key: a name is given twice in one object.")
    return found


def _refuse_constant(_: str) -> NoReturn:
    _refuse_payload("Unexpected token.")


def _refuse_payload(what: str) -> NoReturn:
    message = f"{_INVALID_PAYLOAD} {what}"
    raise Rejected(message, details=[_bad_request({"description": message})])


def _bad_request(violation: Mapping[str, str]) -> dict[str, object]:
    return {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]}
