"""Run as a program, a batch run on Ray; and a judge that ends its process the first time that it is asked."""

from __future__ import annotations

import os
import signal
import sys
from functools import partial
from pathlib import Path

from standing_judge import StandingJudge, load, make_job

from stance.batch import Model, on_ray, run_batch
from stance.errors import ModelMissing


class LethalJudge(StandingJudge):
    """Is killed over a thread that says LETHAL, as long as its file is not there."""

    def __init__(self, killed: Path, pause: float) -> None:
        super().__init__(pause)
        self.killed = killed

    def judge(self, cases):
        if not self.killed.exists() and any("LETHAL" in case.text for case in cases):
            self.killed.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().judge(cases)


def load_lethal(killed: Path, pause: float):
    return LethalJudge(killed, pause), load()[1]


def lethal_model(killed: Path, *, pause: float) -> Model:
    return Model("standing@0", partial(load_lethal, killed, pause))


def fail_to_load():
    raise ModelMissing(Path("nowhere"), missing="weights")


def refuse():
    raise ImportError("no module of that name")


class Unknown:
    """A model's `load` that is pickled and cannot be unpickled, as where a worker has not the package."""

    def __reduce__(self):
        return refuse, ()


class Guest:
    """An actor that takes up room."""

    def stay(self):
        return True


if __name__ == "__main__":
    source, folder, n_workers, seconds = sys.argv[1:]
    run_batch(make_job(source, out=Path(folder), pause=float(seconds)), engine=on_ray(n_workers=int(n_workers)))
