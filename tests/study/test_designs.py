from __future__ import annotations

import numpy as np
import pytest

from stance.study import Allocation, draw_by_uncertainty, draw_stratified, draw_uniform, name_strata
from stance.study.designs import allocate, inclusion_probabilities

N_DRAWS = 4000


def how_often(draw, *, n_units):
    """How often each unit is drawn, over many random numbers."""
    rng = np.random.default_rng(0)
    counts = np.zeros(n_units)
    told = np.full(n_units, np.nan)
    for _ in range(N_DRAWS):
        drawn = draw(rng.random(n_units), rng.random())
        counts[drawn.place] += 1
        told[drawn.place] = drawn.probability
        assert len(np.unique(drawn.place)) == len(drawn.place)
    return counts / N_DRAWS, told


@pytest.mark.parametrize("design", ["uniform", "stratified", "uncertainty"])
def test_units_are_drawn_as_often_as_the_probabilities_say(design):
    rng = np.random.default_rng(1)
    predicted = rng.dirichlet([0.5, 0.5, 0.5], size=40)
    strata = name_strata(predicted, ("favor", "against", "neutral"))
    draws = {
        "uniform": lambda chance, start: draw_uniform(chance, n=9),
        "stratified": lambda chance, start: draw_stratified(chance, strata, n=9, allocation=Allocation.EQUAL),
        "uncertainty": lambda chance, start: draw_by_uncertainty(chance, predicted, n=9, start=start),
    }
    often, told = how_often(draws[design], n_units=40)
    # Four standard errors of a frequency over 4,000 draws.
    assert np.abs(often - told).max() < 4 * 0.5 / np.sqrt(N_DRAWS)


def test_an_uncertain_draw_has_as_many_as_asked_and_no_weight_beyond_twice_the_even_one():
    predicted = np.array([[1.0, 0.0, 0.0]] * 90 + [[0.4, 0.3, 0.3]] * 10)
    drawn = draw_by_uncertainty(np.random.default_rng(0).random(100), predicted, n=10, start=0.3)
    assert len(drawn.place) == 10
    probability = inclusion_probabilities(np.array([0.0] * 90 + [1.0] * 10), n=10)
    assert probability.sum() == pytest.approx(10)
    # Half of ten labels to all alike (0.05 each), half to the ten doubtful (0.5 each).
    assert probability[0] == pytest.approx(0.05)
    assert probability[-1] == pytest.approx(0.55)


@pytest.mark.parametrize("n", [3, 4, 50])
def test_probabilities_never_exceed_one(n):
    probability = inclusion_probabilities(np.array([100.0, 1.0, 1.0, 1.0]), n=min(n, 4))
    assert probability.max() <= 1
    assert probability.sum() == pytest.approx(min(n, 4))
    drawn = draw_by_uncertainty(np.random.default_rng(0).random(4), np.full((4, 1), 0.5), n=n, start=0.9)
    assert len(drawn.place) == min(n, 4)


def test_a_model_without_doubts_draws_evenly():
    drawn = draw_by_uncertainty(np.random.default_rng(0).random(20), np.ones((20, 1)), n=5, start=0.0)
    assert drawn.probability == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("sizes", "n", "allocation", "wanted"),
    [
        ([60, 30, 10], 20, Allocation.PROPORTIONAL, [12, 6, 2]),
        ([960, 30, 10], 20, Allocation.PROPORTIONAL, [19, 2, 2]),  # two at least
        ([161, 25, 13, 1], 40, Allocation.EQUAL, [13, 13, 13, 1]),  # what one cannot take goes to the others
        ([3, 2], 50, Allocation.EQUAL, [3, 2]),
        ([50, 50], 1, Allocation.EQUAL, [2, 2]),
        ([1], 1, Allocation.PROPORTIONAL, [1]),
    ],
)
def test_labels_are_shared_among_strata(sizes, n, allocation, wanted):
    assert allocate(np.array(sizes), n=n, allocation=allocation).tolist() == wanted


def test_strata_of_yes_and_no_are_bins():
    assert name_strata(np.array([[0.05], [0.1], [0.5], [0.95], [1.0]]), ("no", "yes")) == [
        "0 to 0.1",
        "0.1 to 0.5",
        "0.5 to 0.9",
        "0.9 to 1",
        "0.9 to 1",
    ]
