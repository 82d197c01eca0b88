"""What is asked, in; the words, the keys and the definitions that a person is asked by, out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from stance.label.guide import define
from stance.serve import one_line
from stance.study import Kind, Label, What

_YES_NO: Final[Mapping[str, Label]] = {"yes": 1.0, "no": 0.0}
_ASKED: Final = {
    Kind.STANCE: "What does the writer show toward {name}, in words of their own?",
    Kind.RELATION: "What does this comment do to what it answers?",
    Kind.ATTRIBUTE: "Does {name} hold of this comment?",
    Kind.CLAIM: "Is the marked sentence a claim?",
    Kind.RHETORIC: "Is the marked sentence rhetoric?",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One answer: its key on the keyboard, its word, what it means, and what the file of labels holds for it."""

    key: str
    word: str
    means: str
    label: Label


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question with its answers; `means` is what the guide says first of yes, "" where the answers are others."""

    what: What
    words: str
    means: str
    choices: tuple[Choice, ...]

    def choice(self, word: str) -> Choice | None:
        """Return the answer with a word, None where there is none."""
        return next((one for one in self.choices if one.word == word), None)

    def word_of(self, label: Label | None) -> str:
        """Return the word of a label in a file; "" for None, and for a number between no and yes."""
        return next((one.word for one in self.choices if one.label == label), "")


def make_question(what: What) -> Question:
    """Return how something is asked; answers have the keys 1, 2, 3 and so on in the order of the guide."""
    # Yes before no, as people say it.
    labels = _YES_NO if what.choices == ("no", "yes") else {word: word for word in what.choices}
    return Question(
        what=what,
        words=_ASKED[what.kind].format(name=one_line(what.name, limit=60)),
        means=define(what, what.name or what.kind.value).partition(". ")[0].removesuffix("."),
        choices=tuple(
            Choice(key=str(key), word=word, means=define(what, word), label=label)
            for key, (word, label) in enumerate(labels.items(), start=1)
        ),
    )
