"""Time: of the clock, and of the processor, which other work on the machine moves less."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stopwatch:
    """Adds up the stretches that it runs; processor time is that of all threads of this process."""

    def __init__(self) -> None:
        self.wall_seconds = self.processor_seconds = 0.0
        self._begun = (0.0, 0.0)

    def start(self) -> None:
        """Begin a stretch."""
        self._begun = time.perf_counter(), time.process_time()

    def stop(self) -> None:
        """End it."""
        self.wall_seconds += time.perf_counter() - self._begun[0]
        self.processor_seconds += time.process_time() - self._begun[1]

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run while a block does."""
        self.start()
        try:
            yield
        finally:
            self.stop()


def timed(work: Callable[[], object]) -> Stopwatch:
    """Do something once."""
    watch = Stopwatch()
    with watch.running():
        work()
    return watch


def take_turns(*works: Callable[[], object], times: int = 3) -> list[Stopwatch]:
    """Time each of several things at its best, all taking turns, so that whatever else goes on falls on all."""
    rounds = [[timed(work) for work in works] for _ in range(times)]
    return [min(column, key=lambda watch: watch.processor_seconds) for column in zip(*rounds, strict=True)]
