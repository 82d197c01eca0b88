"""Scoring for many requests at once: few threads compute, and each takes together what waits.

Nothing waits for company: while a batch is computed, the next one gathers (dynamic batching). Single comments and
portions of whole threads take turns, so that a large thread does not hold the others up.
"""

from __future__ import annotations

import asyncio
import math
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from stance.core import analyze, lone_case
from stance.errors import StanceError
from stance.protocols.errors import CannotJudge, Overloaded
from stance.protocols.logs import count_texts
from stance.protocols.metrics import Metrics
from stance.records import Analysis, Case, Judgement, Policy, Reading, Thread

if TYPE_CHECKING:
    from stance.judge import Judge
    from stance.replies import ReplyScorer

LONGEST_WAIT_SECONDS: Final = 2.0
"""What would wait longer is refused at once: whoever asks has given up by then."""
_TURN_CHARACTERS: Final = 1_200
"""Of one turn, which others have to wait for: a tenth of a second on one core. Three comments of 60 words together are
judged as fast, each, as any more: larger batches cost time to wait and gain nothing."""
_CASE_CHARACTERS: Final = 60
"""What a text costs beside its length, as so many characters."""
_MOST_THREADS: Final = 16
"""Whole threads in hand at once; each is in memory."""
_THREADS_AT_ONCE: Final = 4
"""Whole threads that take turns; others wait for one of them to end."""
_WARM_UP: Final = "The council has built the bridge. Nobody asked the people who live there, and that is a shame. " * 3
_N_WARM_UPS: Final = 3
_Compute = Callable[[Sequence[Any]], Sequence[Any]]
_Item = TypeVar("_Item")
_POISON: Final = (
    StanceError, ValueError, ArithmeticError, LookupError, TypeError, RuntimeError, AttributeError, AssertionError,
    MemoryError, OSError,
)  # fmt: skip
"""What a judge or a library of its may raise: the threads that compute outlive all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A comment that comes without its thread; `parent` is the text that it answers, `article` what it stands under."""

    text: str
    parent: str = ""
    article: str = ""

    @property
    def n_characters(self) -> int:
        """What it costs; the ends of parent and article alone are read."""
        return _CASE_CHARACTERS + len(self.text) + min(len(self.parent or self.article), 300)


@dataclass(slots=True, eq=False)
class _Work:
    """What waits for the judge: `compute` makes one answer an item."""

    compute: _Compute
    items: Sequence[Any]
    n_characters: int
    future: Future[Any]
    until: float


class Scoring:
    """The judge of a server. Safe for any number of tasks and threads; every answer is `Overloaded` once it closes.

    Args:
        judge: Reads and judges; with more than one thread, in several at once.
        policy: Ranks whole threads.
        scorer: Weighs who answers whom; None for the one that ships.
        metrics: Is told what happens; None for figures of its own.
        longest_wait_seconds: What would wait longer is refused.
        n_judging: Threads that compute, each on one core.
    """

    def __init__(
        self,
        judge: Judge,
        *,
        policy: Policy,
        scorer: ReplyScorer | None = None,
        metrics: Metrics | None = None,
        longest_wait_seconds: float = LONGEST_WAIT_SECONDS,
        n_judging: int = 1,
    ) -> None:
        self._judge = judge
        self._scorer = scorer
        self._longest_wait_seconds = longest_wait_seconds
        self.policy = policy
        self.model_id = judge.model_id
        self.metrics = metrics or Metrics()
        self.metrics.model(judge.model_id)
        self.closing = False
        self._lanes: tuple[deque[_Work], deque[_Work]] = (deque(), deque())
        self._wake = threading.Condition()
        self._n_characters = 0
        self._n_threads = 0
        self._seconds_a_character = 0.0
        self._judging = [
            threading.Thread(target=self._run, name=f"stance-judge-{at}", daemon=True) for at in range(n_judging)
        ]
        self._whole = ThreadPoolExecutor(max_workers=_THREADS_AT_ONCE, thread_name_prefix="stance-threads")
        for thread in self._judging:
            thread.start()
        # No wait can be told before a batch was measured, and a model's first ones are slow.
        for _ in range(_N_WARM_UPS):
            self._seconds_a_character = 0.0
            self._put(self._warm_up, [Asked(text=_WARM_UP)], n_characters=len(_WARM_UP)).future.result()

    @property
    def n_waiting(self) -> int:
        """Texts that wait for the judge."""
        with self._wake:
            return sum(len(work.items) for lane in self._lanes for work in lane)

    async def judge(self, asked: Sequence[Asked], *, within_seconds: float | None = None) -> list[Judgement]:
        """Judge comments; one judgement each, in order, without stances.

        Args:
            asked: The comments.
            within_seconds: When the answer is of no use any more; None for the server's own limit.

        Raises:
            Overloaded: Too much waits already to answer in time.
            CannotJudge: The judge fails on one of them.
        """
        count_texts(len(asked))
        until = None if within_seconds is None else time.monotonic() + within_seconds
        found: list[Judgement] = []
        for some in _turns(asked, [one.n_characters for one in asked]):
            left = None if until is None else until - time.monotonic()
            n_characters = sum(one.n_characters for one in some)
            work = self._put(self._judge_asked, some, n_characters=n_characters, within_seconds=left)
            found.extend(await asyncio.wrap_future(work.future))
        return found

    async def analyze(self, thread: Thread) -> Analysis:
        """Analyse a whole thread.

        Raises:
            Overloaded: Too much waits already.
            CannotJudge: The judge fails on a comment.
        """
        count_texts(len(thread.comments))
        with self._wake:
            if self.closing or self._n_threads >= _MOST_THREADS:
                self.metrics.shed()
                raise Overloaded(retry_after_seconds=5)
            self._n_threads += 1
        gone = threading.Event()
        try:
            return await asyncio.wrap_future(self._whole.submit(self._analyze, thread, gone))
        finally:
            gone.set()
            with self._wake:
                self._n_threads -= 1

    def close(self) -> None:
        """Refuse what comes from now on, and end once what waits is answered."""
        self.closing = True
        # Threads that are begun still ask for their portions.
        self._whole.shutdown()
        with self._wake:
            self._wake.notify_all()
        for thread in self._judging:
            thread.join()

    def _analyze(self, thread: Thread, gone: threading.Event) -> Analysis:
        def in_turns(compute: _Compute, items: Sequence[Any], lengths: Sequence[int]) -> list[Any]:
            return self._in_turns(compute, items, lengths, gone)

        try:
            (analysis,) = analyze([thread], _Turns(self._judge, in_turns), policy=self.policy, scorer=self._scorer)
        except StanceError:
            raise
        except _POISON as error:
            raise CannotJudge(kind=type(error).__name__) from None
        return analysis

    def _in_turns(
        self, compute: _Compute, items: Sequence[Any], lengths: Sequence[int], gone: threading.Event
    ) -> list[Any]:
        """Have a thread's items computed, some at a time, between other requests."""
        found: list[Any] = []
        for some in _turns(items, lengths):
            if gone.is_set():
                raise Overloaded  # to nobody
            work = _Work(compute, some, 0, Future(), math.inf)
            self._line_up(work, lane=1)
            found.extend(work.future.result())
        return found

    def _judge_asked(self, asked: Sequence[Asked]) -> Sequence[Judgement]:
        return self._judge.judge([lone_case(one.text, parent=one.parent, article=one.article) for one in asked])

    def _warm_up(self, asked: Sequence[Asked]) -> Sequence[Asked]:
        """Judge, and give no judgement: nobody wrote these texts, and the figures tell only of what somebody did."""
        self._judge_asked(asked)
        return asked

    def _put(
        self,
        compute: _Compute,
        items: Sequence[Any],
        *,
        n_characters: int,
        within_seconds: float | None = None,
    ) -> _Work:
        limit = self._longest_wait_seconds if within_seconds is None else within_seconds
        with self._wake:
            wait = self._n_characters * self._seconds_a_character / len(self._judging)
            if within_seconds is not None:
                wait += n_characters * self._seconds_a_character
            if self.closing or wait > limit:
                self.metrics.shed()
                raise Overloaded(retry_after_seconds=max(1, math.ceil(wait)))
        work = _Work(compute, items, n_characters, Future(), time.monotonic() + limit)
        self._line_up(work, lane=0)
        return work

    def _line_up(self, work: _Work, *, lane: int) -> None:
        with self._wake:
            self._lanes[lane].append(work)
            self._n_characters += work.n_characters
            self._wake.notify()
        self.metrics.waiting(self.n_waiting)

    def _run(self) -> None:
        torch = sys.modules.get("torch")
        if torch is not None:
            torch.set_num_threads(1)
        lane = 0
        while True:
            with self._wake:
                while not any(self._lanes):
                    if self.closing:
                        return
                    self._wake.wait()
                lane = lane if self._lanes[lane] else 1 - lane
                batch = self._take(lane)
            lane = 1 - lane
            self.metrics.waiting(self.n_waiting)
            self._do(batch)

    def _take(self, lane: int) -> list[_Work]:
        """Take from a lane what fits into a batch, all of it asking the same; at least one."""
        line, n_characters = self._lanes[lane], 0
        taken: list[_Work] = []
        while line and (not taken or n_characters + line[0].n_characters <= _TURN_CHARACTERS):
            if taken and (lane == 1 or line[0].compute != taken[0].compute):
                break
            work = line.popleft()
            self._n_characters -= work.n_characters
            if work.until < time.monotonic():
                self.metrics.shed()
                with suppress(Exception):
                    work.future.set_exception(Overloaded())
            # Whoever has gone is not judged for.
            elif work.future.set_running_or_notify_cancel():
                taken.append(work)
                n_characters += work.n_characters
        return taken

    def _do(self, batch: Sequence[_Work]) -> None:
        if not batch:
            return
        began = time.monotonic()
        try:
            answers = batch[0].compute([item for work in batch for item in work.items])
        except _POISON as error:
            self._do_alone(batch, error)
            return
        self._measure(sum(work.n_characters for work in batch), time.monotonic() - began)
        if isinstance(answers[0], Judgement):
            self.metrics.batch(answers)
        start = 0
        for work in batch:
            work.future.set_result(answers[start : start + len(work.items)])
            start += len(work.items)

    def _do_alone(self, batch: Sequence[_Work], error: Exception) -> None:
        """Answer each request by itself, so that it is told only of what is wrong with its own texts."""
        if len(batch) == 1:
            batch[0].future.set_exception(CannotJudge(kind=type(error).__name__))
            return
        for work in batch:
            self._do([work])

    def _measure(self, n_characters: int, seconds: float) -> None:
        if n_characters:
            rate = seconds / n_characters
            # The first batch is slow and a single short one is dear: later ones count for a tenth each.
            weight = 0.1 if self._seconds_a_character else 1.0
            self._seconds_a_character += weight * (rate - self._seconds_a_character)


def _turns(items: Sequence[_Item], lengths: Sequence[int]) -> Iterator[Sequence[_Item]]:
    """Give the items in portions of one turn, or of one item that is longer."""
    start = n_characters = 0
    for at, length in enumerate(lengths):
        if at > start and n_characters + length > _TURN_CHARACTERS:
            yield items[start:at]
            start, n_characters = at, 0
        n_characters += length
    if items:
        yield items[start:]


class _Turns:
    """The judge as a whole thread meets it: its texts are read and judged some at a time, between other requests."""

    def __init__(self, judge: Judge, in_turns: Callable[[_Compute, Sequence[Any], Sequence[int]], list[Any]]) -> None:
        self._judge = judge
        self._in_turns = in_turns
        self.model_id = judge.model_id

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """Return one reading a text, in order."""
        return self._in_turns(self._judge.read, texts, [_CASE_CHARACTERS + len(text) for text in texts])

    def judge(self, cases: Sequence[Case]) -> list[Judgement]:
        """Return one judgement a case, in order."""
        return self._in_turns(self._judge.judge, cases, [_CASE_CHARACTERS + len(case.text) for case in cases])
