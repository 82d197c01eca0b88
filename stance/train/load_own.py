"""Labels that users bring, in the formats of `stance evaluate`, as training examples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from stance.evaluate import Row, read_rows
from stance.judge import NAME_KINDS
from stance.records import ActorKind, Attribute, Device, Relation, Stance
from stance.train.examples import OWN, Example, NameLabel, SentenceLabel, TargetLabel
from stance.train.origins import find_mentions, fraction_of, join_context

DEV_SHARE: Final = 0.2
"""Share of the rows that train nothing: they calibrate, and say what the training gained."""


def load_own(task: str, path: Path) -> list[Example]:
    """Read a labelled file.

    Args:
        task: One of `OWN_TASKS`.
        path: JSON Lines, as `stance evaluate TASK` reads them.

    Returns:
        An example a line; a hash of the text puts a fifth of them on the development side.

    Raises:
        ReadError: The file cannot be read or is empty.
        BadLabelRow: A line cannot be used.
    """
    rows = list(read_rows(path))
    examples = list(_LOADERS[task](rows))
    return [replace(one, split="dev" if fraction_of(f"own {one.text}") < DEV_SHARE else "train") for one in examples]


def _example(text: str, **labels: object) -> Example:
    return replace(Example(source=OWN, split="train", group=text, text=text), **labels)  # type: ignore[arg-type]


def _answered(row: Row) -> str:
    return join_context(row.texts("context")) or row.text("article", default="")


def _stances(rows: Sequence[Row]) -> Iterator[Example]:
    offered = [label for label in Stance if label is not Stance.NEUTRAL or any(_is(row, label) for row in rows)]
    for row in rows:
        text, name = row.text("text"), row.text("target")
        label = Stance(row.choice("label", list(Stance)))
        spans = row.spans("mentions", length=len(text)) or find_mentions(text, (name,))
        target = TargetLabel(name=name, probabilities=dict.fromkeys(offered, 0.0) | {label: 1.0}, spans=spans)
        yield _example(text, targets=(target,), parent=_answered(row))


def _is(row: Row, label: Stance) -> bool:
    return row.fields.get("label") == label.value


def _relations(rows: Sequence[Row]) -> Iterator[Example]:
    for row in rows:
        label = Relation(row.choice("label", list(Relation)))
        yield _example(row.text("text"), parent=row.text("parent"), relation={label: 1.0})


def _sentences(rows: Sequence[Row]) -> Iterator[Example]:
    for row in rows:
        sentence, before = row.text("text"), row.text("before", default="")
        start = len(before) + 1 if before else 0
        whole = " ".join(part for part in (before, sentence, row.text("after", default="")) if part)
        marks = row.numbers("devices")
        devices = {device: marks[device].yes_no(device) for device in Device if device in marks}
        label = SentenceLabel(
            start=start,
            end=start + len(sentence),
            claim=_known(row, "claim"),
            check_worthy=_known(row, "check_worthy"),
            rhetoric=_known(row, "rhetoric"),
            devices={device: float(mark) for device, mark in devices.items() if mark is not None},
        )
        yield _example(whole, sentences=(label,))


def _known(row: Row, field: str) -> float | None:
    mark = row.yes_no(field)
    return None if mark is None else float(mark)


def _attributes(rows: Sequence[Row]) -> Iterator[Example]:
    for row in rows:
        rated = {name: one.number(name) for name, one in row.numbers("attributes").items() if name in set(Attribute)}
        labels = {Attribute(name): value for name, value in rated.items() if value is not None}
        parent = row.text("parent", default="") or row.text("article", default="")
        yield _example(row.text("text"), attributes=labels, parent=parent)


def _actors(rows: Sequence[Row]) -> Iterator[Example]:
    for row in rows:
        text = row.text("text")
        names = [
            NameLabel(start=start, end=end, kind=_kind(actor))
            for actor in row.rows("actors")
            for start, end in [actor.span("span", actor.fields.get("span"), length=len(text))]
        ]
        yield _example(text, names=tuple(names))


def _kind(actor: Row) -> ActorKind:
    kind = actor.text("kind", default=ActorKind.UNKNOWN.value)
    return next((known for known in NAME_KINDS if known.value == kind), ActorKind.UNKNOWN)


_LOADERS: Final[Mapping[str, Callable[[Sequence[Row]], Iterator[Example]]]] = {
    "stance": _stances,
    "relation": _relations,
    "sentence": _sentences,
    "attributes": _attributes,
    "actors": _actors,
}
OWN_TASKS: Final = tuple(_LOADERS)
"""What labels of one's own can teach; threads teach the reply scorer, and that is the full recipe's business."""
