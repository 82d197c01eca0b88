import pytest

from stance.errors import BadLabelRow


def test_sentence_labels_are_scored_where_they_are_given(run):
    report = run(
        "sentence",
        {"text": "yes 0.9 a", "claim": 1, "rhetoric": 0},
        {"text": "yes 0.35 b", "claim": 0, "rhetoric": None},
        {"text": "yes 0.2 c", "claim": 0, "rhetoric": 1},
        {"text": "yes 0.1 d", "claim": 1},
    )
    claim = report["metrics"]["claim"]
    # Of four pairs 0.9 wins two and 0.1 loses two. At the told threshold 0.3: found 0.9, 0.35, one right of two
    # positives: 0.5. Best: all four, P 1/2, R 1: 2/3 (0.9 alone gives P 1, R 1/2: 2/3 too).
    assert claim["auc"] == 0.5
    assert claim["f1"] == 0.5
    assert claim["best_f1"] == pytest.approx(2 / 3, abs=1e-4)
    assert report["metrics"]["rhetoric"] == {"n": 2, "auc": 1.0, "average_precision": 1.0, "f1": 1.0, "best_f1": 1.0}
    assert "check_worthy" not in report["metrics"]
    assert report["baseline"] == {"share_of_positives": {"claim": 0.5, "rhetoric": 0.5}}


def test_neighbouring_sentences_are_read_but_not_scored(run, told_judge):
    run("sentence", {"text": " A lane opened. ", "before": "yes 0.9.", "after": "And then?", "claim": 1})
    (case,) = told_judge.cases
    ((start, end),) = case.sentences
    assert case.text == "yes 0.9.  A lane opened.  And then?"
    assert case.text[start:end] == "A lane opened."


def test_devices_are_scored_by_name_and_unknown_ones_ignored(run):
    report = run(
        "sentence",
        {"text": "yes 0.9 a", "devices": {"sarcasm": 1, "litotes": 1}},
        {"text": "yes 0.1 b", "devices": {"sarcasm": 0}},
    )
    assert list(report["metrics"]) == ["sarcasm"]
    assert report["metrics"]["sarcasm"]["auc"] == 1


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"text": "a", "claim": 2}, "claim"),
        ({"text": "a", "claim": "yes"}, "claim"),
        ({"text": "a", "rhetoric": 0.5}, "rhetoric"),
        ({"text": "  ", "claim": 1}, "text"),
        ({"text": "a", "devices": [1]}, "devices"),
        ({"text": "a", "devices": {"sarcasm": 3}}, "sarcasm"),
        ({"text": "a"}, "claim"),
    ],
)
def test_bad_sentence_rows_name_the_field(run, row, field):
    with pytest.raises(BadLabelRow) as caught:
        run("sentence", row)
    assert (caught.value.line, caught.value.field) == (1, field)


def attribute_row(sure, rating, **more):
    return {"text": f"yes {sure} so", "attributes": {"INSULT": rating}, **more}


def test_a_rating_of_one_half_is_a_positive(run):
    report = run("attributes", attribute_row(0.9, 0.5), attribute_row(0.1, 0.49))
    insult = report["metrics"]["INSULT"]
    assert (insult["n"], insult["auc"], insult["average_precision"]) == (2, 1.0, 1.0)
    assert insult["brier"] == pytest.approx(0.01)
    assert insult["ece"] == pytest.approx(0.1)
    assert insult["recall_at_budget"] == {"1": 1.0, "5": 1.0, "10": 1.0, "20": 1.0}
    assert "groups" not in insult
    assert report["baseline"] == {"share_of_positives": {"INSULT": 0.5}}


def test_groups_are_compared_with_the_rest(run):
    report = run(
        "attributes",
        attribute_row(0.6, 1, group="x"),
        attribute_row(0.5, 0, group=["x", "y"]),
        attribute_row(0.9, 1),
        attribute_row(0.4, 1),
        attribute_row(0.1, 0, group=None),
    )
    groups = report["metrics"]["INSULT"]["groups"]
    assert groups["x"] == {"n": 2, "subgroup_auc": 1.0, "bpsn_auc": 0.5, "bnsp_auc": 1.0}
    assert groups["y"]["subgroup_auc"] is None


def test_attributes_that_are_not_offered_are_named(run):
    row = {"text": "yes 0.9 so", "attributes": {"INSULT": 1, "FLIRTATION": 1}}
    report = run("attributes", row)
    assert report["metrics"]["not_offered"] == ["FLIRTATION"]
    with pytest.raises(BadLabelRow, match="names nothing in the whole file out of"):
        run("attributes", {"text": "so", "attributes": {"FLIRTATION": 1}})


def test_a_parent_or_else_the_article_is_given_to_the_judge(run, told_judge):
    run("attributes", attribute_row(0.9, 1, parent="Kerbs.", article="Lanes"), attribute_row(0.1, 0, article="Lanes"))
    assert [case.parent for case in told_judge.cases] == ["Kerbs.", "Lanes"]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"text": "a"}, "attributes"),
        ({"text": "a", "attributes": {"INSULT": 1.5}}, "INSULT"),
        ({"text": "a", "attributes": {"INSULT": "high"}}, "INSULT"),
        (attribute_row(0.9, 1, group=7), "group"),
    ],
)
def test_bad_attribute_rows_name_the_field(run, row, field):
    with pytest.raises(BadLabelRow) as caught:
        run("attributes", row)
    assert caught.value.field == field
