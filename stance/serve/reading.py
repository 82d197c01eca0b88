"""The pages that are read: the queue, one item, its thread, its text."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse

from stance import __version__
from stance.out import to_svg
from stance.queue import ItemState, StoredThread
from stance.records import Analysis, Order, Relation, Thread
from stance.serve.card import Card, make_card
from stance.serve.desk import AtDesk, Desk
from stance.serve.doors import Visitor
from stance.serve.drawing import MOST_ROWS, matrix, rebuttals, tree_rows
from stance.serve.front import Reader
from stance.serve.inert import one_line
from stance.serve.site import PICTURE_POLICY
from stance.serve.wanted import ORDER_WORDS, PAGE_ITEMS, Wanted

router: Final = APIRouter()

Asked = Annotated[Wanted, Query()]
ItemId = Annotated[int, Path(ge=1, le=2**53)]


@router.get("/")
def queue_page(request: Request, desk: AtDesk, who: Reader, wanted: Asked) -> HTMLResponse:
    """Show the queue; the page's script takes the first item."""
    return desk.page(request, "queue.html", card=None, **_queue(desk, who, wanted))


@router.get("/items/{item_id}")
def item_page(request: Request, desk: AtDesk, who: Reader, wanted: Asked, item_id: ItemId) -> HTMLResponse:
    """Show the queue with one item open."""
    return desk.page(request, "queue.html", card=read_card(desk, item_id, who), **_queue(desk, who, wanted))


@router.get("/api/list")
def list_part(desk: AtDesk, who: Reader, wanted: Asked) -> HTMLResponse:
    """Return the rows of a list, for the page's script to put in."""
    return HTMLResponse(desk.render("list.html", **_listed(desk, who, wanted)))


@router.get("/api/items/{item_id}")
def item_part(desk: AtDesk, who: Reader, item_id: ItemId) -> dict[str, Any]:
    """Return one item as it is now, for the page's script to put in."""
    return card_row(desk, read_card(desk, item_id, who), who, held=False)


@router.get("/items/{item_id}/text")
def item_text(desk: AtDesk, who: Reader, item_id: ItemId) -> PlainTextResponse:  # noqa: ARG001 - who proves the login
    """Return all of a comment's text, as text."""
    return PlainTextResponse(desk.store.item(item_id).comment.text)


@router.get("/items/{item_id}/thread")
def thread_page(
    request: Request,
    desk: AtDesk,
    who: Reader,
    item_id: ItemId,
    start: Annotated[int, Query(ge=0, le=10**7)] = 0,
) -> HTMLResponse:
    """Show a whole thread: its tree, who holds what of whom, who rebuts whom."""
    thread = desk.store.thread(item_id)
    rows = tree_rows(thread, start=start)
    last = start + len(rows)
    return desk.page(
        request,
        "thread.html",
        who=who,
        takes_passwords=desk.door.takes_passwords,
        thread=thread,
        title=one_line(thread.article.title, limit=200) or "a thread without a title",
        item_id=item_id,
        rows=rows,
        start=start,
        earlier=max(0, start - MOST_ROWS) if start else None,
        later=last if last < len(thread.entries) else None,
        n_by_state=_count_states(thread),
        matrix=matrix(thread),
        rebuttals=rebuttals(thread),
    )


@router.get("/items/{item_id}/tree.svg")
def tree_picture(desk: AtDesk, who: Reader, item_id: ItemId) -> Response:  # noqa: ARG001 - who proves the login
    """Return the reply tree as a picture to keep."""
    picture = to_svg(_as_analysis(desk.store.thread(item_id)))
    return Response(picture, media_type="image/svg+xml", headers={"content-security-policy": PICTURE_POLICY})


@router.get("/api/events")
async def events(desk: AtDesk, who: Reader) -> Response:  # noqa: ARG001 - who proves the login
    """Tell what changes elsewhere, as Server-Sent Events."""
    if desk.live.full:
        return PlainTextResponse("Too many pages are open.\n", status_code=503)
    return StreamingResponse(desk.live.events(), media_type="text/event-stream")


def read_card(desk: Desk, item_id: int, who: Visitor, *, blind: bool = False) -> Card:
    """Read an item with its thread, as it is shown to somebody."""
    return make_card(desk.store.item(item_id), desk.store.thread(item_id), viewer=who.name, blind=blind)


def card_row(desk: Desk, card: Card, who: Visitor, *, held: bool) -> dict[str, Any]:
    """Return an item as the page's script keeps it: what it must know, and the markup to show."""
    return {
        "id": card.item.id,
        "version": card.item.version,
        "name": card.name,
        "state": card.state.value,
        "held": held,
        "heldBy": card.held_by,
        "html": desk.render("card.html", card=card, who=who),
    }


def _queue(desk: Desk, who: Visitor, wanted: Wanted) -> dict[str, Any]:
    """Return what the page around an item shows."""
    return _listed(desk, who, wanted) | {
        "lanes": desk.store.lanes(),
        "orders": ORDER_WORDS,
        "states": [state for state in ItemState if state is not ItemState.ERASED],
        "takes_passwords": desk.door.takes_passwords,
    }


def _listed(desk: Desk, who: Visitor, wanted: Wanted) -> dict[str, Any]:
    page = desk.store.items(wanted.filter, order=wanted.order, limit=PAGE_ITEMS, after=wanted.cursor)
    return {"who": who, "wanted": wanted, "page": page}


def _count_states(thread: StoredThread) -> dict[ItemState, int]:
    counts = dict.fromkeys(ItemState, 0)
    for entry in thread.entries:
        counts[entry.state] += 1
    return {state: count for state, count in counts.items() if count}


def _as_analysis(thread: StoredThread) -> Analysis:
    """Return a stored thread as the pictures of `stance.out` take it; an erased comment stands there without words."""
    unknown = {Relation.COMMENT: 0.0}
    return Analysis(
        thread=Thread(
            id=thread.id,
            article=thread.article,
            comments=tuple(entry.comment for entry in thread.entries),
            order=Order.UNKNOWN,
            order_probability=0.0,
        ),
        replies=tuple(entry.reply for entry in thread.entries),
        actors=thread.actors,
        mentions=(),
        judgements=tuple(
            entry.judgement if entry.judgement.relation else replace(entry.judgement, relation=unknown)
            for entry in thread.entries
        ),
        queue=(),
        model_id="",
        policy_digest="",
        version=__version__,
    )
