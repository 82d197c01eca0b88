"""One shard: its threads analysed, its rows in a whole file, and a marker that says so."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from stance.batch.durable import put
from stance.batch.job import Job
from stance.batch.once import POISON, OnceJudge
from stance.batch.rows import pack_rows, to_rows
from stance.batch.spool import unpack_pages
from stance.core import Prepared, conclude, prepare, texts_of
from stance.errors import StanceError
from stance.records import Analysis, Page, Thread
from stance.thread import build_thread

if TYPE_CHECKING:
    from stance.judge import Judge
    from stance.replies import ReplyScorer
_Had = TypeVar("_Had")
_Made = TypeVar("_Made")


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
    pages = dict(enumerate(unpack_pages(shard.threads(job))))
    sieve = _Sieve()
    # Each step is done for all threads before the next begins, so that batches of the encoder reach across threads.
    threads = sieve.each(pages, partial(build_thread, mend=job.reading.mend))
    once.read_ahead([text for thread in threads.values() for text in texts_of(thread)])
    prepared = sieve.each(threads, partial(_prepare, job=job, judge=once, scorer=scorer))
    once.judge_ahead([case for one in prepared.values() for case in one.cases])
    analyses = sieve.each(prepared, partial(_conclude, job=job, judge=once))
    sourced = {at: (pages[at].source, analysis) for at, analysis in analyses.items()}
    listed = sieve.each(sourced, partial(_list, long=job.long))
    rows = [row for some in listed.values() for row in some]
    data = pack_rows(rows, form=job.form, long=job.long)
    put(shard.rows(job), data)
    done = Done(
        number=shard.number,
        n_comments=sum(len(pages[at].comments) for at in listed),
        n_rejected=sum(len(pages[at].comments) for at in sieve.faults),
        n_rows=len(rows),
        sha256=hashlib.sha256(data).hexdigest(),
        rejects=tuple(_reject(pages[at], fault) for at, fault in sorted(sieve.faults.items())),
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


class _Sieve:
    """Takes threads through the steps of their analysis, each by its number; one that a step fails on is held back."""

    def __init__(self) -> None:
        self.faults: dict[int, Exception] = {}

    def each(self, items: Mapping[int, _Had], step: Callable[[_Had], _Made]) -> dict[int, _Made]:
        made = {}
        for at, item in items.items():
            try:
                made[at] = step(item)
            except POISON as fault:
                self.faults[at] = fault
        return made


def _prepare(thread: Thread, *, job: Job, judge: Judge, scorer: ReplyScorer | None) -> Prepared:
    return prepare(thread, judge, scorer=scorer, cast=job.cast, n_alternatives=job.n_alternatives)


def _conclude(prepared: Prepared, *, job: Job, judge: Judge) -> Analysis:
    judgements = judge.judge(prepared.cases)
    return conclude(prepared, judgements, policy=job.policy, order=job.order, model_id=judge.model_id)


def _list(sourced: tuple[str, Analysis], *, long: bool) -> list[dict[str, object]]:
    source, analysis = sourced
    return list(to_rows(analysis, source=source, long=long))


def _reject(page: Page, error: Exception) -> dict[str, object]:
    # The words of an error that is not ours may hold a comment's text.
    what = str(error) if isinstance(error, StanceError) else f"cannot be analysed ({type(error).__name__})"
    return reject_row(page.source, place=page.place or "file", what=what, n_comments=len(page.comments))
