"""Thresholds that flag the same share, against figures worked by hand and scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import cohen_kappa_score

from stance.protocols import map_thresholds


def mapped(theirs, ours, threshold):
    (one,) = map_thresholds("TOXICITY", np.array(theirs), np.array(ours), [threshold]).thresholds
    return one


def test_the_threshold_here_stands_between_the_last_flagged_and_the_first_that_is_not():
    # Two of four are at or above 0.8 there, so the two highest here are flagged: between 0.3 and 0.2.
    one = mapped([0.9, 0.8, 0.7, 0.1], [0.4, 0.2, 0.3, 0.1], 0.8)
    assert (one.n_there, one.n_here, one.here) == (2, 2, 0.25)
    # Of the two flagged there, the first alone is among the two highest here.
    assert one.shared == 0.5
    assert one.few


def test_scores_that_differ_in_scale_alone_agree_wholly():
    theirs = np.linspace(0, 1, 400)
    found = map_thresholds("INSULT", theirs, theirs**3, [0.5, 0.9])
    assert found.rank_correlation == 1
    assert [(one.shared, one.kappa) for one in found.thresholds] == [(1, 1), (1, 1)]
    assert [one.here for one in found.thresholds] == [pytest.approx(0.125, abs=2e-3), pytest.approx(0.729, abs=7e-3)]
    for one in found.thresholds:
        assert one.low <= one.here < one.high
        assert one.n_here == one.n_there


def test_agreement_is_that_of_scikit_learn_and_scipy():
    chance = np.random.default_rng(3)
    theirs = chance.random(500)
    ours = np.clip(0.6 * theirs + 0.4 * chance.random(500), 0, 1)
    found = map_thresholds("THREAT", theirs, ours, [0.7])
    (one,) = found.thresholds
    kappa = cohen_kappa_score(theirs >= 0.7, ours >= one.here)
    assert one.kappa == pytest.approx(kappa, abs=1e-4)
    assert found.rank_correlation == pytest.approx(spearmanr(theirs, ours).statistic, abs=1e-4)
    assert one.n_here == int((ours >= one.here).sum()) == one.n_there


def test_the_interval_holds_the_true_threshold_of_a_larger_site():
    chance = np.random.default_rng(5)
    # Uniform scores, independent: the threshold here of 0.8 there is 0.8 for a site without end.
    one = mapped(chance.random(2000), chance.random(2000), 0.8)
    assert one.low < 0.8 < one.high
    # 1.96 standard errors of a share of 0.2 in 2,000, counted on both sides: 1.96 * sqrt(2 * 0.16 / 2000) = 0.025.
    assert one.high - one.low == pytest.approx(2 * 0.025, rel=0.4)


@pytest.mark.parametrize(("theirs", "n_there"), [([0.1] * 60, 0), ([0.9] * 60, 60)])
def test_where_nothing_or_everything_is_flagged_no_threshold_is_made_up(theirs, n_there):
    one = mapped(theirs, np.linspace(0, 1, 60), 0.5)
    assert (one.n_there, one.here, one.low, one.shared, one.kappa) == (n_there, None, None, None, None)


def test_equal_scores_here_are_flagged_together_whichever_count_is_nearer():
    # Five are flagged there. Here 0.6 is shared by the 4th to the 9th: three flagged is nearer to five than nine.
    theirs = [0.9] * 5 + [0.1] * 15
    ours = [0.9, 0.8, 0.7] + [0.6] * 6 + [0.1] * 11
    one = mapped(theirs, ours, 0.5)
    assert one.n_here == 3
    assert 0.6 < one.here <= 0.7
    # All share one score: to flag all is nearer than none.
    assert mapped([0.9] * 40 + [0.1] * 20, [0.3] * 60, 0.5).n_here == 60


def test_scores_closer_than_what_is_shown_are_still_told_apart():
    one = mapped([0.9, 0.1, 0.1], [0.12345678, 0.12345677, 0.1], 0.5)
    assert one.n_here == 1


def test_one_score_for_everything_has_no_rank_correlation():
    assert map_thresholds("SPAM", np.full(60, 0.5), np.linspace(0, 1, 60), [0.5]).rank_correlation is None
