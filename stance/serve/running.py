"""Running the server: a socket that is ours, what answers on it, and the addresses to tell."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import uvicorn
from uvicorn.supervisors import Multiprocess

from stance.errors import CannotServe
from stance.queue import Store, load_policy, open_store
from stance.serve.app import create_app
from stance.serve.doors import Door, LinkDoor, PasswordDoor
from stance.serve.patience import PatientProtocol, allow_connections
from stance.serve.site import Site, local_site, loopback, public_site

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from stance.protocols import Scoring

TOKEN_VARIABLE: Final = "STANCE_TOKEN"
"""Where the link's token is taken from, so that it outlives a restart; made anew where it is not set."""
SHORTEST_TOKEN: Final = 20
_GOODBYE_SECONDS: Final = 5
_KEEP_ALIVE_SECONDS: Final = 65
"""Longer than proxies and clients keep a connection, so that they end it and never ask on one that just ended."""
_BACKLOG: Final = 1024
_LONGEST_HEAD: Final = 32 * 1024
"""Bytes of a request's first line and headers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """How the server is run.

    `queue` is its file or URL, None where nothing is kept. `origin` is the address people use, None for this machine
    alone. `pages` are shown to moderators; `protocols` are spoken to programs, with `model`, `policy` and `int8` as in
    scoring. `coral` is the file of settings for Coral. `open_to_all` serves programs elsewhere without API keys.
    `workers` are processes.
    """

    queue: str | None = None
    host: str = "127.0.0.1"
    port: int = 8710
    origin: str | None = None
    moderator: str = "moderator"
    tls_cert: Path | None = None
    tls_key: Path | None = None
    pages: bool = True
    protocols: bool = True
    open_to_all: bool = False
    workers: int = 1
    model: Path | None = None
    policy: Path | None = None
    int8: bool = False
    coral: Path | None = None
    verbose: bool = False
    log_json: bool = False


def serve(serving: Serving, *, tell: Callable[[str, str], object]) -> None:
    """Serve until interrupted.

    A queue without users is shown to this machine alone, through a link with a token in it; one with users asks for
    their passwords. Programs elsewhere are asked for an API key.

    Args:
        serving: How.
        tell: Is given what can be asked for (`pages` or `protocols`) and its address, once it can be.

    Raises:
        CannotServe: The address is taken, or serving so would not be safe.
        StoreError: The queue cannot be used.
        ModelMissing: A file of the model is not there.
    """
    serving = serving if serving.queue is not None else replace(serving, pages=False)
    with ExitStack() as open_ones:
        store = None
        if serving.queue is not None:
            # Keys are added to a queue that may hold nothing yet; pages are shown of one that does.
            store = open_ones.enter_context(open_store(serving.queue, create=not serving.pages))
        _refuse_unsafe(serving, store)
        listening = open_ones.enter_context(_listen(serving.host, serving.port))
        allow_connections()
        if serving.workers > 1:
            _serve_in_processes(serving, listening, tell)
            return
        made, addresses = _make(serving, store, port=listening.getsockname()[1], open_ones=open_ones)
        _log(serving)
        for what, address in addresses.items():
            tell(what, address)
        uvicorn.Server(_config(serving, made)).run(sockets=[listening])


class _Process:
    """What a worker holds open: a generator that nobody held would close what it opened."""

    open_ones = ExitStack()


@dataclass(frozen=True, slots=True)
class _Made:
    """Makes a worker's application in its process."""

    serving: Serving

    def __call__(self) -> ASGIApp:
        _log(self.serving)
        allow_connections()
        open_ones = _Process.open_ones
        queue = self.serving.queue
        store = None if queue is None else open_ones.enter_context(open_store(queue))
        app, _ = _make(self.serving, store, port=self.serving.port, open_ones=open_ones)
        return app


def _serve_in_processes(serving: Serving, listening: socket.socket, tell: Callable[[str, str], object]) -> None:
    from stance.protocols import share_figures

    with tempfile.TemporaryDirectory(prefix="stance-figures-") as figures:
        share_figures(Path(figures))
        _log(serving)
        tell("protocols", _address(serving, listening.getsockname()[1]))
        config = _config(serving, _Made(serving))
        config.factory, config.workers = True, serving.workers
        config.timeout_worker_healthcheck = 60  # reading the model can keep a worker from answering
        Multiprocess(config, sockets=[listening]).run()


def _make(serving: Serving, store: Store | None, *, port: int, open_ones: ExitStack) -> tuple[ASGIApp, dict[str, str]]:
    """Return what answers, and the addresses to tell."""
    addresses = {}
    pages = None
    if serving.pages and store is not None:
        site = public_site(serving.origin) if serving.origin else _own_site(serving, port)
        door, addresses["pages"] = _door(store, site, serving, users=bool(store.users.all()))
        pages = create_app(store, site=site, door=door)
        if not serving.protocols:
            return pages, addresses
    from stance.protocols import Service, create_api, load_coral

    coral = () if serving.coral is None else load_coral(serving.coral, environment=os.environ)
    scoring = open_ones.enter_context(_scoring(serving, store))
    addresses["protocols"] = _address(serving, port)
    service = Service(scoring=scoring, store=store, coral=coral)
    keys_required = not (serving.open_to_all or loopback(serving.host))
    return create_api(service, keys_required=keys_required, n_processes=serving.workers, beside=pages), addresses


@contextmanager
def _scoring(serving: Serving, store: Store | None) -> Iterator[Scoring]:
    from stance.judge import default_model_folder, load_judge
    from stance.protocols import Scoring
    from stance.replies import load_scorer

    policy = None if store is None or serving.policy is not None else store.lessons.in_force()
    scoring = Scoring(
        load_judge(serving.model, int8=serving.int8),
        policy=policy or load_policy(serving.policy),
        scorer=load_scorer(serving.model or default_model_folder()),
    )
    try:
        yield scoring
    finally:
        scoring.close()


def _config(serving: Serving, app: ASGIApp | _Made) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=PatientProtocol,
        access_log=False,
        log_config=None,
        server_header=False,
        # What a proxy on this machine says of who asks is believed, and of no other.
        proxy_headers=serving.origin is not None,
        forwarded_allow_ips="127.0.0.1",
        h11_max_incomplete_event_size=_LONGEST_HEAD,
        timeout_graceful_shutdown=_GOODBYE_SECONDS,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        ssl_certfile=serving.tls_cert,
        ssl_keyfile=serving.tls_key,
    )


def _refuse_unsafe(serving: Serving, store: Store | None) -> None:
    if (serving.tls_cert is None) is not (serving.tls_key is None):
        raise CannotServe("--tls-cert and --tls-key go together", mend="Give both.")
    for path in (serving.tls_cert, serving.tls_key):
        if path is not None and not path.is_file():
            raise CannotServe(f"{path} is not there", mend="Give a file in PEM format.")
    if serving.pages and store is not None:
        _refuse_unsafe_pages(serving, users=bool(store.users.all()))
    if serving.protocols and not loopback(serving.host) and not serving.open_to_all:
        _refuse_keyless(store)
    if serving.coral is not None:
        # Read again where it is used; what is wrong with it is told before a model is read or a process begun.
        from stance.protocols import load_coral

        load_coral(serving.coral, environment=os.environ)


def _refuse_keyless(store: Store | None) -> None:
    if store is None:
        raise CannotServe(
            "others could use the server, and without a queue it knows no API keys",
            mend="Name a queue, which holds them, or say --open to serve everybody.",
        )
    if not store.keys.any():
        raise CannotServe(
            "others could use the server, and the queue has no API keys",
            mend="Add one with `stance keys add` first, or say --open to serve everybody.",
        )


def _refuse_unsafe_pages(serving: Serving, *, users: bool) -> None:
    if serving.workers > 1:
        raise CannotServe("pages are served by one process", mend="Say --no-pages, and serve the pages apart.")
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


def _address(serving: Serving, port: int) -> str:
    """Return where programs ask: what they append Perspective's paths to."""
    if serving.origin is not None:
        return serving.origin.rstrip("/")
    host = "localhost" if serving.host in {"0.0.0.0", "::"} else serving.host
    shown = f"[{host}]" if ":" in host else host
    return f"{'http' if serving.tls_cert is None else 'https'}://{shown}:{port}"


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
        listening = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or "no such port"
        raise CannotServe(f"{host} port {port}: {why}", mend="Give another --port; 0 takes any that is free.") from None
    # asyncio does this for sockets of its own making alone. Without it the second packet of an answer waits for the
    # first one to be acknowledged, which takes 40 ms; connections inherit it.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def _log(serving: Serving) -> None:
    from stance.protocols import set_up_logs

    set_up_logs(verbose=serving.verbose, as_json=serving.log_json)
    logging.captureWarnings(capture=True)
