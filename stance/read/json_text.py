"""JSON to values and back: the results of Python's own parser, which is asked only where a faster one differs."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from stance.read.decode import mend_surrogates

_LARGEST_EXACT: Final = 1 << 63
"""Of whole numbers from here on the faster parser gives the nearest float."""


def load_json(text: str, *, unheld: Callable[[str], object]) -> object:
    """Parse one JSON value.

    Args:
        text: The JSON.
        unheld: Gives what stands for a number that JSON cannot hold (NaN, Infinity, 1e999), or raises ValueError.

    Raises:
        ValueError: It is no JSON.
        RecursionError: It nests too deeply.
    """
    import orjson

    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        pass  # broken, or what only the other one takes: halves of surrogate pairs, NaN, depth
    else:
        if not _holds_rounded(value):
            return value

    def read_float(digits: str) -> object:
        number = float(digits)
        return number if math.isfinite(number) else unheld(digits)

    return json.loads(text, parse_constant=unheld, parse_float=read_float)


def pack(value: object) -> bytes | str:
    """Return a value as JSON to be read by `unpack`: text where it holds what only Python's own JSON can tell.

    Raises:
        RecursionError: It nests too deeply.
    """
    import orjson

    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        return json.dumps(value)


def unpack(packed: bytes | str, counts: Counter[str]) -> object:
    """Return a packed value; halves of surrogate pairs in it are replaced and counted."""
    import orjson

    return json.loads(mend_surrogates(packed, counts)) if isinstance(packed, str) else orjson.loads(packed)


def _holds_rounded(value: Any) -> bool:
    values = [value]
    for one in values:  # which grows meanwhile
        kind = type(one)
        if kind is dict:
            values += one.values()
        elif kind is list:
            values += one
        elif kind is float and abs(one) >= _LARGEST_EXACT:
            return True
    return False
