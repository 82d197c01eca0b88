"""`stance serve` as a process: what it tells, how it ends, and what becomes of requests meanwhile."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from stance.queue import open_store

ANALYZE = "/v1alpha1/comments:analyze"
BODY = json.dumps({"comment": {"text": "So it is."}, "requestedAttributes": {"TOXICITY": {}}}).encode()


class Server:
    """A server in a process of its own."""

    def __init__(self, model: Path, *words: object) -> None:
        command = [sys.executable, "-m", "stance", "serve", *map(str, words), "--port", "0", "--model", str(model)]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.lines: list[str] = []
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()
        until = time.monotonic() + 60
        while not any("/docs" in line for line in self.lines):
            assert self.process.poll() is None, self.lines
            assert time.monotonic() < until, self.lines
            time.sleep(0.02)
        found = re.search(r"http://127\.0\.0\.1:(\d+)", " ".join(self.lines))
        assert found is not None
        self.port = int(found[1])

    def _read(self) -> None:
        assert self.process.stderr is not None
        self.lines.extend(iter(self.process.stderr.readline, ""))

    def ask(
        self, method: str = "POST", path: str = "/v1alpha1/comments:analyze", body: bytes = BODY
    ) -> tuple[int, str]:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request(method, path, body, {"content-type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        code = self.process.wait(timeout=60)
        self._reading.join(timeout=10)
        for stream in (self.process.stderr, self.process.stdout):
            assert stream is not None
            stream.close()
        return code


@pytest.fixture
def start(tiny_model) -> Iterator[Callable[..., Server]]:
    started: list[Server] = []

    def begin(*words: object) -> Server:
        started.append(Server(tiny_model, *words))
        return started[-1]

    yield begin
    for server in started:
        if server.process.poll() is None:
            server.end(signal.SIGKILL)


def test_it_tells_the_address_when_it_can_be_asked_and_ends_in_order(start):
    server = start()
    assert server.ask()[0] == 200
    assert server.ask("GET", "/readyz", b"") == (200, '{"ready":true,"missing":[]}')
    assert server.end() in {0, -signal.SIGTERM}
    assert not [line for line in server.lines if "Traceback" in line or "So it is" in line]


def test_what_was_asked_before_the_end_is_answered(start):
    server = start()
    texts = [f"Number {n}: {'the bridge is old and nobody asked us. ' * 40}" for n in range(20)]
    answered = []

    def ask(text: str) -> None:
        body = json.dumps({"comment": {"text": text}, "requestedAttributes": {"TOXICITY": {}}}).encode()
        answered.append(server.ask(body=body)[0])

    threads = [threading.Thread(target=ask, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    server.end()
    for thread in threads:
        thread.join(timeout=30)
    assert len(answered) == 20
    assert set(answered) <= {200, 429}


def test_workers_share_a_port_sum_their_figures_and_are_replaced(start):
    server = start("--workers", "2")
    assert [server.ask()[0] for _ in range(6)] == [200] * 6
    figures = server.ask("GET", "/metrics", b"")[1]
    (n_answered,) = re.findall(r'stance_request_seconds_count\{protocol="perspective",status="200"\} ([\d.]+)', figures)
    assert float(n_answered) == 6
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    if children.exists():
        workers = [pid for pid in map(int, children.read_text().split()) if "spawn_main" in command_of(pid)]
        assert len(workers) == 2
        os.kill(workers[0], signal.SIGKILL)
        assert [server.ask()[0] for _ in range(3)] == [200] * 3
        until = time.monotonic() + 60
        while str(workers[0]) in children.read_text().split():
            assert time.monotonic() < until
            time.sleep(0.1)
        assert [server.ask()[0] for _ in range(6)] == [200] * 6
    assert server.end() == 0


def test_workers_that_cannot_begin_end_the_server_before_an_address_is_told(tmp_path):
    words = ["serve", "--workers", "2", "--port", "0", "--model", str(tmp_path)]
    ended = subprocess.run(
        [sys.executable, "-m", "stance", *words], capture_output=True, text=True, timeout=100, check=False
    )
    assert ended.returncode == 10
    assert "model.safetensors is missing" in ended.stderr
    assert "a worker could not begin" in ended.stderr
    assert not [word for word in ("http://", "Traceback") if word in ended.stderr]


def test_workers_end_with_the_process_that_began_them(start):
    server = start("--workers", "2")
    assert server.ask()[0] == 200
    server.end(signal.SIGKILL)
    until = time.monotonic() + 30
    while True:
        try:
            server.ask()
        except ConnectionRefusedError:
            break
        except (ConnectionResetError, http.client.HTTPException):
            pass
        assert time.monotonic() < until
        time.sleep(0.1)


def command_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def test_pages_and_protocols_are_served_on_one_port_each_with_its_own_guard(start, tmp_path):
    queue = tmp_path / "queue.db"
    open_store(queue).close()
    server = start(queue)
    assert server.ask()[0] == 200
    assert server.ask("GET", "/", b"")[0] == 303  # to the door
    status, door = server.ask("GET", "/login", b"")
    assert (status, "<html" in door) == (200, True)
    assert server.ask("POST", "/api/take", b"{}")[0] == 403
