import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from stance.evaluate.metrics import (
    auc,
    best_f1,
    ece,
    f1_at,
    group_aucs,
    hard_figures,
    label_figures,
    majority,
    pick,
    recall_at_budget,
    yes_no_figures,
)


def test_ece_weighs_each_bin_by_its_rows():
    # Ten bins. 0.92, 0.98 share one: mean 0.95 given, 0.5 right: gap 0.45, half of the rows. 0.31, 0.33: mean 0.32,
    # none right: gap 0.32, half of the rows. 0.225 + 0.16 = 0.385.
    assert ece([0.92, 0.98, 0.31, 0.33], [True, False, False, False], n_bins=10) == pytest.approx(0.385)


def test_ece_counts_certainty_in_the_last_bin():
    assert ece([1.0, 1.0], [True, True], n_bins=10) == 0
    assert ece([1.0, 1.0], [False, False], n_bins=15) == 1


def test_ece_of_nothing_is_not_defined():
    assert ece([], [], n_bins=10) is None


def test_auc_needs_both_classes():
    assert auc([True, True], [0.1, 0.2]) is None
    # Two positives, two negatives; of four pairs three are in order and one is tied: 3.5 / 4.
    assert auc([True, True, False, False], [0.9, 0.4, 0.4, 0.1]) == 0.875


def test_best_f1_is_reached_at_the_best_threshold():
    # At 0.6: 2 found, both right, of 3 positives: P 1, R 2/3, F1 0.8. At 0.2: 4 found, 3 right: P 3/4, R 1: 6/7.
    gold, given = [True, True, False, True], [0.9, 0.6, 0.4, 0.2]
    assert best_f1(gold, given) == pytest.approx(6 / 7, abs=1e-4)
    assert f1_at(gold, given, threshold=0.6) == 0.8


def test_f1_counts_what_stands_at_the_threshold_itself():
    assert f1_at([True], [0.5], threshold=0.5) == 1


def test_a_budget_is_rounded_up_and_finds_the_likeliest_first():
    # 30 rows: 1 % is one row, 5 % two, 10 % three, 20 % six. Positives stand at ranks 1, 3, 6 and 30.
    gold = [place in (0, 2, 5, 29) for place in range(30)]
    given = np.linspace(0.9, 0.1, 30)
    assert recall_at_budget(gold, given) == {"1": 0.25, "5": 0.25, "10": 0.5, "20": 0.75}


def test_a_budget_without_positives_is_not_defined():
    assert set(recall_at_budget([False, False], [0.1, 0.2]).values()) == {None}


def test_group_aucs_compare_the_group_with_the_others():
    # Group: positive 0.6, negative 0.5. Others: positives 0.9, 0.4; negative 0.1.
    gold = [True, False, True, True, False]
    given = [0.6, 0.5, 0.9, 0.4, 0.1]
    member = [True, True, False, False, False]
    assert group_aucs(gold, given, member) == {
        "subgroup_auc": 1.0,  # 0.6 over 0.5
        "bpsn_auc": 0.5,  # 0.9 over 0.5, but 0.4 under it
        "bnsp_auc": 1.0,  # 0.6 over 0.1
    }


def test_a_group_of_one_class_has_no_auc_of_its_own():
    assert group_aucs([True, False], [0.9, 0.1], [True, False])["subgroup_auc"] is None


def test_yes_no_figures_agree_with_scikit_learn():
    rng = np.random.default_rng(0)
    gold = rng.random(200) < 0.4
    given = np.clip(0.3 * gold + 0.7 * rng.random(200), 0, 1)
    figures = yes_no_figures(gold.tolist(), given.tolist())
    assert figures["auc"] == pytest.approx(roc_auc_score(gold, given), abs=5e-5)
    assert figures["brier"] == pytest.approx(np.mean((given - gold) ** 2), abs=5e-5)


def test_columns_of_other_labels_are_dropped_before_the_winner_is_taken():
    shares = {"favor": 0.3, "against": 0.1, "neutral": 0.6}
    assert pick(shares, ["favor", "against", "neutral"]) == ("neutral", 0.6)
    assert pick(shares, ["favor", "against"]) == ("favor", pytest.approx(0.75))
    assert label_figures(["favor"], [shares], ["favor", "against"])["accuracy"] == 1


def test_macro_f1_is_the_plain_mean_over_the_labels_asked_for():
    # a: P 1/2, R 1: 2/3. b: P 1, R 1/2: 2/3. c: never given: 0. Mean 4/9.
    figures = hard_figures(["a", "b", "b", "c"], ["a", "a", "b", "b"], ["a", "b", "c"])
    # b is given twice, once rightly, so P is 1/2 too: F1 1/2. (2/3 + 1/2 + 0) / 3 = 7/18.
    assert figures == {"macro_f1": pytest.approx(7 / 18, abs=1e-4), "accuracy": 0.5}


def test_the_majority_is_the_commonest_label_and_the_first_of_equals():
    assert majority(["b", "a", "a"]) == "a"
    assert majority(["b", "a"]) == "b"
