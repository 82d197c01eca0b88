"""Errors are one line and an exit code; data goes to stdout and words to stderr."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

import stance

PROCESS = [sys.executable, "-m", "stance"]


def test_help_names_every_command(command):
    done = command("--help")
    assert done.returncode == 0
    assert [
        name for name in ("analyze", "tree", "actors", "convert", "evaluate", "train") if name not in done.stdout
    ] == []


def test_the_version_is_the_packages(command):
    assert command("--version").stdout.strip() == stance.__version__


def one_line(done, *, exit_code, part):
    assert done.returncode == exit_code
    assert done.stdout == ""
    assert done.stderr.startswith("stance: ")
    assert done.stderr.count("\n") == 1
    assert part in done.stderr


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "the file is empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, "not text"),
        (b"A title\n\nAn article that nobody has answered.\n", "no comments found"),
        (b'{"id": not json\n', ":1:"),
        (b"{not json\n", "format not recognised"),
    ],
    ids=["empty", "binary", "no comments", "broken row", "no row"],
)
def test_a_page_that_cannot_be_read_is_one_line_and_exit_code_2(command, tmp_path, content, part):
    page = tmp_path / "page"
    page.write_bytes(content)
    one_line(command("analyze", page), exit_code=2, part=part)


def test_a_page_that_is_not_there_is_one_line(command, tmp_path):
    one_line(command("analyze", tmp_path / "none"), exit_code=2, part="none")


def test_a_ring_of_replies_is_exit_code_3(command, tmp_path):
    page = tmp_path / "ring.jsonl"
    page.write_text('{"id": "a", "text": "x", "parent_id": "b"}\n{"id": "b", "text": "y", "parent_id": "a"}\n')
    one_line(command("analyze", page), exit_code=3, part="Clear parent_id in one of them")


def test_a_model_that_is_not_there_is_exit_code_4(command, seed_page, tmp_path):
    one_line(command("analyze", seed_page, "--model", tmp_path), exit_code=4, part="Give --model a folder")


def test_a_broken_policy_is_exit_code_5_before_any_model_is_loaded(command, seed_page, tmp_path):
    policy = tmp_path / "policy.toml"
    policy.write_text("this is no toml")
    one_line(command("analyze", seed_page, "--policy", policy, "--model", tmp_path), exit_code=5, part="policy.toml")


def test_a_broken_cast_is_exit_code_5(command, seed_page, tmp_path):
    cast = tmp_path / "cast.toml"
    cast.write_text("= broken")
    one_line(command("analyze", seed_page, "--actors", cast, "--model", tmp_path), exit_code=5, part="cast.toml")


def test_a_file_that_cannot_be_written_is_exit_code_8(command, seed_page, tiny_model, tmp_path):
    out = tmp_path / "no such folder" / "out.json"
    one_line(command("analyze", seed_page, "--model", tiny_model, "--out", out), exit_code=8, part="cannot be written")


def test_no_word_of_a_comment_is_in_an_error(command, tmp_path):
    page = tmp_path / "page.jsonl"
    page.write_text('{"id": "a", "text": "zanzibar zanzibar"}\n{"id": "a", "text": "zanzibar"}\n')
    done = command("analyze", page)
    assert done.returncode == 3
    assert "zanzibar" not in done.stdout + done.stderr


def test_words_that_mean_nothing_are_usage_errors(command):
    assert command("analyse").returncode == 2
    assert command("analyze").returncode == 2
    assert command("analyze", "page", "--format", "xml").returncode == 2


def test_evaluating_a_thread_without_its_page_says_what_is_wanted(command, seed_page):
    done = command("evaluate", "thread", seed_page.with_name("idlib.gold.json"))
    assert done.returncode == 2
    assert "--page" in done.stderr


def test_a_closed_pipe_ends_quietly(seed_page, tiny_model):
    words = [*PROCESS, "analyze", str(seed_page), "--model", str(tiny_model), "--format", "json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        said = process.stderr.read()
        process.wait(timeout=120)
    assert process.returncode == 1
    assert b"Traceback" not in said


@pytest.fixture
def heeding_interrupts():
    """A shell that runs its tests in the background has them ignore interrupts, and their children too."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_is_exit_code_130_without_a_traceback(tmp_path, heeding_interrupts):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    words = [*PROCESS, "analyze", str(pipe)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        with pipe.open("wb"):  # waits until the command has opened it to read
            process.send_signal(signal.SIGINT)
            said = process.stderr.read()
        process.wait(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in said


def test_a_file_that_cannot_be_read_is_told_before_anything_heavy_is_imported(tmp_path):
    page = tmp_path / "empty"
    page.touch()
    script = (
        f"import sys; sys.argv = ['stance', 'analyze', {str(page)!r}]\n"
        "from stance.cli import main\n"
        "try: main()\n"
        "except SystemExit: print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.split()
    assert "stance.read" in loaded
    assert {"torch", "transformers", "sklearn", "pandas"} & set(loaded) == set()
