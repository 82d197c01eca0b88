"""What one request wants in, as much of it at a time as leaves the judge to others in between out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeVar

PORTION_CHARACTERS: Final = 4_000
"""About what the judge takes together, and a fifth of a second on one core."""
_One = TypeVar("_One")


def in_portions(wanted: Iterable[_One], *, size_of: Callable[[_One], int], most: int) -> list[list[_One]]:
    """Return runs of `wanted` in order, each of at most `most` in size, or of one."""
    portions: list[list[_One]] = []
    size = 0
    for one in wanted:
        if not portions or size + size_of(one) > most:
            portions.append([])
            size = 0
        portions[-1].append(one)
        size += size_of(one)
    return portions
