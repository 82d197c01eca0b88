"""A queue of a made-up forum, the server in a thread of the test, and Debian's Chromium."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import uvicorn

from stance.queue import Store, load_policy, rank
from stance.queue.database import open_database
from stance.records import (
    ARTICLE,
    Actor,
    ActorKind,
    Analysis,
    Article,
    Case,
    Comment,
    Mention,
    Order,
    Quote,
    Reply,
    Target,
    Thread,
)
from stance.serve import Door, LinkDoor, PasswordDoor, create_app, local_site
from stance.thread import split_sentences

TOKEN = "a-token-that-only-tests-know"
POLICY = load_policy()
VELAND = Actor(id="Veland", name="Veland", kind=ActorKind.STATE)


class Clock:
    """The store's clock: the true time, moved on by tests."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def move(self, **by: float) -> None:
        self.ahead += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    """An empty queue."""
    with Store(open_database(tmp_path / "queue.db"), clock=clock) as opened:
        yield opened


@pytest.fixture
def analyse(make_judge) -> Callable[..., Analysis]:
    """`analyse(texts)` is a thread in which each comment answers the one before, judged by the constant judge."""

    def build(
        texts: Sequence[str] | int = 12,
        *,
        thread_id: str = "harbour",
        title: str = "Who owns the harbour of Sund?",
        parents: Sequence[str] = (),
        quotes: dict[str, tuple[Quote, ...]] | None = None,
        authors: Sequence[str | None] = ("Maria", "Tom Ekdal", "harbour_lights"),
    ) -> Analysis:
        if isinstance(texts, int):
            texts = [f"Veland lied about pier {n}. Comment {n} says that it was sold twice." for n in range(texts)]
        comments = tuple(
            Comment(id=f"c{n}", text=text, number=n + 1, author=authors[n % len(authors)])
            for n, text in enumerate(texts)
        )
        links = parents or [ARTICLE, *(comment.id for comment in comments[:-1])]
        thread = Thread(
            id=thread_id,
            article=Article(title=title, author="Jon Berg"),
            comments=comments,
            order=Order.OLDEST_FIRST,
            order_probability=1.0,
        )
        replies = tuple(
            Reply(comment_id=comment.id, parent_id=link, probability=0.9, quotes=(quotes or {}).get(comment.id, ()))
            for comment, link in zip(comments, links, strict=True)
        )
        mentions = tuple(
            Mention(comment_id=comment.id, actor_id="Veland", start=at, end=at + 6)
            for comment in comments
            if (at := comment.text[:1000].find("Veland")) >= 0
        )
        judgements = make_judge().judge(
            [
                Case(
                    comment_id=comment.id,
                    text=comment.text[:5000],
                    sentences=split_sentences(comment.text[:5000]),
                    targets=(Target(actor_id="Veland", name="Veland"),) if "Veland" in comment.text[:1000] else (),
                )
                for comment in comments
            ]
        )
        found = {"thread": thread, "replies": replies, "actors": (VELAND,), "mentions": mentions}
        return Analysis(
            **found,
            judgements=tuple(judgements),
            queue=rank(judgements, **found, policy=POLICY),
            model_id="constant@0",
            policy_digest=POLICY.digest,
            version="0.0.0",
        )

    return build


@pytest.fixture
def load(store: Store, analyse) -> Callable[..., list[int]]:
    """`load(...)` analyses comments, brings them into the queue and returns their ids, riskiest first."""

    def bring(*words, **options) -> list[int]:
        store.load([analyse(*words, **options)], policy=POLICY)
        return [item.id for item in store.items(limit=500).items]

    return bring


class Served:
    """A running server; `origin` is its address, `link` what lets a browser in."""

    def __init__(self, store: Store, door: Door) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.site = local_site(self.socket.getsockname()[1])
        self.origin = self.site.origin
        self.link = f"{self.origin}/open?token={TOKEN}"
        app = create_app(store, site=self.site, door=door)
        self._server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self.socket]})

    def __enter__(self) -> Served:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=20)
        self.socket.close()


@pytest.fixture
def served(store: Store) -> Iterator[Served]:
    """The queue served to one person, Anna, by a link."""
    with Served(store, LinkDoor(name="Anna", token=TOKEN)) as running:
        yield running


@pytest.fixture
def served_to_bo(store: Store) -> Iterator[Served]:
    """The same queue served by a second server to Bo."""
    with Served(store, LinkDoor(name="Bo", token=TOKEN)) as running:
        yield running


@pytest.fixture
def served_to_users(store: Store) -> Iterator[Served]:
    """The queue served to whom it knows."""
    with Served(store, PasswordDoor(store)) as running:
        yield running


class Window:
    """One page of a browser of its own."""

    def __init__(self, tab) -> None:
        self.page = tab.page
        self.until = tab.until
        self.faint, self.unnamed = tab.faint, tab.unnamed

    def shown(self) -> int:
        """The item that is shown, once one is, and is held where it is to be decided."""
        self.until("/^\\/items\\/\\d+$/.test(location.pathname) && document.querySelector('#item-title') !== null")
        self.until("!document.querySelector('#card').hasAttribute('aria-busy')")
        return int(self.page.url.split("?")[0].rpartition("/")[2])

    def press(self, *keys: str) -> None:
        """Press keys, and wait until another item is shown."""
        before = self.shown()
        for key in keys:
            self.page.keyboard.press(key)
        self.until(f"location.pathname !== '/items/{before}'")

    def said(self, words: str) -> None:
        """Wait until a screen reader was told these words."""
        self.until(f"document.querySelector('#said').textContent.includes({words!r})")

    def settled(self) -> None:
        """Wait until no decision is on its way."""
        self.until("document.querySelectorAll('.row.done').length === 0")

    def text(self) -> str:
        """The comment's own words, without the numbers of the reasons."""
        return self.page.evaluate(
            """() => {
                const words = document.querySelector(".words.main").cloneNode(true);
                words.querySelectorAll("sup").forEach((one) => one.remove());
                return words.textContent;
            }"""
        )

    def alert(self) -> str:
        """What went wrong, once it is told."""
        self.until("document.querySelector('#alerts').textContent !== ''")
        return self.page.locator("#alerts").inner_text()


@pytest.fixture
def window(open_tab) -> Callable[..., Window]:
    """`window(address)` opens a page of a browser of its own; any error in its console fails the test."""
    return lambda address, **options: Window(open_tab(address, **options))
