"""The body of a request: JSON in, or the words that say what is wrong with it."""

from __future__ import annotations

import json
from typing import Final, NoReturn

from starlette.requests import Request

from stance.read import load_json

LONGEST_TEXT: Final = 20 * 1024
"""Bytes of one text in UTF-8, the limit that Perspective has: more than any comment of a person."""


class BadBody(ValueError):
    """A body that is no JSON; the message says why and shows none of it. Each protocol puts it into its own words."""


async def read_json(request: Request) -> object:
    """Return a request's body as JSON values; numbers are finite, texts may hold halves of surrogate pairs.

    Raises:
        BadBody: It is no JSON.
    """
    try:
        return load_json((await request.body()).decode("utf-8-sig"), unheld=_refuse_number)
    except UnicodeDecodeError:
        raise BadBody("The body is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise BadBody(f"The body is not JSON: {error.msg.lower()}, line {error.lineno} column {error.colno}.") from None
    except (ValueError, RecursionError):
        raise BadBody("The body is not JSON that can be read: a number or a nesting in it is too large.") from None


def is_too_long(text: str) -> bool:
    """Whether a text is longer than `LONGEST_TEXT`."""
    # Counted only where the number of characters leaves it open.
    return len(text) > LONGEST_TEXT or (
        4 * len(text) > LONGEST_TEXT and len(text.encode("utf-8", "surrogatepass")) > LONGEST_TEXT
    )


def _refuse_number(number: str) -> NoReturn:
    raise ValueError(number)
