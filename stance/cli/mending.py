"""The options that say which faults of a thread are mended and which refused."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Annotated

import typer


class Fault(StrEnum):
    """`stance.thread.Fault`, which cannot be had here without numpy."""

    RING = "ring"
    DUPLICATE = "duplicate"
    ORPHAN = "orphan"
    FUTURE = "future"


MendOption = Annotated[
    list[Fault] | None,
    typer.Option("--mend", help="Mend this fault and not refuse it; may be given again. Orphan and future are."),
]
RefuseOption = Annotated[
    list[Fault] | None, typer.Option("--refuse", help="Refuse this fault and not mend it; may be given again.")
]


def mended(mend: Collection[Fault] | None, refuse: Collection[Fault] | None) -> frozenset[str]:
    """Return the faults to mend: the usual ones, those named to be mended, less those named to be refused."""
    from stance.thread import MENDED

    return (MENDED | frozenset[str](mend or ())) - frozenset(refuse or ())
