import pytest

from stance.train.answers import Answer
from stance.train.fairness import LEAST_ROWS, find_identities, measure_identities


def answer(text, probability, *, toxic):
    return Answer(
        source="attributes/olid",
        row={"text": text, "attributes": {"TOXICITY": toxic}},
        probabilities={"TOXICITY": probability, "INSULT": 0.5},
    )


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("My WIFE is a Muslim.", ("women", "muslim")),
        ("A womanly manner, a mangle, a transport.", ()),
        ("The old woman's dog", ("women", "old")),
        ("gay_men", ("men", "gay_and_lesbian")),
        ("", ()),
    ],
)
def test_identities_are_found_by_whole_words(text, named):
    assert find_identities(text) == named


def test_an_identity_word_that_raises_scores_is_seen():
    rows = [answer("Jewish food", 0.8, toxic=0.0)] * LEAST_ROWS + [answer("Jewish scum", 0.9, toxic=1.0)] * LEAST_ROWS
    rows += [answer("Food", 0.1, toxic=0.0)] * LEAST_ROWS + [answer("Scum", 0.7, toxic=1.0)] * LEAST_ROWS
    figures = measure_identities(rows)["TOXICITY"]
    # Within the group all is in order; its harmless rows (0.8) stand above the others' toxic ones (0.7).
    assert figures == {
        "jewish": {"n": 20, "n_positive": 10, "subgroup_auc": 1.0, "bpsn_auc": 0.0, "bnsp_auc": 1.0},
    }


def test_few_rows_have_no_figure():
    rows = [answer("Jewish food", 0.8, toxic=0.0)] * 50 + [answer("Jewish scum", 0.9, toxic=1.0)] * (LEAST_ROWS - 1)
    assert measure_identities(rows) == {}
