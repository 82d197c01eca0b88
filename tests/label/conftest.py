"""Comments of a made-up forum to label, the page in a thread of the test, and a window on it."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn

sys.path.insert(0, str(Path(__file__).parent))  # where tests find `made_units`

from made_units import make_units

from stance.label import Sitting, create_label_app, make_question, open_book
from stance.serve import LinkDoor, local_site
from stance.study import LabelRow, write_label_rows

TOKEN = "a-token-that-only-tests-know"


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A file with twelve units of one question."""
    path = tmp_path / "sample.jsonl"
    write_label_rows(make_units(), path)
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where the labels go."""
    return tmp_path / "labels.jsonl"


class Served:
    """A running page; `link` is what lets a browser in."""

    def __init__(self, sitting: Sitting) -> None:
        self.sitting = sitting
        self.socket = socket.create_server(("127.0.0.1", 0))
        site = local_site(self.socket.getsockname()[1])
        self.origin = site.origin
        self.link = f"{site.origin}/open?token={TOKEN}"
        app = create_label_app(sitting, out="labels.jsonl", site=site, door=LinkDoor(name="Anna", token=TOKEN))
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
def serve(out: Path) -> Iterator[Callable[..., Served]]:
    """`serve(units)` serves them to Anna, for as long as the test runs."""
    open_ones = []

    def begin(units: list[LabelRow] | None = None) -> Served:
        units = units or make_units()
        book = open_book(out)
        sitting = Sitting(units, question=make_question(units[0].what), book=book.__enter__(), annotator="Anna")
        served = Served(sitting)
        open_ones.extend([book, served])
        return served.__enter__()

    yield begin
    for one in reversed(open_ones):
        one.__exit__(None, None, None)


class Window:
    """The labelling page in a browser."""

    def __init__(self, tab) -> None:
        self.page = tab.page
        self.until = tab.until
        self.faint, self.unnamed = tab.faint, tab.unnamed

    def number(self) -> int:
        """Which unit is shown, once the page rests; 0 where all are done."""
        self.until("document.querySelector('#item-title') !== null && !document.body.classList.contains('busy')")
        path = self.page.evaluate("location.pathname")
        return int(path.rpartition("/")[2] or 0)

    def press(self, *keys: str) -> int:
        """Press keys, each leading to another unit; return which is shown then."""
        for key in keys:
            before = self.number()
            self.page.keyboard.press(key)
            self.until(f"location.pathname !== '/units/{before}'")
        return self.number()

    def said(self, words: str) -> None:
        """Wait until a screen reader was told these words."""
        self.until(f"document.querySelector('#said').textContent.includes({words!r})")

    def text(self) -> str:
        """The words of the unit that is shown."""
        return self.page.locator(".words.main").inner_text()

    def given(self) -> list[str]:
        """The answers that stand as pressed."""
        return self.page.locator(".choice[aria-pressed=true] b").all_inner_texts()


@pytest.fixture
def window(open_tab) -> Callable[..., Window]:
    """`window(address)` opens the page in a browser of its own; any error in its console fails the test."""
    return lambda address, **options: Window(open_tab(address, **options))
