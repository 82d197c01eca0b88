"""Score one file with the constant judge of the tests and print the process's peak memory and its time, as JSON.

`scripts/bench_batch.py` runs it, for each number of comments in a process of its own.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import process_time

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "batch"))

from standing_judge import StandingJudge, load  # noqa: E402 - it lies beside the tests

from stance.batch import Job, Model, run_batch  # noqa: E402
from stance.queue import load_policy  # noqa: E402
from stance.records import Case, Judgement  # noqa: E402
from stance.replies import ReplyScorer  # noqa: E402


class ForgetfulJudge(StandingJudge):
    """Keeps no case, which the judge of the tests does for them to look at."""

    def judge(self, cases: Sequence[Case]) -> list[Judgement]:
        """Answer, and forget."""
        answers: list[Judgement] = super().judge(cases)
        self.cases.clear()
        return answers


def load_forgetful() -> tuple[ForgetfulJudge, ReplyScorer]:
    """The judge, and the reply scorer of one leaf that goes with it."""
    _, scorer = load()
    return ForgetfulJudge(), scorer


def peak_bytes() -> int:
    """The most memory this program has held.

    Linux lets a process begin with the peak of the one that started it, in `ru_maxrss` but not in `VmHWM`.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        (line,) = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main() -> None:
    """Score, measure, print."""
    with tempfile.TemporaryDirectory() as room:
        job = Job(
            inputs=(sys.argv[1],),
            out=Path(room) / "out",
            model=Model("forgetful@0", load_forgetful),
            policy=load_policy(),
        )
        run_batch(job)
    print(json.dumps({"peak_bytes": peak_bytes(), "seconds": round(process_time(), 2)}))


if __name__ == "__main__":
    main()
