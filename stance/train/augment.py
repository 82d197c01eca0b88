"""Changes to training examples that teach what a comment's neighbours are not: its writer's words.

Each takes an example and gives another; the labels stand, the offsets move along.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from stance.actors import ADDRESSED
from stance.records import Relation, Stance
from stance.train.examples import Example, TargetLabel

PACKED_CHARACTERS: Final = 420
_QUOTED_WORDS: Final = 24
_YOU: Final = re.compile(r"\b(?:you|your|yours|you're|you’re|yourself|u|ur)\b", re.IGNORECASE)
_TOWARD: Final = {
    Relation.REBUT: Stance.AGAINST,
    Relation.SUPPORT: Stance.FAVOR,
    Relation.QUERY: Stance.NEUTRAL,
    Relation.COMMENT: Stance.NEUTRAL,
}


def shift(example: Example, by: int) -> Example:
    """Move every offset of an example `by` characters to the right."""
    return replace(
        example,
        quotes=tuple((start + by, end + by) for start, end in example.quotes),
        targets=tuple(
            replace(target, spans=tuple((start + by, end + by) for start, end in target.spans))
            for target in example.targets
        ),
        sentences=tuple(replace(item, start=item.start + by, end=item.end + by) for item in example.sentences),
        names=example.names
        and tuple(replace(name, start=name.start + by, end=name.end + by) for name in example.names),
    )


def pack(examples: Sequence[Example]) -> Example:
    """Join short examples of one source into one longer comment.

    A model that has only seen single sentences does not know where to look in a comment of ten; packing costs no
    computing, since as many tokens are read.
    """
    text, parts = "", []
    for example in examples:
        gap = " " if text else ""
        parts.append(shift(example, len(text) + len(gap)))
        text += gap + example.text
    return replace(
        parts[0],
        text=text,
        quotes=tuple(quote for part in parts for quote in part.quotes),
        targets=tuple(target for part in parts for target in part.targets),
        sentences=tuple(sentence for part in parts for sentence in part.sentences),
    )


def quote(example: Example, words: str, *, at_end: bool) -> Example:
    """Put somebody else's words into an example, marked as a quotation; its labels stay what they are."""
    quoted = f'"{" ".join(words.split()[:_QUOTED_WORDS])}"'
    if at_end:
        start = len(example.text) + 1
        return replace(example, text=f"{example.text} {quoted}", quotes=(*example.quotes, (start, start + len(quoted))))
    moved = shift(example, len(quoted) + 1)
    return replace(moved, text=f"{quoted} {example.text}", quotes=((0, len(quoted)), *moved.quotes))


def address(example: Example) -> Example:
    """Teach the stance toward whom a comment answers from how it relates to what they said."""
    if example.relation is None:
        return example
    probabilities = dict.fromkeys(Stance, 0.0)
    for relation, value in example.relation.items():
        probabilities[_TOWARD[relation]] += value
    spans = tuple((found.start(), found.end()) for found in _YOU.finditer(example.text))
    label = TargetLabel(name=ADDRESSED, probabilities=probabilities, spans=spans, weight=0.5 * example.relation_weight)
    return replace(example, targets=(*example.targets, label))


class Augmenter:
    """Draws the changes for one pass over one source's examples."""

    def __init__(self, pool: Sequence[Example], *, rng: random.Random) -> None:
        self._pool = pool
        self._rng = rng

    def all(self, examples: Sequence[Example]) -> list[Example]:
        """Return the examples of one pass, packed and changed."""
        return [self._change(example) for example in self._packed(examples)]

    def _packed(self, examples: Sequence[Example]) -> list[Example]:
        packed, held = [], []
        for example in examples:
            if not _packable(example) or self._rng.random() < 0.5:
                packed.append(example)
                continue
            if held and sum(len(one.text) for one in held) + len(example.text) > PACKED_CHARACTERS:
                packed.append(pack(held))
                held = []
            held.append(example)
        return [*packed, pack(held)] if held else packed

    def _change(self, example: Example) -> Example:
        rng = self._rng
        if example.names is not None or example.answered is not None:
            return example
        example = address(example)
        if example.parent and example.relation is None and rng.random() < 0.2:
            example = replace(example, parent="")
        elif not example.parent and rng.random() < 0.1:
            example = replace(example, parent=" ".join(rng.choice(self._pool).text.split()[:_QUOTED_WORDS]))
        if rng.random() < 0.12:
            words = example.parent if example.parent and rng.random() < 0.5 else rng.choice(self._pool).text
            example = quote(example, words, at_end=rng.random() < 0.3)
        if rng.random() < 0.15:
            # The target must also be found by its name alone.
            example = replace(example, targets=tuple(replace(target, spans=()) for target in example.targets))
        return example


def _packable(example: Example) -> bool:
    return (
        bool(example.targets or example.sentences)
        and not example.parent
        and not example.attributes
        and example.relation is None
        and example.names is None
        and example.answered is None
        and len(example.text) <= PACKED_CHARACTERS // 2
    )
