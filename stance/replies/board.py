"""A thread laid out for scoring: one entry for the article, then one a comment, with all that is looked up often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stance.records import ARTICLE, Comment, Quote, Reading, Thread
from stance.replies.addressing import AddressBook
from stance.replies.turns import Turns
from stance.replies.weights import WordCounter, WordWeights
from stance.replies.words import (
    NameIndex,
    Opening,
    find_words,
    read_opening,
    second_person_share,
    speaks_of_article,
    strip_quotes,
)

Floats = NDArray[np.float32]

_ARTICLE_CHARACTERS = 1500


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Entry 0 is the article, entry i the i-th oldest comment. All lists have one element an entry.

    `numbers` are those on the page, 0 for the article. `author` is an author's number, -1 where unknown. `seconds` is
    NaN where unknown. `parent` is the entry of the stated parent, -1 where none is stated; `addressee` the author whom
    the comment says it answers, -1 where it does not say. `last_before[i]` is the entry of the same author's previous
    comment, 0 for none; `next_after[i]` that of their next one, a number past the end for none. `names[i]` maps author
    numbers to how surely the comment calls them.
    """

    ids: tuple[str, ...]
    numbers: tuple[int, ...]
    texts: tuple[str, ...]
    index: Mapping[str, int]
    authors: tuple[str, ...]
    author: NDArray[np.int64]
    seconds: NDArray[np.float64]
    parent: NDArray[np.int64]
    addressee: NDArray[np.int64]
    last_before: NDArray[np.int64]
    next_after: NDArray[np.int64]
    n_words: NDArray[np.float64]
    asks: NDArray[np.bool_]
    addresses: NDArray[np.float64]
    embedding: Floats
    reply_vector: Floats
    parent_vector: Floats
    words: WordWeights
    turns: Turns
    openings: Sequence[Opening]
    of_article: NDArray[np.bool_]
    own_length: NDArray[np.float64]
    names: Sequence[Mapping[int, float]]
    quotes: Sequence[tuple[Quote, ...]]
    has_article: bool

    @property
    def n(self) -> int:
        """How many entries, the article among them."""
        return len(self.ids)


def lay_out(thread: Thread, readings: Mapping[str, Reading], quotes: Mapping[str, tuple[Quote, ...]]) -> Board:
    """Lay a thread out for scoring."""
    comments = thread.comments
    article = f"{thread.article.title}\n{thread.article.text}".strip()
    ids, texts = (ARTICLE, *(c.id for c in comments)), (article, *(c.text for c in comments))
    quoted: list[tuple[Quote, ...]] = [(), *(quotes.get(comment.id, ()) for comment in comments)]
    authors, author = _number_authors(thread)
    names, counter = NameIndex(authors), WordCounter()
    numbers = {name: number for number, name in enumerate(authors)}
    looks = [_look(strip_quotes(text, own), names, numbers, counter) for text, own in zip(texts, quoted, strict=True)]
    before = _last_before(author)
    vectors = _stack(("embedding", "reply_vector", "parent_vector"), ids, readings)
    places = {name: at for at, name in enumerate(ids)}
    parent = np.array([-1, *(places.get(comment.parent_id or "", -1) for comment in comments)], dtype=np.int64)
    book = AddressBook(authors)
    return Board(
        ids=ids,
        numbers=(0, *(comment.number for comment in comments)),
        texts=texts,
        index=places,
        authors=authors,
        author=author,
        seconds=np.array([np.nan, *(_seconds(comment) for comment in comments)]),
        parent=parent,
        addressee=np.array(
            [-1, *(book.find(c, writer=int(w)) for c, w in zip(comments, author[1:], strict=True))], dtype=np.int64
        ),
        last_before=before,
        next_after=_next_after(before),
        n_words=np.array([look.n_words for look in looks], dtype=np.float64),
        asks=np.array([look.asks for look in looks]),
        addresses=np.array([look.addresses for look in looks]),
        embedding=vectors[0],
        reply_vector=vectors[1],
        parent_vector=vectors[2],
        words=counter.weigh(),
        turns=Turns(author, parent),
        openings=[look.opening for look in looks],
        of_article=np.array([look.of_article for look in looks]),
        own_length=np.array([look.length for look in looks], dtype=np.float64),
        names=[look.names for look in looks],
        quotes=quoted,
        has_article=bool(thread.article.text.strip()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What is kept of one entry's own words; the words themselves are not, which would take the text ten times over."""

    n_words: int
    asks: bool
    addresses: float
    opening: Opening
    of_article: bool
    length: int
    names: Mapping[int, float]


def _look(own: str, names: NameIndex, numbers: Mapping[str, int], counter: WordCounter) -> _Look:
    words = find_words(own)
    counter.add(words)
    return _Look(
        n_words=len(words),
        asks="?" in own[-_ARTICLE_CHARACTERS:],
        addresses=second_person_share(words),
        opening=read_opening(own, words),
        of_article=speaks_of_article(words),
        length=max(1, len(own.strip())),
        names={numbers[name]: sure for name, sure in names.find(words).items()},
    )


def _seconds(comment: Comment) -> float:
    return comment.posted_at.timestamp() if comment.posted_at else np.nan


def _number_authors(thread: Thread) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    stated = [thread.article.author, *(comment.author for comment in thread.comments)]
    folded = [name.strip().casefold() if name else "" for name in stated]
    authors = tuple(dict.fromkeys(name for name in folded if name))
    numbers = {name: number for number, name in enumerate(authors)}
    return authors, np.array([numbers.get(name, -1) for name in folded], dtype=np.int64)


def _last_before(author: NDArray[np.int64]) -> NDArray[np.int64]:
    last: dict[int, int] = {}
    before = np.zeros(len(author), dtype=np.int64)
    for at, number in enumerate(author.tolist()):
        if at and number >= 0:
            before[at] = last.get(number, 0)
            last[number] = at
    return before


def _next_after(before: NDArray[np.int64]) -> NDArray[np.int64]:
    after = np.full(len(before), len(before), dtype=np.int64)
    entries = np.flatnonzero(before)
    after[before[entries]] = entries
    return after


def _stack(fields: Sequence[str], ids: Sequence[str], readings: Mapping[str, Reading]) -> list[Floats]:
    stacked = []
    for field in fields:
        rows = [getattr(readings[key], field) if key in readings else None for key in ids]
        width = next((len(row) for row in rows if row is not None), 1)
        stacked.append(np.stack([np.zeros(width, np.float32) if row is None else row for row in rows]))
    return stacked
