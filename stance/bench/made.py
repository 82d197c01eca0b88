"""Generated threads: texts of realistic length, in words by frequency, from one seed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from math import exp
from typing import TYPE_CHECKING, Final

import numpy as np

from stance.records import ARTICLE, Article, Comment, Page

if TYPE_CHECKING:
    from tokenizers import Tokenizer

NAMES: Final = (
    *("Russia", "Israel", "Iran", "Germany", "China", "Turkey", "Ukraine", "France", "Japan", "India"),
    *("Syria", "Poland", "Brazil", "Canada", "Egypt", "Senator Okoye", "President Halloran", "Marta Lindqvist"),
    *("the European Union", "Mayor Castellan"),
)
"""Actors that generated comments speak of; the people are nobody."""
TOKENS: Final = (42.0, 0.92, 256)
"""Of a comment, log-normal (median, spread of the logarithm, most): a tenth has more than 137, and the mean is 60."""
COMMENTS: Final = (12.0, 1.2, 2000)
"""Of a thread, in the same way: 25 on average."""
_SENTENCE_WORDS: Final = (6, 22)
_NAMED: Final = 0.3
"""The share of sentences that name an actor."""
_SYLLABLES: Final = "ba ce di fo gu la me ni po ru sa te vi zo ka lem nor pid sul tan".split()
_SPELLINGS: Final = 20_000
_FEW: Final = 1000

Write = Callable[[np.random.Generator], str]


class Words:
    """Words to draw from by Zipf's law, the commonest first."""

    def __init__(self, spellings: Sequence[str]) -> None:
        self.spellings = spellings
        # Added up once: `rng.choice` would do so for every comment.
        reach = np.cumsum(1 / np.arange(1, len(spellings) + 1))
        self._reach = reach / reach[-1]

    def draw(self, rng: np.random.Generator, n_words: int) -> list[str]:
        """Draw words, each by itself."""
        places = np.searchsorted(self._reach, rng.random(n_words), side="right")
        return [self.spellings[place] for place in places.tolist()]


def made_up_words(rng: np.random.Generator) -> Words:
    """Return words of a few syllables that are in no language."""
    return Words(
        [
            "".join(rng.choice(_SYLLABLES, size=rng.integers(1, 5))) + _SYLLABLES[at % len(_SYLLABLES)]
            for at in range(_SPELLINGS)
        ]
    )


def words_of(tokenizer: Tokenizer) -> Words:
    """Return the whole words of a vocabulary, which stand in it by frequency; made-up ones where it has few."""
    held = sorted(tokenizer.get_vocab().items(), key=lambda piece: piece[1])
    plain = [found[1] for piece, _ in held if (found := re.fullmatch(r"[Ġ▁]?([a-z]{2,})", piece))]
    return Words(plain) if len(plain) >= _FEW else made_up_words(np.random.default_rng(7))


def write_comment(words: Words, rng: np.random.Generator) -> str:
    """Write sentences, some of which name an actor, to a log-normal length."""
    n_left = _draw_size(rng, *TOKENS)
    sentences = []
    while n_left > 0:
        # A full stop is a token, too.
        n_words = max(1, min(n_left, int(rng.integers(*_SENTENCE_WORDS))) - 1)
        drawn = words.draw(rng, n_words)
        if n_words > 2 and rng.random() < _NAMED:
            drawn[int(rng.integers(1, n_words))] = NAMES[int(rng.integers(len(NAMES)))]
        sentences.append(f"{drawn[0].capitalize()} {' '.join(drawn[1:])}".rstrip() + ".")
        n_left -= n_words + 1
    return " ".join(sentences)


def make_page(
    words: Words,
    rng: np.random.Generator,
    write: Write,
    *,
    n_comments: int,
    thread_id: str | None = None,
    linked: bool = False,
) -> Page:
    """Generate a thread: an author for every ten comments, some quotations, some "@name".

    Args:
        words: Names of authors are made of them, and the article.
        rng: Where all chance comes from.
        write: Writes the text of a comment.
        n_comments: How many, 1 or more.
        thread_id: The thread's name, with which comments' ids begin.
        linked: Whether comments state what they answer.
    """
    n_authors = max(2, n_comments // 10)
    n_common = min(200, len(words.spellings) // 2)
    comments: list[Comment] = []
    for at in range(n_comments):
        text = write(rng)
        chance = rng.random()
        if at and chance < 0.1:
            source = comments[int(rng.integers(at))]
            text = f"“{' '.join(source.text.split()[-6:])}” {text}"
        elif at and chance < 0.2:
            text = f"@{comments[int(rng.integers(at))].author} {text}"
        author = f"{words.spellings[int(rng.integers(n_common, len(words.spellings)))]}{int(rng.integers(n_authors))}"
        parent = _draw_parent(comments, rng) if linked else None
        name = f"c{at}" if thread_id is None else f"{thread_id}-{at}"
        comments.append(Comment(id=name, text=text, number=at + 1, author=author, parent_id=parent))
    article = Article(title="On words", text=" ".join(words.spellings[:200]), author="ann")
    return Page(source="generated", article=article, comments=tuple(comments), thread_id=thread_id)


def make_pages(words: Words, *, n_comments: int, seed: int = 7) -> Iterator[Page]:
    """Generate threads of log-normal size, together of `n_comments`; in every second one replies are stated."""
    rng = np.random.default_rng(seed)
    n_left, at = n_comments, 0
    while n_left > 0:
        size = min(n_left, _draw_size(rng, *COMMENTS))
        yield make_page(
            words,
            rng,
            lambda chance: write_comment(words, chance),
            n_comments=size,
            thread_id=f"t{at}",
            linked=at % 2 == 1,
        )
        n_left, at = n_left - size, at + 1


def make_comments(words: Words, *, n_comments: int, seed: int = 7) -> list[Comment]:
    """Return the comments of the first generated threads, in order."""
    pages = make_pages(words, n_comments=n_comments, seed=seed)
    return list(islice((comment for page in pages for comment in page.comments), n_comments))


def _draw_parent(comments: Sequence[Comment], rng: np.random.Generator) -> str:
    """The article, or one of the ten last comments."""
    back = int(rng.integers(0, 11))
    return comments[-back].id if 0 < back <= len(comments) else ARTICLE


def _draw_size(rng: np.random.Generator, median: float, spread: float, most: int) -> int:
    return int(min(most, max(1, round(median * exp(spread * rng.standard_normal())))))
