"""The judge in eight bits against itself at full precision."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from stance.bench.clock import take_turns
from stance.bench.figures import Measured
from stance.judge import load_judge


def measure_int8(folder: Path, texts: Sequence[str], *, times: int = 2) -> Measured:
    """Read the same texts both ways, in turns; the best of each counts.

    Raises:
        MissingExtra: ONNX Runtime is not installed.
        NoInt8: The model's encoder cannot be run so.
    """
    eight, full = load_judge(folder, int8=True), load_judge(folder)
    for judge in (eight, full):
        judge.read(["A word before the clock starts."] * 16)
    ours, theirs = take_turns(lambda: eight.read(texts), lambda: full.read(texts), times=times)
    return Measured(
        ratios={"int8": theirs.processor_seconds / ours.processor_seconds},
        seen={
            "comments": len(texts),
            "int8_seconds": ours.processor_seconds,
            "fp32_seconds": theirs.processor_seconds,
        },
    )
