"""Running the server: a socket that is ours, a link to print, and logs that hold no comment's text."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final
from urllib.parse import quote

import uvicorn

from stance.errors import CannotServe
from stance.queue import Store
from stance.serve.app import create_app
from stance.serve.doors import Door, LinkDoor, PasswordDoor
from stance.serve.site import Site, local_site, loopback, public_site

TOKEN_VARIABLE: Final = "STANCE_TOKEN"
"""Where the link's token is taken from, so that it outlives a restart; made anew where it is not set."""
SHORTEST_TOKEN: Final = 20
_GOODBYE_SECONDS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """How the pages are served. `origin` is the address people use, None for this machine alone."""

    host: str = "127.0.0.1"
    port: int = 8710
    origin: str | None = None
    moderator: str = "moderator"
    tls_cert: Path | None = None
    tls_key: Path | None = None
    verbose: bool = False


def serve(store: Store, serving: Serving, *, tell: Callable[[str], object]) -> None:
    """Serve a queue until interrupted.

    A queue without users is served to this machine alone, through a link with a token in it; one with users asks for
    their passwords.

    Args:
        store: The queue.
        serving: How.
        tell: Is given the address to open, once it can be opened.

    Raises:
        CannotServe: The address is taken, or serving so would not be safe.
    """
    users = bool(store.users.all())
    _refuse_unsafe(serving, users=users)
    with _listen(serving.host, serving.port) as listening:
        port = listening.getsockname()[1]
        site = public_site(serving.origin) if serving.origin else _own_site(serving, port)
        door, link = _door(store, site, serving, users=users)
        config = uvicorn.Config(
            create_app(store, site=site, door=door),
            access_log=False,
            log_config=None,
            server_header=False,
            # What a proxy on this machine says of who asks is believed, and of no other.
            proxy_headers=serving.origin is not None,
            forwarded_allow_ips="127.0.0.1",
            timeout_graceful_shutdown=_GOODBYE_SECONDS,
            ssl_certfile=serving.tls_cert,
            ssl_keyfile=serving.tls_key,
        )
        _log(verbose=serving.verbose)
        tell(link)
        uvicorn.Server(config).run(sockets=[listening])


def _refuse_unsafe(serving: Serving, *, users: bool) -> None:
    if (serving.tls_cert is None) is not (serving.tls_key is None):
        raise CannotServe("--tls-cert and --tls-key go together", mend="Give both.")
    for path in (serving.tls_cert, serving.tls_key):
        if path is not None and not path.is_file():
            raise CannotServe(f"{path} is not there", mend="Give a file in PEM format.")
    others = not loopback(serving.host) or (serving.origin is not None and not loopback(_host_of(serving.origin)))
    if others and not users:
        raise CannotServe(
            "others could reach the queue, and it knows no users", mend="Add them with `stance users add` first."
        )
    if not loopback(serving.host) and serving.tls_cert is None:
        raise CannotServe(
            f"on {serving.host}, passwords would cross the network in the clear",
            mend="Give --tls-cert and --tls-key; or listen on 127.0.0.1 behind a proxy with https, and name --origin.",
        )
    if not loopback(serving.host) and serving.origin is None:
        raise CannotServe(
            f"on {serving.host}, the server must know the name that people use",
            mend="Name it with --origin, such as --origin https://queue.example.org.",
        )


def _host_of(origin: str) -> str:
    (host,) = public_site(origin).hosts
    return host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host


def _own_site(serving: Serving, port: int) -> Site:
    """Return the site of this machine alone, with https where there is a certificate."""
    return local_site(port) if serving.tls_cert is None else public_site(f"https://localhost:{port}")


def _door(store: Store, site: Site, serving: Serving, *, users: bool) -> tuple[Door, str]:
    """Return the way in, and the address to open."""
    if users:
        return PasswordDoor(store), f"{site.origin}/"
    token = os.environ.get(TOKEN_VARIABLE) or secrets.token_urlsafe(24)
    if len(token) < SHORTEST_TOKEN:
        raise CannotServe(
            f"the token in {TOKEN_VARIABLE} has {len(token)} characters",
            mend=f"Take {SHORTEST_TOKEN} or more that nobody guesses, or unset it to have one made.",
        )
    return LinkDoor(name=serving.moderator, token=token), f"{site.origin}/open?token={quote(token)}"


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or "no such port"
        raise CannotServe(f"{host} port {port}: {why}", mend="Give another --port; 0 takes any that is free.") from None


def _log(*, verbose: bool) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(_QuietFormatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, handlers=[handler])


class _QuietFormatter(logging.Formatter):
    """Tells where something broke and of what kind, and no value: it could be a comment's text."""

    def formatException(  # noqa: N802 - the library's name
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        """Return the frames and the error's class."""
        kind, _, trace = ei
        frames = traceback.format_list(traceback.extract_tb(trace))
        return f"{''.join(frames)}{kind.__name__ if kind else ''}"
