"""Changes to training examples that teach what a comment's neighbours are not: its writer's words.

Each takes an example and gives another; the labels stand, the offsets move along.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from stance.actors import ADDRESSED
from stance.records import Relation, Stance
from stance.thread import split_sentences
from stance.train.examples import Example, SentenceLabel, TargetLabel

PACKED_CHARACTERS: Final = 420
RENAMED_SHARE: Final = 0.35
_NAMES: Final = tuple(
    """Russia|Turkey|Iran|Israel|Syria|Germany|France|Britain|the UK|the US|America|China|Japan|India|Brazil|Mexico
    |Egypt|Qatar|Jordan|Poland|Ukraine|Canada|Nigeria|Kenya|Cuba|Serbia|Greece|Moscow|Beijing|Berlin|Ankara|Washington
    |NATO|the EU|the UN|the government|the army|the police|the rebels|the militants|terrorists|Congress|Microsoft|Amazon
    |Greenpeace|the union|the council|the mayor|Merkel|Macron|Modi|Putin|Erdogan|Johnson|Garcia|Okafor|Larsson|Tanaka
    |President Alvarez|Senator Holt|Dr. Weiss|the club|the referee|the developers|refugees|farmers|teachers|the rich
    |landlords|students|bankers|Kurds|Palestinians|Catholics""".replace("\n", "")
    .replace("    ", "")
    .split("|")
)
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


def rename(example: Example, *, place: int, name: str) -> Example:
    """Give one target another name wherever the text names it.

    Teaches stance from what is said and not from whom it is said of: sources speak of few people, a thread of anybody.
    """
    target = example.targets[place]
    text, offset, moved = "", 0, []
    spans = sorted(target.spans)
    for start, end in spans:
        text += example.text[offset:start]
        moved.append((len(text), len(text) + len(name)))
        text, offset = text + name, end
    text += example.text[offset:]

    def carry(point: int) -> int:
        return point + sum(len(name) - (end - start) for start, end in spans if end <= point)

    def carried(item: tuple[int, int]) -> tuple[int, int]:
        return carry(item[0]), carry(item[1])

    others = [replace(other, spans=tuple(map(carried, other.spans))) for other in example.targets]
    others[place] = replace(target, name=name, spans=tuple(moved))
    return replace(
        example,
        text=text,
        targets=tuple(others),
        quotes=tuple(map(carried, example.quotes)),
        sentences=tuple(replace(item, start=carry(item.start), end=carry(item.end)) for item in example.sentences),
    )


def spread(example: Example) -> Example:
    """Give a label that speaks of a whole text to each of its sentences, with less certainty.

    Ironic or heated comments are so throughout more often than not, and a page is judged sentence by sentence.
    """
    whole = [item for item in example.sentences if len(example.text.strip()) <= item.end - item.start + 1]
    spans = split_sentences(example.text)
    if len(whole) != 1 or len(spans) < 2:
        return example

    def soften(value: float | None) -> float | None:
        return None if value is None else 0.1 + 0.75 * value

    parts = [
        SentenceLabel(
            start=start,
            end=end,
            claim=soften(whole[0].claim),
            check_worthy=soften(whole[0].check_worthy),
            rhetoric=soften(whole[0].rhetoric),
            devices={device: 0.05 + 0.6 * value for device, value in whole[0].devices.items()},
        )
        for start, end in spans
    ]
    return replace(example, sentences=tuple(parts))


class Augmenter:
    """Draws the changes for one pass over one source's examples."""

    def __init__(self, pool: Sequence[Example], *, rng: random.Random) -> None:
        self._pool = pool
        self._rng = rng

    def all(self, examples: Sequence[Example]) -> list[Example]:
        """Return the examples of one pass, packed and changed."""
        return [self._change(example) for example in self._packed(map(self._renamed, examples))]

    def _renamed(self, example: Example) -> Example:
        rng = self._rng
        named = [place for place in range(len(example.targets)) if _renamable(example, place)]
        if not named or rng.random() > RENAMED_SHARE:
            return example
        return rename(example, place=rng.choice(named), name=rng.choice(_NAMES))

    def _packed(self, examples: Iterable[Example]) -> list[Example]:
        packed: list[Example] = []
        held: list[Example] = []
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
        if example.relation is not None and rng.random() < 0.1:
            # Beside words that it does not answer a comment is a comment: neither rebuttal nor support.
            example = replace(example, parent=rng.choice(self._pool).text, relation={Relation.COMMENT: 1.0})
        example = address(example)
        if rng.random() < 0.5:
            example = spread(example)
        return self._framed(example)

    def _framed(self, example: Example) -> Example:
        """Change what stands around a comment: what it answers, and whom it quotes."""
        rng = self._rng
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


def _renamable(example: Example, place: int) -> bool:
    """Whether a target is named by a proper name, apart from every other target's words."""
    target = example.targets[place]
    others = [span for other in example.targets if other is not target for span in other.spans]
    return (
        bool(target.spans)
        and all(example.text[start : start + 1].isupper() and end - start > 2 for start, end in target.spans)
        and all(end <= start or begin >= stop for begin, end in target.spans for start, stop in others)
        and all(end <= begin for (_, end), (begin, _) in pairwise(sorted(target.spans)))
    )


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
