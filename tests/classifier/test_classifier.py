"""A classifier in scikit-learn's manner."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError, SkipTestWarning
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_estimator

import stance
from stance import StanceClassifier
from stance.core import lone_case
from stance.records import Case, Relation, Stance, Target

PRAISE = ["The council has done well.", "I thank the council.", "Well done, council!", "A good council, as ever."]
BLAME = ["The council has lied again.", "Shame on the council.", "A lazy council.", "The council must resign at once."]
TEXTS = [*PRAISE, *BLAME]
LABELS = ["praise"] * 4 + ["blame"] * 4


@pytest.fixture
def classifier(tiny_model) -> StanceClassifier:
    return StanceClassifier(target="the council", model=tiny_model)


def test_it_learns_labels_of_ones_own(classifier):
    assert classifier.fit(TEXTS, LABELS) is classifier
    shares = classifier.predict_proba(TEXTS)
    assert shares.shape == (8, 2)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert list(classifier.classes_) == ["blame", "praise"]
    assert list(classifier.predict(TEXTS)) == [["blame", "praise"][int(row.argmax())] for row in shares]
    assert classifier.score(TEXTS, LABELS) > 0.5


def test_the_shipped_model_learns_a_new_distinction_from_eight_rows():
    classifier = StanceClassifier(target="the council").fit(TEXTS, LABELS)
    assert list(classifier.predict(["The council was great, thank you.", "The council is a disgrace."])) == [
        "praise",
        "blame",
    ]


def test_without_labels_of_ones_own_the_model_answers_itself(tiny_model):
    classifier = StanceClassifier.pretrained(model=tiny_model)
    (shares,) = classifier.predict_proba([("The council has lied.", "The council")])
    target = Target(actor_id="The council", name="The council", spans=((0, 11),))
    case = Case(comment_id="c", text="The council has lied.", targets=(target,))
    (judgement,) = stance.load_judge(tiny_model).judge([case])
    expected = judgement.stances[0].probabilities
    assert list(classifier.classes_) == ["against", "favor", "neutral"]
    np.testing.assert_allclose(shares, [expected[Stance(name)] for name in classifier.classes_], atol=1e-4)


def test_the_relation_to_a_parent_is_another_task(tiny_model):
    classifier = StanceClassifier.pretrained(task="relation", model=tiny_model)
    (shares,) = classifier.predict_proba([("That is not so.", "It is so.")])
    (judgement,) = stance.load_judge(tiny_model).judge([lone_case("That is not so.", parent="It is so.")])
    expected = [judgement.relation[Relation(name)] for name in classifier.classes_]
    np.testing.assert_allclose(shares, expected, atol=1e-4)


def test_rows_may_be_texts_tuples_mappings_arrays_or_a_frame(classifier):
    rows = [(text, "the council", "") for text in TEXTS]
    expected = classifier.fit(TEXTS, LABELS).predict_proba(TEXTS)
    frame = pd.DataFrame(rows, columns=["text", "target", "parent"], index=range(5, 13))
    for form in (rows, [dict(zip(frame.columns, row, strict=True)) for row in rows], np.array(rows), frame):
        np.testing.assert_allclose(clone(classifier).fit(form, LABELS).predict_proba(form), expected, atol=1e-6)
    np.testing.assert_allclose(classifier.predict_proba(pd.Series(TEXTS)), expected, atol=1e-6)
    missing = frame.assign(target=None, parent=np.nan)
    np.testing.assert_allclose(classifier.predict_proba(missing), expected, atol=1e-6)


def test_it_takes_part_in_searches_pipelines_and_cross_validation(classifier):
    search = GridSearchCV(classifier, {"C": [0.01, 1.0]}, cv=2).fit(TEXTS, LABELS)
    assert search.best_params_["C"] in {0.01, 1.0}
    assert len(cross_val_score(classifier, TEXTS, LABELS, cv=4)) == 4
    lower = FunctionTransformer(lambda texts: [text.lower() for text in texts])
    assert len(make_pipeline(lower, classifier).fit(TEXTS, LABELS).predict(TEXTS)) == 8


def test_it_is_pickled_without_the_model(classifier):
    classifier.fit(TEXTS, LABELS)
    packed = pickle.dumps(classifier)
    assert len(packed) < 100_000
    np.testing.assert_array_equal(pickle.loads(packed).predict_proba(TEXTS), classifier.predict_proba(TEXTS))


def test_weights_of_rows_are_heard(classifier):
    plain = classifier.fit(TEXTS, LABELS).predict_proba(TEXTS)
    np.testing.assert_allclose(classifier.fit(TEXTS, LABELS, sample_weight=[1] * 8).predict_proba(TEXTS), plain)
    heavy = classifier.fit(TEXTS, LABELS, sample_weight=[20, *[1] * 7]).predict_proba(TEXTS)
    assert heavy[0, 1] > plain[0, 1]


def test_scikit_learns_own_checks_pass(classifier):
    with warnings.catch_warnings():
        # Its checks are of arrays of numbers; of texts it makes those that need no data.
        warnings.simplefilter("ignore", SkipTestWarning)
        check_estimator(classifier)


@pytest.mark.parametrize("rows", ["one text", None, [], [""] * 0])
def test_what_is_no_sequence_of_rows_is_refused(classifier, rows):
    with pytest.raises(ValueError, match=r"^X: got"):
        classifier.fit(rows, LABELS)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (3, "want a text"),
        ((), "want a text"),
        (("a", "b", "c", "d"), "want a text"),
        ({"target": "the council"}, "has no text"),
        ({"text": None}, "has no text"),
    ],
)
def test_a_wrong_row_is_named_by_its_place(classifier, row, words):
    with pytest.raises(ValueError, match=f"row 1: .*{words}"):
        classifier.fit(["The council.", row], ["a", "b"])


def test_a_row_without_a_target_is_refused(tiny_model):
    with pytest.raises(ValueError, match="row 0: has no target"):
        StanceClassifier(model=tiny_model).fit(TEXTS, LABELS)


@pytest.mark.parametrize(("rows", "labels"), [(TEXTS, LABELS[:3]), (TEXTS[:4], LABELS[:4])])
def test_too_few_labels_are_refused(classifier, rows, labels):
    with pytest.raises(ValueError, match=r"inconsistent numbers|at least 2 classes"):
        classifier.fit(rows, labels)


def test_an_unknown_task_is_refused(tiny_model):
    with pytest.raises(ValueError, match="task: got 'mood', want one of stance, relation"):
        StanceClassifier(task="mood", model=tiny_model).fit(TEXTS, LABELS)


def test_what_was_not_fitted_says_so(classifier):
    with pytest.raises(NotFittedError):
        classifier.predict(TEXTS)
