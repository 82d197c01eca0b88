"""Engines: functions that take a job and shard descriptors, and give what came of each, in any order."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator, Sequence
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


def score_in_processes(job: Job, shards: Sequence[Shard], *, n_workers: int) -> Iterator[Done | Failed]:
    """Score shards in processes of one torch thread each; where one is lost, its shard is tried again.

    Raises:
        WorkerLost: The worker of one shard was lost `ATTEMPTS` times.
    """
    waiting = deque(shards)
    lost: Counter[str] = Counter()
    while waiting:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(n_workers, mp_context=context, initializer=_begin, initargs=(job,)) as pool:
            running: dict[Future[Done | Failed], Shard] = {}
            try:
                while waiting or running:
                    # No more is handed out than is being worked on: a shard in a queue would count as lost with it.
                    while waiting and _may_begin(waiting[0], running.values(), lost, n_workers):
                        shard = waiting.popleft()
                        running[pool.submit(_score, shard)] = shard
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        result = future.result()
                        del running[future]
                        yield result
            except BrokenProcessPool:
                for shard in running.values():
                    lost[shard.name] += 1
                    if lost[shard.name] >= ATTEMPTS:
                        raise WorkerLost(shard.name, n_times=ATTEMPTS) from None
                # Behind all others, so that these are kept whatever becomes of the lost ones.
                waiting.extend(running.values())


def _may_begin(shard: Shard, running: Collection[Shard], lost: Counter[str], n_workers: int) -> bool:
    """Whether a shard may be handed out; one whose worker was lost runs alone, so that no other is blamed."""
    alone = any(lost[one.name] for one in (shard, *running))
    return len(running) < (1 if alone else n_workers)


class _Worker:
    """What a worker process holds: the job, and the judge once it was needed."""

    job: Job
    loaded: tuple[Judge, ReplyScorer | None] | None = None


def _begin(job: Job) -> None:
    os.environ["OMP_NUM_THREADS"] = "1"
    _Worker.job = job
    # Ctrl-C reaches all processes; the first of them sees to an orderly end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process when the one that began it is gone, even by kill -9: nobody would take its results."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for([parent.sentinel])
        os._exit(1)


def _score(shard: Shard) -> Done | Failed:
    try:
        if _Worker.loaded is None:
            _Worker.loaded = _load(_Worker.job)
        return score_shard(_Worker.job, shard, *_Worker.loaded)
    except StanceError as error:
        return Failed(shard.number, str(error))


def _load(job: Job) -> tuple[Judge, ReplyScorer | None]:
    loaded = job.model.load()
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(1)
    return loaded


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
