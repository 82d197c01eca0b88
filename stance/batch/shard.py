"""One shard: its threads analysed, its rows in a whole file, and a marker that says so."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from stance.batch.durable import put
from stance.batch.job import Job
from stance.batch.once import OnceJudge
from stance.batch.rows import pack_rows, to_rows
from stance.batch.spool import unpack_pages
from stance.core import analyze
from stance.errors import CannotWrite, StanceError
from stance.records import Page
from stance.thread import build_thread

if TYPE_CHECKING:
    from stance.judge import Judge
    from stance.replies import ReplyScorer

POISON: Final = (StanceError, ValueError, ArithmeticError, LookupError, TypeError, RuntimeError)
"""What one thread can raise without the fault being the machine's; a night's work must not end over it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """A shard's descriptor: all that an engine hands to a worker, beside the job."""

    number: int
    n_threads: int
    n_comments: int

    @property
    def name(self) -> str:
        """Its number in five digits."""
        return f"{self.number:05d}"

    def threads(self, job: Job) -> Path:
        """Where its threads are."""
        return job.state / "threads" / f"{self.name}.jsonl"

    def rows(self, job: Job) -> Path:
        """Where its rows go."""
        return job.out / f"part-{self.name}.{job.form}"

    def marker(self, job: Job) -> Path:
        """What is there when it is finished."""
        return job.state / "done" / f"{self.name}.json"

    def is_done(self, job: Job) -> bool:
        """Whether its marker and its rows are there."""
        return self.marker(job).is_file() and self.rows(job).is_file()


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of a shard: comments scored and rejected, rows written, the sha256 of its file, the rejects."""

    number: int
    n_comments: int
    n_rejected: int
    n_rows: int
    sha256: str
    rejects: tuple[dict[str, object], ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """Why a shard could not be finished, in words; errors themselves do not survive the way between processes."""

    number: int
    why: str


def score_shard(job: Job, shard: Shard, judge: Judge, scorer: ReplyScorer | None) -> Done:
    """Analyse the threads of a shard and write its rows, then its marker.

    A thread that cannot be analysed is rejected with its reason, and all others are kept.

    Raises:
        CannotWrite: The rows or the marker cannot be written.
    """
    once = OnceJudge(judge)
    rows: list[dict[str, object]] = []
    rejects: list[dict[str, object]] = []
    n_comments = n_rejected = 0
    for page in unpack_pages(shard.threads(job)):
        try:
            rows.extend(_rows_of(job, page, once, scorer))
            n_comments += len(page.comments)
        except CannotWrite:
            raise
        except POISON as error:
            rejects.append(_reject(page, error))
            n_rejected += len(page.comments)
    data = pack_rows(rows, form=job.form, long=job.long)
    put(shard.rows(job), data)
    done = Done(
        number=shard.number,
        n_comments=n_comments,
        n_rejected=n_rejected,
        n_rows=len(rows),
        sha256=hashlib.sha256(data).hexdigest(),
        rejects=tuple(rejects),
    )
    fields = {name: getattr(done, name) for name in Done.__slots__}
    put(shard.marker(job), json.dumps(fields).encode())
    return done


def read_done(job: Job, shard: Shard) -> Done:
    """Read the marker of a finished shard."""
    fields = json.loads(shard.marker(job).read_bytes())
    return Done(**{**fields, "rejects": tuple(fields["rejects"])})


def reject_row(source: str, *, place: int | str, what: str, mend: str = "", n_comments: int = 1) -> dict[str, object]:
    """Return one line of the reject file."""
    return {"source": source, "place": place, "what": what, "mend": mend, "n_comments": n_comments}


def _rows_of(job: Job, page: Page, judge: Judge, scorer: ReplyScorer | None) -> Iterator[dict[str, object]]:
    thread = build_thread(page, mend=job.reading.mend)
    (analysis,) = analyze(
        [thread],
        judge,
        policy=job.policy,
        scorer=scorer,
        cast=job.cast,
        order=job.order,
        n_alternatives=job.n_alternatives,
    )
    return to_rows(analysis, source=page.source, long=job.long)


def _reject(page: Page, error: Exception) -> dict[str, object]:
    # The words of an error that is not ours may hold a comment's text.
    what = str(error) if isinstance(error, StanceError) else f"cannot be analysed ({type(error).__name__})"
    place = "file" if page.thread_id is None else f"thread {ascii(page.thread_id)[:80]}"
    return reject_row(page.source, place=place, what=what, n_comments=len(page.comments))
