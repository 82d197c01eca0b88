"""Quotations: which words of a comment are somebody else's, and whose."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stance.records import ARTICLE, Article, Comment, Quote
from stance.thread.marks import Mark, Marked, find_marked
from stance.thread.sources import MAX_PLACES, SEED_WORDS, Library, Source
from stance.thread.words import find_shingles, number_words

LEAST_WORDS: Final = 3
"""Fewer words between marks are irony or a name, not a quotation."""
LEAST_NEAR_WORDS: Final = 5
"""From here on a quotation may differ a little from its source, and is one even where no source is found."""
LEAST_SIMILARITY: Final = 0.8
UNMARKED_WORDS: Final = 8
"""So many words in a row that an older text holds too are copied, not chanced upon."""
LEAST_OWN_WORDS: Final = 3
"""A comment that repeats an older one with fewer words of its own was posted twice; it quotes nobody."""

_ELLIPSIS = re.compile(r"\[\s*(?:…|\.{2,})\s*\]|\(\s*(?:…|\.{2,})\s*\)|…|\.{2,}")


@dataclass(frozen=True, slots=True)
class _Reader:
    """The comments and the article as documents: 0 is the article, n the nth comment."""

    comments: Sequence[Comment]
    texts: Sequence[str]
    marked: Sequence[Sequence[Marked]]
    library: Library

    def find(self, document: int, marked: Marked, *, among: NDArray[np.bool_]) -> tuple[int, list[Source]]:
        """Return how many words a marked span has, and the documents that hold them, the likeliest first."""
        start, stop = self.library.words.within(document, marked.start, marked.end)
        parts = list(self._parts(document, marked, start, stop))
        return stop - start, self.library.find_sources(parts, among=among) if stop - start >= LEAST_WORDS else []

    def _parts(self, document: int, marked: Marked, start: int, stop: int) -> Iterator[tuple[int, int]]:
        begin, whole = start, True
        for found in _ELLIPSIS.finditer(self.texts[document], marked.start, marked.end):
            cut = self.library.words.within(document, marked.start, found.start())[1]
            if cut - begin >= SEED_WORDS and stop - cut >= SEED_WORDS:
                yield begin, cut
                begin, whole = cut, False
        if whole or stop - begin >= SEED_WORDS:
            yield begin, stop

    def name(self, document: int) -> str:
        return ARTICLE if document == 0 else self.comments[document - 1].id


def find_quotes(comments: Sequence[Comment], article: Article) -> Mapping[str, tuple[Quote, ...]]:
    """Find the quotations in each comment; sources are older comments and the article.

    Words in quotation marks or `>` lines are quotations from `LEAST_NEAR_WORDS` words on, or from `LEAST_WORDS` on
    where an older text holds them word for word. Where several hold them, the source is one that has them in its own
    words. Passages of `UNMARKED_WORDS` words that an older text holds too are quotations without marks.

    Args:
        comments: Oldest first.
        article: What they stand under; its title can be quoted too.

    Returns:
        By comment id, for every comment, its quotations by place, none overlapping another.
    """
    reader = _read(comments, article)
    n_documents = len(reader.texts)
    among = np.zeros(n_documents, dtype=np.bool_)
    found: dict[str, tuple[Quote, ...]] = {}
    unmarked = _find_copied(reader)
    for document in range(1, n_documents):
        among[document - 1] = True
        quotes = [
            quote
            for marked in reader.marked[document]
            if (quote := _to_quote(reader, document, marked, among=among)) is not None
        ]
        quotes += _copied_beside(quotes, unmarked.get(document, ()))
        found[comments[document - 1].id] = tuple(sorted(quotes, key=lambda quote: quote.start))
    return found


def find_quoting_pairs(comments: Sequence[Comment], article: Article) -> Iterator[tuple[int, int]]:
    """Yield (quoting, quoted) indexes of comments, whatever their order; each pair once.

    The one with the words between marks quotes the one that has them as its own. Words of the article prove nothing,
    for both may have taken them from there.
    """
    reader = _read(comments, article)
    among = np.ones(len(reader.texts), dtype=np.bool_)
    for document in range(1, len(reader.texts)):
        pairs: set[tuple[int, int]] = set()
        among[document] = False
        for marked in reader.marked[document]:
            if marked.mark is Mark.UNCLOSED:
                continue
            n_words, sources = reader.find(document, marked, among=among)
            sources = [source for source in sources if source.similarity >= LEAST_SIMILARITY]
            if n_words > LEAST_WORDS and sources and sources[0].own and all(source.document for source in sources):
                pairs.add((document - 1, sources[0].document - 1))
        among[document] = True
        yield from sorted(pairs)


def _read(comments: Sequence[Comment], article: Article) -> _Reader:
    texts = [f"{article.title}\n\n{article.text}", *(comment.text for comment in comments)]
    marked = [find_marked(text) for text in texts]
    words = number_words(texts)
    own = np.ones(len(words.ids), dtype=np.bool_)
    for document, spans in enumerate(marked):
        for span in spans:
            if span.mark is not Mark.UNCLOSED:
                start, stop = words.within(document, span.start, span.end)
                own[start:stop] = False
    return _Reader(comments, texts, marked, Library(words, find_shingles(words, size=SEED_WORDS), own))


def _to_quote(reader: _Reader, document: int, marked: Marked, *, among: NDArray[np.bool_]) -> Quote | None:
    if marked.mark is Mark.UNCLOSED:
        return _close(reader, document, marked)
    n_words, sources = reader.find(document, marked, among=among)
    least = LEAST_SIMILARITY if n_words >= LEAST_NEAR_WORDS else 1.0
    for source in sources:
        if source.similarity >= least:
            return Quote(
                start=marked.start,
                end=marked.end,
                source_id=reader.name(source.document),
                similarity=source.similarity,
            )
    surely = n_words >= LEAST_NEAR_WORDS and marked.mark is not Mark.STRAIGHT_SINGLE
    if surely or (marked.mark is Mark.LINES and n_words):
        return Quote(start=marked.start, end=marked.end, source_id=None, similarity=0.0)
    return None


def _close(reader: _Reader, document: int, marked: Marked) -> Quote | None:
    """Close a quotation that its writer left open: it reaches as far as an older text has the same words."""
    words = reader.library.words
    start, stop = words.within(document, marked.start, marked.end)
    if stop - start <= LEAST_WORDS:
        return None
    best, source = LEAST_WORDS, None
    for place in reader.library.seeds.places(start)[:MAX_PLACES]:
        if place >= words.bounds[document]:
            break
        holder = int(np.searchsorted(words.bounds, place, side="right")) - 1
        length = min(stop - start, int(words.bounds[holder + 1]) - int(place))
        differ = np.flatnonzero(words.ids[start : start + length] != words.ids[place : place + length])
        n_same = int(differ[0]) if len(differ) else length
        if n_same > best:
            best, source = n_same, holder
    if source is None:
        return None
    end = int(words.ends[start + best - 1])
    return Quote(start=marked.start, end=end, source_id=reader.name(source), similarity=1.0)


def _find_copied(reader: _Reader) -> dict[int, list[Quote]]:
    """Find long passages that an older document holds word for word, with or without marks."""
    words = reader.library.words
    runs = find_shingles(words, size=UNMARKED_WORDS)
    if not len(runs.order):
        return {}
    first = np.full(len(words.ids), -1, dtype=np.int64)
    new = np.r_[True, runs.in_order[1:] != runs.in_order[:-1]]
    first[runs.order] = runs.order[np.flatnonzero(new)][np.cumsum(new) - 1]
    document = np.repeat(np.arange(len(words.bounds) - 1), np.diff(words.bounds))
    copied = np.flatnonzero((first >= 0) & (document[first] < document))
    breaks = np.flatnonzero((np.diff(copied) != 1) | (np.diff(first[copied]) != 1) | (np.diff(document[copied]) != 0))
    quotes: dict[int, list[Quote]] = {}
    done = 0
    for group in np.split(copied, breaks + 1) if len(copied) else ():
        start, stop = max(done, int(group[0])), int(group[-1]) + UNMARKED_WORDS
        done = stop
        holder, at = int(document[first[group[0]]]), int(document[group[0]])
        if stop - start >= UNMARKED_WORDS and not _repeats(reader, at, holder, stop - start):
            quote = Quote(
                start=int(words.starts[start]),
                end=int(words.ends[stop - 1]),
                source_id=reader.name(holder),
                similarity=1.0,
            )
            quotes.setdefault(at, []).append(quote)
    return quotes


def _repeats(reader: _Reader, document: int, holder: int, n_words: int) -> bool:
    """Whether a copied passage is the writer's own: posted twice, or said before by the same author."""
    if holder == 0:
        return False
    author = reader.comments[document - 1].author
    n_all = int(reader.library.words.bounds[document + 1] - reader.library.words.bounds[document])
    return (author is not None and author == reader.comments[holder - 1].author) or n_all - n_words < LEAST_OWN_WORDS


def _copied_beside(quotes: Sequence[Quote], copied: Sequence[Quote]) -> Iterator[Quote]:
    """Keep the copied passages that no marked quotation touches; both come by place."""
    index = 0
    for passage in copied:
        while index < len(quotes) and quotes[index].end <= passage.start:
            index += 1
        if index == len(quotes) or passage.end <= quotes[index].start:
            yield passage
