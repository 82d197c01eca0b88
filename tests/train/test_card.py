import copy
import json
import re

import pytest

from stance.errors import ModelBroken, ModelMissing
from stance.train.card import render_card, weak_heads, write_card
from stance.train.sources import SOURCES

EVALUATION = {
    "model_id": "made-up@0123456789ab",
    "training": {
        "recipe": {
            "name": "small",
            "backbone": "a/b",
            "seed": 3,
            "stages": [{"name": "one", "rate": 1.0, "passes": {"newsmtsc": 1.5}}],
        },
        "n_steps": 1234,
        "device": "cpu",
        "threads": 2,
        "torch": "2.0",
    },
    "tasks": {
        "stance/vast": {
            "n": 1500,
            "metrics": {"macro_f1": 0.7111, "accuracy": 0.7222, "ece": 0.5},
            "baseline": {"majority": {"macro_f1": 0.2333, "accuracy": 0.4}},
        },
        "relation/debagreement": {
            "n": 20,
            "metrics": {"macro_f1": 0.6111, "accuracy": 0.6222, "ece": 0.5},
            "baseline": {"majority": {"macro_f1": 0.2444}},
        },
        "structure/iac": {
            "n": 77,
            "metrics": {"parent_accuracy": 0.8111, "author_accuracy": 0.8222},
            "baseline": {"previous": {"parent_accuracy": 0.3111}, "first": {"parent_accuracy": 0.3222}},
        },
        "sentence/ct24": {
            "n": 10,
            "metrics": {
                "check_worthy": {"auc": 0.9111, "average_precision": 0.9222},
                "claim": {"auc": None, "average_precision": None},
            },
            "baseline": {},
        },
        "attributes/olid": {
            "n": 10,
            "metrics": {"TOXICITY": {"auc": 0.8333, "average_precision": 0.8444}, "not_offered": ["OFF_TOPIC"]},
            "baseline": {},
        },
        "actors/btc": {"n": 10, "metrics": {"span_f1": 0.5111, "name_recall": 0.5222}, "baseline": {}},
    },
    "held_out": {"stance/vast": {"ece": 0.0333}, "relation/debagreement": {"ece": 0.0444}},
    "baselines": {
        "stance/vast macro_f1": 0.5,
        "relation/debagreement macro_f1": 0.6,
        "attributes/olid TOXICITY auc": 0.85,
    },
}
SHOWN = [
    *("0.711", "0.722", "0.033", "0.500", "0.233", "0.611", "0.622", "0.044", "0.600", "0.244"),
    *("0.811", "0.822", "0.311", "0.322", "0.911", "0.922", "0.833", "0.844", "0.850", "0.511", "0.522"),
    *("1,500", "1,234", "77"),
]


BIN = {"n": 3, "probability": 0.1234, "share": 0.2344}
TRUST = {
    "reliability": {"claim": {"n": 1234, "ece": 0.0123, "ece_by_chance": 0.0222, "bins": [BIN, BIN]}},
    "abstention": {
        "n": 100,
        "threshold": 0.55,
        "coverage": 0.4567,
        "accuracy": 0.7654,
        "curve": [{"threshold": 0.95, "coverage": 0.0, "accuracy": None}],
    },
    "contrasts": {
        "irony": {"n_stances": 12, "stance_accuracy": 0.5833, "n_comments": 13, "toxicity_auc": None},
        "masked words": {"n_comments": 14, "toxicity_auc": 0.6543},
    },
    "fairness": {
        "identities": {
            "TOXICITY": {
                "old": {"n": 50, "n_positive": 20, "subgroup_auc": 0.7771, "bpsn_auc": 0.7782, "bnsp_auc": 0.7793}
            }
        },
        "actor_swap": {
            "templates": {"n": 8280, "median": 0.0611, "p90": 0.1622, "label_changed": 0.0733},
            "development": {"n": 0},
        },
    },
    "explanations": {"INSULT": {"n": 321, "carriers": 1.2344, "random": 0.3461, "carriers_take_more": 0.8566}},
}


@pytest.fixture
def write(tmp_path):
    def write(evaluation):
        (tmp_path / "evaluation.json").write_text(json.dumps(evaluation))
        return tmp_path

    return write


def test_every_figure_stands_on_the_card(write):
    card = render_card(write(EVALUATION))
    assert [figure for figure in SHOWN if figure not in card] == []
    assert "made-up@0123456789ab" in card


def test_the_calibration_error_is_that_of_unseen_rows(write):
    line = next(line for line in render_card(write(EVALUATION)).splitlines() if line.startswith("| vast"))
    assert line == "| vast | 1,500 | 0.711 | 0.722 | 0.033 | 0.500 | 0.233 |"


def test_a_label_with_one_answer_only_has_no_line(write):
    assert "| claim |" not in render_card(write(EVALUATION))


def test_a_split_without_a_baseline_shows_a_dash(write):
    assert "| check_worthy | ct24 | 0.911 | 0.922 | – |" in render_card(write(EVALUATION))


def test_weak_heads_are_named_with_both_figures():
    # 0.8333 is below 0.85; 0.6111 beats 0.6 by less than 0.02; 0.7111 beats 0.5 clearly.
    assert weak_heads(EVALUATION) == [
        "attributes/olid TOXICITY AUC 0.833 against 0.850",
        "relation/debagreement macro-F1 0.611 against 0.600",
    ]


def test_weak_heads_stand_on_the_card(write):
    card = render_card(write(EVALUATION))
    assert "- relation/debagreement macro-F1 0.611 against 0.600" in card
    strong = copy.deepcopy(EVALUATION) | {"baselines": {}}
    assert "- nothing\n" in render_card(write(strong))


def test_every_source_is_listed_with_its_licence(write):
    card = render_card(write(EVALUATION)).partition("## Training data")[2]
    for name, source in SOURCES.items():
        row = re.search(rf"^\| {re.escape(name)} \|.*$", card, re.MULTILINE)
        assert row is not None, name
        assert all(licence in row[0] for licence in source.licences)
        assert ("evaluation only" in row[0]) == source.evaluation_only
    assert "| newsmtsc | stance | 1.5 |" in card


def without(evaluation, *path):
    spoiled = copy.deepcopy(evaluation)
    place = spoiled
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]
    return spoiled


@pytest.mark.parametrize(
    "path",
    [
        ("model_id",),
        ("training",),
        ("training", "n_steps"),
        ("training", "recipe", "seed"),
        ("tasks",),
        ("baselines",),
        ("held_out", "stance/vast"),
        ("held_out", "stance/vast", "ece"),
        ("tasks", "stance/vast", "metrics", "macro_f1"),
        ("tasks", "stance/vast", "baseline", "majority"),
        ("tasks", "structure/iac"),
        ("tasks", "structure/iac", "metrics", "author_accuracy"),
        ("tasks", "sentence/ct24", "metrics", "check_worthy", "average_precision"),
        ("tasks", "actors/btc", "metrics", "name_recall"),
    ],
    ids=" ".join,
)
def test_a_missing_figure_is_refused(write, path):
    with pytest.raises(ModelBroken, match="lacks a figure"):
        render_card(write(without(EVALUATION, *path)))


def test_a_figure_that_is_null_is_refused(write):
    spoiled = copy.deepcopy(EVALUATION)
    spoiled["tasks"]["actors/btc"]["metrics"]["span_f1"] = None
    with pytest.raises(ModelBroken, match="lacks a figure"):
        render_card(write(spoiled))


@pytest.mark.parametrize("text", ["", "[]", "null", "{"])
def test_an_evaluation_that_is_none_is_refused(tmp_path, text):
    (tmp_path / "evaluation.json").write_text(text)
    with pytest.raises(ModelBroken, match="lacks a figure"):
        render_card(tmp_path)


def test_a_model_that_was_not_measured_has_no_card(tmp_path):
    with pytest.raises(ModelMissing, match=r"evaluation\.json is missing"):
        write_card(tmp_path)
    assert not (tmp_path / "README.md").exists()


def test_the_card_is_the_readme_of_the_folder(write):
    folder = write(EVALUATION)
    write_card(folder)
    assert (folder / "README.md").read_text(encoding="utf-8") == render_card(folder)


def test_the_sections_on_trust_show_their_figures(write):
    card = render_card(write(EVALUATION | TRUST))
    for row in (
        "| claim | 1,234 | 0.012 | 0.022 | 0.123 | 0.234 | 0.123 | 0.234 |",
        "| 0.95 | 0.000 | – |",
        "| irony | 12 | 0.583 | 13 | – |",
        "| masked words | 0 | – | 14 | 0.654 |",
        "| TOXICITY | old | 50 | 20 | 0.777 | 0.778 | 0.779 |",
        "| templates | 8,280 | 0.061 | 0.162 | 0.073 |",
        "| INSULT | 321 | 1.234 | 0.346 | 0.857 |",
    ):
        assert row in card
    assert "below 0.55 is marked as not sure" in card
    assert "46% are sure, and 0.765 of those right" in card
    assert "| development | 0 |" not in card


def test_what_was_not_measured_has_no_section(write):
    card = render_card(write(EVALUATION))
    assert [title for title in ("## Calibration", "## Not sure", "## Fairness") if title in card] == []


@pytest.mark.parametrize(
    "path",
    [
        ("reliability", "claim", "ece"),
        ("reliability", "claim", "ece_by_chance"),
        ("abstention", "curve"),
        ("fairness", "actor_swap", "templates", "p90"),
        ("fairness", "identities", "TOXICITY", "old", "bpsn_auc"),
        ("explanations", "INSULT", "random"),
    ],
    ids=" ".join,
)
def test_a_section_on_trust_without_a_figure_is_refused(write, path):
    with pytest.raises(ModelBroken, match="lacks a figure"):
        render_card(write(without(EVALUATION | TRUST, *path)))
