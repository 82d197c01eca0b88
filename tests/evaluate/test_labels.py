import json

import pytest

from stance.errors import BadLabelRow, BinaryInput, CannotWrite, EmptyInput, Unreadable
from stance.evaluate import TASKS, run_task
from stance.evaluate.labels import find_target


def stance_row(label, sure, **more):
    return {"text": f"The council, yes {sure} indeed", "target": "council", "label": label, **more}


def test_the_report_has_the_contracts_keys(run):
    report = run("stance", stance_row("favor", 0.9))
    assert list(report) == ["task", "file", "n", "metrics", "baseline", "model_id", "seconds"]
    assert (report["task"], report["n"], report["model_id"]) == ("stance", 1, "told@0")
    assert report["file"].endswith("labels.jsonl")
    json.dumps(report)


def test_without_a_neutral_line_the_neutral_column_is_dropped(run):
    # The judge gives neutral 0.5, favor 0.45 or 0.05. Two right of two without the column.
    report = run("stance", stance_row("favor", 0.9), stance_row("against", 0.1))
    assert report["metrics"] == {"macro_f1": 1.0, "accuracy": 1.0, "ece": pytest.approx(0.1), "f_avg": 1.0}


def test_with_a_neutral_line_the_mean_is_over_three(run):
    # All three lines are answered neutral: F1 of neutral is 2/4 = 0.5, of the others 0; 0.5 / 3.
    report = run("stance", stance_row("favor", 0.9), stance_row("against", 0.1), stance_row("neutral", 0.5))
    assert report["metrics"]["macro_f1"] == pytest.approx(0.5 / 3, abs=1e-4)
    assert report["metrics"]["f_avg"] == 0
    assert report["baseline"]["majority"]["accuracy"] == pytest.approx(1 / 3, abs=1e-4)


def test_given_mentions_and_context_reach_the_judge(run, told_judge):
    run("stance", stance_row("favor", 0.9, mentions=[[4, 11]], context=["Old.", "Long " * 50, "Parent."]))
    (case,) = told_judge.cases
    assert case.targets[0].spans == ((4, 11),)
    # A short parent is read with the one before it.
    assert case.parent == "Long " * 50 + "\nParent."


def test_a_long_parent_stands_alone_and_the_article_stands_in_for_none(run, told_judge):
    run(
        "stance",
        stance_row("favor", 0.9, context=["Old.", "Long " * 50]),
        stance_row("favor", 0.9, article="Lanes open"),
    )
    assert [case.parent for case in told_judge.cases] == ["Long " * 50, "Lanes open"]


@pytest.mark.parametrize(
    ("target", "spans"),
    [
        ("council", [(4, 11), (23, 30)]),
        ("Ann Bo", [(35, 37)]),
        ("lanes", []),
        ("town Bo", []),
    ],
)
def test_a_target_is_found_by_its_name_or_a_persons_last_name(target, spans):
    assert list(find_target("The council, and THE_X council say Bo.", target)) == spans


def test_words_taken_from_the_parent_are_marked_as_quotations(run, told_judge):
    parent = "The new kerbs are far too high for any wheelchair."
    text = '"The new kerbs are far too high" is plainly false.'
    run("relation", {"text": text, "parent": parent, "label": "rebut"})
    start, end = told_judge.cases[0].quotes[0]
    assert text[start:end].strip('"') == "The new kerbs are far too high"


def test_relation_is_measured_with_and_without_the_parent(run, told_judge):
    # 0.25 each way: the parent's presence tips the judge to support, its absence to comment.
    row = {"text": "yes 0.25 so", "parent": "Kerbs.", "label": "support"}
    report = run("relation", row, row | {"label": "comment"})
    assert report["metrics"]["accuracy"] == 0.5
    assert report["metrics"]["macro_f1"] == pytest.approx(1 / 3, abs=1e-4)
    assert [case.parent for case in told_judge.cases] == ["Kerbs.", "Kerbs.", "", ""]
    assert report["baseline"]["reply_alone"]["accuracy"] == 0.5
    assert report["baseline"]["majority"]["label"] == "support"


def test_relation_labels_that_the_file_lacks_are_dropped(run):
    # Rebut has 0.9, but no line is a rebuttal; the one label left has all the probability.
    row = {"text": "yes 0.9 so", "parent": "Kerbs.", "label": "support"}
    assert run("relation", row)["metrics"] == {"macro_f1": 1.0, "accuracy": 1.0, "ece": 0.0}


def test_predictions_hold_every_probability(run, tmp_path):
    out = tmp_path / "out.jsonl"
    run("stance", stance_row("favor", 0.9, id="x1"), "", stance_row("against", 0.9), predictions=out)
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(line["line"], line["id"]) for line in lines] == [(1, "x1"), (3, None)]
    assert lines[0]["probabilities"] == {"favor": 0.45, "against": pytest.approx(0.05), "neutral": 0.5}


def test_predictions_that_cannot_be_written_are_told(run, tmp_path):
    with pytest.raises(CannotWrite, match="cannot be written"):
        run("stance", stance_row("favor", 0.9), predictions=tmp_path / "no" / "out.jsonl")


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("not json", "whole line"),
        ("[1]", "whole line"),
        ("[" * 100_000, "whole line"),
        ({"target": "council", "label": "favor"}, "text"),
        ({"text": 5, "target": "council", "label": "favor"}, "text"),
        ({"text": "secret words", "label": "favor"}, "target"),
        (stance_row("pro", 0.9), "label"),
        (stance_row(None, 0.9), "label"),
        (stance_row("favor", 0.9, mentions=[[4, 400]]), "mentions"),
        (stance_row("favor", 0.9, mentions=[[4]]), "mentions"),
        (stance_row("favor", 0.9, mentions="4-9"), "mentions"),
        (stance_row("favor", 0.9, context="Parent."), "context"),
    ],
)
def test_a_bad_line_names_file_line_and_field_and_no_text(run, row, field):
    with pytest.raises(BadLabelRow, match=field) as caught:
        run("stance", stance_row("favor", 0.9), row)
    assert "labels.jsonl:2" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert caught.value.exit_code == 6


def test_files_that_hold_no_labels_are_told(tmp_path, told_judge, previous_scorer, policy):
    def run_bytes(content: bytes | None):
        file = tmp_path / "labels.jsonl"
        if content is not None:
            file.write_bytes(content)
        return run_task("stance", file, judge=told_judge, scorer=previous_scorer, policy=policy)

    with pytest.raises(Unreadable):
        run_bytes(None)
    with pytest.raises(EmptyInput):
        run_bytes(b" \n\n")
    with pytest.raises(BinaryInput):
        run_bytes(b"\xff\xfe\x00")


def test_an_unknown_task_is_the_callers_mistake(run):
    assert len(TASKS) == 7
    with pytest.raises(ValueError, match="got 'mood', want one of stance"):
        run("mood", {})
