import json

import pytest

from stance.errors import BadLabelRow

LONG = "The new kerbs are far too high for any wheelchair user in this town."


def thread_row(**more):
    """b answers a, c answers a by quoting it, d answers the article."""
    comments = [
        {"id": "a", "text": LONG, "parent": None, "author": "Ann"},
        {"id": "b", "text": "Trams are late.", "parent": "a", "author": "Bo"},
        {"id": "c", "text": f"> {LONG}\n\nSays who?", "parent": "a", "author": "Ann"},
        {"id": "d", "text": "Lovely pictures.", "parent": None, "author": "Cem"},
    ]
    return {"comments": comments, "article": {"title": "Lanes"}, "order": "oldest_first"} | more


def test_parents_authors_and_baselines_are_counted(run):
    # The scorer takes the previous comment: right for b (a), wrong for c (b) and d (c). The first comment's only
    # candidate is the article: right.
    report = run("structure", thread_row())
    assert report["n"] == 4
    assert report["metrics"] | {"order_accuracy": None, "ece": None} == {
        "parent_accuracy": 0.5,
        "parent_accuracy_replies": 0.5,
        "author_accuracy": 0.5,
        "order_accuracy": None,
        "ece": None,
    }
    assert report["baseline"]["previous"]["parent_accuracy"] == 0.5
    assert report["baseline"]["first"] == {
        "parent_accuracy": 0.75,
        "parent_accuracy_replies": 1.0,
        "author_accuracy": 1.0,
    }
    assert report["baseline"]["quoted_else_previous"]["parent_accuracy"] == 0.75


def test_the_calibration_error_compares_the_parents_probability_with_how_often_it_is_right(run):
    # The only candidate of the first comment has probability 1 and is right.
    assert run("structure", thread_row(scored=["a"]))["metrics"]["ece"] == 0
    report = run("structure", thread_row())
    assert 0 < report["metrics"]["ece"] <= 1


def test_only_scored_comments_count(run):
    report = run("structure", thread_row(scored=["a", "c"]))
    assert report["n"] == 2
    assert report["metrics"]["parent_accuracy"] == 0.5
    assert report["metrics"]["parent_accuracy_replies"] == 0


def test_without_authors_their_accuracy_is_not_defined(run):
    row = thread_row()
    row["comments"] = [{key: one[key] for key in ("id", "text", "parent")} for one in row["comments"]]
    assert run("structure", row)["metrics"]["author_accuracy"] is None


def test_an_unknown_order_is_not_scored(run):
    assert run("structure", thread_row(order="unknown"))["metrics"]["order_accuracy"] is None


def test_a_lone_comment_has_no_order_to_find(run):
    lone = [{"id": "a", "text": LONG, "parent": None}]
    assert run("structure", thread_row(comments=lone))["metrics"]["order_accuracy"] is None


def test_the_order_found_is_compared_with_the_stated_one(run):
    rows = thread_row()
    turned = thread_row(comments=rows["comments"][::-1], order="newest_first")
    report = run("structure", turned)
    assert report["metrics"]["order_accuracy"] == 1
    assert report["baseline"]["previous"]["parent_accuracy"] == 0.5


def test_stated_parents_are_hidden_from_the_scorer(run):
    report = run("structure", thread_row(scored=["c"]))
    assert report["metrics"]["parent_accuracy"] == 0


def test_numbers_serve_as_ids(run):
    comments = [{"id": 1, "text": "Kerbs.", "parent": None}, {"id": 2, "text": "Trams.", "parent": 1}]
    assert run("structure", {"comments": comments, "scored": [2]})["metrics"]["parent_accuracy"] == 1


def test_predictions_hold_the_runners_up(run, tmp_path):
    out = tmp_path / "out.jsonl"
    run("structure", thread_row(scored=["b"]), predictions=out)
    (line,) = map(json.loads, out.read_text().splitlines())
    assert (line["line"], line["id"], line["parent"]) == (1, "b", "a")
    assert sum(line["probabilities"].values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"comments": []}, "comments"),
        ({"comments": [{"id": "a", "text": "x", "parent": "z"}]}, "comments"),
        ({"comments": [{"id": "a", "text": "x"}, {"id": "a", "text": "y"}]}, "comments"),
        ({"comments": [{"text": "x"}]}, "id"),
        ({"comments": [{"id": "article", "text": "x"}]}, "id"),
        ({"comments": [{"id": "a"}]}, "text"),
        ({"comments": [{"id": "a", "text": "x", "posted_at": "yesterday"}]}, "posted_at"),
        ({"scored": ["z"]}, "scored"),
        ({"order": "sideways"}, "order"),
        ({"article": "Lanes"}, "article"),
    ],
)
def test_bad_threads_name_the_field(run, more, field):
    with pytest.raises(BadLabelRow) as caught:
        run("structure", thread_row(**more))
    assert (caught.value.line, caught.value.field) == (1, field)
