"""The labelling page: what it shows, and what it keeps."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi import Path as InPath
from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from stance.errors import CannotWrite, StanceError
from stance.label.card import make_card
from stance.label.errors import NothingToTakeBack, StaleAnswer
from stance.label.guide import guidelines
from stance.label.sitting import PAUSE_SECONDS, Answer, Place, Sitting
from stance.serve import Door, Front, Reader, Sincere, Site, load_pages, open_front, tell

LONGEST_NOTE: Final = 2_000
_STATUS: Final[tuple[tuple[type[StanceError], int], ...]] = (
    (StaleAnswer, 409),
    (NothingToTakeBack, 409),
    (CannotWrite, 507),
)
router: Final = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelDesk(Front):
    """The parts that requests share; `out` is what the file of labels is called."""

    sitting: Sitting
    out: str


class Answering(BaseModel):
    """One answer to a unit as it was seen; `word` is None where nobody can tell."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Annotated[str, Field(max_length=64)]
    word: Annotated[str, Field(max_length=40)] | None
    seconds: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
    capped: bool = False
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] = ""


def create_label_app(sitting: Sitting, *, out: str, site: Site, door: Door) -> FastAPI:
    """Return the ASGI application that one person labels in.

    Args:
        sitting: What is asked of whom; the caller closes its book.
        out: What to call the file of labels.
        site: The addresses it is asked under; requests for others are refused.
        door: Who is let in.
    """
    pages = load_pages(
        Path(__file__).parent,
        place="labelling",
        command="stance label",
        question=sitting.question,
        guide=Markup(guidelines(sitting.question.what)),
        pause_minutes=PAUSE_SECONDS // 60,
        longest_note=LONGEST_NOTE,
    )
    desk = LabelDesk(site=site, door=door, pages=pages, sitting=sitting, out=out)
    return open_front(desk, [router], tell_wrong=_tell_wrong)


def the_desk(request: Request) -> LabelDesk:
    """Return the desk of the application that answers."""
    desk: LabelDesk = request.app.state.front
    return desk


AtLabelDesk = Annotated[LabelDesk, Depends(the_desk)]
Number = Annotated[int, InPath(ge=1, le=2**53)]


@router.get("/")
def open_page(request: Request, desk: AtLabelDesk, who: Reader) -> HTMLResponse:
    """Show the next open unit, or that all are done."""
    return _page(request, desk, who.csrf, desk.sitting.next_open())


@router.get("/units/{number}")
def unit_page(request: Request, desk: AtLabelDesk, who: Reader, number: Number) -> Response:
    """Show one unit."""
    place = desk.sitting.place(number)
    return tell(request, 404, "There is no such number.") if place is None else _page(request, desk, who.csrf, place)


@router.get("/units/{number}/text")
def unit_text(request: Request, desk: AtLabelDesk, who: Reader, number: Number) -> Response:  # noqa: ARG001 - proves login
    """Return all of a unit's text, as text."""
    place = desk.sitting.place(number)
    return tell(request, 404, "There is no such number.") if place is None else PlainTextResponse(place.row.text)


@router.get("/api/units/{number}")
def unit_part(request: Request, desk: AtLabelDesk, who: Reader, number: Number) -> Any:  # noqa: ARG001 - proves login
    """Return one unit as it is now, for the page's script to put in."""
    place = desk.sitting.place(number)
    return tell(request, 404, "There is no such number.") if place is None else _part(desk, place)


@router.post("/api/units/{number}/answer")
def answer(request: Request, desk: AtLabelDesk, who: Sincere, number: Number, asked: Answering) -> Any:  # noqa: ARG001 - proves login
    """Keep an answer and return what comes next. When this answers with 200, the answer is on the disk."""
    if desk.sitting.place(number) is None:
        return tell(request, 404, "There is no such number.")
    if asked.word is not None and desk.sitting.question.choice(asked.word) is None:
        return tell(request, 422, "That is none of the answers.")
    given = Answer(word=asked.word, seconds=asked.seconds, capped=asked.capped, note=asked.note.strip())
    desk.sitting.answer(number, given, version=asked.version)
    return _part(desk, desk.sitting.next_open(number))


@router.post("/api/undo")
def undo(desk: AtLabelDesk, who: Sincere) -> dict[str, Any]:  # noqa: ARG001 - proves login
    """Take the last answer back, and return its unit."""
    return _part(desk, desk.sitting.take_back())


def _page(request: Request, desk: LabelDesk, csrf: str, place: Place | None) -> HTMLResponse:
    shown = _shown(desk, place)
    return desk.page(request, "label.html", csrf=csrf, annotator=desk.sitting.annotator, **shown)


def _part(desk: LabelDesk, place: Place | None) -> dict[str, Any]:
    """Return a unit as the page's script keeps it: what it must know, and the markup to show; or that all are done."""
    shown = _shown(desk, place)
    card, progress = shown["card"], shown["progress"]
    return {
        "number": card.number if card else 0,
        "version": card.version if card else "",
        "given": card.given if card else "",
        "skipped": bool(card and card.skipped),
        "note": card.note if card else "",
        "progress": asdict(progress),
        "html": desk.render("unit.html" if card else "done.html", **shown),
    }


def _shown(desk: LabelDesk, place: Place | None) -> dict[str, Any]:
    progress = desk.sitting.progress()
    card = None
    if place is not None:
        held = place.held.label if place.held is not None else None
        card = make_card(place, given=desk.sitting.question.word_of(held), progress=progress)
    return {"card": card, "progress": progress, "out": desk.out}


def _tell_wrong(request: Request, error: Exception) -> Response:
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
    return tell(request, status, str(error))
