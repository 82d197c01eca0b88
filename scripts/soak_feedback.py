"""Kill a server again and again while it is told decisions, and count what became of those that it acknowledged.

    python scripts/soak_feedback.py                        `stance serve`, 20 kills
    python scripts/soak_feedback.py --kills 200
    python scripts/soak_feedback.py --kills 3 -- COMMAND   another server: COMMAND QUEUE PORT

Two clients tell one decision after the other to `comments:suggestscore`; at random moments the server is killed with
SIGKILL and started again on the same queue. In the end the queue must hold, for every decision that was acknowledged,
exactly one, and its chain must be sound. Prints one JSON object; exit code 1 where anything was lost or doubled.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from stance.queue import Action, Store, open_store

OWN_SERVER = (sys.executable, "-m", "stance", "serve", "--no-pages")
N_CLIENTS = 2
PACE_SECONDS = 0.1
"""Between two decisions of one client, so that the judge keeps up."""
START_SECONDS = 120.0
LAND_SECONDS = 600.0
"""What a killed server had taken up is taken up again after a minute."""


class Client(threading.Thread):
    """Tells decisions until it is stopped; `acknowledged` are the texts of those that were answered."""

    def __init__(self, number: int, port: int) -> None:
        super().__init__(daemon=True)
        self.acknowledged: dict[str, Action] = {}
        self.stopped = threading.Event()
        self._number, self._port = number, port

    def run(self) -> None:
        """Tell each decision until it is acknowledged, as a client that tries again would."""
        n = 0
        while not self.stopped.is_set():
            text, value = f"Comment {n} of client {self._number}.", n % 2
            if self._tell(text, value):
                self.acknowledged[text] = Action.REJECT if value else Action.APPROVE
                n += 1
            self.stopped.wait(PACE_SECONDS)

    def _tell(self, text: str, value: int) -> bool:
        body = {
            "comment": {"text": text},
            "attributeScores": {"TOXICITY": {"summaryScore": {"value": value}}},
            "communityId": "soak",
            "clientToken": text,
        }
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        try:
            connection.request(
                "POST", "/v1alpha1/comments:suggestscore", json.dumps(body), {"content-type": "application/json"}
            )
            answer = connection.getresponse()
            return answer.status == 200 and json.loads(answer.read())["clientToken"] == text
        except (OSError, http.client.HTTPException, ValueError):
            return False
        finally:
            connection.close()


def start(command: list[str], queue: Path, port: int) -> subprocess.Popen[bytes]:
    """Start the server and wait until it listens."""
    words = [*command, str(queue), str(port)] if command else [*OWN_SERVER, str(queue), "--port", str(port)]
    running = subprocess.Popen(words)
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and running.poll() is None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)
        else:
            return running
        finally:
            connection.close()
    running.kill()
    raise SystemExit(f"the server did not start ({running.wait()})")


def wait_until_taken_in(store: Store) -> int:
    """Wait until nothing is pending; return how much still is."""
    until = time.monotonic() + LAND_SECONDS
    while (n_pending := store.outside.counts()["pending"]) and time.monotonic() < until:
        time.sleep(0.2)
    return n_pending


def soak(
    command: list[str], *, kills: int, seconds: float, queue: Path, chance: random.Random
) -> dict[str, int | bool]:
    """Kill the server `kills` times, each at a random moment within `seconds` of its start; return what was found."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    clients = [Client(number, port) for number in range(N_CLIENTS)]
    running = start(command, queue, port)
    try:
        for client in clients:
            client.start()
        for _ in range(kills):
            time.sleep(chance.uniform(0.1, seconds))
            running.kill()
            running.wait()
            running = start(command, queue, port)
        time.sleep(seconds)
        for client in clients:
            client.stopped.set()
        for client in clients:
            client.join(timeout=60)
        with open_store(queue, create=False) as store:
            n_pending = wait_until_taken_in(store)
    finally:
        running.kill()
        running.wait()
    acknowledged = {text: action for client in clients for text, action in client.acknowledged.items()}
    with open_store(queue, create=False) as store:
        found = Counter((row["text"], row["action"]) for row in store.export(with_text=True))
        return {
            "kills": kills,
            "acknowledged": len(acknowledged),
            "lost": sum(not found[text, action.value] for text, action in acknowledged.items()),
            "doubled": sum(n > 1 for n in Counter(text for text, _ in found.elements()).values()),
            "pending": n_pending,
            "sound": store.verify().sound,
        }


def main() -> int:
    """Soak as the arguments say; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=5.0, help="between a start and the kill, at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("command", nargs="*", metavar="COMMAND")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = soak(
            given.command,
            kills=given.kills,
            seconds=given.seconds,
            queue=Path(folder) / "queue.db",
            chance=random.Random(given.seed),
        )
    print(json.dumps(found))
    return 0 if found["sound"] and not (found["lost"] or found["doubled"] or found["pending"]) else 1


if __name__ == "__main__":
    raise SystemExit(main())
