"""A short thread in which people speak of an actor, analysed by the constant judge."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from stance.core import analyze
from stance.queue import load_policy
from stance.records import Analysis, Article, Comment, Page
from stance.thread import build_thread

TEXTS = (
    "Russia has sold the bridge. The council of Turkey knew it.",
    "That is not true, you know nothing. Turkey has paid for the bridge.",
    "Who says so?",
)


@pytest.fixture
def analyze_texts(constant_judge, scorer) -> Callable[..., Analysis]:
    def build(*texts: str, title: str = "The old bridge") -> Analysis:
        comments = tuple(
            Comment(
                id=f"c{number}",
                text=text,
                number=number,
                author=None if number == 2 else f"Writer {number}",
                posted_at=datetime(2026, 3, number % 28 + 1, 12, tzinfo=UTC) if number != 3 else None,
                parent_id=f"c{number - 1}" if number > 1 else None,
            )
            for number, text in enumerate(texts, 1)
        )
        page = Page(source="bridge", article=Article(title=title), comments=comments)
        (analysis,) = analyze([build_thread(page)], constant_judge, policy=load_policy(), scorer=scorer)
        return analysis

    return build


@pytest.fixture
def analysis(analyze_texts) -> Analysis:
    return analyze_texts(*TEXTS)
