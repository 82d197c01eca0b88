"""Numbers and lists as a sentence says them."""

from __future__ import annotations

from collections.abc import Sequence


def count(n: int, one: str, many: str = "") -> str:
    """Return "1 comment", "2,000 comments"."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def listed(names: Sequence[str], *, most: int = 0) -> str:
    """Return "a", "a and b", "a, b and c"; past `most` of them (0 for no end) "a, b and 3 more"."""
    if most and len(names) > most:
        names = [*names[:most], f"{len(names) - most:,} more"]
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def left_out(n: int, what: str, *, where: str) -> str:
    """Say that some are not shown, and where they are; "" where none is left out."""
    return f"{n:,} more {what} are not shown here; {where}." if n > 0 else ""
