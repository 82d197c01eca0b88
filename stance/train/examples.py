"""The one record that every labelled source is read into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from stance.records import ActorKind, Attribute, Device, Relation, Stance

Split = Literal["train", "dev"]
OWN: Final = "own"
"""The source of labels that a user brings; it is in no registry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetLabel:
    """Gold stance toward one target.

    `spans` are the target's mentions in the text, empty where it is not named. `probabilities` sum to 1 over the
    stances that the source can tell apart; a stance that is absent from the mapping was not offered to its raters,
    and is left out of the loss (P-Stance has no neutral).
    """

    name: str
    probabilities: Mapping[Stance, float]
    spans: tuple[tuple[int, int], ...] = ()
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceLabel:
    """Gold labels of one sentence at `start`, `end`; a label that is absent is unknown, not negative."""

    start: int
    end: int
    claim: float | None = None
    check_worthy: float | None = None
    rhetoric: float | None = None
    devices: Mapping[Device, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class NameLabel:
    """A gold name at `start`, `end`."""

    start: int
    end: int
    kind: ActorKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One labelled text; whatever a source does not label stays at its empty default and is masked in the loss.

    `source` is the registry's name; `group` (a thread, speech or document) never crosses splits. `names` is None
    where names are not labelled, () where it is known that there are none. `answered` is the text that `text` is
    known to answer, for the link head, with quoted words removed; `parent` is context for the joint pass.
    """

    source: str
    split: Split
    group: str
    text: str
    parent: str = ""
    quotes: tuple[tuple[int, int], ...] = ()
    targets: tuple[TargetLabel, ...] = ()
    sentences: tuple[SentenceLabel, ...] = ()
    relation: Mapping[Relation, float] | None = None
    relation_weight: float = 1.0
    attributes: Mapping[Attribute, float] = field(default_factory=dict)
    names: tuple[NameLabel, ...] | None = None
    answered: str | None = None
