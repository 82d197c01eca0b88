"""Text as words with offsets: what names are matched on."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

# "U.S." is one word; everything else is a run of letters and digits, so that "anti-Syrian" and "Russia’s" show a name.
_WORD: Final = re.compile(r"\b(?:[^\W\d_]\.)+[^\W\d_]\b\.?|[^\W_]+")
_JOIN: Final = re.compile(r"\s{1,3}|\s?[-‐‑'’]\s?")
_ABBREVIATION_LENGTH: Final = 3
_PIECE_CHARACTERS: Final = 65_536


@lru_cache(maxsize=65_536)
def fold(word: str) -> str:
    """Return the form that words are compared in: no case, no accents, no dots."""
    folded = word.casefold().replace(".", "").replace("ı", "i")
    if folded.isascii():
        return folded
    return "".join(mark for mark in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(mark))


def fold_phrase(phrase: str) -> str:
    """Return a whole name in the form that names are compared in, its words joined by single spaces."""
    return " ".join(fold(word.group()) for word in _WORD.finditer(phrase))


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of one piece of a text; `starts`, `ends` are offsets into the whole text, `keys` are folded."""

    text: str
    starts: list[int]
    ends: list[int]
    keys: list[str]

    def __len__(self) -> int:
        return len(self.keys)

    def surface(self, index: int) -> str:
        """Return a word as it is written, or "" beyond the ends."""
        return self.text[self.starts[index] : self.ends[index]] if 0 <= index < len(self.keys) else ""

    def key(self, index: int) -> str:
        """Return a word's folded form, or "" beyond the ends."""
        return self.keys[index] if 0 <= index < len(self.keys) else ""

    def gap(self, index: int) -> str:
        """Return what stands between a word and the next."""
        return self.text[self.ends[index] : self.starts[index + 1]] if 0 <= index < len(self.keys) - 1 else ""

    def joined(self, index: int) -> bool:
        """Whether a word and the next can belong to one name: a space, a hyphen or an apostrophe between them."""
        if not 0 <= index < len(self.keys) - 1:
            return False
        gap = self.gap(index)
        if gap == " ":
            return True
        short = self.ends[index] - self.starts[index] <= _ABBREVIATION_LENGTH
        return bool(_JOIN.fullmatch(gap)) or (short and gap == ". ")

    def spaced(self, index: int) -> bool:
        """Whether nothing but white space stands between a word and the next."""
        return 0 <= index < len(self.keys) - 1 and self.gap(index).isspace()

    def starts_sentence(self, index: int) -> bool:
        """Whether a word opens its sentence or line, where a capital letter says nothing."""
        if index <= 0:
            return True
        return any(mark in '.!?:;\n“"' for mark in self.gap(index - 1))


def split_words(text: str) -> Iterator[Words]:
    """Yield the words of a text piece by piece, so that a text of many megabytes needs little memory."""
    for start, end in _pieces(text):
        starts: list[int] = []
        ends: list[int] = []
        keys: list[str] = []
        for found in _WORD.finditer(text, start, end):
            starts.append(found.start())
            ends.append(found.end())
            keys.append(fold(found.group()))
        yield Words(text=text, starts=starts, ends=ends, keys=keys)


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(text):
        end = start + _PIECE_CHARACTERS
        if end < len(text):
            cut = max(text.rfind("\n", start, end), text.rfind(". ", start, end))
            cut = cut if cut > start else text.rfind(" ", start, end)
            end = cut + 1 if cut > start else end
        yield start, min(end, len(text))
        start = end
