import math

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from stance.errors import ModelBroken
from stance.judge import Calibration, fit_scale, fit_temperature
from stance.judge.calibration import load_calibration


def sigmoid(values):
    return 1 / (1 + np.exp(-values))


def test_an_uncalibrated_head_is_a_plain_softmax():
    shares = Calibration().softmax("stance", np.log(np.array([[1.0, 2.0, 5.0]])))
    np.testing.assert_allclose(shares, [[0.125, 0.25, 0.625]])


def test_a_temperature_of_two_takes_square_roots_of_odds():
    shares = Calibration(temperatures={"stance": 2.0}).softmax("stance", np.log(np.array([16.0, 1.0])))
    # Odds of 16 to 1 become 4 to 1.
    np.testing.assert_allclose(shares, [0.8, 0.2])


def test_huge_logits_stay_probabilities():
    calibration = Calibration()
    np.testing.assert_allclose(calibration.softmax("stance", np.array([1e6, -1e6])), [1.0, 0.0])
    assert 0 <= float(calibration.sigmoid(["claim"], np.array([-1e9]))[0]) < 1e-20


def test_a_scale_moves_one_label_alone():
    calibration = Calibration(scales={"claim": (2.0, -1.0)})
    assert float(calibration.sigmoid(["claim"], np.array([0.5]))[0]) == pytest.approx(0.5)
    assert float(calibration.sigmoid(["rhetoric"], np.array([0.0]))[0]) == pytest.approx(0.5)


def test_the_temperature_makes_confidence_what_it_should_be():
    # Logits say 9 to 1, and three rows of four are right: odds of 3 to 1 want ln 9 / T = ln 3, so T = 2.
    logits = np.array([[math.log(9), 0.0]] * 4)
    assert fit_temperature(logits, np.array([0, 0, 0, 1])) == pytest.approx(2.0, rel=1e-3)


def test_a_class_that_is_not_offered_does_not_move_the_temperature():
    logits = np.array([[math.log(9), 0.0, -np.inf]] * 4)
    assert fit_temperature(logits, np.array([0, 0, 0, 1])) == pytest.approx(2.0, rel=1e-3)


def test_the_temperature_stays_in_its_bounds():
    right = np.array([[3.0, 0.0]] * 5)
    assert fit_temperature(right, np.zeros(5, np.int64)) == pytest.approx(0.2, rel=1e-3)
    assert fit_temperature(right, np.ones(5, np.int64)) == pytest.approx(5.0, rel=1e-3)


def test_a_known_scale_is_recovered_from_soft_labels():
    logits = np.linspace(-4, 4, 4000)
    slope, shift = fit_scale(logits, sigmoid(1.7 * logits - 0.8))
    assert (slope, shift) == pytest.approx((1.7, -0.8), abs=0.01)


def test_many_rows_give_what_scikit_learn_gives():
    rng = np.random.default_rng(3)
    logits = rng.normal(size=3000) * 2
    gold = (rng.random(3000) < sigmoid(0.6 * logits + 0.9)).astype(np.float64)
    oracle = LogisticRegression(C=1e6).fit(logits[:, None], gold)
    assert fit_scale(logits, gold) == pytest.approx((oracle.coef_[0, 0], oracle.intercept_[0]), abs=0.02)


def test_few_rows_change_little_and_never_turn_the_order_round():
    slope, _ = fit_scale(np.array([-2.0, 2.0]), np.array([1.0, 0.0]))
    assert 0 < slope < 1
    slope, shift = fit_scale(np.array([-30.0, 30.0, 25.0]), np.array([0.0, 1.0, 1.0]))
    assert 0 < slope < 3
    assert math.isfinite(shift)


def test_an_order_that_is_wrong_leaves_the_frequency_right():
    logits = np.linspace(1, 3, 400)
    gold = sigmoid(3 - 2 * logits)
    slope, shift = fit_scale(logits, gold)
    assert slope == pytest.approx(0.05)
    assert sigmoid(slope * logits + shift).mean() == pytest.approx(gold.mean(), abs=1e-3)


def test_saturated_logits_are_brought_back():
    # 100 rows of logit 30 of which 30 are positives: probability 0.3, whatever the slope.
    slope, shift = fit_scale(np.full(100, 30.0), np.repeat([1.0, 0.0], [30, 70]))
    assert sigmoid(slope * 30 + shift) == pytest.approx(0.3, abs=0.01)


def test_a_calibration_is_read_as_it_was_written(tmp_path):
    written = Calibration(
        temperatures={"stance": 1.25},
        scales={"claim": (0.5, -2.0)},
        thresholds={"claim": 0.375},
        sure={"stance": 0.5},
    )
    written.save(tmp_path / "calibration.json")
    assert load_calibration(tmp_path) == written


def test_a_folder_without_calibration_keeps_raw_logits(tmp_path):
    assert load_calibration(tmp_path) == Calibration()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "null",
        '{"temperatures": {"stance": "warm"}, "scales": {}, "thresholds": {}}',
        '{"temperatures": {}, "scales": {"claim": [1]}, "thresholds": {}}',
        '{"temperatures": {}, "scales": {"claim": 1}, "thresholds": {}}',
        '{"temperatures": {"stance": 0}, "scales": {}, "thresholds": {}}',
        '{"temperatures": {}, "scales": {"claim": [NaN, 0]}, "thresholds": {}}',
    ],
)
def test_a_bad_calibration_is_told_with_its_folder(tmp_path, text):
    (tmp_path / "calibration.json").write_text(text)
    with pytest.raises(ModelBroken, match=r"calibration\.json"):
        load_calibration(tmp_path)


def test_a_calibration_that_is_not_text_is_told(tmp_path):
    (tmp_path / "calibration.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ModelBroken, match=r"calibration\.json"):
        load_calibration(tmp_path)
