"""Who decides elsewhere: the names of moderators that stand for other sites."""

from __future__ import annotations

from typing import Final

OUTSIDE: Final = "outside: "
"""How the name of a moderator begins who decided elsewhere."""
_LONGEST_NAME: Final = 80


def is_from_outside(moderator: str) -> bool:
    """Whether a decision was made elsewhere, by the name of who made it."""
    return moderator.startswith(OUTSIDE)


def name_of_outside(community: str) -> str:
    """Return the moderator's name that stands for whoever decides on another site."""
    shown = "".join(character for character in community if character.isprintable()).strip()
    return f"{OUTSIDE}{shown or 'unnamed'}"[:_LONGEST_NAME].strip()
