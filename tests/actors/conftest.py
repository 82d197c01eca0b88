"""Small made-up threads, oldest first, each comment answering the one before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pytest

from stance.actors import Cast, Roster, find_actors
from stance.records import ARTICLE, Actor, Article, Comment, NameSpan, Order, Quote, Reply, Thread

Find = Callable[..., Roster]


@pytest.fixture
def find() -> Find:
    """Find the actors of comments numbered from 1; `quotes` are (comment, words quoted, source id)."""

    def find_in(
        *texts: str,
        article: Article | None = None,
        authors: Sequence[str | None] = (),
        quotes: Sequence[tuple[int, str, str | None]] = (),
        names: Mapping[str, tuple[NameSpan, ...]] | None = None,
        cast: Cast | None = None,
    ) -> Roster:
        comments = tuple(
            Comment(id=f"c{number}", text=text, number=number, author=authors[number - 1] if authors else None)
            for number, text in enumerate(texts, 1)
        )
        marked: dict[str, list[Quote]] = {comment.id: [] for comment in comments}
        for number, words, source_id in quotes:
            start = texts[number - 1].index(words)
            marked[f"c{number}"].append(Quote(start=start, end=start + len(words), source_id=source_id, similarity=1.0))
        replies = [
            Reply(
                comment_id=comment.id,
                parent_id=ARTICLE if comment.number == 1 else f"c{comment.number - 1}",
                probability=1.0,
                quotes=tuple(marked[comment.id]),
            )
            for comment in comments
        ]
        thread = Thread(
            id="t", article=article or Article(), comments=comments, order=Order.OLDEST_FIRST, order_probability=1.0
        )
        return find_actors(thread, replies, names=names or {}, cast=cast)

    return find_in


@pytest.fixture
def found(find: Find) -> Callable[..., dict[str, list[str]]]:
    """Find the actors of one comment that answers the article: their ids, each with the words that name it."""

    def found_in(text: str, **known: object) -> dict[str, list[str]]:
        roster = find(text, **known)
        words: dict[str, list[str]] = {}
        for mention in roster.mentions:
            words.setdefault(mention.actor_id, []).append(text[mention.start : mention.end])
        return words

    return found_in


@pytest.fixture
def actor() -> Callable[[Roster, str], Actor]:
    """Pick one actor of a roster by its id."""

    def pick(roster: Roster, actor_id: str) -> Actor:
        return next(actor for actor in roster.actors if actor.id == actor_id)

    return pick
