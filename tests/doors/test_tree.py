"""`stance tree PAGE`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

from stance.cli.analyze import RUNNERS_UP
from stance.replies import N_ALTERNATIVES


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "bridges.jsonl"
    path.write_text(
        '{"article": {"title": "Two bridges"}}\n'
        '{"id": "a", "text": "The council is right.", "author": "kim"}\n'
        '{"id": "b", "text": "It is not.", "author": "lee", "parent_id": "a"}\n'
        '{"id": "c", "text": "Why?", "author": "kim", "parent_id": "b"}\n'
        '{"id": "d", "text": "Lost.", "parent_id": "x"}\n'
    )
    return path


@pytest.fixture
def ring(tmp_path):
    path = tmp_path / "ring.jsonl"
    path.write_text('{"id": "a", "text": "x", "parent_id": "b"}\n{"id": "b", "text": "y", "parent_id": "a"}\n')
    return path


def test_the_tree_is_drawn_on_standard_output(command, page, tiny_model):
    done = command("tree", page, "--model", tiny_model)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("note: 1 comment states a parent that is not on the page")
    assert lines[1] == "the article  Two bridges"
    assert len([line for line in lines if re.search(r"#\d .*link 1\.00", line)]) >= 2
    assert "\x1b" not in done.stdout


def test_depth_hides_and_counts(command, page, tiny_model):
    done = command("tree", page, "--model", tiny_model, "--depth", 1)
    assert "more below" in done.stdout
    assert "#3" not in done.stdout


def test_a_pipe_of_forty_columns_is_kept_to(command, page, tiny_model, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    done = command("tree", page, "--model", tiny_model)
    assert max(map(len, done.stdout.splitlines())) <= 40


def test_runners_up_are_told_where_asked_for(command, page, tiny_model):
    # Only #4 states no parent on the page; the article and the three before it are as likely, one of them its parent.
    done = command("tree", page, "--model", tiny_model, "--alternatives", 2)
    (line,) = [line for line in done.stdout.splitlines() if " or " in line]
    assert line.count(" 0.25") == 2
    assert " or " not in command("tree", page, "--model", tiny_model).stdout


@pytest.mark.parametrize("k", [0, 1, 9])
def test_as_many_runners_up_are_listed_as_asked_for(command, page, tiny_model, k):
    done = command("analyze", page, "--model", tiny_model, "--format", "json", "--alternatives", k)
    listed = [comment["reply"]["alternatives"] for comment in json.loads(done.stdout)["comments"]]
    assert list(map(len, listed)) == [0, 0, 0, min(k, 3)]


def test_the_command_lists_as_many_runners_up_as_the_library():
    assert RUNNERS_UP == N_ALTERNATIVES


def test_files_are_written_and_nothing_is_drawn(command, page, tiny_model, tmp_path):
    dot, svg = tmp_path / "t.dot", tmp_path / "t.svg"
    done = command("tree", page, "--model", tiny_model, "--dot", dot, "--svg", svg)
    assert (done.returncode, done.stdout) == (0, "")
    assert dot.read_text(encoding="utf-8").startswith("digraph replies {")
    assert ET.parse(svg).getroot().tag.endswith("svg")


def test_two_pictures_are_not_put_into_one_file(command, page, tmp_path):
    done = command("tree", page, "--dot", tmp_path / "out", "--svg", tmp_path / "out")
    assert (done.returncode, "name another" in done.stderr, (tmp_path / "out").exists()) == (2, True, False)


def test_a_graph_can_go_to_standard_output(command, page, tiny_model):
    assert command("tree", page, "--model", tiny_model, "--dot", "-").stdout.endswith("}\n")


def test_a_file_that_cannot_be_written_is_exit_code_8(command, page, tiny_model, tmp_path):
    done = command("tree", page, "--model", tiny_model, "--svg", tmp_path / "no such folder" / "t.svg")
    assert (done.returncode, done.stderr.count("\n")) == (8, 1)


def test_a_ring_is_refused_and_mended_by_the_name_that_the_error_gives(command, ring, tiny_model):
    refused = command("tree", ring)
    assert refused.returncode == 3
    name = re.search(r"to be mended: (\w+)", refused.stderr)[1]
    done = command("tree", ring, "--model", tiny_model, "--mend", name)
    assert (done.returncode, done.stderr) == (0, "")
    assert "note: 1 ring of replies was cut" in done.stdout


def test_a_missing_parent_is_refused_when_asked(command, page):
    done = command("tree", page, "--refuse", "orphan")
    assert done.returncode == 3
    assert "is not on the page" in done.stderr


def test_a_closed_pipe_ends_without_a_traceback(page, tiny_model):
    words = [sys.executable, "-m", "stance", "tree", str(page), "--model", str(tiny_model)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        said = process.stderr.read()
        process.wait(timeout=120)
    assert process.returncode == 1
    assert b"Traceback" not in said
