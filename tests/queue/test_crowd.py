"""Twenty moderators at once on two thousand comments: none decided twice, none lost."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from stance.queue import Action, ItemState, load_policy, open_store

CROWD = Path(__file__).with_name("crowd.py")
ROOT = Path(__file__).parent.parent.parent
MEMORY = Path("/dev/shm")
N_ITEMS, N_MODERATORS = 2_000, 20


@pytest.fixture
def address(address, tmp_path):
    """In memory where the machine has such a folder: thousands of decisions would wait as often for a disk."""
    if "://" in address or not MEMORY.is_dir():
        yield address
        return
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        yield str(Path(folder) / "queue.db")


@pytest.mark.slow
def test_twenty_moderators_decide_every_comment_once_and_lose_none(address, analyse):
    with open_store(address) as store:
        store.load((analyse(100, thread_id=f"thread {n}") for n in range(N_ITEMS // 100)), policy=load_policy())
    done = subprocess.run(
        [sys.executable, CROWD, address, str(N_MODERATORS)],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert (done.returncode, done.stderr) == (0, "")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    with open_store(address) as store:
        report, rows = store.verify(), list(store.export())
        states = store.stats().by_state
    assert report.faults == ()
    # Whatever anybody was told is in the chain as it was told, and the chain holds nothing else.
    kinds = {"decided": {"approve", "reject", "escalate"}, "undone": {"undo"}}
    held = {row["sequence"]: (row["moderator"], row["item_id"], row["hash"], row["action"]) for row in rows}
    assert sorted(sequence for _, _, sequence, _, _ in told) == sorted(held)
    for what, name, sequence, item_id, digest in told:
        assert held[sequence][:3] == (name, item_id, digest)
        assert held[sequence][3] in kinds[what]
    # Of each comment exactly one decision stands.
    undone = {row["undoes"] for row in rows}
    standing = [row for row in rows if row["action"] != Action.UNDO.value and row["sequence"] not in undone]
    assert set(Counter(row["item_id"] for row in standing).values()) == {1}
    assert len(standing) == N_ITEMS
    assert states[ItemState.OPEN] == 0
    # The work was shared, so that what was proven is work at once.
    assert len({row["moderator"] for row in rows}) > N_MODERATORS // 2
