"""Engines: functions that take a job and shard descriptors, and give what came of each, in any order."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait as wait_for
from typing import TYPE_CHECKING, Final

from stance.batch.errors import WorkerLost
from stance.batch.job import Job
from stance.batch.shard import Done, Failed, Shard, score_shard
from stance.errors import StanceError

if TYPE_CHECKING:
    from stance.judge import Judge
    from stance.replies import ReplyScorer

Engine = Callable[[Job, Sequence[Shard]], Iterator[Done | Failed]]
ATTEMPTS: Final = 3
"""How often a shard is tried whose worker is lost: once may be the machine's fault, three times is the shard's."""


def score_here(job: Job, shards: Sequence[Shard]) -> Iterator[Done | Failed]:
    """Score shards one after the other in this process."""
    judge, scorer = job.model.load()
    with _one_thread():
        for shard in shards:
            yield score_shard(job, shard, judge, scorer)


class Worker:
    """Scores shards of one job with one thread; its judge is loaded once, when it is first needed."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._loaded: tuple[Judge, ReplyScorer | None] | None = None

    def load(self) -> tuple[Judge, ReplyScorer | None]:
        """Load the judge and the reply scorer, if they were not before.

        Raises:
            StanceError: The model is not there, or is broken.
        """
        if self._loaded is None:
            self._loaded = self._job.model.load()
        return self._loaded

    def score(self, shard: Shard) -> Done | Failed:
        """Score one shard; an error that has a name becomes words, so that it survives the way between processes."""
        try:
            judge, scorer = self.load()
            with _one_thread():
                return score_shard(self._job, shard, judge, scorer)
        except StanceError as error:
            return Failed(shard.number, str(error))


class Line:
    """Shards that wait for a worker, and how often each lost one; those that did stand last, and run alone.

    Alone, because what ended one worker (too little memory) ends those beside it, and no other shard shall be blamed.
    """

    def __init__(self, shards: Sequence[Shard]) -> None:
        self._waiting = deque(shards)
        self._lost: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._waiting)

    def take(self, running: Collection[Shard], *, n_workers: int) -> Shard | None:
        """Give the next shard; None where there is none, or it may not begin beside those that run."""
        if not self._waiting:
            return None
        alone = any(self._lost[shard.name] for shard in (self._waiting[0], *running))
        return self._waiting.popleft() if len(running) < (1 if alone else n_workers) else None

    def put_back(self, shards: Collection[Shard]) -> None:
        """Put shards whose worker was lost behind all others, so that these are kept whatever becomes of them.

        Raises:
            WorkerLost: It was the worker of one of them for the third time.
        """
        for shard in shards:
            self._lost[shard.name] += 1
            if self._lost[shard.name] >= ATTEMPTS:
                raise WorkerLost(shard.name, n_times=ATTEMPTS) from None
        self._waiting.extend(shards)


def score_partition(job: Job, shards: Iterable[Shard]) -> Iterator[Done | Failed]:
    """Score shards one after the other with one judge, for a scheduler that hands a worker several, as Spark does."""
    worker = Worker(job)
    for shard in shards:
        yield worker.score(shard)


def score_in_processes(job: Job, shards: Sequence[Shard], *, n_workers: int) -> Iterator[Done | Failed]:
    """Score shards in processes of one torch thread each; where one is lost, its shard is tried again.

    Raises:
        WorkerLost: The worker of one shard was lost `ATTEMPTS` times.
    """
    line = Line(shards)
    while line:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(n_workers, mp_context=context, initializer=_begin, initargs=(job,)) as pool:
            running: dict[Future[Done | Failed], Shard] = {}
            try:
                while line or running:
                    # No more is handed out than is being worked on: a shard in a queue would count as lost with it.
                    while (shard := line.take(running.values(), n_workers=n_workers)) is not None:
                        running[pool.submit(_score, shard)] = shard
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        result = future.result()
                        del running[future]
                        yield result
            except BrokenProcessPool:
                line.put_back(running.values())


class _Process:
    """What a worker process holds."""

    worker: Worker


def _begin(job: Job) -> None:
    os.environ["OMP_NUM_THREADS"] = "1"
    _Process.worker = Worker(job)
    # Ctrl-C reaches all processes; the first of them sees to an orderly end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _score(shard: Shard) -> Done | Failed:
    return _Process.worker.score(shard)


def _end_with_parent() -> None:
    """End this process when the one that began it is gone, even by kill -9: nobody would take its results."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for([parent.sentinel])
        os._exit(1)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let torch compute with one thread, as in every worker, and give it back those it had.

    A judge without a model has not imported torch, and need not wait for it.
    """
    torch = sys.modules.get("torch")
    if torch is None:
        yield
        return
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)
