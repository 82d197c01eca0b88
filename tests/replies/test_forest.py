import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from stance.errors import ModelBroken
from stance.replies import FEATURES, Forest, ReplyScorer, load_scorer
from stance.replies.forest import MOST_LEAVES
from stance.train.scorer import export_forest


def make_rows(n: int, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(n, len(FEATURES))).round(1)
    gold = (rows[:, 0] + rows[:, 1] * rows[:, 2] + rng.normal(size=n) > 0).astype(float)
    rows[rng.random(rows.shape) < 0.2] = np.nan
    rows[rng.random(rows.shape) < 0.05] = np.inf
    rows[rng.random(rows.shape) < 0.05] = -np.inf
    return rows, gold


def comb(n_leaves: int) -> Forest:
    """One tree that asks of feature 0 "at most 0?", "at most 1?" and so on; its leaves are worth 0, 1, 2, ..."""
    n = n_leaves - 1
    leaves = np.arange(n, n + n_leaves)
    return Forest(
        feature=np.zeros(n + n_leaves, np.int32),
        threshold=np.concatenate([np.arange(n, dtype=np.float64), np.zeros(n_leaves)]),
        left=np.concatenate([leaves[:-1], leaves]).astype(np.int32),
        right=np.concatenate([np.arange(1, n), leaves[-1:], leaves]).astype(np.int32),
        missing_left=np.zeros(n + n_leaves, np.bool_),
        value=np.concatenate([np.zeros(n), np.arange(n_leaves, dtype=np.float64)]),
        roots=np.zeros(1, np.int32),
        baseline=0.5,
        depth=n,
    )


@pytest.mark.parametrize("max_leaf_nodes", [2, 33, MOST_LEAVES])
def test_trees_of_any_size_give_what_scikit_learn_gives(max_leaf_nodes):
    rows, gold = make_rows(800, seed=1)
    fitted = HistGradientBoostingClassifier(
        max_iter=3, max_leaf_nodes=max_leaf_nodes, min_samples_leaf=2, random_state=0
    ).fit(rows, gold)
    unseen, _ = make_rows(300, seed=2)
    assert export_forest(fitted).logits(unseen) == pytest.approx(fitted.decision_function(unseen), abs=1e-6)


@pytest.mark.parametrize("n_leaves", [2, 32, 33, MOST_LEAVES])
def test_a_value_ends_in_the_leaf_that_its_tests_lead_to(n_leaves):
    # A value v passes the tests "at most 0" to "at most v - 1" on the right and ends in leaf v; unknown goes right.
    rows = np.full((n_leaves + 2, len(FEATURES)), np.nan)
    rows[:-1, 0] = [*range(n_leaves), np.inf]
    expected = [*range(n_leaves), n_leaves - 1, n_leaves - 1]
    assert comb(n_leaves).logits(rows).tolist() == [0.5 + leaf for leaf in expected]


def test_no_row_has_no_logit():
    assert comb(3).logits(np.empty((0, len(FEATURES)))).shape == (0,)


def test_a_tree_of_more_leaves_than_a_word_has_bits_is_refused(tmp_path):
    ReplyScorer(forest=comb(MOST_LEAVES + 1), temperature=1.0, notes={}).save(tmp_path)
    with pytest.raises(ModelBroken, match="more than 64 leaves"):
        load_scorer(tmp_path)


def test_nodes_that_lead_back_to_themselves_are_refused(tmp_path):
    forest = comb(4)
    forest.right[2] = 0
    ReplyScorer(forest=forest, temperature=1.0, notes={}).save(tmp_path)
    with pytest.raises(ModelBroken, match="node 0: stands in two places"):
        load_scorer(tmp_path)


def test_a_threshold_that_is_no_number_is_refused(tmp_path):
    forest = comb(4)
    forest.threshold[1] = np.nan
    ReplyScorer(forest=forest, temperature=1.0, notes={}).save(tmp_path)
    with pytest.raises(ModelBroken, match="threshold that is no number"):
        load_scorer(tmp_path)
