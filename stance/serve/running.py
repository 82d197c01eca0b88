"""Running the server: a socket that is ours, what answers on it, and the addresses to tell."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from stance.errors import CannotServe, StanceError
from stance.queue import Store, load_policy, open_store
from stance.serve.app import create_app
from stance.serve.doors import Door, PasswordDoor
from stance.serve.listening import listen, make_config, make_link
from stance.serve.patience import allow_connections
from stance.serve.site import Site, local_site, loopback, public_site

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from stance.protocols import Scoring

_MOST_JUDGING = 4
"""Threads of a process that judge at once: a quarter of their work is Python's, which goes one at a time."""


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
        listening = open_ones.enter_context(listen(serving.host, serving.port))
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
    """Makes a worker's application in its process. `all_began` is a file that is there once all workers had begun."""

    serving: Serving
    all_began: Path

    def __call__(self) -> ASGIApp:
        threading.Thread(target=_end_with_parent, daemon=True).start()
        _log(self.serving)
        allow_connections()
        open_ones = _Process.open_ones
        queue = self.serving.queue
        try:
            store = None if queue is None else open_ones.enter_context(open_store(queue))
            app, _ = _make(self.serving, store, port=self.serving.port, open_ones=open_ones)
        except StanceError as error:
            sys.stderr.write(f"stance: {error}\n")
            # What is wrong at the beginning ends the server; later on a worker is made again until it is mended.
            raise SystemExit(error.exit_code if self.all_began.exists() else STARTUP_FAILURE) from None
        return app


def _end_with_parent() -> None:
    """End in order when the process that began this one is gone: nobody else would end it, and the port stays taken."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


class _Workers(Multiprocess):
    """uvicorn's keeper of processes, which tells when all of them have begun."""

    def __init__(self, config: uvicorn.Config, *, listening: socket.socket, tell: Callable[[], object]) -> None:
        super().__init__(config, sockets=[listening])
        self._tell = tell
        self.all_began = False

    def keep_subprocess_alive(self) -> None:
        """Begin those again that died."""
        for process in self.processes:
            # Held open here as well, the pipe of one that dies while it is asked never ends, nor does the wait for it.
            process.child_conn.close()
        super().keep_subprocess_alive()
        if not self.all_began and all(process.is_ready(timeout=1) for process in self.processes):
            self.all_began = True
            self._tell()


def _serve_in_processes(serving: Serving, listening: socket.socket, tell: Callable[[str, str], object]) -> None:
    from stance.protocols import share_figures

    with tempfile.TemporaryDirectory(prefix="stance-figures-") as folder:
        share_figures(Path(folder))
        _log(serving)
        all_began = Path(folder) / "began"

        def tell_once() -> None:
            all_began.touch()
            tell("protocols", _address(serving, listening.getsockname()[1]))

        config = _config(serving, _Made(serving, all_began))
        config.factory, config.workers = True, serving.workers
        config.timeout_worker_healthcheck = 60  # reading the model can keep a worker from answering
        workers = _Workers(config, listening=listening, tell=tell_once)
        workers.run()
        if any(process.exitcode == STARTUP_FAILURE for process in workers.processes):
            raise CannotServe("a worker could not begin", mend="What it said stands above.")


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
        n_judging=min(_MOST_JUDGING, max(1, (os.cpu_count() or 1) // serving.workers)),
    )
    try:
        yield scoring
    finally:
        scoring.close()


def _config(serving: Serving, app: ASGIApp | _Made) -> uvicorn.Config:
    return make_config(app, behind_proxy=serving.origin is not None, tls_cert=serving.tls_cert, tls_key=serving.tls_key)


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
    return make_link(site, name=serving.moderator)


def _log(serving: Serving) -> None:
    from stance.protocols import set_up_logs

    set_up_logs(verbose=serving.verbose, as_json=serving.log_json)
    logging.captureWarnings(capture=True)
