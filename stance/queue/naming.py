"""Names that people choose: what every list can show."""

from __future__ import annotations

from typing import Final

_LONGEST_NAME: Final = 80


def prove_name(name: str, *, what: str) -> str:
    """Return the name.

    Raises:
        ValueError: No list could show it; `what` says whose it is.
    """
    if not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
        raise ValueError(f"{what}: want 1 to {_LONGEST_NAME} printable characters")
    return name
