import pytest

from stance.train.answers import Answer
from stance.train.trust import measure_abstention, measure_calibration, measure_contrasts, measure_reliability


def stance(label, favor, against, *, source="stance/vast", **marks):
    return Answer(
        source=source,
        row={"text": "So.", "label": label, **marks},
        probabilities={"favor": favor, "against": against, "neutral": 1 - favor - against},
    )


def toxic(value, probability, *, source="attributes/olid", **marks):
    return Answer(
        source=source,
        row={"text": "So.", "attributes": {"TOXICITY": value}, **marks},
        probabilities={"TOXICITY": probability},
    )


def test_rows_that_calibration_was_fitted_on_do_not_measure_it():
    answers = {"attributes": [toxic(1.0, 0.75), toxic(0.0, 0.99, fitted=True)]}
    assert measure_calibration(answers) == {"attributes/olid": {"TOXICITY": 0.25}}
    assert measure_reliability(answers)["TOXICITY"]["n"] == 1


def test_a_stance_that_is_not_offered_takes_no_probability():
    # Without neutral 0.6 and 0.2 are 0.75 and 0.25: sure at 0.75, and right.
    assert measure_calibration({"stance": [stance("favor", 0.6, 0.2)]}) == {"stance/vast": {"ece": 0.25}}


def test_sources_are_joined_in_a_reliability_table_but_contrasts():
    answers = {
        "stance": [
            stance("favor", 0.8, 0.2),
            stance("against", 0.7, 0.3, source="stance/pstance"),
            stance("favor", 0.1, 0.9, source="stance/contrasts", template="irony | so"),
        ]
    }
    assert measure_reliability(answers)["stance"]["bins"] == [
        {"n": 1, "probability": 0.7, "share": 0.0},
        {"n": 1, "probability": 0.8, "share": 1.0},
    ]


def test_a_device_is_a_label_among_others():
    row = {"text": "So.", "claim": 1, "devices": {"sarcasm": 0}}
    answer = Answer(source="sentence/ct24", row=row, probabilities={"claim": 0.9, "sarcasm": 0.1})
    assert measure_reliability({"sentence": [answer]}).keys() == {"claim", "sarcasm"}


def test_abstention_says_what_the_shipped_threshold_leaves():
    answers = [stance("favor", 0.8, 0.2), stance("favor", 0.4, 0.6), stance("against", 0.3, 0.7)]
    found = measure_abstention(answers, threshold=0.65)
    assert (found["coverage"], found["accuracy"]) == (pytest.approx(0.6667), 1.0)
    assert found["curve"][0] == {"threshold": 0.35, "coverage": 1.0, "accuracy": pytest.approx(0.6667)}


def test_a_model_without_a_threshold_has_a_curve_alone():
    assert measure_abstention([stance("favor", 0.8, 0.2)], threshold=None).keys() == {"n", "curve"}


def test_contrasts_are_told_by_kind():
    where = {"source": "stance/contrasts", "template": "irony | never"}
    answers = {
        "stance": [stance("favor", 0.8, 0.2, **where), stance("against", 0.8, 0.2, **where), stance("favor", 0.8, 0.2)],
        "attributes": [
            toxic(1.0, 0.9, source="attributes/contrasts", template="masked words | stars"),
            toxic(0.0, 0.2, source="attributes/contrasts", template="masked words | spaces"),
        ],
    }
    assert measure_contrasts(answers) == {
        "irony": {"n_stances": 2, "stance_accuracy": 0.5},
        "masked words": {"n_comments": 2, "toxicity_auc": 1.0},
    }
