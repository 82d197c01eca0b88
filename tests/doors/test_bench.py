from __future__ import annotations

import json

from stance.bench import GROUPS


def test_one_json_object_is_printed_and_nothing_else(command, tiny_model):
    done = command("bench", "--comments", "8", "--json", "--model", tiny_model)
    assert (done.returncode, done.stderr) == (0, "")
    measured = json.loads(done.stdout)
    assert set(measured["groups"]) | set(measured["missing"]) == {"pipeline", "encoder", "int8"}
    for name, group in measured["groups"].items():
        assert tuple(group["ratios"]) == GROUPS[name]
        assert group["seen"]["comments"] == 8
    assert measured["model_id"].startswith("tiny@")


def test_a_table_tells_the_rate_and_each_figure_with_what_is_wanted(command, tiny_model, tmp_path):
    out = tmp_path / "table.txt"
    done = command("bench", "--comments", "8", "--model", tiny_model, "--out", out)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    table = out.read_text()
    assert "comments a second with one worker" in table
    assert "for a million" in table
    assert "at most 1.25" in table


def test_a_model_that_is_not_there_is_exit_code_4(command, tmp_path):
    done = command("bench", "--model", tmp_path / "none")
    assert (done.returncode, done.stdout) == (4, "")
    assert "none" in done.stderr


def test_one_comment_is_too_few_to_compare_batches(command):
    assert command("bench", "--comments", "1").returncode == 2
