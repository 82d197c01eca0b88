"""A model for batch runs that other processes can load; run as a program it is `stance score` with that model."""

from __future__ import annotations

import importlib.util
import os
import sys
import time
from functools import partial
from pathlib import Path

from stance.batch import Job, Model, run_batch
from stance.queue import load_policy
from stance.replies import ReplyScorer

_SPEC = importlib.util.spec_from_file_location(
    "threads_in_one_line", Path(__file__).resolve().parent.parent / "conftest.py"
)
assert _SPEC
assert _SPEC.loader
_HELD = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_HELD)


class StandingJudge(_HELD.ConstantJudge):
    """The constant judge, with comments on which it fails, ends its process, or takes its time."""

    def __init__(self, pause: float = 0) -> None:
        super().__init__()
        self.pause = pause

    def judge(self, cases):
        time.sleep(self.pause)
        for case in cases:
            if "POISON" in case.text:
                raise ValueError(case.text)
            if "FATAL" in case.text:
                os._exit(9)
        return super().judge(cases)


def load(pause: float = 0) -> tuple[StandingJudge, ReplyScorer]:
    return StandingJudge(pause), _HELD.make_scorer()


def make_job(*inputs: object, out: Path, pause: float = 0, **options: object) -> Job:
    options.setdefault("shard_comments", 6)
    model = Model("standing@0", partial(load, pause))
    return Job(inputs=tuple(map(str, inputs)), out=out, model=model, policy=load_policy(), **options)


if __name__ == "__main__":
    source, folder, n_workers, seconds = sys.argv[1:]
    run_batch(make_job(source, out=Path(folder), pause=float(seconds)), n_workers=int(n_workers))
