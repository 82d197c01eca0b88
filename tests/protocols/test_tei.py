"""Discourse's two shapes: text-embeddings-inference's `predict`, and the older `/api/v1/classify`."""

from __future__ import annotations

import math

import pytest

from stance.protocols.tei import MOST_TEXTS, TEI
from stance.records import Attribute

LIKELY = dict.fromkeys(Attribute, 0.1) | {Attribute.INSULT: 0.875, Attribute.TOXICITY: 0.5, Attribute.SPAM: 0.0}


@pytest.fixture
def constant_judge(make_judge):
    return make_judge(attributes=LIKELY)


@pytest.fixture
def client(speaking):
    return speaking(TEI)


def test_what_discourse_sends_has_labels_with_scores_the_highest_first(client):
    headers = {"Referer": "https://forum.example", "X-API-KEY": "key", "Authorization": "Bearer key"}
    answer = client.post("/predict", json={"inputs": "Title\nText.", "truncate": True}, headers=headers)
    assert answer.status_code == 200
    found = answer.json()
    assert {one["label"] for one in found} == {attribute.value.lower() for attribute in Attribute}
    assert [(one["label"], one["score"]) for one in found[:2]] == [("insult", 0.875), ("toxicity", 0.5)]
    assert found[-1] == {"label": "spam", "score": 0.0}


def test_a_batch_has_an_answer_each_and_a_pair_is_a_text_with_what_it_answers(client, constant_judge):
    assert [len(one) for one in client.post("/predict", json={"inputs": [["a"], ["b", "c"]]}).json()] == [8, 8]
    assert [(case.text, case.parent.strip()) for case in constant_judge.cases[-2:]] == [("a", ""), ("b", "c")]
    assert len(client.post("/predict", json={"inputs": ["b", "c"]}).json()) == 8
    assert len(client.post("/predict", json={"inputs": ["b"]}).json()) == 8
    assert [(case.text, case.parent.strip()) for case in constant_judge.cases[-2:]] == [("b", "c"), ("b", "")]


def test_raw_scores_are_log_odds(client):
    found = client.post("/predict", json={"inputs": "a", "raw_scores": True}).json()
    scores = {one["label"]: one["score"] for one in found}
    # ln(0.875 / 0.125) = ln 7; a probability of 0 is taken for one in a million.
    assert scores["insult"] == pytest.approx(math.log(7), abs=1e-6)
    assert scores["toxicity"] == 0.0
    assert scores["spam"] == pytest.approx(-math.log(999_999), abs=1e-5)


@pytest.mark.parametrize(
    ("body", "status", "kind", "words"),
    [
        ({}, 422, "Validation", "a string, a pair"),
        ({"inputs": []}, 422, "Validation", "a string, a pair"),
        ({"inputs": ["a", "b", "c"]}, 422, "Validation", "a string, a pair"),
        ({"inputs": [["a"], "b"]}, 422, "Validation", "a string, a pair"),
        ({"inputs": [[]]}, 422, "Validation", "a string, a pair"),
        ({"inputs": ["a", None]}, 422, "Validation", "a string, a pair"),
        ({"inputs": 5}, 422, "Validation", "a string, a pair"),
        ({"inputs": "a", "truncate": "yes"}, 422, "Validation", "`truncate` must be"),
        ([], 422, "Validation", "a JSON object"),
        ({"inputs": ""}, 400, "Empty", "cannot be empty"),
        ({"inputs": [["a"]] * (MOST_TEXTS + 1)}, 413, "Validation", "batch size 33 > maximum allowed batch size 32"),
        ({"inputs": "a" * 20_481}, 413, "Validation", "Set `truncate`"),
        ({"inputs": ["a", "b" * 20_481]}, 413, "Validation", "Set `truncate`"),
    ],
)
def test_what_is_not_answered_is_told_in_their_words(client, body, status, kind, words):
    answer = client.post("/predict", json=body)
    assert (answer.status_code, answer.json()["error_type"]) == (status, kind)
    assert words in answer.json()["error"]


def test_a_long_text_is_cut_where_that_is_asked_for_and_of_what_it_answers_the_end_is_kept(client, constant_judge):
    body = {"inputs": ["é" * 10_240 + "!", "?" + "é" * 10_240], "truncate": True}
    assert client.post("/predict", json=body).status_code == 200
    case = constant_judge.cases[-1]
    assert (case.text, case.parent) == ("é" * 10_240, "é" * 10_240)


def test_an_overloaded_server_says_so(client, scoring):
    scoring.close()
    answer = client.post("/predict", json={"inputs": "a"})
    assert (answer.status_code, answer.json()["error_type"]) == (429, "Overloaded")
    assert int(answer.headers["retry-after"]) >= 1


def test_the_model_tells_its_labels(client):
    info = client.get("/info").json()
    labels = info["model_type"]["classifier"]["id2label"]
    assert (info["model_id"], labels["2"], len(labels)) == ("constant@0", "insult", 8)


def test_the_older_module_gets_a_whole_number_for_every_label_that_it_compares(client):
    answer = client.post("/api/v1/classify", json={"model": "unbiased", "content": "Title\nText."})
    assert answer.status_code == 200
    # 87.5 is rounded to the even number; obscene is what is PROFANITY here; there is no data for sexual_explicit.
    expected = {"toxicity": 50, "severe_toxicity": 10, "obscene": 10, "identity_attack": 10, "insult": 88, "threat": 10}
    assert answer.json() == expected | {"sexual_explicit": 0}
    assert all(type(percent) is int for percent in answer.json().values())


@pytest.mark.parametrize("body", [{}, {"content": None}, {"content": ["a"]}, "a"])
def test_the_older_module_is_told_what_content_must_be(client, body):
    answer = client.post("/api/v1/classify", json=body)
    assert answer.status_code == 422
    assert "must be" in answer.json()["error"]
