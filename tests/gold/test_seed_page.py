"""What the shipped model makes of the annotated seed page; the floors are those that README.md promises."""

from __future__ import annotations

from pathlib import Path

import pytest

from stance.core import analyze_file
from stance.evaluate import run_task
from stance.judge import Judge
from stance.queue import load_policy
from stance.records import ARTICLE, Analysis, Order
from stance.replies import load_scorer

pytestmark = pytest.mark.gold

SEEDS = Path(__file__).parent.parent.parent / "seeds"


@pytest.fixture(scope="module")
def analysis(shipped_judge: Judge) -> Analysis:
    return analyze_file(SEEDS / "idlib.txt", shipped_judge)


@pytest.fixture(scope="module")
def figures(shipped_judge: Judge, shipped_folder: Path) -> dict[str, float]:
    report = run_task(
        "thread",
        SEEDS / "idlib.gold.json",
        judge=shipped_judge,
        scorer=load_scorer(shipped_folder),
        policy=load_policy(),
        page=SEEDS / "idlib.txt",
    )
    metrics = report["metrics"]
    assert isinstance(metrics, dict)
    return metrics


def test_the_page_is_found_to_show_its_newest_comment_first(analysis):
    assert analysis.thread.order is Order.NEWEST_FIRST
    assert analysis.thread.order_probability > 0.9
    assert (len(analysis.thread.comments), analysis.thread.stated_total) == (11, 39)


@pytest.mark.parametrize(("quoting", "quoted"), [("4", "6"), ("5", "10"), ("7", "11")])
def test_a_comment_answers_the_one_it_quotes(analysis, quoting, quoted):
    (reply,) = (reply for reply in analysis.replies if reply.comment_id == quoting)
    assert reply.parent_id == quoted
    assert quoted in {quote.source_id for quote in reply.quotes}


def test_a_quotation_from_the_article_is_found(analysis):
    (reply,) = (reply for reply in analysis.replies if reply.comment_id == "4")
    assert ARTICLE in {quote.source_id for quote in reply.quotes}


@pytest.mark.parametrize(
    ("figure", "floor"),
    [
        ("parent_accuracy", 9 / 11 - 1e-4),
        ("stance_recall", 0.85),
        ("claim_auc", 0.75),
    ],
)
def test_the_figure_is_at_least_what_was_promised(figures, figure, floor):
    assert figures[figure] >= floor


def test_every_link_has_a_probability_evidence_and_runners_up(analysis):
    for reply in analysis.replies[1:]:
        assert 0 < reply.probability <= 1
        assert reply.evidence
        assert reply.alternatives
