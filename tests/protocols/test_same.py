"""One corpus, one model: the library, a run of `stance score` and a real server judge it alike, to 1e-4."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

import stance
from stance.cli import main
from stance.out import to_comment_rows, to_row
from stance.protocols import Scoring, Service, create_api
from stance.protocols.openai import OPENAI
from stance.protocols.tei import TEI
from stance.protocols.threads import THREADS
from stance.records import ARTICLE
from stance.replies import load_scorer

pytestmark = pytest.mark.gold

LONG = "The ferry was cheaper, and nobody asked the people who row it. " * 40
THREADS_OF = {
    "bridge": [
        {"article": {"title": "Two bridges", "text": "Norway must choose between two bridges.", "author": "Ida Berg"}},
        {"id": "a", "author": "kim", "text": "The council is right. Norway built the last one in 1998."},
        {"id": "b", "author": "lee", "text": "“Norway built the last one in 1998.” That is not so, you fool!"},
        {"id": "c", "author": "mo", "text": "@kim Sweden paid for half of it. Was that wise?", "parent_id": "a"},
        {"id": "d", "author": "kim", "text": "Thank you, mo. I did not know that.", "parent_id": "c"},
        {"id": "e", "author": "lee", "text": LONG},
    ],
    "harbour": [
        {"article": {"title": "Who owns the harbour?", "text": "The port of Sund was sold twice."}},
        {"id": "a", "author": "ola", "text": "Denmark lied about the sale, as always. Get out of our town or else."},
        {"id": "b", "author": "per", "text": "Agree: they lied 👎🏽 and they will lie again", "parent_id": "a"},
        {"id": "c", "author": "ola", "text": "", "parent_id": "b"},
        {"id": "d", "author": "eva", "text": "What evidence is there that it was sold twice?"},
    ],
    "school": [
        {"id": "a", "text": "The new timetable helps nobody; teachers are leaving."},
        {"id": "b", "text": "No. It helps children who live far away.", "parent_id": "a"},
    ],
}


@pytest.fixture(scope="module")
def model():
    from stance.judge import default_model_folder

    return stance.load_judge(), load_scorer(default_model_folder())


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    path = tmp_path_factory.mktemp("corpus") / "corpus.jsonl"
    rows = [{**row, "thread_id": name} for name, thread in THREADS_OF.items() for row in thread]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def analyses(model, corpus):
    """What the library says, thread by thread."""
    judge, scorer = model
    threads = map(stance.build_thread, stance.read_threads(corpus))
    return {
        analysis.thread.id: analysis
        for analysis in stance.analyze(threads, judge, policy=stance.load_policy(), scorer=scorer)
    }


@pytest.fixture
def origin(model, serving):
    judge, scorer = model
    scoring = Scoring(judge, policy=stance.load_policy(), scorer=scorer, longest_wait_seconds=60)
    yield serving(create_api(Service(scoring=scoring), dialects=(OPENAI, TEI, THREADS)))
    scoring.close()


def assert_same(found, expected, place=""):
    """Equal, but for numbers that lie within 1e-4."""
    if isinstance(expected, float):
        assert found == pytest.approx(expected, abs=1e-4), place
    elif isinstance(expected, dict):
        assert found.keys() == expected.keys(), place
        for key, value in expected.items():
            assert_same(found[key], value, f"{place}.{key}")
    elif isinstance(expected, list):
        assert len(found) == len(expected), place
        for number, value in enumerate(expected):
            assert_same(found[number], value, f"{place}[{number}]")
    else:
        assert found == expected, place


def given(name):
    """A thread as the body of a request."""
    rows = THREADS_OF[name]
    article = {"article": rows[0]["article"]} if "article" in rows[0] else {}
    return article | {"thread_id": name, "comments": [row for row in rows if "id" in row]}


def test_a_server_says_of_a_thread_what_the_library_says(origin, analyses):
    with httpx2.Client(base_url=origin, timeout=120) as client, ThreadPoolExecutor(6) as pool:
        # All at once, and twice: whatever they share a batch with, the answers stay.
        names = [*THREADS_OF] * 2
        answers = list(pool.map(lambda name: client.post("/v1/threads:analyze", json=given(name)), names))
    for name, answer in zip(names, answers, strict=True):
        assert answer.status_code == 200, answer.text
        assert_same(answer.json(), json.loads(json.dumps(to_row(analyses[name]))), name)


def test_a_server_reads_the_file_itself_as_the_library_does(origin, analyses, corpus):
    body = {"content": corpus.read_text(encoding="utf-8"), "format": "jsonl", "thread_id": "harbour"}
    answer = httpx2.post(f"{origin}/v1/threads:analyze", json=body, timeout=120)
    assert_same(answer.json(), json.loads(json.dumps(to_row(analyses["harbour"]))))


@pytest.mark.parametrize("engine", ["local", pytest.param("ray", marks=pytest.mark.slow)])
def test_a_run_of_stance_score_says_what_the_library_says(engine, analyses, corpus, tmp_path, monkeypatch, capsys):
    words = ["score", str(corpus), "--out", str(tmp_path / "run"), "--format", "jsonl", "--shard-comments", "5"]
    monkeypatch.setattr(sys, "argv", ["stance", *words, "--engine", engine])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code in (None, 0), capsys.readouterr().err
    shards = sorted((tmp_path / "run").rglob("*.jsonl"))
    rows = [json.loads(line) for shard in shards for line in shard.read_text(encoding="utf-8").splitlines()]
    expected = [row for analysis in analyses.values() for row in to_comment_rows(analysis)]
    assert len(rows) == len(expected) == 11
    for row, one in zip(rows, expected, strict=True):
        del row["source"]
        assert_same(row, json.loads(json.dumps(one)), f"{one['thread_id']}/{one['id']}")


def test_a_lone_comment_with_what_it_answers_has_the_scores_that_it_has_in_its_thread(origin, analyses):
    pairs, expected = [], []
    for analysis in analyses.values():
        texts = {comment.id: comment.text for comment in analysis.thread.comments}
        for comment, reply, judgement in zip(
            analysis.thread.comments, analysis.replies, analysis.judgements, strict=True
        ):
            if comment.text and reply.parent_id != ARTICLE:
                pairs.append([comment.text, texts[reply.parent_id]])
                expected.append({name.value.lower(): value for name, value in judgement.attributes.items()})
    assert len(pairs) > 4
    answers = httpx2.post(f"{origin}/predict", json={"inputs": pairs}, timeout=120).json()
    found = [{one["label"]: one["score"] for one in answer} for answer in answers]
    assert_same(found, [{name: float(value) for name, value in one.items()} for one in expected])


def test_a_moderated_text_has_the_scores_that_it_has_as_a_comment_without_a_thread(origin, model, tmp_path):
    judge, scorer = model
    text = "You are a fool, and your people are vermin."
    path = tmp_path / "alone.jsonl"
    path.write_text(json.dumps({"id": "a", "text": text}), encoding="utf-8")
    page = stance.read_page(path)
    (analysis,) = stance.analyze([stance.build_thread(page)], judge, policy=stance.load_policy(), scorer=scorer)
    attributes = analysis.judgements[0].attributes
    answer = httpx2.post(f"{origin}/v1/moderations", json={"input": text}, timeout=120).json()
    scores = answer["results"][0]["category_scores"]
    assert scores["hate"] == pytest.approx(attributes["IDENTITY_ATTACK"], abs=1e-4)
    assert scores["harassment/threatening"] == pytest.approx(attributes["THREAT"], abs=1e-4)
