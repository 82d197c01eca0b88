"""An engine on a Ray cluster: Ray places the workers, tells which was lost, and no more.

The plan, the rows and the markers are files, as with every engine: a run may begin on one and go on with another.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from stance import __version__
from stance.batch.durable import put
from stance.batch.engine import ATTEMPTS, Engine, Line, Worker
from stance.batch.errors import NoCluster, NoWorkers, WorkerUnfit
from stance.batch.job import Job
from stance.batch.shard import Done, Failed, Shard
from stance.errors import MissingExtra, StanceError

PATIENCE_SECONDS: Final = 600.0
_STORE_BYTES: Final = 120_000_000
"""Of memory for Ray's objects: only descriptors and counts are, and Ray would take a third of the machine's."""
_QUIET: Final = {
    "RAY_USAGE_STATS_ENABLED": "0",
    # What Ray's own processes have to say goes to stdout even where log_to_driver is off; this drops every line of it.
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".",
}
_OWN: Final = {
    # Has Ray listen on 127.0.0.1 alone, as it does on those systems, and ask no outside address which one is its own.
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    # Ray would have its workers give way to all else on the machine (niceness 15); those of the local engine do not.
    "RAY_worker_niceness": "0",
}
_log = logging.getLogger(__name__)


def on_ray(*, n_workers: int, patience_seconds: float = PATIENCE_SECONDS) -> Engine:
    """Return an engine whose workers are actors on a Ray cluster, each with one CPU and one judge.

    The cluster is the one that this process is connected to; else the one that `RAY_ADDRESS` names; else one of this
    machine, which ends with the run. Its workers must see the job's folder under the same path.

    Args:
        n_workers: At most so many at once; where the cluster has room for fewer, the run goes on with these.
        patience_seconds: How long to wait for a first worker before it is an error, and for a shard before a warning.

    Raises:
        MissingExtra: Ray is not installed.
    """
    if find_spec("ray") is None:
        raise MissingExtra("the engine ray", "ray")
    return partial(_score_on_ray, n_workers=n_workers, patience_seconds=patience_seconds)


def _score_on_ray(
    job: Job, shards: Sequence[Shard], *, n_workers: int, patience_seconds: float
) -> Iterator[Done | Failed]:
    """Score shards on a cluster.

    Raises:
        NoCluster: There is none at the address.
        NoWorkers: None could be placed or none came so far as to begin.
        WorkerUnfit: A worker does not see the job's folder, has another version or cannot load the model.
        WorkerLost: The worker of one shard was lost `ATTEMPTS` times.
    """
    job = replace(job, out=job.out.absolute())
    with _cluster(n_workers) as ray, _sign(job) as sign:
        crew = _Crew(ray, job, sign, n_workers=n_workers, patience_seconds=patience_seconds)
        try:
            yield from crew.score(Line(shards))
        finally:
            crew.end()


class Member:
    """What an actor is: a worker that first says whether it may take part."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._worker = Worker(job)

    def begin(self, sign: Path, version: str) -> tuple[str, str | None]:
        """Load the judge; give the machine's name, and what is wrong with it."""
        return socket.gethostname(), self._fault(sign, version)

    def score(self, shard: Shard) -> Done | Failed:
        """Score one shard."""
        return self._worker.score(shard)

    def _fault(self, sign: Path, version: str) -> str | None:
        if version != __version__:
            return f"has stance {__version__}, and the run {version}. Install one version everywhere."
        if not sign.is_file():
            return f"does not see {self._job.out}. Give --out a folder that all machines share, under one path."
        try:
            self._worker.load()
        except StanceError as error:
            return str(error)
        return None


class _Crew:
    """The actors of a run: those still coming, those at rest, and those that have one shard each in their hands."""

    def __init__(self, ray: Any, job: Job, sign: Path, *, n_workers: int, patience_seconds: float) -> None:
        self._ray, self._job, self._sign = ray, job, sign
        self._n_workers, self._patience_seconds = n_workers, patience_seconds
        # No restart and no retry by Ray: which shard a loss is counted against, and what runs alone, is decided here.
        self._member = ray.remote(num_cpus=1, num_gpus=0, max_restarts=0, max_task_retries=0)(Member)
        self._coming: dict[Any, Any] = {}
        self._resting: list[Any] = []
        self._running: dict[Any, tuple[Any, Shard]] = {}
        self._n_lost_coming = 0
        errors = ray.exceptions
        self._losses = (errors.RayActorError, errors.OutOfMemoryError, errors.NodeDiedError, errors.WorkerCrashedError)

    def score(self, line: Line) -> Iterator[Done | Failed]:
        """Give what came of each shard in line."""
        while line or self._running:
            self._hire(line)
            self._hand_out(line)
            for future in self._wait():
                if future in self._coming:
                    self._welcome(future)
                    continue
                result = self._collect(future, line)
                if result is not None:
                    yield result

    def end(self) -> None:
        """End all actors."""
        working = [actor for actor, _ in self._running.values()]
        for actor in (*self._coming.values(), *self._resting, *working):
            self._ray.kill(actor)

    def _hire(self, line: Line) -> None:
        n_here = len(self._coming) + len(self._resting) + len(self._running)
        n_wanted = min(self._n_workers, len(line) + len(self._running))
        for _ in range(n_wanted - n_here):
            actor = self._member.remote(self._job)
            self._coming[actor.begin.remote(self._sign, __version__)] = actor

    def _hand_out(self, line: Line) -> None:
        while self._resting:
            shard = line.take([one for _, one in self._running.values()], n_workers=self._n_workers)
            if shard is None:
                return
            actor = self._resting.pop()
            self._running[actor.score.remote(shard)] = (actor, shard)

    def _wait(self) -> list[Any]:
        """Wait until something came of one actor at least."""
        while True:
            futures = [*self._running, *self._coming]
            done, _ = self._ray.wait(futures, num_returns=1, timeout=self._patience_seconds)
            if done:
                return list(done)
            if not self._running:
                total, free = self._ray.cluster_resources(), self._ray.available_resources()
                raise NoWorkers.placed(self._patience_seconds, n_cpus=total.get("CPU", 0), n_free=free.get("CPU", 0))
            names = ", ".join(sorted(shard.name for _, shard in self._running.values()))
            _log.warning("stance: no shard has ended for %g seconds; at work: %s", self._patience_seconds, names)

    def _welcome(self, future: Any) -> None:
        actor = self._coming.pop(future)
        try:
            host, fault = self._ray.get(future)
        except self._losses as error:
            self._n_lost_coming += 1
            if self._n_lost_coming >= ATTEMPTS:
                last = str(error).strip().rpartition("\n")[2]
                raise NoWorkers.begun(ATTEMPTS, why=last) from error
            return
        self._n_lost_coming = 0
        self._resting.append(actor)
        if fault is not None:
            raise WorkerUnfit(host, why=fault)

    def _collect(self, future: Any, line: Line) -> Done | Failed | None:
        actor, shard = self._running.pop(future)
        try:
            result: Done | Failed = self._ray.get(future)
        except self._losses:
            # One that cannot be reached may still be alive, and would write beside the one that takes its place.
            self._ray.kill(actor)
            line.put_back([shard])
            return None
        self._resting.append(actor)
        return result


@contextmanager
def _cluster(n_workers: int) -> Iterator[Any]:
    """Connect to the cluster that is meant, or begin one of this machine and end it."""
    address = os.environ.get("RAY_ADDRESS") or "local"
    if "ray" not in sys.modules:
        for name, value in (_QUIET | (_OWN if address == "local" else {})).items():
            os.environ.setdefault(name, value)
    ray: Any = import_module("ray")
    if ray.is_initialized():
        yield ray
        return
    size = {"num_cpus": n_workers, "object_store_memory": _STORE_BYTES} if address == "local" else {}
    try:
        _knock(address)
        ray.init(address=address, include_dashboard=False, log_to_driver=False, logging_level=logging.CRITICAL, **size)
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        raise NoCluster(address, why=str(error).partition("\n")[0]) from error
    try:
        yield ray
    finally:
        ray.shutdown()


def _knock(address: str) -> None:
    """See that something listens at an address of host and port: Ray itself asks for minutes, loudly.

    Raises:
        OSError: Nothing does.
    """
    host, _, port = address.rpartition(":")
    if port.isdecimal() and "://" not in address:
        socket.create_connection((host.strip("[]"), int(port)), timeout=10).close()


@contextmanager
def _sign(job: Job) -> Iterator[Path]:
    """Put a file into the job's folder, of a name that no other folder has, by which a worker knows it."""
    for left in job.state.glob("sign-*"):
        left.unlink(missing_ok=True)
    sign = job.state / f"sign-{secrets.token_hex(8)}"
    put(sign, b"")
    try:
        yield sign
    finally:
        sign.unlink(missing_ok=True)
