"""A socket that is ours, a link to come in by, and how connections are kept: the same for whatever is served."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import uvicorn

from stance.errors import CannotServe
from stance.serve.doors import Door, LinkDoor
from stance.serve.patience import PatientProtocol, allow_connections
from stance.serve.site import Site, local_site

if TYPE_CHECKING:
    from starlette.types import ASGIApp

TOKEN_VARIABLE: Final = "STANCE_TOKEN"
"""Where the link's token is taken from, so that it outlives a restart; made anew where it is not set."""
SHORTEST_TOKEN: Final = 20
_GOODBYE_SECONDS: Final = 5
_KEEP_ALIVE_SECONDS: Final = 65
"""Longer than proxies and clients keep a connection, so that they end it and never ask on one that just ended."""
_BACKLOG: Final = 1024
_LONGEST_HEAD: Final = 32 * 1024
"""Bytes of a request's first line and headers."""


def serve_locally(
    make: Callable[[Site, Door], ASGIApp], *, name: str, port: int, tell: Callable[[str], object]
) -> None:
    """Serve pages to one person on this machine, until interrupted.

    Args:
        make: Makes the application of its addresses and its door.
        name: Who comes in.
        port: 0 takes any that is free.
        tell: Is given the link to open, once it can be.

    Raises:
        CannotServe: The port is taken.
    """
    with listen("127.0.0.1", port) as listening:
        allow_connections()
        site = local_site(listening.getsockname()[1])
        door, link = make_link(site, name=name)
        app = make(site, door)
        tell(link)
        with suppress(KeyboardInterrupt):  # which is how it ends
            uvicorn.Server(make_config(app)).run(sockets=[listening])


def make_link(site: Site, *, name: str) -> tuple[LinkDoor, str]:
    """Return the door for one person, and the address that opens it.

    Raises:
        CannotServe: The token that was set can be guessed.
    """
    token = os.environ.get(TOKEN_VARIABLE) or secrets.token_urlsafe(24)
    if len(token) < SHORTEST_TOKEN:
        raise CannotServe(
            f"the token in {TOKEN_VARIABLE} has {len(token)} characters",
            mend=f"Take {SHORTEST_TOKEN} or more that nobody guesses, or unset it to have one made.",
        )
    return LinkDoor(name=name, token=token), f"{site.origin}/open?token={quote(token)}"


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        CannotServe: The address is taken, or is none of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or "no such port"
        raise CannotServe(f"{host} port {port}: {why}", mend="Give another --port; 0 takes any that is free.") from None
    # asyncio does this for sockets of its own making alone. Without it the second packet of an answer waits for the
    # first one to be acknowledged, which takes 40 ms; connections inherit it.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def make_config(
    app: ASGIApp | Callable[[], ASGIApp],
    *,
    behind_proxy: bool = False,
    tls_cert: Path | None = None,
    tls_key: Path | None = None,
) -> uvicorn.Config:
    """Return how uvicorn serves an application; `behind_proxy` where one on this machine says who asks."""
    return uvicorn.Config(
        app,
        http=PatientProtocol,
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        # What a proxy on this machine says of who asks is believed, and of no other.
        proxy_headers=behind_proxy,
        forwarded_allow_ips="127.0.0.1",
        h11_max_incomplete_event_size=_LONGEST_HEAD,
        timeout_graceful_shutdown=_GOODBYE_SECONDS,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        ssl_certfile=tls_cert,
        ssl_keyfile=tls_key,
    )
