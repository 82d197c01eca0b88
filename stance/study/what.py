"""What a study asks of comments or sentences, in the words of the command line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from stance.records import Attribute, Relation, Stance
from stance.study.errors import BadWhat

YES_NO: Final = ("no", "yes")


class Kind(StrEnum):
    """What sort of question it is."""

    STANCE = "stance"
    RELATION = "relation"
    ATTRIBUTE = "attribute"
    CLAIM = "claim"
    RHETORIC = "rhetoric"


_KNOWN: Final = ("stance:ACTOR", "relation", "attribute:NAME", "claim", "rhetoric")
_TASKS: Final = {Kind.STANCE: "stance", Kind.RELATION: "relation", Kind.ATTRIBUTE: "attributes"}


@dataclass(frozen=True, slots=True)
class What:
    """One question: `stance:Russia`, `relation`, `attribute:TOXICITY`, `claim` or `rhetoric`.

    `name` is the actor or the attribute, else "".
    """

    kind: Kind
    name: str = ""

    def __str__(self) -> str:
        """Return it as the command line takes it."""
        return f"{self.kind.value}:{self.name}" if self.name else self.kind.value

    @property
    def task(self) -> str:
        """The task of `stance evaluate` that reads such labels."""
        return _TASKS.get(self.kind, "sentence")

    @property
    def by_sentence(self) -> bool:
        """Whether what is labelled is a sentence, not a comment."""
        return self.task == "sentence"

    @property
    def choices(self) -> tuple[str, ...]:
        """The labels to choose from; where there are two, `no` and `yes`, files have 0 and 1."""
        if self.kind is Kind.STANCE:
            return tuple(stance.value for stance in Stance)
        if self.kind is Kind.RELATION:
            return tuple(relation.value for relation in Relation)
        return YES_NO


def parse_what(words: str) -> What:
    """Read what a study asks.

    Args:
        words: `stance:ACTOR`, `relation`, `attribute:NAME` (in any case), `claim` or `rhetoric`.

    Raises:
        BadWhat: It is none of these; the message lists what there is.
    """
    kind, colon, name = words.strip().partition(":")
    name = name.strip()
    if kind not in set(Kind):
        raise BadWhat(words, why="nothing that comments are scored for", known=_KNOWN)
    what = What(Kind(kind), name.upper() if kind == Kind.ATTRIBUTE else name)
    if what.kind is Kind.ATTRIBUTE and what.name not in set(Attribute):
        raise BadWhat(words, why="no such attribute", known=[f"attribute:{one.value}" for one in Attribute])
    if what.kind is Kind.STANCE and not name:
        raise BadWhat(words, why="whose, or rather toward whom", known=("stance:ACTOR",))
    if what.kind not in (Kind.STANCE, Kind.ATTRIBUTE) and colon:
        raise BadWhat(words, why=f"{what.kind.value} has no name after it", known=_KNOWN)
    return what
