"""Measure the pages of a large queue as a browser asks for them.

    python scripts/bench_serve.py                        100,000 items in a temporary file
    python scripts/bench_serve.py --items 10000 --times 100

Starts `stance serve` and prints one JSON object: items a second for loading, and milliseconds (median, 95th percentile,
and the mean of the server's processor time, which other work on the machine stretches less) for the queue's page, an
item's page, the next item (held, read and made into markup, as the page asks for it ahead of time) with a decision, a
search, and an item in a thread of 5,000 comments. The processor's time is read from /proc: Linux only.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from bench_queue import POLICY, WORDS, load, made_up_thread, milliseconds

from stance.queue import open_store

LARGE_THREAD_COMMENTS = 5_000


class Browser:
    """One connection, kept open, with the cookie of the session."""

    def __init__(self, link: str) -> None:
        self.origin = link.partition("/open")[0]
        self._connection = http.client.HTTPConnection(urlsplit(link).netloc, timeout=60)
        self._headers: dict[str, str] = {}
        self._headers["cookie"] = self._ask("GET", link.removeprefix(self.origin))[1].partition(";")[0]
        found = re.search(r'data-csrf="(\w+)"', self.get("/"))
        assert found is not None
        self._headers |= {"origin": self.origin, "x-csrf-token": found[1], "content-type": "application/json"}

    def get(self, path: str) -> str:
        """What a page holds."""
        return self._ask("GET", path)[0]

    def post(self, path: str, what: object) -> dict[str, object]:
        """What the server answers to a request for a change."""
        answer: dict[str, object] = json.loads(self._ask("POST", path, json.dumps(what))[0])
        return answer

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[str, str]:
        self._connection.request(method, path, body, self._headers)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        assert answer.status in {200, 303}, (answer.status, text[:200])
        return text, answer.headers.get("set-cookie", "")


def fill(path: Path, *, items: int) -> tuple[dict[str, int], int]:
    """Load made-up threads and a large one; return how fast the former went and an item of the large one."""
    with open_store(path) as store:
        loaded = load(store, items)
        large = made_up_thread(10**6, random.Random(5), n_comments=LARGE_THREAD_COMMENTS)
        store.load([large], policy=POLICY)
    return loaded, items + LARGE_THREAD_COMMENTS // 2


def cpu_seconds(pid: int) -> float:
    """How long a process has had the processor, in user and kernel mode together."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(browser: Browser, *, server: int, items: int, large_item: int, times: int) -> dict[str, dict[str, float]]:
    """Ask the server, a process id, for each kind of page many times."""
    chance = random.Random(6)
    held: list[dict[str, int]] = []

    def take() -> None:
        answer = browser.post("/api/take", {"wanted": {}, "avoid": [card["id"] for card in held[-3:]]})
        held.extend(answer["cards"])  # type: ignore[arg-type]

    def decide() -> None:
        card = held.pop()
        browser.post(f"/api/items/{card['id']}/decide", {"version": card["version"], "action": "approve"})

    def next_item() -> None:
        take()
        decide()

    asked: dict[str, Callable[[], object]] = {
        "queue page": lambda: browser.get("/"),
        "item page": lambda: browser.get(f"/items/{chance.randint(1, items)}"),
        "item alone": lambda: browser.get(f"/api/items/{chance.randint(1, items)}"),
        "next item and decision": next_item,
        "search": lambda: browser.get(f"/api/list?q={chance.choice(WORDS)}{chance.choice(WORDS)}"),
        "lane by uncertainty": lambda: browser.get("/api/list?lane=groups_attacked&order=uncertain"),
        "item of a large thread": lambda: browser.get(f"/api/items/{large_item + chance.randint(0, 99)}"),
    }
    measured = {}
    for name, ask in asked.items():
        ask()
        measured[name] = milliseconds(ask, times=times, cpu_seconds=lambda: cpu_seconds(server))
    return measured


def main() -> None:
    """Fill, serve, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=200)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "queue.db"
        loaded, large_item = fill(path, items=asked.items)
        command = [sys.executable, "-m", "stance", "serve", str(path), "--port", "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) as server:
            assert server.stdout is not None
            link = server.stdout.readline().strip()
            measured = measure(
                Browser(link), server=server.pid, items=asked.items, large_item=large_item, times=asked.times
            )
            server.terminate()
    print(json.dumps({"items": asked.items, "loaded": loaded, "milliseconds": measured}, indent=2))


if __name__ == "__main__":
    main()
