"""Measure the server of the protocols under load: comments of 60 words, six attributes, Perspective's `analyze`.

    .venv/bin/python scripts/bench_protocols.py --json docs/bench_protocols.json     # half an hour at twice saturation
    .venv/bin/python scripts/bench_protocols.py --seconds 10 --minutes 1
    .venv/bin/python scripts/bench_protocols.py --int8 --minutes 1 --json docs/bench_protocols_int8.json

Starts `stance serve` and prints one JSON object: the rate of `stance score` over such texts with a worker a core; the
rate of the judge alone with a thread a core, which nothing around it can reach; one client's milliseconds; what the
server answers at saturation; milliseconds at half of it, requests arriving at random (an exponential time apart) and
measured from when each was due; and at twice saturation what is answered, shed, left without an answer, and the
server's memory. `--minutes 0` leaves that last part out, and what the file of `--json` holds of it stays. The client
shares the machine with the server. Memory is read from /proc: Linux only.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from stance.bench import describe_machine, words_of
from stance.core import lone_case
from stance.judge import default_model_folder, load_judge, load_tokenizer

N_TEXTS = 400
N_WORDS = 60
SCORED = (100, 2_000)
"""Comments in a short and a long run of `stance score`."""
COMMON = tuple("the of and to in is that it was for on are as with they be at this have not but what so you we".split())
"""Four words in ten: without them no text looks English, and its language would have to be found out."""
ATTRIBUTES = ("TOXICITY", "SEVERE_TOXICITY", "INSULT", "IDENTITY_ATTACK", "THREAT", "PROFANITY")
CONNECTIONS = 32
MOST_WAITING = 2_000
"""Requests of the open loop in the air at once; beyond it the client itself would be what is measured."""
GIVE_UP_SECONDS = 20.0
KEPT_SECONDS = 3.0
"""For so long the client keeps a connection it does not use; the server closes it after five."""


def make_texts(seed: int = 7) -> list[str]:
    """Comments of 60 words, in five sentences, from the model's own vocabulary."""
    rng = random.Random(seed)
    spellings = words_of(load_tokenizer(default_model_folder())).spellings
    weights = [1 / (rank + 10) for rank in range(len(spellings))]
    texts = []
    for _ in range(N_TEXTS):
        words = rng.choices(spellings, weights, k=N_WORDS)
        words = [rng.choice(COMMON) if rng.random() < 0.4 else word for word in words]
        texts.append(" ".join(f"{' '.join(words[at : at + 12]).capitalize()}." for at in range(0, N_WORDS, 12)))
    return texts


def batch_rate(*, int8: bool) -> float:
    """Comments a second of `stance score`, each a thread of its own; its start and its end are taken out."""
    seconds = {}
    for n_comments in SCORED:
        with TemporaryDirectory() as folder:
            page = Path(folder) / "comments.jsonl"
            texts = [text for seed in range(-(-n_comments // N_TEXTS)) for text in make_texts(seed)][:n_comments]
            rows = ({"thread_id": str(at), "id": "1", "text": text} for at, text in enumerate(texts))
            page.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
            n_workers = os.cpu_count() or 1
            # Shards enough that no worker is left without one long before the others.
            shards = ["--workers", str(n_workers), "--shard-comments", str(max(1, n_comments // (8 * n_workers)))]
            command = [sys.executable, "-m", "stance", "score", str(page), "--out", f"{folder}/scored", *shards]
            began = time.perf_counter()
            subprocess.run([*command, *(["--int8"] if int8 else [])], check=True, capture_output=True)
            seconds[n_comments] = time.perf_counter() - began
    few, many = SCORED
    return (many - few) / (seconds[many] - seconds[few])


def judge_rate(texts: list[str], *, int8: bool) -> float:
    """Comments a second of the judge alone over all texts, with a thread for each core, as the server has."""
    judge = load_judge(int8=int8)
    cases = [lone_case(text) for text in texts]
    n_threads = os.cpu_count() or 1
    with ThreadPoolExecutor(n_threads, initializer=lambda: torch.set_num_threads(1)) as pool:
        list(pool.map(judge.judge, [cases[:20]] * n_threads))
        began = time.perf_counter()
        list(pool.map(judge.judge, [cases[at : at + 50] for at in range(0, len(cases), 50)]))
        return len(cases) / (time.perf_counter() - began)


@contextmanager
def served(*, int8: bool) -> Iterator[tuple[int, int]]:
    """`stance serve` on a free port: gives the port and the process's number."""
    command = [sys.executable, "-m", "stance", "serve", "--port", "0", *(["--int8"] if int8 else [])]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            found = re.search(r"http://127\.0\.0\.1:(\d+)/docs", line)
            if found:
                break
        else:
            raise SystemExit("the server did not start")
        try:
            yield int(found[1]), process.pid
        finally:
            process.terminate()


class Client:
    """Asks over connections that are kept open, and counts what comes back."""

    def __init__(self, port: int, texts: list[str]) -> None:
        self._port = port
        self._bodies = [
            json.dumps({"comment": {"text": text}, "requestedAttributes": {name: {} for name in ATTRIBUTES}}).encode()
            for text in texts
        ]
        self._rng = random.Random(11)
        self._idle: deque[tuple[asyncio.StreamReader, asyncio.StreamWriter, float]] = deque()
        self.milliseconds: list[float] = []
        self.statuses: Counter[str] = Counter()
        self._failed_at: Counter[str] = Counter()
        self._began = time.perf_counter()
        self.longest_pause = 0.0

    async def ask(self, due: float) -> None:
        """Ask once; note the answer's status and its time from when it was due."""
        try:
            status = await asyncio.wait_for(self._ask(), GIVE_UP_SECONDS)
        except TimeoutError:
            status = "no answer"
        except (OSError, asyncio.IncompleteReadError):
            status = "broken"
        self.statuses[status] += 1
        if not status.isdigit():
            self._failed_at[f"minute {int((due - self._began) // 60)}: {status}"] += 1
        if status == "200":
            self.milliseconds.append(1000 * (time.perf_counter() - due))

    async def _ask(self) -> str:
        while self._idle and time.perf_counter() - self._idle[0][2] > KEPT_SECONDS:
            self._idle.popleft()[1].close()
        if self._idle:
            reader, writer, _ = self._idle.pop()
        else:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        body = self._rng.choice(self._bodies)
        head = f"POST /v1alpha1/comments:analyze HTTP/1.1\r\nhost: bench\r\ncontent-length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", answer)
        assert length is not None
        await reader.readexactly(int(length[1]))
        self._idle.append((reader, writer, time.perf_counter()))
        return answer[9:12].decode()

    async def closed_loop(self, n_connections: int, seconds: float) -> float:
        """Each connection asks as soon as it was answered; return answers a second."""
        until = time.perf_counter() + seconds

        async def go_on() -> None:
            while time.perf_counter() < until:
                await self.ask(time.perf_counter())

        await asyncio.gather(*(go_on() for _ in range(n_connections)))
        return self.statuses["200"] / seconds

    async def open_loop(self, per_second: float, seconds: float) -> float:
        """Ask whenever a request is due, whatever was answered; return answers a second."""
        began = due = time.perf_counter()
        waiting: set[asyncio.Task[None]] = set()
        while due < began + seconds:
            due += self._rng.expovariate(per_second)
            woken = time.perf_counter()
            await asyncio.sleep(max(0.0, due - woken))
            self.longest_pause = max(self.longest_pause, time.perf_counter() - max(due, woken))
            if len(waiting) >= MOST_WAITING:
                self.statuses["not sent"] += 1
                continue
            task = asyncio.create_task(self.ask(due))
            waiting.add(task)
            task.add_done_callback(waiting.discard)
        await asyncio.gather(*waiting)
        return self.statuses["200"] / (time.perf_counter() - began)

    def told(self) -> dict[str, Any]:
        """What came back, in numbers."""
        ordered = sorted(self.milliseconds)
        shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
        at = {name: round(ordered[int(share * (len(ordered) - 1))], 1) for name, share in shares.items() if ordered}
        failed = {"failed": dict(sorted(self._failed_at.items()))} if self._failed_at else {}
        return {
            "statuses": dict(self.statuses),
            "milliseconds": at,
            "longest_pause_of_client_seconds": round(self.longest_pause, 2),
            **failed,
        }


def resident_mebibytes(pid: int) -> float:
    """What a process holds in memory now."""
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1024  # type: ignore[index]


async def watch(pid: int, seconds: float) -> list[float]:
    """Look at a process's memory twenty times."""
    seen = []
    for _ in range(20):
        await asyncio.sleep(seconds / 20)
        seen.append(round(resident_mebibytes(pid), 1))
    return seen


async def measure(port: int, pid: int, texts: list[str], *, seconds: float, minutes: float) -> dict[str, Any]:
    """Ask in every way, one after the other."""
    one = Client(port, texts)
    await one.closed_loop(1, seconds)
    full = Client(port, texts)
    saturation = await full.closed_loop(CONNECTIONS, seconds)
    half = Client(port, texts)
    await half.open_loop(saturation / 2, seconds)
    seen = {
        "one_client": one.told(),
        "saturation": {"answers_a_second": round(saturation, 1), **full.told()},
        "half": half.told(),
    }
    if minutes:
        twice = Client(port, texts)
        rate, memory = await asyncio.gather(twice.open_loop(saturation * 2, minutes * 60), watch(pid, minutes * 60))
        seen["twice"] = {"minutes": minutes, "answers_a_second": round(rate, 1), "mebibytes": memory, **twice.told()}
    return seen


def _kept(file: Path | None, part: str) -> dict[str, Any]:
    """What a file holds of a part, as a figure to keep where the part is not measured again."""
    held = json.loads(file.read_text(encoding="utf-8")) if file is not None and file.exists() else {}
    return {part: held[part]} if part in held else {}


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="of each part but the last")
    parser.add_argument("--minutes", type=float, default=30, help="at twice saturation; 0 leaves it out")
    parser.add_argument("--int8", action="store_true", help="serve and score in eight bits")
    parser.add_argument("--json", type=Path, help="keep the figures here")
    options = parser.parse_args()
    texts = make_texts()
    batch, judge = batch_rate(int8=options.int8), judge_rate(texts, int8=options.int8)
    with served(int8=options.int8) as (port, pid):
        seen = asyncio.run(measure(port, pid, texts, seconds=options.seconds, minutes=options.minutes))
    figures = {
        "batch_comments_a_second": round(batch, 1),
        "judge_comments_a_second": round(judge, 1),
        "saturated_share_of_batch": round(seen["saturation"]["answers_a_second"] / batch, 3),
        "saturated_share_of_judge": round(seen["saturation"]["answers_a_second"] / judge, 3),
        **_kept(options.json, "twice"),
        **seen,
        "machine": describe_machine(),
    }
    print(json.dumps(figures, indent=2))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
