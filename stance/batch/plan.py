"""The plan: threads cut into shards, kept whole, and put where a worker finds them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from stance.batch.durable import put, told
from stance.batch.errors import ChangedOption
from stance.batch.inputs import Input, read_inputs
from stance.batch.job import Job
from stance.batch.shard import Shard, reject_row
from stance.batch.spool import pack_page
from stance.errors import BadRow, NoComments, ReadError
from stance.records import Page


@dataclass(frozen=True, slots=True)
class Plan:
    """All shards, and how many records and comments were rejected before one was scored."""

    shards: tuple[Shard, ...]
    n_rejected: int


def find_plan(job: Job, digests: dict[str, str]) -> Plan | None:
    """Return the plan that stands in the folder, None where there is none or its threads are gone.

    Raises:
        ChangedOption: It was made with something else than the job says.
    """
    path = job.state / "plan.json"
    if not path.is_file():
        return None
    held = json.loads(path.read_bytes())
    for name, value in job.fingerprint(digests).items():
        if held["fingerprint"].get(name) != value:
            raise ChangedOption(job.out, field=name)
    shards = tuple(Shard(**fields) for fields in held["shards"])
    if any(not shard.is_done(job) and not shard.threads(job).is_file() for shard in shards):
        return None
    return Plan(shards, held["n_rejected"])


def make_plan(
    job: Job, inputs: dict[str, Input], digests: dict[str, str], *, tell: Callable[[int, int | None], None]
) -> Plan:
    """Read all inputs once and cut them into shards; one thread at a time is in memory.

    Raises:
        ReadError: The only input cannot be read, or none holds a comment.
        CannotWrite: There is no room for a copy of the inputs.
    """
    with told(job.state):
        (job.state / "threads").mkdir(exist_ok=True)
        (job.state / "done").mkdir(exist_ok=True)
    cutter = _Cutter(job)
    with told(job.state), early_rejects(job).open("wb") as rejects:
        sink = _Sink(rejects)
        pages = read_inputs(job, list(inputs.values()), on_reject=sink.row, on_bad_file=sink.file)
        for page in pages:
            try:
                line = pack_page(page)
            except (ValueError, RecursionError) as error:
                sink.page(page, error)
                continue
            cutter.add(line, len(page.comments))
            tell(cutter.n_comments, None)
    cutter.cut()
    if not cutter.shards and not sink.n:
        raise NoComments(", ".join(inputs), wanted="comments in any known format")
    plan = Plan(tuple(cutter.shards), sink.n)
    fields = {
        "fingerprint": job.fingerprint(digests),
        "shards": [asdict(shard) for shard in plan.shards],
        "n_rejected": sink.n,
    }
    put(job.state / "plan.json", json.dumps(fields).encode())
    return plan


def early_rejects(job: Job) -> Path:
    """Where stands what was rejected before a comment was scored."""
    return job.state / "rejects.jsonl"


class _Cutter:
    """Puts lines of threads into files of about as many comments as a shard has."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._lines: list[bytes] = []
        self._n_held = 0
        self.shards: list[Shard] = []
        self.n_comments = 0

    def add(self, line: bytes, n_comments: int) -> None:
        if self._n_held and self._n_held + n_comments > self._job.shard_comments:
            self.cut()
        self._lines.append(line)
        self._n_held += n_comments
        self.n_comments += n_comments

    def cut(self) -> None:
        if self._lines:
            shard = Shard(number=len(self.shards), n_threads=len(self._lines), n_comments=self._n_held)
            put(shard.threads(self._job), b"".join(self._lines))
            self.shards.append(shard)
        self._lines, self._n_held = [], 0


class _Sink:
    """Writes what cannot be used, one line each."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.n = 0

    def row(self, error: BadRow) -> None:
        self._put({**error.to_row(), "n_comments": 1}, 1)

    def file(self, error: ReadError) -> None:
        self._put(reject_row(getattr(error, "source", "input"), place="file", what=str(error)), 1)

    def page(self, page: Page, error: Exception) -> None:
        what = f"cannot be kept as text ({type(error).__name__})"
        n = len(page.comments)
        self._put(reject_row(page.source, place=page.place or "file", what=what, n_comments=n), n)

    def _put(self, row: dict[str, object], n: int) -> None:
        self._stream.write(json.dumps(row).encode() + b"\n")
        self.n += n
