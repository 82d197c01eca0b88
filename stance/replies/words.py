"""The words of each comment, its way of opening, and the names it calls: what can be seen without a model."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stance.records import Quote

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_OPENING_WORDS = 8
_MOST_NAME_WORDS = 8
_MOST_NAMESAKES = 4

_AGREE = frozenset(
    "agree agreed exactly indeed yes yep yeah absolutely precisely true right thanks bravo amen ditto".split()
)
_DISAGREE = frozenset(
    "no nope nonsense wrong false rubbish bullshit disagree untrue baloney hardly lol oh really".split()
)
_ANAPHORS = frozenset(
    "that that's thats this it it's its so but and well he she they these those such then which nor because or".split()
)
_SECOND_PERSON = frozenset("you your yours yourself you're you've you'd you'll u ur youre".split())
_ARTICLE_WORDS = frozenset("article author piece op post essay column editorial writer report blog thread".split())
_NEGATION = frozenset(
    "not no never isn't don't doesn't didn't wasn't aren't can't won't nothing wrong false untrue".split()
)


def find_words(text: str) -> list[str]:
    """Return the words of a text, case folded, straight apostrophes."""
    return [word.casefold().replace("’", "'") for word in _WORD.findall(text)]


def strip_quotes(text: str, quotes: Iterable[Quote]) -> str:
    """Return the text with its quotations blanked out: the writer's own words."""
    parts, at = [], 0
    for quote in sorted(quotes, key=lambda quote: quote.start):
        parts.append(text[at : quote.start])
        at = max(at, quote.end)
    parts.append(text[at:])
    return " ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How a comment starts: flags that tell an answer to somebody from a remark of its own."""

    agrees: bool
    disagrees: bool
    anaphoric: bool
    addresses: bool
    asks: bool
    negates: bool


def read_opening(own: str, words: Sequence[str]) -> Opening:
    """Read the first words of a comment.

    Args:
        own: The writer's own words, quotations removed.
        words: `find_words(own)`.
    """
    first = words[:_OPENING_WORDS]
    ends = [at for at in (own.find("."), own.find("!"), own.find("\n")) if at >= 0]
    question = own.find("?")
    return Opening(
        agrees=not _AGREE.isdisjoint(first[:3]) and _NEGATION.isdisjoint(first[:4]),
        disagrees=not _DISAGREE.isdisjoint(first[:3]),
        anaphoric=bool(first) and first[0] in _ANAPHORS,
        addresses=not _SECOND_PERSON.isdisjoint(first),
        asks=question >= 0 and question < min(ends, default=len(own)),
        negates=not _NEGATION.isdisjoint(first),
    )


def second_person_share(words: Sequence[str]) -> float:
    """Return how much of a text is spoken to "you", in [0, 1]."""
    return sum(word in _SECOND_PERSON for word in words) / max(1, len(words))


def speaks_of_article(words: Iterable[str]) -> bool:
    """Tell whether a text speaks of an article, a post or its author."""
    return not _ARTICLE_WORDS.isdisjoint(words)


class NameIndex:
    """Finds which commenters a text names: the whole name, or the first word of one that has several.

    A name of more than 8 words is never found, nor are more than 4 authors whose names have the same words: a text
    costs its words, however many authors there are and whatever they are called.
    """

    def __init__(self, authors: Iterable[str]) -> None:
        self._whole: dict[tuple[str, ...], list[str]] = {}
        self._sizes: dict[str, set[int]] = {}
        self._first: dict[str, set[str]] = {}
        for author in dict.fromkeys(authors):
            words = tuple(find_words(author.lstrip("@")))
            if len("".join(words)) < 2 or len(words) > _MOST_NAME_WORDS:
                continue
            self._sizes.setdefault(words[0], set()).add(len(words))
            namesakes = self._whole.setdefault(words, [])
            if len(namesakes) < _MOST_NAMESAKES:
                namesakes.append(author)
            if len(words) > 1 and len(words[0]) > 3:
                self._first.setdefault(words[0], set()).add(author)

    def find(self, words: Sequence[str]) -> dict[str, float]:
        """Return author -> strength: 1 for a whole name, 0.5 for a first name that only one author has."""
        found: dict[str, float] = {}
        for at, word in enumerate(words):
            for size in self._sizes.get(word, ()):
                found.update(dict.fromkeys(self._whole.get(tuple(words[at : at + size]), ()), 1.0))
            bearers = self._first.get(word, ())
            if len(bearers) == 1:
                found.setdefault(next(iter(bearers)), 0.5)
        return found
