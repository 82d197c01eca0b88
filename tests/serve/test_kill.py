"""A server that is killed loses nothing it acknowledged."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import threading
import time
from http.client import HTTPException
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest

from stance.queue import load_policy, open_store
from stance.serve import Serving, serve

ROUNDS = 20
ORDERS = ("risk", "uncertain", "newest")
"""Each window works from another end of the queue."""
ACTIONS = ("approve", "reject", "escalate", "defer")
TOKEN = "a-token-that-only-tests-know"
Acknowledged = dict[int, tuple[int, str]]


def run_server(path: str, told: Connection) -> None:
    """Serve a queue, as `stance serve` does, and tell the address."""
    os.environ["STANCE_TOKEN"] = TOKEN
    serving = Serving(queue=path, port=0, moderator=f"m{os.getpid()}", protocols=False)
    serve(serving, tell=lambda _, address: told.send(address))


def work(link: str, order: str, kept: Acknowledged, chance: random.Random) -> None:
    """Take and decide until the server is gone; keep what it acknowledged, by sequence."""
    origin = link.partition("/open")[0]
    browser = build_opener(HTTPCookieProcessor())

    def post(path: str, what: object) -> dict:
        headers = {"content-type": "application/json", "origin": origin, "x-csrf-token": csrf}
        with browser.open(Request(f"{origin}{path}", json.dumps(what).encode(), headers), timeout=10) as answer:
            return json.load(answer)

    try:
        with browser.open(link, timeout=10) as page:
            csrf = page.read().decode().partition('data-csrf="')[2].partition('"')[0]
        while True:
            (card,) = post("/api/take", {"wanted": {"order": order}})["cards"]
            what = {"version": card["version"], "action": chance.choice(ACTIONS)}
            try:
                decided = post(f"/api/items/{card['id']}/decide", what)["decisions"]
            except HTTPError as error:
                if error.code == 409:  # another window of the same moderator was quicker
                    continue
                raise
            kept.update({one["sequence"]: (one["item"], one["action"]) for one in decided})
    except (URLError, HTTPException, OSError, ValueError):
        return  # killed, in the middle of an answer as likely as between two


def wait_for(kept: Acknowledged, n: int) -> None:
    """Wait until so many decisions were acknowledged."""
    ends = time.monotonic() + 60
    while len(kept) < n:
        assert time.monotonic() < ends, "the server acknowledges nothing"
        time.sleep(0.002)


@pytest.mark.slow
def test_twenty_kills_lose_no_decision_that_was_acknowledged(tmp_path: Path, analyse):
    path = str(tmp_path / "queue.db")
    with open_store(path) as store:
        store.load([analyse(50, thread_id=f"thread {n}") for n in range(40)], policy=load_policy())
    chance = random.Random(20)
    kept: Acknowledged = {}
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["stance.serve", "stance.queue.store"])
    for _ in range(ROUNDS):
        hears, tells = processes.Pipe()
        server = processes.Process(target=run_server, args=(path, tells))
        server.start()
        assert hears.poll(60), "the server did not start"
        link = hears.recv()
        workers = [
            threading.Thread(target=work, args=(link, order, kept, random.Random(chance.random()))) for order in ORDERS
        ]
        for worker in workers:
            worker.start()
        wait_for(kept, len(kept) + chance.randint(1, 6))
        time.sleep(chance.uniform(0, 0.1))
        os.kill(server.pid, signal.SIGKILL)
        server.join(10)
        for worker in workers:
            worker.join(30)
    with open_store(path) as store:
        report = store.verify()
        assert report.sound
        assert report.n_decisions >= len(kept) >= ROUNDS
        entries = {row["sequence"]: (row["item_id"], row["action"]) for row in store.export()}
    assert {sequence: entries.get(sequence) for sequence in kept} == kept
