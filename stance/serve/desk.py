"""What every request needs: the queue, who asks, and the templates; and how what went wrong is told."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from stance.errors import StanceError
from stance.queue import Erased, NoSuchItem, NothingToUndo, QueueBusy, StaleItem, Store
from stance.serve.card import ACTION_WORDS, REASON_WORDS
from stance.serve.doors import Door, Visitor, same
from stance.serve.inert import excerpt, one_line
from stance.serve.live import Live
from stance.serve.site import Site

STATIC: Final = Path(__file__).with_name("static")
_PAGES: Final = Path(__file__).with_name("pages")
_THEMES: Final = frozenset({"light", "dark"})
_STATUS: Final[tuple[tuple[type[StanceError], int], ...]] = (
    (StaleItem, 409),
    (NothingToUndo, 409),
    (NoSuchItem, 404),
    (Erased, 410),
    (QueueBusy, 503),
)


class NotIn(Exception):
    """Nobody who came in asks; they are sent to the door."""


class NotAllowed(Exception):
    """Who asks may not do this, or the page that asks was not made for them."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


@dataclass(frozen=True, slots=True)
class Desk:
    """The parts that requests share."""

    store: Store
    site: Site
    door: Door
    live: Live
    templates: Environment

    def render(self, name: str, **shown: object) -> str:
        """Fill a template; every value in it is escaped."""
        return self.templates.get_template(name).render(**shown)

    def page(self, request: Request, name: str, *, status: int = 200, **shown: object) -> HTMLResponse:
        """Answer with a whole page, in the theme that the browser chose."""
        theme = request.cookies.get("stance-theme", "")
        body = self.render(name, theme=theme if theme in _THEMES else "", **shown)
        return HTMLResponse(body, status_code=status)


def make_templates() -> Environment:
    """Return the templates, with the digest of each static file so that a browser keeps it until it changes."""
    templates = Environment(
        loader=FileSystemLoader(_PAGES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    marks = {path.name: sha256(path.read_bytes()).hexdigest()[:12] for path in sorted(STATIC.iterdir())}
    templates.globals.update(
        static=lambda name: f"/static/{name}?{marks[name]}",
        reason_words=REASON_WORDS,
        action_words=ACTION_WORDS,
    )
    templates.filters.update(
        percent=lambda probability: f"{probability * 100:.0f}",
        two=lambda probability: f"{probability:.2f}",
        thousands=lambda count: f"{count:,}",
        excerpt=excerpt,
        one_line=one_line,
        moment=lambda moment: moment.strftime("%Y-%m-%d %H:%M"),
    )
    return templates


def the_desk(request: Request) -> Desk:
    """Return the desk of the application that answers."""
    desk: Desk = request.app.state.desk
    return desk


AtDesk = Annotated[Desk, Depends(the_desk)]


def anybody(request: Request, desk: AtDesk) -> Visitor:
    """Return who asks.

    Raises:
        NotIn: Nobody who came in.
    """
    session = request.cookies.get(desk.site.cookie, "")
    visitor = desk.door.visitor(session) if session else None
    if visitor is None:
        raise NotIn
    return visitor


Reader = Annotated[Visitor, Depends(anybody)]


def sincere(request: Request, who: Reader) -> Visitor:
    """Return who asks for a change, from a page that was made for them.

    Raises:
        NotAllowed: The page's token is missing or another's.
    """
    if not same(request.headers.get("x-csrf-token", ""), who.csrf):
        raise NotAllowed("This page is from an earlier login. Load it again.")
    return who


def decider(who: Annotated[Visitor, Depends(sincere)]) -> Visitor:
    """Return who asks for a change that readers may not make.

    Raises:
        NotAllowed: They are a reader.
    """
    if not who.decides:
        raise NotAllowed("You may read here, and not decide. An admin can make you a moderator.")
    return who


Decider = Annotated[Visitor, Depends(decider)]


def tell_not_in(request: Request, error: Exception) -> Response:  # noqa: ARG001 - the framework gives both
    """Send who is not in to the door; a script is told instead."""
    if request.url.path.startswith("/api/"):
        return JSONResponse({"error": "You are not logged in any more. Load the page again."}, status_code=401)
    return RedirectResponse("/login", status_code=303)


def tell_not_allowed(request: Request, error: Exception) -> Response:
    """Say what is not allowed."""
    words = error.words if isinstance(error, NotAllowed) else ""
    return _tell(request, 403, words)


def tell_bad_request(request: Request, error: Exception) -> Response:
    """Name the fields that cannot be read, and never what stood in them."""
    fields = (
        {".".join(map(str, one["loc"][1:])) for one in error.errors()}
        if isinstance(error, RequestValidationError)
        else set()
    )
    return _tell(request, 422, f"Cannot be read: {', '.join(sorted(fields)) or 'the request'}.")


def tell_wrong(request: Request, error: Exception) -> Response:
    """Say what the queue refused; its messages hold no comment's text."""
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
    return _tell(request, status, str(error), stale=list(error.stale) if isinstance(error, StaleItem) else [])


def tell_plain(request: Request, status: int) -> Response:
    """Say what a status means, for what no route answers."""
    return _tell(request, status, {404: "There is no such page.", 405: "That cannot be done here."}.get(status, "No."))


def _tell(request: Request, status: int, words: str, *, stale: list[int] | None = None) -> Response:
    if request.url.path.startswith("/api/"):
        return JSONResponse({"error": words, "stale": stale or []}, status_code=status)
    desk = the_desk(request)
    return desk.page(request, "error.html", status=status, words=words, code=status)
