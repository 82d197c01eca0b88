"""What every request to the queue's pages needs beside their front: the queue; and how its refusals are told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request
from starlette.responses import Response

from stance.errors import StanceError
from stance.queue import Erased, NoSuchItem, NothingToUndo, QueueBusy, StaleItem, Store
from stance.serve.doors import Visitor
from stance.serve.front import Front, NotAllowed, Sincere, tell
from stance.serve.live import Live

_STATUS: Final[tuple[tuple[type[StanceError], int], ...]] = (
    (StaleItem, 409),
    (NothingToUndo, 409),
    (NoSuchItem, 404),
    (Erased, 410),
    (QueueBusy, 503),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk(Front):
    """The parts that requests share."""

    store: Store
    live: Live


def the_desk(request: Request) -> Desk:
    """Return the desk of the application that answers."""
    desk: Desk = request.app.state.front
    return desk


AtDesk = Annotated[Desk, Depends(the_desk)]


def decider(who: Sincere) -> Visitor:
    """Return who asks for a change that readers may not make.

    Raises:
        NotAllowed: They are a reader.
    """
    if not who.decides:
        raise NotAllowed("You may read here, and not decide. An admin can make you a moderator.")
    return who


Decider = Annotated[Visitor, Depends(decider)]


def tell_wrong(request: Request, error: Exception) -> Response:
    """Say what the queue refused; its messages hold no comment's text."""
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
    return tell(request, status, str(error), stale=list(error.stale) if isinstance(error, StaleItem) else [])
