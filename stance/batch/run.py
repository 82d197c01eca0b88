"""A whole run: alone in its folder, a plan found or made, shards scored, and a manifest of what came of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from stance import __version__
from stance.batch.durable import alone_in, put, told
from stance.batch.engine import Engine, score_here, score_in_processes
from stance.batch.errors import ShardFailed
from stance.batch.inputs import digest_inputs, find_inputs
from stance.batch.job import Job
from stance.batch.plan import Plan, early_rejects, find_plan, make_plan
from stance.batch.shard import Failed, read_done

Tell = Callable[[int, int | None], None]
"""Told of comments done and, once the inputs are read, of how many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """`comments_in` is `comments_out` and `rejected` together; a record or file that cannot be read counts as one."""

    threads: int
    comments_in: int
    comments_out: int
    rejected: int
    rows: int
    shards: int


def run_batch(job: Job, *, n_workers: int = 1, engine: Engine | None = None, tell: Tell | None = None) -> Counts:
    """Score all inputs into the job's folder, going on where an earlier run of the same job ended.

    Args:
        job: What to do.
        n_workers: Processes to score with, 1 or more; 1 is this one.
        engine: Scores the shards; None for this machine.
        tell: Told of progress.

    Raises:
        ChangedOption: The folder holds a run of another job.
        FolderInUse: Another run is writing into it.
        ShardFailed: A shard could not be finished; those that were are kept.
        WorkerLost: A worker ended again and again.
        ReadError: An input cannot be read, or none holds comments.
        CannotWrite: The folder cannot be written to.
    """
    tell = tell or _silent
    inputs = find_inputs(job)
    with alone_in(job.out, job.state):
        digests = digest_inputs(job, inputs)
        plan = find_plan(job, digests) or make_plan(job, inputs, digests, tell=tell)
        chosen = engine or (score_here if n_workers == 1 else partial(score_in_processes, n_workers=n_workers))
        _score(job, plan, chosen, tell)
        return _finish(job, plan, digests)


def _score(job: Job, plan: Plan, engine: Engine, tell: Tell) -> None:
    total = sum(shard.n_comments for shard in plan.shards)
    open_ones = [shard for shard in plan.shards if not shard.is_done(job)]
    n_done = total - sum(shard.n_comments for shard in open_ones)
    tell(n_done, total)
    if not open_ones:
        return
    for result in engine(job, open_ones):
        shard = plan.shards[result.number]
        if isinstance(result, Failed):
            raise ShardFailed(shard.name, why=result.why)
        n_done += shard.n_comments
        tell(n_done, total)


def _finish(job: Job, plan: Plan, digests: dict[str, str]) -> Counts:
    n_out, n_rejected, n_rows = 0, plan.n_rejected, 0
    parts = {}
    rejects = [early_rejects(job).read_bytes()]
    for shard in plan.shards:
        done = read_done(job, shard)
        n_out, n_rejected, n_rows = n_out + done.n_comments, n_rejected + done.n_rejected, n_rows + done.n_rows
        parts[shard.rows(job).name] = {"rows": done.n_rows, "sha256": done.sha256}
        rejects.extend(json.dumps(row).encode() + b"\n" for row in done.rejects)
    counts = Counts(
        threads=sum(shard.n_threads for shard in plan.shards),
        comments_in=n_out + n_rejected,
        comments_out=n_out,
        rejected=n_rejected,
        rows=n_rows,
        shards=len(plan.shards),
    )
    manifest = {
        "version": __version__,
        "model_id": job.model.id,
        "policy_digest": job.policy.digest,
        "options": job.fingerprint(digests),
        "counts": asdict(counts),
        "parts": parts,
    }
    put(rejects_of(job.out), b"".join(rejects))
    put(job.out / "manifest.json", json.dumps(manifest, indent=2).encode() + b"\n")
    with told(job.state):
        shutil.rmtree(job.state / "threads", ignore_errors=True)
    return counts


def rejects_of(out: Path) -> Path:
    """Where a run's rejected records stand, one a line with its reason."""
    return out / "rejects.jsonl"


def _silent(_n_done: int, _total: int | None) -> None:
    """Tell nobody."""
