"""The rows that machines read."""

from __future__ import annotations

import json
from dataclasses import replace

from stance.out import to_comment_rows, to_row


def test_a_row_is_json_and_the_same_each_time(analysis):
    first, second = json.dumps(to_row(analysis), allow_nan=False), json.dumps(to_row(analysis), allow_nan=False)
    assert first == second


def test_a_row_tells_what_made_it(analysis):
    row = to_row(analysis)
    assert (row["version"], row["model_id"]) == ("0.0.0", "made-up@0123abcd")
    assert row["policy_digest"] == analysis.policy_digest


def test_a_row_tells_the_thread(analysis):
    thread = to_row(analysis)["thread"]
    assert (thread["order"], thread["order_probability"]) == ("newest_first", 0.98)
    assert (thread["n_comments"], thread["stated_total"]) == (7, 31)
    assert thread["notes"] == ["the page states 31 comments and holds 7"]


def test_a_comment_carries_its_link_and_the_words_it_quotes(analysis):
    comment = to_row(analysis)["comments"][1]
    assert (comment["id"], comment["number"], comment["author"]) == ("b", 2, "Tom Ekdal")
    assert comment["reply"]["parent"] == "a"
    assert comment["reply"]["evidence"] == [{"kind": "quotation", "words": "quotes 6 words of comment 1"}]
    assert comment["reply"]["alternatives"] == [{"parent": "article", "probability": 0.05}]
    (quote,) = comment["reply"]["quotes"]
    assert quote["text"] == comment["text"][0:30] == "“Veland paid for the dredging”"


def test_probabilities_stand_under_their_labels_in_six_decimals(analysis):
    relation = to_row(analysis)["comments"][0]["relation"]
    # (1 - 0.62) / 3 = 0.126666...
    assert relation == {
        "label": "comment",
        "probabilities": {"rebut": 0.126667, "support": 0.126667, "query": 0.126667, "comment": 0.62},
    }


def test_every_span_comes_with_its_text(analysis):
    for comment in to_row(analysis)["comments"]:
        spans = [*comment["mentions"], *comment["sentences"], *comment["attribute_spans"]]
        spans += [carrier for stance in comment["stances"] for carrier in stance["spans"]]
        spans += [words for reason in comment["queue"]["reasons"] for words in reason["words"]]
        assert all(span["text"] == comment["text"][span["start"] : span["end"]] for span in spans)


def test_the_queue_lists_ids_by_rank(analysis):
    row = to_row(analysis)
    ranks = {comment["id"]: comment["queue"]["rank"] for comment in row["comments"]}
    assert sorted(ranks, key=ranks.__getitem__) == row["queue"]


def test_a_reason_is_whole(analysis):
    reasons = {reason["line"]: reason for reason in to_row(analysis)["comments"][3]["queue"]["reasons"]}
    assert {key: value for key, value in reasons["insult"].items() if key != "words"} == {
        "line": "insult",
        "what": "insult",
        "toward": "commenter 2",
        "probability": 0.96,
        "weight": 0.6,
    }
    assert reasons["insult"]["words"][0]["text"] == "pathetic fool"


def test_comment_rows_can_be_mixed_with_those_of_other_threads(analysis):
    rows = to_comment_rows(analysis)
    assert [row["id"] for row in rows] == list("abcdefg")
    assert {row["thread_id"] for row in rows} == {"harbour"}
    assert all(row["model_id"] == analysis.model_id for row in rows)


def test_what_a_format_carried_is_kept_as_json_can_hold_it(analysis):
    nested: list[object] = []
    for _ in range(5000):
        nested = [nested]
    extra = {"likes": 3, "score": float("nan"), "tags": ("a", "b"), "deep": nested}
    comments = (replace(analysis.thread.comments[0], extra=extra), *analysis.thread.comments[1:])
    row = to_row(replace(analysis, thread=replace(analysis.thread, comments=comments)))
    kept = json.loads(json.dumps(row, allow_nan=False))["comments"][0]["extra"]
    assert (kept["likes"], kept["score"], kept["tags"]) == (3, None, ["a", "b"])
