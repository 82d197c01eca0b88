"""What the machine is, and how fast it multiplies matrices."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import torch

from stance.bench.clock import timed

_SHAPES: Final = ((1024, 384, 1536), (1024, 1536, 384), (1024, 1024, 1024), (2048, 2048, 2048))
"""Rows, inner, columns: those of an encoder with a thousand tokens, and squares, which libraries do best."""


def describe_machine() -> dict[str, str | int]:
    """Name the processor, its cores, and what computes on it."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "torch": torch.__version__,
        "python": platform.python_version(),
        "system": platform.system(),
    }


def matrix_rate(*, times: int = 5) -> float:
    """Return the most fp32 operations a second that torch reaches here, over shapes and repetitions."""
    best = 0.0
    for rows, inner, columns in _SHAPES:
        left, right = torch.rand(rows, inner), torch.rand(inner, columns)
        for _ in range(times):
            watch = timed(partial(torch.matmul, left, right))
            best = max(best, 2 * rows * inner * columns / watch.processor_seconds)
    return best


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch compute with one thread, as a worker of `stance score` does."""
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)


def _processor() -> str:
    """The processor's name; on Linux `platform` knows none."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()
