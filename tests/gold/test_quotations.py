"""Words inside a quotation do not move the quoter's stance, by the shipped model."""

from __future__ import annotations

import pytest

from stance.core import analyze
from stance.judge import Judge
from stance.queue import load_policy
from stance.records import Analysis, Article, Comment, Page, Stance
from stance.thread import build_thread

pytestmark = pytest.mark.gold

# The quoted sentence, the same with its polarity turned, what the quoter says, the target and the quoter's stance.
SWAPS = [
    (
        "France has built splendid roads for all of us.",
        "France has built dreadful roads for all of us.",
        "I drove there today. France lied to us and wasted our money once again.",
        "France",
        Stance.AGAINST,
    ),
    (
        "Norway has treated its fishermen with great kindness.",
        "Norway has treated its fishermen with great cruelty.",
        "I worked there for ten years. Norway is a wonderful country and I am grateful to it.",
        "Norway",
        Stance.FAVOR,
    ),
    (
        "Brazil is the most honest partner that we ever had.",
        "Brazil is the most corrupt partner that we ever had.",
        "Brazil broke every promise it made. Brazil is a disgrace and its leaders are thieves.",
        "Brazil",
        Stance.AGAINST,
    ),
]


def analyse(judge: Judge, quoted: str, own: str, target: str) -> Analysis:
    comments = (
        Comment(id="a", number=1, text=f"{quoted} That is how I see it."),
        Comment(id="b", number=2, text=f"“{quoted}”\n\n{own}", parent_id="a"),
    )
    article = Article(title=f"A year of {target}", text="Readers were asked what they think of the year.")
    thread = build_thread(Page(source="made up", article=article, comments=comments))
    (analysis,) = analyze([thread], judge, policy=load_policy())
    return analysis


def stance_of_quoter(analysis: Analysis, target: str) -> Stance:
    (found,) = (score for score in analysis.judgements[1].stances if score.actor_id == target)
    return found.label


@pytest.mark.parametrize(("praise", "blame", "own", "target", "stance"), SWAPS)
def test_turning_the_quoted_words_round_leaves_the_quoters_stance(shipped_judge, praise, blame, own, target, stance):
    assert stance_of_quoter(analyse(shipped_judge, praise, own, target), target) is stance
    assert stance_of_quoter(analyse(shipped_judge, blame, own, target), target) is stance
