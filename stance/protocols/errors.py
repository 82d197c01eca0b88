"""Errors of this room; the tree is in `stance.errors`."""

from __future__ import annotations

from stance.errors import StanceError


class Overloaded(StanceError):
    """More is asked at once than can be answered soon."""

    def __init__(self) -> None:
        super().__init__("too many texts are waiting to be judged. Ask again in a second.")
