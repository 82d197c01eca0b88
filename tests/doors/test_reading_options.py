"""Every command reads by the same options: which thread, what of bad records, whose names."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import typer

import stance
from stance.cli import app
from stance.cli.reading import InputFormat, parse_columns
from stance.errors import SeveralThreads
from stance.out import to_row
from stance.read import FORMATS

READING = {"--from", "--thread", "--rejects", "--mend", "--refuse", "--columns", "--pseudonymise"}


@pytest.fixture
def several(tmp_path):
    rows = [
        {"article": {"title": "Two bridges", "text": "The council must choose."}, "thread_id": "bridges"},
        {"id": "a", "text": "The council of Norway is right.", "author": "kim", "thread_id": "bridges"},
        {"id": "a", "text": "Roads are dear. Who asked Kim?", "author": "Kim", "thread_id": "roads"},
        {"id": "b", "text": "“The council of Norway is right.” No!", "parent_id": "a", "thread_id": "bridges"},
    ]
    path = tmp_path / "several.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def damaged(several):
    several.write_text(several.read_text() + '{"id": 1\n{"text": "zanzibar", "thread_id": "roads"}\n', encoding="utf-8")
    return several


@pytest.fixture
def ring(tmp_path):
    path = tmp_path / "ring.jsonl"
    path.write_text('{"id": "a", "text": "x", "parent_id": "b"}\n{"id": "b", "text": "y", "parent_id": "a"}\n')
    return path


def objects(text):
    """The JSON objects that stand one after the other in a text."""
    found, decoder = [], json.JSONDecoder()
    while text := text.lstrip():
        row, end = decoder.raw_decode(text)
        found.append(row)
        text = text[end:]
    return found


def test_the_formats_that_can_be_named_are_those_that_are_read():
    assert sorted(InputFormat) == sorted(FORMATS)


@pytest.mark.parametrize("name", ["analyze", "tree", "actors", "convert"])
def test_every_command_that_reads_has_every_option(name):
    known = {flag for option in typer.main.get_command(app).commands[name].params for flag in option.opts}
    assert READING - known == set()


@pytest.mark.parametrize("form", ["json", "jsonl", "text"])
def test_every_thread_is_analysed_one_after_the_other(command, several, tiny_model, form):
    together = command("analyze", several, "--format", form, "--model", tiny_model)
    alone = [
        command("analyze", several, "--format", form, "--model", tiny_model, "--thread", name)
        for name in ("bridges", "roads")
    ]
    assert together.returncode == 0
    assert together.stdout == alone[0].stdout + alone[1].stdout


def test_threads_are_named_and_analysed_as_in_python(command, several, tiny_model, tmp_path):
    from stance.replies import load_scorer

    out = tmp_path / "out.json"
    assert command("analyze", several, "--format", "json", "--model", tiny_model, "--out", out).stdout == ""
    analyses = stance.analyze(
        map(stance.build_thread, stance.read_threads(several)),
        stance.load_judge(tiny_model),
        policy=stance.load_policy(),
        scorer=load_scorer(tiny_model),
    )
    rows = objects(out.read_text())
    assert rows == [json.loads(json.dumps(to_row(analysis))) for analysis in analyses]
    assert [row["thread"]["id"] for row in rows] == ["bridges", "roads"]


@pytest.mark.parametrize("name", ["tree", "actors"])
def test_a_command_for_one_thread_asks_which(command, several, tiny_model, name):
    done = command(name, several, "--model", tiny_model)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Name one with --thread" in done.stderr
    assert command(name, several, "--model", tiny_model, "--thread", "roads").returncode == 0
    done = command(name, several, "--thread", "rivers")
    assert (done.returncode, "holds no thread 'rivers'" in done.stderr) == (2, True)


def test_in_python_too_one_thread_is_asked_for(several):
    with pytest.raises(SeveralThreads):
        stance.analyze_file(several)


def test_the_first_bad_record_is_an_error_that_names_the_way_on(command, damaged):
    done = command("convert", damaged, damaged.with_name("out.jsonl"))
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{damaged}:5: not JSON" in done.stderr
    assert "--rejects FILE" in done.stderr
    assert not damaged.with_name("out.jsonl").exists()


def test_bad_records_are_set_aside_with_their_reasons(command, damaged, tmp_path):
    rejects, out = tmp_path / "rejects.jsonl", tmp_path / "out.jsonl"
    done = command("convert", damaged, out, "--rejects", rejects)
    assert done.returncode == 0
    rows = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert [row["place"] for row in rows] == [5, 6]
    assert [sorted(row) for row in rows] == [["mend", "place", "source", "what"]] * 2
    assert "2 records set aside" in done.stderr
    assert "3 comments written" in done.stderr
    assert "zanzibar" not in rejects.read_text()
    # 6 rows in: 3 comments, 1 article, 2 rejects.
    assert sum(len(page.comments) for page in stance.read_threads(out)) == 3


def test_lines_of_rejects_are_whole_whenever_the_reading_ends(command, damaged, tmp_path):
    rejects = tmp_path / "rejects.jsonl"
    done = command("convert", damaged, tmp_path / "none" / "out.jsonl", "--rejects", rejects)
    assert done.returncode == 8
    command("convert", damaged, tmp_path / "out.jsonl", "--rejects", rejects, "--thread", "rivers")
    assert rejects.read_bytes().endswith(b"}\n")


def test_rejects_do_not_go_where_the_comments_come_from(command, damaged):
    before = damaged.read_bytes()
    done = command("analyze", damaged, "--rejects", damaged)
    assert (done.returncode, damaged.read_bytes()) == (2, before)
    assert "is the file that is read" in done.stderr


def test_rejects_that_cannot_be_written_are_exit_code_8(command, damaged, tmp_path):
    assert command("analyze", damaged, "--rejects", tmp_path / "none" / "rejects").returncode == 8


@pytest.mark.parametrize("name", ["analyze", "tree", "actors"])
def test_a_fault_is_refused_with_its_thread_or_mended_by_name(command, ring, tiny_model, name):
    done = command(name, ring)
    assert done.returncode == 3
    assert f"stance: {ring}: comments" in done.stderr
    assert command(name, ring, "--model", tiny_model, "--mend", "ring").returncode == 0


def test_converting_keeps_what_the_source_states_unless_told_to_mend(command, ring, tmp_path):
    for options, parents in (([], ["b", "a"]), (["--mend", "ring"], [None, "a"])):
        out = tmp_path / f"out{len(options)}.jsonl"
        assert command("convert", ring, out, *options).returncode == 0
        assert [comment.parent_id for comment in stance.read_page(out).comments] == parents
    assert command("convert", ring, tmp_path / "out.csv", "--refuse", "orphan").returncode == 3


def test_names_are_replaced_at_the_door(command, several, tmp_path, tiny_model):
    key, out = tmp_path / "key", tmp_path / "out.jsonl"
    key.write_text("0123456789abcdef0123456789abcdef\n")
    assert command("convert", several, out, "--pseudonymise", key).returncode == 0
    assert "kim" not in out.read_text().lower()
    analysed = command("analyze", several, "--pseudonymise", key, "--format", "json", "--model", tiny_model).stdout
    assert "kim" not in analysed.lower()
    key.write_text("short")
    done = command("convert", several, tmp_path / "other.jsonl", "--pseudonymise", key)
    assert (done.returncode, "openssl rand" in done.stderr) == (2, True)


def test_columns_are_named_by_field():
    assert parse_columns(["id=ID,text=the text, of it,author=who", "posted_at=when=?"]) == {
        "id": "ID",
        "text": "the text, of it",
        "author": "who",
        "posted_at": "when=?",
    }


@pytest.mark.parametrize("given", ["text", "=body", "text=", ""])
def test_columns_that_are_no_pairs_are_a_usage_error(command, several, given):
    done = command("convert", several, several.with_name("out.jsonl"), "--columns", given)
    assert done.returncode == 2
    assert "NAME=COLUMN" in done.stderr


def test_columns_reach_the_table(command, tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("number,said,by\n1,Stone.,kim\n2,Steel.,lee\n")
    assert (
        command("convert", table, tmp_path / "out.jsonl", "--columns", "id=number,text=said,author=by").returncode == 0
    )
    comments = stance.read_page(tmp_path / "out.jsonl").comments
    assert [(one.id, one.text, one.author) for one in comments] == [("1", "Stone.", "kim"), ("2", "Steel.", "lee")]


def test_nothing_is_overwritten_without_force(command, several):
    out = several.with_name("out.jsonl")
    assert command("convert", several, out).returncode == 0
    done = command("convert", several, out)
    assert (done.returncode, "--force" in done.stderr) == (8, True)
    assert command("convert", several, out, "--force").returncode == 0
    assert command("convert", out, out, "--force").returncode == 0
    assert len(list(stance.read_threads(out))) == 2


def test_a_pipe_is_read_like_the_file(command, several, monkeypatch, tmp_path):
    with several.open("rb") as stdin:
        monkeypatch.setattr(sys, "stdin", type("Stdin", (), {"buffer": stdin}))
        assert command("convert", "-", tmp_path / "piped.jsonl").returncode == 0
    command("convert", several, tmp_path / "read.jsonl")
    assert (tmp_path / "piped.jsonl").read_bytes() == (tmp_path / "read.jsonl").read_bytes()


def test_the_file_for_rejects_is_no_other_file_of_the_command(command, damaged, tmp_path):
    key, out = tmp_path / "key", tmp_path / "out.jsonl"
    key.write_text("0123456789abcdef" * 4)
    for words in ((out, "--force", "--rejects", out), (out, "--pseudonymise", key, "--rejects", key)):
        assert command("convert", damaged, *words).returncode == 2
    assert (key.read_text(), out.exists()) == ("0123456789abcdef" * 4, False)


def test_a_link_that_leads_to_itself_is_replaced(command, several, tmp_path):
    loop = tmp_path / "loop.jsonl"
    loop.symlink_to(loop)
    assert command("convert", several, loop).returncode == 0
    assert len(loop.read_text().splitlines()) == 4


def test_a_closed_standard_input_is_told(tmp_path):
    words = [sys.executable, "-m", "stance", "convert", "-", str(tmp_path / "out.jsonl")]
    done = subprocess.run(["sh", "-c", 'exec "$@" <&-', "sh", *words], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "standard input is closed" in done.stderr


def test_what_is_converted_goes_through_a_pipe_by_its_name(several, command):
    words = [sys.executable, "-m", "stance", "convert", str(several), "/dev/stdout", "--to", "jsonl"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 4)
    done = command("convert", several, "-")
    assert (done.returncode, "/dev/stdout" in done.stderr) == (2, True)
