"""A thread laid out for scoring: one entry for the article, then one a comment, with all that is looked up often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stance.records import ARTICLE, Comment, Quote, Reading, Thread
from stance.replies.addressing import AddressBook
from stance.replies.words import (
    NameIndex,
    Opening,
    find_words,
    read_opening,
    second_person_share,
    speaks_of_article,
    strip_quotes,
    weigh_words,
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
    weights: Sequence[Mapping[str, float]]
    spread: Mapping[str, int]
    openings: Sequence[Opening]
    of_article: Sequence[bool]
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
    quoted: list[tuple[Quote, ...]] = [(), *(quotes.get(comment.id, ()) for comment in comments)]
    owns = [article, *(strip_quotes(c.text, q) for c, q in zip(comments, quoted[1:], strict=True))]
    words = [find_words(own) for own in owns]
    weights, spread = weigh_words(words)
    authors, author = _number_authors(thread)
    before = _last_before(author)
    vectors = _stack(("embedding", "reply_vector", "parent_vector"), [ARTICLE, *(c.id for c in comments)], readings)
    index = NameIndex(authors)
    numbers = {name: number for number, name in enumerate(authors)}
    places = {ARTICLE: 0} | {comment.id: at for at, comment in enumerate(comments, start=1)}
    book = AddressBook(authors)
    return Board(
        ids=(ARTICLE, *(comment.id for comment in comments)),
        numbers=(0, *(comment.number for comment in comments)),
        texts=(article, *(comment.text for comment in comments)),
        index=places,
        authors=authors,
        author=author,
        seconds=np.array([np.nan, *(_seconds(comment) for comment in comments)]),
        parent=np.array([-1, *(places.get(comment.parent_id or "", -1) for comment in comments)], dtype=np.int64),
        addressee=np.array(
            [-1, *(book.find(c, writer=int(w)) for c, w in zip(comments, author[1:], strict=True))], dtype=np.int64
        ),
        last_before=before,
        next_after=_next_after(before),
        n_words=np.array([len(w) for w in words], dtype=np.float64),
        asks=np.array(["?" in own[-_ARTICLE_CHARACTERS:] for own in owns]),
        addresses=np.array([second_person_share(w) for w in words]),
        embedding=vectors[0],
        reply_vector=vectors[1],
        parent_vector=vectors[2],
        weights=weights,
        spread=spread,
        openings=[read_opening(own, w) for own, w in zip(owns, words, strict=True)],
        of_article=[speaks_of_article(w) for w in words],
        own_length=np.array([max(1, len(own.strip())) for own in owns], dtype=np.float64),
        names=[{numbers[name]: sure for name, sure in index.find(w).items()} for w in words],
        quotes=quoted,
        has_article=bool(thread.article.text.strip()),
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
