"""What every page needs, whatever it shows: where it is, who asks, the templates; and how what went wrong is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response

from stance.serve.doors import Door, Visitor, same
from stance.serve.inert import excerpt, one_line
from stance.serve.site import Site

_OWN: Final = Path(__file__).parent
_THEMES: Final = frozenset({"light", "dark"})
_MEDIA: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_KEPT: Final = {"cache-control": "public, max-age=31536000, immutable"}
_STATUS_WORDS: Final = {404: "There is no such page.", 405: "That cannot be done here."}

files_router: Final = APIRouter()


class NotIn(Exception):
    """Nobody who came in asks; they are sent to the door."""


class NotAllowed(Exception):
    """Who asks may not do this, or the page that asks was not made for them."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


@dataclass(frozen=True, slots=True)
class Pages:
    """Templates, and the files that pages ask for by name."""

    templates: Environment
    files: Mapping[str, Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """The parts that requests share."""

    site: Site
    door: Door
    pages: Pages

    def render(self, name: str, **shown: object) -> str:
        """Fill a template; every value in it is escaped."""
        return self.pages.templates.get_template(name).render(**shown)

    def page(self, request: Request, name: str, *, status: int = 200, **shown: object) -> HTMLResponse:
        """Answer with a whole page, in the theme that the browser chose."""
        theme = request.cookies.get("stance-theme", "")
        body = self.render(name, theme=theme if theme in _THEMES else "", **shown)
        return HTMLResponse(body, status_code=status)


def load_pages(*folders: Path, **known: object) -> Pages:
    """Return templates and static files, with a digest of each file so that a browser keeps it until it changes.

    Args:
        folders: Each holds `pages` and `static`; they come before those that all pages share.
        known: What every template knows: `place` is where "/" leads, `command` is what printed the link.
    """
    homes = [*folders, _OWN]
    templates = Environment(
        loader=FileSystemLoader([home / "pages" for home in homes]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    files = {path.name: path for home in reversed(homes) for path in sorted((home / "static").iterdir())}
    marks = {name: sha256(path.read_bytes()).hexdigest()[:12] for name, path in files.items()}
    templates.globals.update(known, static=lambda name: f"/static/{name}?{marks[name]}")
    templates.filters.update(
        percent=lambda probability: f"{probability * 100:.0f}",
        two=lambda probability: f"{probability:.2f}",
        thousands=lambda count: f"{count:,}",
        excerpt=excerpt,
        one_line=one_line,
        moment=lambda moment: moment.strftime("%Y-%m-%d %H:%M"),
    )
    return Pages(templates, files)


def the_front(request: Request) -> Front:
    """Return the front of the application that answers."""
    front: Front = request.app.state.front
    return front


AtFront = Annotated[Front, Depends(the_front)]


def anybody(request: Request, front: AtFront) -> Visitor:
    """Return who asks.

    Raises:
        NotIn: Nobody who came in.
    """
    session = request.cookies.get(front.site.cookie, "")
    visitor = front.door.visitor(session) if session else None
    if visitor is None:
        raise NotIn
    return visitor


Reader = Annotated[Visitor, Depends(anybody)]
"""Whoever is in."""


def sincere(request: Request, who: Reader) -> Visitor:
    """Return who asks for a change, from a page that was made for them.

    Raises:
        NotAllowed: The page's token is missing or another's.
    """
    if not same(request.headers.get("x-csrf-token", ""), who.csrf):
        raise NotAllowed("This page is from an earlier login. Load it again.")
    return who


Sincere = Annotated[Visitor, Depends(sincere)]
"""Whoever is in, and asks from a page of ours."""


@files_router.get("/static/{name}")
def static_file(front: AtFront, name: str) -> Response:
    """Return one of our own files; the names are looked up, and never become a path."""
    path = front.pages.files.get(name)
    if path is None:
        return PlainTextResponse("No such file.\n", status_code=404)
    return FileResponse(path, media_type=_MEDIA[path.suffix], headers=_KEPT)


def tell_not_in(request: Request, error: Exception) -> Response:  # noqa: ARG001 - the framework gives both
    """Send who is not in to the door; a script is told instead."""
    if request.url.path.startswith("/api/"):
        return JSONResponse({"error": "You are not logged in any more. Load the page again."}, status_code=401)
    return RedirectResponse("/login", status_code=303)


def tell_not_allowed(request: Request, error: Exception) -> Response:
    """Say what is not allowed."""
    return tell(request, 403, error.words if isinstance(error, NotAllowed) else "")


def tell_bad_request(request: Request, error: Exception) -> Response:
    """Name the fields that cannot be read, and never what stood in them."""
    fields = (
        {".".join(map(str, one["loc"][1:])) for one in error.errors()}
        if isinstance(error, RequestValidationError)
        else set()
    )
    return tell(request, 422, f"Cannot be read: {', '.join(sorted(fields)) or 'the request'}.")


def tell(request: Request, status: int, words: str, **more: object) -> Response:
    """Say what went wrong, as a page, or to a script as an object that may hold more."""
    if request.url.path.startswith("/api/"):
        return JSONResponse({"error": words, **more}, status_code=status)
    return the_front(request).page(request, "error.html", status=status, words=words, code=status)


def tell_http(request: Request, error: Exception) -> Response:
    """Say what a status means, for what no route answers."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    return tell(request, status, _STATUS_WORDS.get(status, "No."))
