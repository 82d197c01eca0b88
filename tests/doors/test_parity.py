"""One thread gives one answer, whichever door it comes through."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import stance
from stance.out import to_comment_rows, to_row


@pytest.fixture
def page(tmp_path):
    rows = [
        {"article": {"title": "Two bridges", "text": "The council of Norway must choose.", "author": "Ida Berg"}},
        {"id": "a", "text": "The council is right. Norway built the last one in 1998.", "author": "kim"},
        {"id": "b", "text": "“Norway built the last one in 1998.” That is not so, you fool!", "author": "lee"},
        {"id": "c", "text": "Sweden paid for half of it. Was that wise?", "parent_id": "a", "votes": 3},
    ]
    path = tmp_path / "bridges.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def parts(tiny_model):
    from stance.replies import load_scorer

    return {"judge": stance.load_judge(tiny_model), "scorer": load_scorer(tiny_model)}


def plain(row):
    return json.loads(json.dumps(row))


def test_library_and_command_give_the_same_analysis(command, page, parts, tiny_model):
    done = command("analyze", page, "--format", "json", "--model", tiny_model)
    assert done.stderr == ""
    assert json.loads(done.stdout) == plain(to_row(stance.analyze_file(page, **parts)))


def test_a_stream_of_threads_gives_what_each_gives_alone(page, parts, chain):
    threads = [stance.build_thread(stance.read_page(page)), stance.build_thread(chain("a b>a c>b"))]
    policy = stance.load_policy()
    together = stance.analyze(threads, parts["judge"], policy=policy, scorer=parts["scorer"])
    alone = [
        next(stance.analyze([thread], parts["judge"], policy=policy, scorer=parts["scorer"])) for thread in threads
    ]
    assert [plain(to_row(analysis)) for analysis in together] == [plain(to_row(analysis)) for analysis in alone]


def test_standard_input_gives_what_the_file_gives(page, tiny_model):
    # Both in processes of their own: how many threads torch has left in this one decides a sum's last digit.
    words = [sys.executable, "-m", "stance", "analyze", "--from", "jsonl", "--format", "jsonl", "--model", tiny_model]
    piped = subprocess.run([*words, "-"], input=page.read_bytes(), capture_output=True, check=True)
    filed = subprocess.run([*words, page], capture_output=True, check=True)
    assert [{**row, "thread_id": ""} for row in map(json.loads, piped.stdout.splitlines())] == [
        {**row, "thread_id": ""} for row in map(json.loads, filed.stdout.splitlines())
    ]


def test_out_holds_what_would_have_been_printed(command, page, tiny_model, tmp_path):
    out = tmp_path / "result.json"
    printed = command("analyze", page, "--format", "json", "--model", tiny_model)
    filed = command("analyze", page, "--format", "json", "--model", tiny_model, "--out", out)
    assert filed.stdout == ""
    assert out.read_text(encoding="utf-8") == printed.stdout


def test_a_cast_that_was_printed_goes_back_in_and_changes_nothing(command, page, tiny_model, tmp_path):
    cast = tmp_path / "cast.toml"
    assert command("actors", page, "--model", tiny_model, "--out", cast).returncode == 0
    found = command("analyze", page, "--format", "json", "--model", tiny_model)
    given = command("analyze", page, "--format", "json", "--model", tiny_model, "--actors", cast)
    assert json.loads(given.stdout)["actors"] == json.loads(found.stdout)["actors"]


def test_uncertain_order_asks_for_another_queue_of_the_same_comments(page, parts):
    risk = stance.analyze_file(page, **parts)
    uncertain = stance.analyze_file(page, **parts, order="uncertain")
    assert {item.comment_id for item in risk.queue} == {item.comment_id for item in uncertain.queue}
    ranks = [item.uncertainty for item in uncertain.queue]
    assert ranks == sorted(ranks, reverse=True)


def test_a_row_a_comment_says_what_the_whole_says(page, parts):
    analysis = stance.analyze_file(page, **parts)
    rows = to_comment_rows(analysis)
    assert [row["id"] for row in rows] == [comment.id for comment in analysis.thread.comments] == ["a", "b", "c"]
