import pytest

from stance.evaluate import chance_ece, coverage_curve, ece, reliability_bins


def test_bins_hold_equally_many_rows_from_the_least_probable_up():
    bins = reliability_bins([0.9, 0.1, 0.8, 0.3], [True, False, False, True], n_bins=2)
    # Lower half 0.1 and 0.3, one of two true; upper half 0.8 and 0.9, one of two true.
    assert bins == [
        {"n": 2, "probability": pytest.approx(0.2), "share": 0.5},
        {"n": 2, "probability": pytest.approx(0.85), "share": 0.5},
    ]


def test_there_are_no_empty_bins():
    assert [one["n"] for one in reliability_bins([0.2, 0.7, 0.5], [True, True, False])] == [1, 1, 1]
    assert reliability_bins([], []) == []


def test_answering_less_often_is_answering_better_where_the_sure_are_right():
    curve = coverage_curve([0.9, 0.6, 0.4, 0.5], [True, True, False, False], thresholds=[0.0, 0.5, 0.6, 0.95])
    assert [point["coverage"] for point in curve] == [1.0, 0.75, 0.5, 0.0]
    assert [point["accuracy"] for point in curve] == [0.5, 0.6667, 1.0, None]


def test_a_curve_over_no_rows_has_no_coverage():
    assert coverage_curve([], [], thresholds=[0.5]) == [{"threshold": 0.5, "coverage": None, "accuracy": None}]


def test_right_probabilities_miss_their_mark_by_chance_alone():
    # One bin of n rows at one half: the share that comes true has standard deviation sqrt(0.25 / n), and the mean
    # distance of a normal variable from its centre is sqrt(2 / pi) of that: 0.0399 for 100 rows.
    assert chance_ece([0.5] * 100, n_bins=10) == pytest.approx(0.0399, abs=0.005)
    assert chance_ece([0.5] * 10_000, n_bins=10) < 0.006
    assert chance_ece([1.0] * 10, n_bins=10) == 0.0
    assert chance_ece([], n_bins=10) is None


def test_wrong_probabilities_miss_it_by_more():
    assert ece([0.9] * 400, [True, False] * 200, n_bins=10) > 10 * (chance_ece([0.9] * 400, n_bins=10) or 0)
