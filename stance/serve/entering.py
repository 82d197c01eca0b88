"""Coming in and going out."""

from __future__ import annotations

import math
import secrets
from typing import Annotated, Final
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from stance.serve.doors import SESSION_HOURS, LinkDoor, PasswordDoor, csrf_of, same
from stance.serve.front import AtFront, Front, NotAllowed, Reader
from stance.serve.passwords import LONGEST_PASSWORD

router: Final = APIRouter()
_LONGEST_NAME: Final = 80


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of a form; the guard has measured it."""
    body = (await request.body()).decode("utf-8", "replace")
    try:
        return {name: values[0] for name, values in parse_qs(body, max_num_fields=20).items()}
    except ValueError:
        return {}


Form = Annotated[dict[str, str], Depends(read_form)]


@router.get("/open")
def open_link(front: AtFront, token: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Let in the browser that opens the printed link, and take the token out of its address."""
    session = front.door.open(token) if isinstance(front.door, LinkDoor) else None
    if session is None:
        raise NotAllowed("This link is not the one that the server printed when it started.")
    answer = RedirectResponse("/", status_code=303)
    _let_in(front, answer, session)
    return answer


@router.get("/login")
def login_page(request: Request, front: AtFront) -> HTMLResponse:
    """Ask for name and password, or for the link."""
    return _ask(request, front)


@router.post("/login")
def log_in(request: Request, front: AtFront, form: Form) -> Response:
    """Let in who gives a name with its password."""
    door = front.door
    if not isinstance(door, PasswordDoor):
        raise NotAllowed("Open the link that the server printed when it started.")
    held = request.cookies.get(_asking(front), "")
    if not held or not same(form.get("csrf", ""), csrf_of(held)):
        return _ask(request, front, status=403, words="The page was too old. Try again.")
    name, password = form.get("name", ""), form.get("password", "")
    address = request.client.host if request.client else ""
    wait = door.wait_seconds(address=address, name=name)
    if wait:
        answer = _ask(request, front, status=429, words=f"Too many tries. Wait {math.ceil(wait / 60)} minutes.")
        answer.headers["retry-after"] = str(math.ceil(wait))
        return answer
    fitting = len(name) <= _LONGEST_NAME and len(password) <= LONGEST_PASSWORD
    session = door.open(name=name, password=password, address=address) if fitting else None
    if session is None:
        return _ask(request, front, status=401, words="Name and password do not fit.")
    answer_in = RedirectResponse("/", status_code=303)
    _let_in(front, answer_in, session)
    answer_in.delete_cookie(_asking(front), path="/")
    return answer_in


@router.post("/logout")
def log_out(request: Request, front: AtFront, who: Reader, form: Form) -> Response:
    """End the session."""
    if not same(form.get("csrf", ""), who.csrf):
        raise NotAllowed("This page is from an earlier login. Load it again.")
    front.door.close(request.cookies.get(front.site.cookie, ""))
    answer = RedirectResponse("/login", status_code=303)
    answer.delete_cookie(front.site.cookie, path="/", secure=front.site.secure, httponly=True, samesite="lax")
    return answer


def _ask(request: Request, front: Front, *, status: int = 200, words: str = "") -> HTMLResponse:
    secret = secrets.token_urlsafe(16)
    answer = front.page(
        request,
        "login.html",
        status=status,
        words=words,
        csrf=csrf_of(secret),
        takes_passwords=front.door.takes_passwords,
    )
    answer.set_cookie(_asking(front), secret, max_age=3600, secure=front.site.secure, httponly=True, samesite="strict")
    return answer


def _asking(front: Front) -> str:
    """Return the name of the cookie that ties the form to log in to the browser that was shown it."""
    return f"{front.site.cookie}-asking"


def _let_in(front: Front, answer: Response, session: str) -> None:
    # Lax, so that a link to a comment in a chat opens it; whatever changes something asks for the page's token too.
    answer.set_cookie(
        front.site.cookie,
        session,
        max_age=SESSION_HOURS * 3600,
        secure=front.site.secure,
        httponly=True,
        samesite="lax",
    )
