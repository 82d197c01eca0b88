"""Windows side by side in a batch, and beside each the names of the targets asked about.

A name reads, in every layer, the words that its stance is to be read from, and no word of the window reads it. So
a comment's states are the same whoever is asked about, and so is a target's stance whoever else is; yet target and
comment meet in all layers, as in a model that reads them together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from stance.judge.encoding import Window


@dataclass(frozen=True, slots=True)
class Question:
    """A target asked about beside a window.

    `name` holds the ids of its name's tokens and a `[SEP]`; `mentions` the window's tokens that name it; `naming` those
    of the sentences that do. Where `naming` is empty, its stance is read from all of the writer's own words.
    """

    name: list[int]
    mentions: list[int]
    naming: list[int]


@dataclass(frozen=True, slots=True)
class TargetBatch:
    """The targets asked about in a batch, those of its first window first; all but `rows` are (targets, tokens) bool.

    `rows` (targets,) is the window of each; `mentions` where it is named in the window; `heard` the words that its
    stance is read from, at least one a row; `names` where its name stands beside the window.
    """

    rows: Tensor
    mentions: Tensor
    heard: Tensor
    names: Tensor

    def to(self, device: torch.device) -> TargetBatch:
        """The same targets on another device."""
        return TargetBatch(*(getattr(self, name).to(device) for name in self.__slots__))

    def parts(self, size: int) -> Iterator[TargetBatch]:
        """The targets in portions of at most `size`."""
        for at in range(0, len(self.rows), size):
            yield TargetBatch(*(getattr(self, name)[at : at + size] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows side by side; all tensors are (batch, tokens), but for `reads`.

    `mask` is True for a window's tokens. Behind them, where `mask` is False, stand the names of `targets`; then
    `places` has the position of every token, and `reads` (batch, tokens, tokens) is True where the token of the second
    dimension reads that of the third.
    """

    ids: Tensor
    mask: Tensor
    types: Tensor
    own: Tensor
    other: Tensor
    capitals: Tensor
    places: Tensor | None = None
    reads: Tensor | None = None
    targets: TargetBatch | None = None

    def to(self, device: torch.device) -> Batch:
        """The same batch on another device."""
        values = (getattr(self, name) for name in self.__slots__)
        moved: list[Any] = [None if value is None else value.to(device) for value in values]
        return Batch(*moved)


def collate(windows: Sequence[Window], *, pad_id: int, questions: Sequence[Sequence[Question]] = ()) -> Batch:
    """Pad windows to the longest of them, and put the targets asked about behind them.

    A window without own words (a bare quotation, an empty text) counts its `[CLS]` as own, so that pooling stays
    defined.

    Args:
        windows: One a row.
        pad_id: The padding's token.
        questions: The targets asked about in each window; empty where none is in any.
    """
    questions = questions or [()] * len(windows)
    width = max(len(w.ids) + sum(len(one.name) for one in asked) for w, asked in zip(windows, questions, strict=True))

    def padded(rows: Sequence[Sequence[int | bool]], fill: int | bool, dtype: torch.dtype) -> Tensor:
        return torch.tensor([[*row, *[fill] * (width - len(row))] for row in rows], dtype=dtype)

    own = padded([w.own if any(w.own) else [True, *w.own[1:]] for w in windows], False, torch.bool)
    mask = padded([[True] * len(w.ids) for w in windows], False, torch.bool)
    types = padded([w.types for w in windows], 0, torch.long)
    batch = Batch(
        ids=padded([w.ids for w in windows], pad_id, torch.long),
        mask=mask,
        types=types,
        own=own,
        other=(types == 1) & mask,
        capitals=padded([w.capitals for w in windows], 3, torch.long),
    )
    return _ask(batch, questions) if any(questions) else batch


def _ask(batch: Batch, questions: Sequence[Sequence[Question]]) -> Batch:
    """Write the names of targets behind the windows of a batch."""
    width = batch.ids.shape[1]
    asked = [(row, question) for row, some in enumerate(questions) for question in some]
    rows = torch.tensor([row for row, _ in asked], dtype=torch.long)
    mentions, heard, names = (torch.zeros(len(asked), width, dtype=torch.bool) for _ in range(3))
    ids, types = batch.ids.clone(), batch.types.clone()
    ends = batch.mask.sum(dim=1).tolist()
    # Padding has no place of its own, which could lie beyond what the encoder knows.
    places = torch.arange(width).clamp(max=max(ends)).repeat(len(ids), 1)
    reads = batch.mask[:, None] & batch.mask[:, :, None]
    # Padding has to read something, for the mean over nothing is no number.
    reads[:, :, 0] = True
    free = list(ends)
    for place, (row, question) in enumerate(asked):
        start, stop = free[row], free[row] + len(question.name)
        free[row] = stop
        ids[row, start:stop] = torch.tensor(question.name)
        types[row, start:stop] = 1
        # To every name it is as if it stood alone behind the window.
        places[row, start:stop] = torch.arange(ends[row], ends[row] + stop - start)
        mentions[place, question.mentions] = True
        heard[place] = batch.own[row]
        if question.naming:
            heard[place] = False
            heard[place, question.naming] = True
        names[place, start : max(stop - 1, start + 1)] = True
        reads[row, start:stop] = heard[place]
        reads[row, start:stop, start:stop] = True
    targets = TargetBatch(rows=rows, mentions=mentions, heard=heard, names=names)
    return replace(batch, ids=ids, types=types, places=places, reads=reads, targets=targets)


def token_budget_batches(lengths: Sequence[int], *, budget: int) -> Iterator[list[int]]:
    """Group indices of like length into batches of at most `budget` padded tokens (one item at the least).

    Sorting by length and a small budget beat large batches on a CPU, whose cache is the limit.
    """
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda i: (lengths[i], i)):
        if batch and lengths[index] * (len(batch) + 1) > budget:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch
