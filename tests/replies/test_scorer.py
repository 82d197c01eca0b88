import json

import numpy as np
import pytest
from safetensors.numpy import save_file
from sklearn.ensemble import HistGradientBoostingClassifier

from stance.errors import ModelBroken, ModelMissing
from stance.replies import FEATURES, ReplyScorer, load_scorer, softmax_by_group
from stance.train.scorer import export_forest


def make_rows(n: int, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(n, len(FEATURES)))
    gold = (rows[:, 0] + rows[:, 1] * rows[:, 2] + rng.normal(size=n) > 0).astype(float)
    rows[rng.random(rows.shape) < 0.2] = np.nan
    return rows, gold


@pytest.fixture(scope="module")
def fitted():
    rows, gold = make_rows(2000, seed=1)
    return HistGradientBoostingClassifier(max_iter=30, random_state=0).fit(rows, gold)


def test_the_walk_gives_what_scikit_learn_gives(fitted):
    rows, _ = make_rows(3000, seed=2)
    assert np.isnan(rows).any()
    expected = fitted.decision_function(rows)
    assert np.abs(export_forest(fitted).logits(rows) - expected).max() < 1e-6


def test_a_saved_scorer_comes_back_the_same(fitted, tmp_path):
    rows, _ = make_rows(50, seed=3)
    scorer = ReplyScorer(forest=export_forest(fitted), temperature=1.7, notes={"training_links": "2000"})
    scorer.save(tmp_path)
    loaded = load_scorer(tmp_path)
    starts = np.array([0, 20, 21])
    assert np.array_equal(loaded.probabilities(rows, starts), scorer.probabilities(rows, starts))
    assert (loaded.temperature, loaded.notes) == (1.7, {"training_links": "2000"})


def test_each_comments_candidates_sum_to_one():
    # Runs of 2, 1 and 3; the second run has a single candidate, the first equal logits.
    shares = softmax_by_group(np.array([5.0, 5.0, -900.0, 0.0, np.log(2), np.log(3)]), np.array([0, 2, 3]))
    assert shares == pytest.approx([1 / 2, 1 / 2, 1, 1 / 6, 2 / 6, 3 / 6])


def test_no_comment_no_probability():
    assert len(softmax_by_group(np.empty(0), np.empty(0, np.int64))) == 0


def test_a_folder_without_a_scorer_is_told(tmp_path):
    with pytest.raises(ModelMissing, match=r"replies\.safetensors is missing"):
        load_scorer(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\x00" * 64, b"not a model"])
def test_a_broken_file_is_told(tmp_path, content):
    (tmp_path / "replies.safetensors").write_bytes(content)
    with pytest.raises(ModelBroken, match="does not hold a reply scorer"):
        load_scorer(tmp_path)


def test_weights_for_other_features_are_refused(fitted, tmp_path):
    scorer = ReplyScorer(forest=export_forest(fitted), temperature=1.0, notes={})
    scorer.save(tmp_path)
    facts = {"features": ["cosine"], "baseline": 0.0, "depth": 1, "temperature": 1.0, "notes": {}}
    arrays = {
        name: getattr(scorer.forest, name)
        for name in ("feature", "threshold", "left", "right", "missing_left", "value", "roots")
    }
    save_file(arrays, tmp_path / "replies.safetensors", metadata={"scorer": json.dumps(facts)})
    with pytest.raises(ModelBroken, match="other features"):
        load_scorer(tmp_path)


def test_trees_that_point_outside_themselves_are_refused(fitted, tmp_path):
    forest = export_forest(fitted)
    forest.left[0] = len(forest.left)
    ReplyScorer(forest=forest, temperature=1.0, notes={}).save(tmp_path)
    with pytest.raises(ModelBroken, match="point outside"):
        load_scorer(tmp_path)
