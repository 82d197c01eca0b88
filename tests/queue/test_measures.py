"""Captures, intervals and agreement, against values worked by hand or published."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from stance.queue.measures import (
    agreement_interval,
    by_bins,
    capture,
    capture_intervals,
    cohen_kappa,
    krippendorff_alpha,
    wilson,
)


def test_a_perfect_order_finds_all_the_rejected_first():
    scores, rejected = np.arange(10.0), np.array([0.0] * 8 + [1.0] * 2)
    assert capture(scores, rejected, shares=[0.1, 0.2, 0.5]).tolist() == [0.5, 1.0, 1.0]
    assert capture(-scores, rejected, shares=[0.1, 0.8, 0.9]).tolist() == [0.0, 0.0, 0.5]


def test_equal_scores_find_what_chance_finds():
    # All equal: the first fifth holds a fifth of the rejected, wherever these stand.
    rejected = np.array([1.0, 0, 0, 0, 1.0, 0, 0, 0, 0, 0])
    assert capture(np.ones(10), rejected, shares=[0.2]) == pytest.approx([0.2])


def test_intervals_hold_the_value_and_shrink_with_more_items():
    chance = np.random.default_rng(1)

    def width(n):
        scores = chance.random(n)
        rejected = (chance.random(n) < scores).astype(float)
        (found,), ((low, high),) = (
            capture(scores, rejected, shares=[0.2]),
            capture_intervals(scores, rejected, shares=[0.2]),
        )
        assert low <= found <= high
        return high - low

    assert width(3_000) < width(100)


def test_wilson_gives_the_published_interval():
    # Newcombe (1998), table I: 81 of 263, 15 of 148, 0 of 20, with the score method.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=1e-4)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)


def test_kappa_is_scikit_learns():
    pairs = [("a", "a")] * 20 + [("a", "r")] * 5 + [("r", "a")] * 10 + [("r", "r")] * 15
    assert cohen_kappa(pairs) == pytest.approx(cohen_kappa_score(*zip(*pairs, strict=True)))
    assert cohen_kappa(pairs) == pytest.approx(0.4)


def test_alpha_is_krippendorffs_own_example():
    # Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), example C: four observers, nominal, 0.743.
    table = ["1 2 3 3 2 1 4 1 2 . . .", "1 2 3 3 2 2 4 1 2 5 . 3", ". 3 3 3 2 3 4 2 2 5 1 .", "1 2 3 3 2 4 4 1 2 5 1 ."]
    units = [[label for label in unit if label != "."] for unit in zip(*(row.split() for row in table), strict=True)]
    assert krippendorff_alpha(units) == pytest.approx(0.743, abs=5e-4)


@pytest.mark.parametrize("units", [[], [["a"]], [["a", "a"], ["a", "a"]]])
def test_where_nothing_can_differ_there_is_no_agreement_to_measure(units):
    assert krippendorff_alpha(units) is None
    assert agreement_interval(units, krippendorff_alpha) is None
    assert cohen_kappa([tuple(unit) for unit in units if len(unit) == 2]) is None


def test_bins_hold_every_probability():
    found = by_bins(np.array([0.0, 0.05, 0.5, 1.0]), np.array([0.0, 1.0, 1.0, 1.0]), n_bins=10)
    assert {place: (n, hits) for place, (n, _, hits) in found.items()} == {0: (2, 1), 5: (1, 1), 9: (1, 1)}
    assert found[0][1] == pytest.approx(0.025)
