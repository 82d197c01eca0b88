"""From examples to tensors: one training step's windows with the labels that stand in them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, TypeVar

import torch
from torch import Tensor

from stance.judge import (
    ATTRIBUTES,
    NAME_KINDS,
    RELATIONS,
    SENTENCE_LABELS,
    STANCES,
    Batch,
    Question,
    TextEncoder,
    Window,
    collate,
    naming_sentences,
)
from stance.thread import split_sentences
from stance.train.examples import Example, NameLabel, SentenceLabel, TargetLabel

Label = TypeVar("Label")
UNKNOWN: Final = -1.0
"""Where a label is not known; such entries are masked in the loss."""
_LINK_TOKENS: Final = 64
"""Tokens read of a comment, and of what it answers, where the link between them is learned."""
_POOL: Final = 1024
"""Examples sorted by length together: large enough for little padding, small enough to keep the mix."""


@dataclass(frozen=True, slots=True)
class Step:
    """One training step.

    stances (targets, 3) with UNKNOWN for a class the source does not offer; relations (n, 4) for the windows in
    `relation_rows`; sentences (n, labels) and attributes (batch, attributes) with UNKNOWN; tags (batch, tokens) with
    -100 where unlabelled. The targets are those of `batch`, in its order.
    """

    batch: Batch
    stances: Tensor
    stance_weights: Tensor
    relation_rows: Tensor
    relations: Tensor
    relation_weights: Tensor
    sentence_rows: Tensor
    sentence_tokens: Tensor
    sentences: Tensor
    attributes: Tensor
    tags: Tensor
    n_examples: int

    def to(self, device: torch.device) -> Step:
        """The same step on another device."""
        values: dict[str, Any] = {item.name: getattr(self, item.name) for item in fields(self)}
        moved = {name: value.to(device) for name, value in values.items() if isinstance(value, Tensor | Batch)}
        return Step(**(values | moved))


@dataclass(frozen=True, slots=True)
class LinkStep:
    """Comments and, row for row, what each answers; any other row's is a wrong parent."""

    replies: Batch
    parents: Batch

    def to(self, device: torch.device) -> LinkStep:
        """The same step on another device."""
        return LinkStep(self.replies.to(device), self.parents.to(device))


class StepMaker:
    """Cuts examples to one window each and lays their labels beside."""

    def __init__(self, encoder: TextEncoder, *, comment_tokens: int) -> None:
        self._encoder = encoder
        self._comment_tokens = comment_tokens

    def step(self, examples: Sequence[Example], rng: random.Random) -> Step:
        """Make a step; of a comment longer than a window one window is drawn."""
        windows = [self._window(example, rng) for example in examples]
        asked = [
            [
                (target, self._question(window, example, target))
                for target in example.targets
                # A target named outside the window drawn would be taught on words that are not about it.
                if not target.spans or window.token_indices(target.spans)
            ]
            for window, example in zip(windows, examples, strict=True)
        ]
        targets = [target for some in asked for target, _ in some]
        questions = [[question for _, question in some] for some in asked]
        batch = collate(windows, pad_id=self._encoder.pad_id, questions=questions)
        width = batch.ids.shape[1]
        related = [row for row, example in enumerate(examples) if example.relation is not None]
        scored = [
            (row, sentence, tokens)
            for row, example in enumerate(examples)
            for sentence in example.sentences
            if (tokens := windows[row].token_indices([(sentence.start, sentence.end)]))
        ]
        return Step(
            batch=batch,
            stances=_rows([_over(STANCES, target.probabilities, UNKNOWN) for target in targets], len(STANCES)),
            stance_weights=torch.tensor([target.weight for target in targets]),
            relation_rows=torch.tensor(related, dtype=torch.long),
            relations=_rows([_over(RELATIONS, examples[row].relation or {}, 0.0) for row in related], len(RELATIONS)),
            relation_weights=torch.tensor([examples[row].relation_weight for row in related]),
            sentence_rows=torch.tensor([row for row, _, _ in scored], dtype=torch.long),
            sentence_tokens=_marks([tokens for _, _, tokens in scored], width),
            sentences=_rows([_sentence_labels(sentence) for _, sentence, _ in scored], len(SENTENCE_LABELS)),
            attributes=_rows([_over(ATTRIBUTES, example.attributes, UNKNOWN) for example in examples], len(ATTRIBUTES)),
            tags=torch.tensor(
                [_tags(window, example, width) for window, example in zip(windows, examples, strict=True)]
            ),
            n_examples=len(examples),
        )

    def _question(self, window: Window, example: Example, target: TargetLabel) -> Question:
        """Ask about a target from the sentences that name it; what is said elsewhere is said of others."""
        naming = naming_sentences(split_sentences(example.text), target.spans) if target.spans else []
        return Question(
            name=self._encoder.name_ids(target.name),
            mentions=window.token_indices(target.spans),
            naming=window.token_indices(naming),
        )

    def link_step(self, examples: Sequence[Example]) -> LinkStep:
        """Make a step for the link head."""
        return LinkStep(
            replies=self._alone([example.text for example in examples]),
            parents=self._alone([example.answered or "" for example in examples]),
        )

    def _alone(self, texts: Sequence[str]) -> Batch:
        windows = [self._encoder.windows(text, comment_tokens=_LINK_TOKENS, max_windows=1)[0][0] for text in texts]
        return collate(windows, pad_id=self._encoder.pad_id)

    def _window(self, example: Example, rng: random.Random) -> Window:
        windows, _ = self._encoder.windows(
            example.text,
            parent=example.parent,
            quotes=example.quotes,
            comment_tokens=self._comment_tokens,
            max_windows=8,
        )
        return windows[0] if len(windows) == 1 else rng.choice(windows)


def batches(
    examples: Sequence[Example], *, token_budget: int, comment_tokens: int, rng: random.Random
) -> Iterator[list[Example]]:
    """Shuffle, then group examples of like length so that a step holds about `token_budget` padded tokens."""
    order = list(examples)
    rng.shuffle(order)
    made: list[list[Example]] = []
    for start in range(0, len(order), _POOL):
        pool = sorted(order[start : start + _POOL], key=lambda example: _n_tokens(example, comment_tokens))
        group: list[Example] = []
        for example in pool:
            if group and _n_tokens(example, comment_tokens) * (len(group) + 1) > token_budget:
                made.append(group)
                group = []
            group.append(example)
        made.append(group)
    rng.shuffle(made)
    yield from made


def _n_tokens(example: Example, comment_tokens: int) -> int:
    # English runs at about 4.3 characters a word piece; near enough for grouping.
    n_asked = sum(2 + len(target.name) * 10 // 43 for target in example.targets)
    return min(comment_tokens, len(example.text) * 10 // 43) + min(60, len(example.parent) * 10 // 43) + 3 + n_asked


def _rows(rows: list[list[float]], width: int) -> Tensor:
    return torch.tensor(rows) if rows else torch.zeros(0, width)


def _over(labels: Sequence[Label], values: Mapping[Label, float], default: float) -> list[float]:
    return [values.get(label, default) for label in labels]


def _marks(rows: list[list[int]], width: int) -> Tensor:
    marks = torch.zeros(len(rows), width, dtype=torch.bool)
    for row, tokens in enumerate(rows):
        marks[row, tokens] = True
    return marks


def _sentence_labels(sentence: SentenceLabel) -> list[float]:
    known = {"claim": sentence.claim, "check_worthy": sentence.check_worthy, "rhetoric": sentence.rhetoric}
    known |= {device.value: value for device, value in sentence.devices.items()}
    values = [known.get(label) for label in SENTENCE_LABELS]
    return [UNKNOWN if value is None else value for value in values]


def _tags(window: Window, example: Example, width: int) -> list[int]:
    if example.names is None:
        return [-100] * width
    tags = [0 if start >= 0 else -100 for start, _ in window.offsets]
    for name in example.names:
        for index, (start, end) in enumerate(window.offsets):
            if start >= 0 and start < name.end and end > name.start:
                tags[index] = _tag(name, begins=start <= name.start)
    return [*tags, *[-100] * (width - len(tags))]


def _tag(name: NameLabel, *, begins: bool) -> int:
    return 1 + 2 * NAME_KINDS.index(name.kind) + (0 if begins else 1)
