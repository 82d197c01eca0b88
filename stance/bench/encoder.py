"""The bare encoder: windows in batches of several kinds, timed without anything around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import torch
from torch import Tensor

from stance.bench.clock import Stopwatch
from stance.bench.figures import Measured
from stance.judge import TOKEN_BUDGET, TextEncoder, Window, collate, token_budget_batches

if TYPE_CHECKING:
    from stance.judge import StanceModel

_USUAL_BATCH: Final = 32

Batches = list[list[int]]


@dataclass(slots=True)
class Pass:
    """One way over all windows: how long the encoder ran, and what the heads then said of each window."""

    watch: Stopwatch
    probabilities: Tensor


def ideal_batches(windows: Sequence[Window]) -> Batches:
    """Batches of the judge's own budget, over all windows at once."""
    return list(token_budget_batches([len(window.ids) for window in windows], budget=TOKEN_BUDGET))


def arrival_batches(windows: Sequence[Window]) -> Batches:
    """32 at a time, as they come."""
    return _slices(range(len(windows)))


def length_batches(windows: Sequence[Window]) -> Batches:
    """32 at a time, sorted by length, as sentence-transformers does."""
    return _slices(sorted(range(len(windows)), key=lambda index: len(windows[index].ids)))


@torch.inference_mode()
def forward(model: StanceModel, windows: Sequence[Window], batches: Batches, *, pad_id: int) -> Pass:
    """Encode all windows; only the encoder is timed."""
    watch = Stopwatch()
    said: dict[int, Tensor] = {}
    for indices in batches:
        batch = collate([windows[index] for index in indices], pad_id=pad_id)
        with watch.running():
            states = model.encode(batch)
        relation = model.relation(states, batch.own, batch.other).softmax(dim=-1)
        attributes = model.attribute(states, batch.own)[0].sigmoid()
        said.update(zip(indices, torch.cat([relation, attributes], dim=-1), strict=True))
    return Pass(watch, torch.stack([said[index] for index in range(len(windows))]))


def measure_batches(model: StanceModel, encoder: TextEncoder, texts: Sequence[str], *, times: int = 2) -> Measured:
    """Compare our batches with those of 32, over the same windows; the best of several turns counts."""
    windows = [window for text in texts for window in encoder.windows(text)[0]]
    kinds = {"ours": ideal_batches, "arrival": arrival_batches, "by_length": length_batches}
    forward(model, windows[:_USUAL_BATCH], arrival_batches(windows[:_USUAL_BATCH]), pad_id=encoder.pad_id)
    passes = [
        {name: forward(model, windows, make(windows), pad_id=encoder.pad_id) for name, make in kinds.items()}
        for _ in range(times)
    ]
    best = {name: min(one[name].watch.processor_seconds for one in passes) for name in kinds}
    ours = passes[0]["ours"].probabilities
    apart = max(float((passes[0][name].probabilities - ours).abs().max()) for name in kinds)
    n_tokens = sum(len(window.ids) for window in windows)
    return Measured(
        ratios={
            "arrival": best["arrival"] / best["ours"],
            "by_length": best["by_length"] / best["ours"],
            "apart": apart,
        },
        seen={
            "comments": len(texts),
            "windows": len(windows),
            "tokens": n_tokens,
            "tokens_a_second": n_tokens / best["ours"],
            **{f"{name}_seconds": seconds for name, seconds in best.items()},
        },
    )


def count_operations(config: Any, lengths: Sequence[int]) -> int:
    """Multiplications and additions of the encoder's matrix products over windows of these lengths, no padding counted.

    A token takes 8 width² for the four projections of attention and 4 width x inner for the two of the feed-forward
    part; a window of n tokens takes 4 n² width for scores and weighted values. `config` has the names of BERT's.
    """
    width, inner = config.hidden_size, config.intermediate_size
    each_token = 8 * width**2 + 4 * width * inner
    return int(config.num_hidden_layers * sum(n * each_token + 4 * n * n * width for n in lengths))


def _slices(order: Sequence[int]) -> Batches:
    return [list(order[at : at + _USUAL_BATCH]) for at in range(0, len(order), _USUAL_BATCH)]
