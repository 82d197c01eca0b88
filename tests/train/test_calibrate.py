import numpy as np
import pytest
import torch

from stance.judge import Calibration, EncoderJudge, load_model
from stance.records import ActorKind, Attribute, Case, Relation, Stance, Target
from stance.train.calibrate import _best_threshold, _sure, _temperature, calibration_half, fit_calibration
from stance.train.examples import NameLabel, SentenceLabel, TargetLabel
from stance.train.sources import SOURCES


def test_half_of_the_development_rows_is_drawn_the_same_each_time(make_example):
    rows = [make_example(f"row {n}", split="dev") for n in range(2000)]
    half = calibration_half(rows)
    # The standard deviation of 2,000 throws of a coin is 22.
    assert abs(len(half) - 1000) < 110
    assert calibration_half(list(reversed(rows))) == list(reversed(half))


def test_what_may_only_measure_and_what_trains_calibrates_nothing(make_example):
    forbidden = [name for name, source in SOURCES.items() if source.evaluation_only]
    assert forbidden
    rows = [make_example(f"row {n}", split="dev", source=name) for name in forbidden for n in range(40)]
    rows += [make_example(f"row {n}") for n in range(40)]
    assert calibration_half(rows) == []


def test_a_class_that_is_not_offered_has_no_part_in_the_temperature():
    # Odds of 9 to 1, right three times in four: T = 2 (ln 9 = 2 ln 3).
    logits = np.array([[np.log(9), 0.0, 40.0]] * 4)
    gold = np.array([[1.0, 0.0, -1.0]] * 3 + [[0.0, 1.0, -1.0]])
    assert _temperature(logits, gold) == pytest.approx(2.0, rel=1e-3)


def test_the_best_threshold_is_the_one_with_the_highest_f1():
    # At 0.6 both positives are found with one false alarm: F1 0.8; at 0.9 one positive alone: F1 2/3.
    probability = np.array([0.9, 0.7, 0.6, 0.2])
    assert _best_threshold(probability, np.array([True, False, True, False])) == pytest.approx(0.6)


def test_the_model_is_sure_where_three_of_four_answers_are_right():
    # Of 40 rows won with 0.9 all are right, of 40 with 0.6 half: together 60 of 80. Of 20 won with 0.515 none is right,
    # so the first threshold above that is the lowest at which three of four are.
    odds = np.log([0.9 / 0.1] * 40 + [0.6 / 0.4] * 40 + [0.515 / 0.485] * 20)
    logits = np.stack([odds, np.zeros(100), np.full(100, 50.0)], axis=1)
    right = np.array([1.0] * 40 + [1.0, 0.0] * 20 + [0.0] * 20)
    gold = np.stack([right, 1 - right, np.full(100, -1.0)], axis=1)
    assert _sure(Calibration(), logits, gold) == {"stance": 0.52}


def test_a_model_that_is_right_no_more_often_has_no_threshold():
    logits = np.array([[2.0, 0.0, 0.0]] * 100)
    assert _sure(Calibration(), logits, np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]] * 50)) == {}


def test_what_the_model_is_not_sure_of_keeps_its_label(rows, encoder, tiny_model):
    model = load_model(tiny_model)
    case = Case(comment_id="c", text="Moss 3", targets=(Target(actor_id="Moss", name="Moss"),))

    def ask(**sure):
        judge = EncoderJudge(model, encoder, calibration=Calibration(sure=sure), model_id="m")
        return judge.judge([case])[0].stances[0]

    assert (ask().sure, ask(stance=1.01).sure) == (True, False)
    assert ask().label is ask(stance=1.01).label


@pytest.fixture
def rows(make_example):
    made = []
    for n in range(24):
        yes = float(n % 3 == 0)
        target = TargetLabel(
            name="Moss", probabilities={Stance.FAVOR: yes, Stance.AGAINST: 1 - yes, Stance.NEUTRAL: 0.0}
        )
        made += [
            make_example(f"Moss {n}", targets=(target,), sentences=(SentenceLabel(start=0, end=6, claim=yes),)),
            make_example(f"No {n}", parent="Yes", relation={Relation.REBUT: yes, Relation.SUPPORT: 1 - yes}),
            make_example(f"Fool {n}", attributes={Attribute.INSULT: yes, Attribute.THREAT: 0.0}),
            make_example(f"So {n}", answered="Why?"),
        ]
    return made


def test_every_head_with_both_answers_is_calibrated(rows, encoder, tiny_model):
    with torch.inference_mode():
        fitted = fit_calibration(load_model(tiny_model), encoder, rows)
    assert fitted.temperatures.keys() == {"stance", "relation"}
    # THREAT has negatives alone: nothing can be fitted.
    assert fitted.scales.keys() == {"claim", "INSULT"}
    assert fitted.thresholds.keys() == {"claim"}
    assert all(0.2 <= value <= 5.0 for value in fitted.temperatures.values())


def test_a_calibrated_label_is_as_frequent_as_it_says(rows, encoder, tiny_model):
    model = load_model(tiny_model)
    fitted = fit_calibration(model, encoder, rows)
    judge = EncoderJudge(model, encoder, calibration=fitted, model_id="m")
    cases = [Case(comment_id="c", text=row.text) for row in rows if row.attributes]
    said = np.mean([judgement.attributes[Attribute.INSULT] for judgement in judge.judge(cases)])
    # Eight of 24 rows; the intercept is all but free.
    assert said == pytest.approx(1 / 3, abs=0.03)


def test_rows_without_a_label_leave_a_calibration_empty(make_example, encoder, tiny_model):
    rows = [make_example("Nothing known"), make_example("So", answered="Why?")]
    assert fit_calibration(load_model(tiny_model), encoder, rows) == Calibration()


def test_how_sure_a_word_of_a_name_must_be_is_fitted_and_heard(make_example, encoder, tiny_model):
    text = "Ida Berg left the harbour"
    rows = [make_example(text, names=(NameLabel(start=0, end=8, kind=ActorKind.PERSON),))]
    model = load_model(tiny_model)
    fitted = fit_calibration(model, encoder, rows).sure["names"]
    assert 0 < fitted < 1
    for least, n in ((0.0, 1), (1.01, 0)):
        judge = EncoderJudge(model, encoder, calibration=Calibration(sure={"names": least}), model_id="m")
        assert len(judge.read([text])[0].names) == n
