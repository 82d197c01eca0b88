"""Shares and errors against the textbook's, and against those of the package `ppi_py`.

What ppi_py 0.2.3 gives for `numbers()` (its unlabelled ones are all but the first 150), for power 0, 0.5, 1 and None:

    point = ppi_mean_pointestimate(labels[:150], predicted[:150], predicted[150:], lam=power)
    low, high = ppi_mean_ci(labels[:150], predicted[:150], predicted[150:], alpha=0.05, lam=power)
    print(power, point, (high - low) / 2 / norm.ppf(0.975))
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from stance.study import Labelled, Of, Units, estimate_shares, tune_power, wilson_interval

PPI_PY = {
    0.0: (0.5133333333333333, 0.04081031097016393),
    0.5: (0.5150123929654693, 0.0384258685586277),
    1.0: (0.5166914525976052, 0.039883745098386374),
    None: (0.5152357883579913, 0.0383960438845947),
}
N_UNITS, N_LABELS = 2000, 150


def numbers():
    at = np.arange(N_UNITS)
    predicted = (at * 0.6180339887498949) % 1
    labels = (at * 0.41421356237309515) % 1 < 0.2 + 0.6 * predicted
    return predicted[:, None], labels.astype(float)[:, None]


def drawn(place, labels, *, n_units, stratum=None, probability=None):
    place = np.asarray(place)
    n = len(place)
    return Labelled(
        place=place,
        shares=labels[place],
        probability=np.full(n, n / n_units) if probability is None else np.asarray(probability),
        stratum=np.zeros(n, dtype=np.int64) if stratum is None else np.asarray(stratum),
    )


def units(predicted, thread, stratum=None):
    thread = np.asarray(thread)
    return Units(predicted=predicted, thread=thread, stratum=np.zeros_like(thread) if stratum is None else stratum)


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0, None])
def test_units_that_are_threads_by_themselves_give_what_ppi_py_gives(power):
    predicted, labels = numbers()
    everyone = units(predicted, np.arange(N_UNITS))
    labelled = drawn(range(N_LABELS), labels, n_units=N_UNITS)
    # Here the labelled are among all units, in ppi_py they are apart: the same estimator with another power.
    own = tune_power(everyone, labelled, of=Of.POPULATION) if power is None else power * N_UNITS / (N_UNITS - N_LABELS)
    shares = estimate_shares(everyone, labelled, power=own, of=Of.POPULATION)
    share, error = PPI_PY[power]
    # ppi_py takes the variance of the predictions from all of them to tune, we from the labelled: one label in 500.
    assert shares.share[0] == pytest.approx(share, abs=1e-10 if power is not None else 1e-4)
    # Ours divides by n - 1, and centres the labelled predictions on their own mean.
    assert shares.error[0] == pytest.approx(error * np.sqrt(N_LABELS / (N_LABELS - 1)), rel=2e-3)


def test_an_even_draw_of_the_corpus_has_the_textbook_variance():
    # Labels 1, 1, 1, 0, 0 out of 20 units: s² = 0.3, so (1 - 5/20) * 0.3 / 5 = 0.045.
    labels = np.array([1.0, 1, 1, 0, 0] + [0] * 15)[:, None]
    everyone = units(np.full((20, 1), 0.5), np.zeros(20, dtype=np.int64))
    shares = estimate_shares(everyone, drawn(range(5), labels, n_units=20), power=0.0, of=Of.CORPUS)
    assert shares.share[0] == pytest.approx(0.6)
    assert shares.error[0] == pytest.approx(np.sqrt(0.045))
    assert shares.degrees == 4


def test_strata_of_the_corpus_have_the_textbook_variance():
    # Stratum 0: 3 of 10 drawn, labels 1, 1, 0 (s² = 1/3); stratum 1: 2 of 30 drawn, labels 0, 1 (s² = 1/2).
    # (10/40)² * 0.7 * (1/3) / 3 + (30/40)² * (28/30) * (1/2) / 2; the share is 0.25 * 2/3 + 0.75 * 1/2.
    labels = np.zeros((40, 1))
    labels[[0, 1, 11]] = 1
    stratum = np.repeat([0, 1], [10, 30])
    everyone = units(np.full((40, 1), 0.5), np.zeros(40, dtype=np.int64), stratum)
    labelled = drawn(
        [0, 1, 2, 10, 11], labels, n_units=40, stratum=[0, 0, 0, 1, 1], probability=[0.3] * 3 + [1 / 15] * 2
    )
    shares = estimate_shares(everyone, labelled, power=0.0, of=Of.CORPUS)
    assert shares.share[0] == pytest.approx(0.25 * 2 / 3 + 0.75 / 2)
    assert shares.error[0] == pytest.approx(np.sqrt(0.0625 * 0.7 / 9 + 0.5625 * 28 / 30 / 4))
    assert shares.degrees == 3


def test_when_all_are_labelled_the_corpus_is_known():
    predicted, labels = numbers()
    everyone = units(predicted[:50], np.zeros(50, dtype=np.int64))
    labelled = drawn(range(50), labels, n_units=50)
    for power in (0.0, 0.7):
        shares = estimate_shares(everyone, labelled, power=power, of=Of.CORPUS)
        assert shares.share[0] == pytest.approx(labels[:50].mean())
        assert shares.error[0] == pytest.approx(0, abs=1e-9)


def test_threads_that_are_of_one_mind_count_as_one_label_each():
    # Six threads of ten units, all labelled, each thread of one mind: the mean of 1, 1, 1, 0, 0, 0 has s² = 0.3, and
    # leaving one out moves it as in the textbook's jackknife: sqrt(0.3 / 6).
    thread = np.repeat(np.arange(6), 10)
    labels = (thread < 3).astype(float)[:, None]
    everyone = units(np.full((60, 1), 0.5), thread)
    shares = estimate_shares(everyone, drawn(range(60), labels, n_units=60), power=0.0, of=Of.POPULATION)
    assert shares.error[0] == pytest.approx(np.sqrt(0.3 / 6))
    assert shares.degrees == pytest.approx(5)


def test_labels_alone_are_weighed_by_how_likely_they_were_drawn():
    labels = np.array([[1.0], [0.0]])
    everyone = units(np.full((2, 1), 0.5), [0, 1])
    labelled = drawn([0, 1], labels, n_units=2, probability=[0.1, 0.4])
    # Weights 10 and 2.5: 10 / 12.5.
    assert estimate_shares(everyone, labelled, power=0.0, of=Of.CORPUS).share[0] == pytest.approx(0.8)


def test_shares_of_all_labels_add_up_to_one():
    rng = np.random.default_rng(0)
    predicted, labels = rng.dirichlet([1, 1, 1], size=300), np.eye(3)[rng.integers(3, size=300)]
    everyone = units(predicted, np.arange(300) // 10)
    labelled = drawn(range(0, 300, 5), labels, n_units=300)
    power = tune_power(everyone, labelled, of=Of.POPULATION)
    assert estimate_shares(everyone, labelled, power=power, of=Of.POPULATION).share.sum() == pytest.approx(1)


@pytest.mark.parametrize("of", list(Of))
def test_a_model_that_says_nothing_is_not_followed(of):
    _, labels = numbers()
    everyone = units(np.full((N_UNITS, 1), 0.3), np.arange(N_UNITS) // 20)
    assert tune_power(everyone, drawn(range(0, N_UNITS, 13), labels, n_units=N_UNITS), of=of) == 0


def test_one_thread_tells_nothing_of_others():
    predicted, labels = numbers()
    everyone = units(predicted, np.zeros(N_UNITS, dtype=np.int64))
    shares = estimate_shares(everyone, drawn(range(9), labels, n_units=N_UNITS), power=0.0, of=Of.POPULATION)
    assert shares.degrees == 0
    assert np.isnan(shares.error).all()


def test_labels_that_all_agree_leave_room_for_others():
    everyone = units(np.full((100, 1), 0.2), np.arange(100) // 5)
    labelled = drawn(range(0, 100, 5), np.zeros((100, 1)), n_units=100)
    shares = estimate_shares(everyone, labelled, power=0.0, of=Of.POPULATION)
    assert shares.n_effective[0] == pytest.approx(20)  # threads with labels
    low, high = wilson_interval(shares.share, shares.n_effective, degrees=shares.degrees, confidence=0.95)
    assert low[0] == 0
    assert 0.1 < high[0] < 0.25


def test_with_many_degrees_the_interval_is_that_of_wilson():
    # Wilson (1927): (p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n), of 3 out of 20.
    z = NormalDist().inv_cdf(0.975)
    low, high = wilson_interval(np.array([0.15]), np.array([20.0]), degrees=10**9, confidence=0.95)
    half = z * np.sqrt(0.15 * 0.85 / 20 + z * z / 1600)
    assert low[0] == pytest.approx((0.15 + z * z / 40 - half) / (1 + z * z / 20), abs=1e-6)
    assert high[0] == pytest.approx((0.15 + z * z / 40 + half) / (1 + z * z / 20), abs=1e-6)
