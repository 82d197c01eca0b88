"""`stance label` and `stance labels` as commands: killed and gone on with, and refused where they must be."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest
from made_units import make_units, rows_of
from typer.testing import CliRunner

from stance.cli import app
from stance.study import read_label_rows, write_label_rows

TOKEN = "a-token-that-only-tests-know"


class Running:
    """`stance label` in a process of its own; `link` is what it printed."""

    def __init__(self, sample: Path, out: Path, *more: str) -> None:
        command = [sys.executable, "-m", "stance", "label", str(sample), "--out", str(out), "--port", "0", *more]
        environment = {**os.environ, "STANCE_TOKEN": TOKEN}
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.link = self.process.stdout.readline().strip()
        assert self.link.startswith("http://127.0.0.1:"), self.process.stderr.read()

    def end(self, how: signal.Signals) -> tuple[int, str]:
        """End it, and return its exit code and what it told."""
        self.process.send_signal(how)
        _, told = self.process.communicate(timeout=30)
        return self.process.returncode, told


@pytest.fixture
def run() -> Iterator[Callable[..., Running]]:
    begun = []

    def begin(*given: object) -> Running:
        begun.append(Running(*given))
        return begun[-1]

    yield begin
    for one in begun:
        if one.process.poll() is None:
            one.end(signal.SIGKILL)


def invoke(*given: object):
    return CliRunner().invoke(app, [str(one) for one in given])


def test_a_server_that_is_killed_loses_nothing_and_the_same_command_goes_on(run, sample, out, window):
    first = run(sample, out, "--annotator", "Anna")
    at = window(first.link)
    at.press("1", "2", "3")
    assert first.end(signal.SIGKILL)[0] == -signal.SIGKILL
    at.page.keyboard.press("1")
    at.until("document.querySelector('#alerts').textContent.includes('the server does not answer')")
    assert [row["label"] for row in rows_of(out)] == ["favor", "against", "neutral"]
    again = run(sample, out, "--annotator", "Anna")
    later = window(again.link)
    assert later.number() == 4
    later.press("1")
    code, told = again.end(signal.SIGINT)
    assert code == 0
    assert f"4 of 12 labelled, in {out}" in told


def test_every_answer_that_was_acknowledged_outlives_kills(run, tmp_path, out):
    sample = tmp_path / "many.jsonl"
    write_label_rows(make_units(60), sample)
    kept: list[tuple[int, str]] = []
    for _ in range(3):
        served = run(sample, out, "--annotator", "Anna")
        client = Client(served.link)
        for word in ("favor", "against", "neutral", "favor", "against"):
            kept.append((client.number, word))
            client.answer(word)
        served.end(signal.SIGKILL)
    assert [row["label"] for row in rows_of(out)] == [word for _, word in kept]
    assert [number for number, _ in kept] == list(range(1, 16))


class Client:
    """A script that labels: what it is shown, and its answers."""

    def __init__(self, link: str) -> None:
        self.origin = link.partition("/open")[0]
        self._browser = build_opener(HTTPCookieProcessor(CookieJar()))
        with self._browser.open(link, timeout=30) as page:
            shown = page.read().decode()
        self.csrf = shown.partition('data-csrf="')[2].partition('"')[0]
        self.number = int(shown.partition('data-number="')[2].partition('"')[0])
        self.version = shown.partition('data-version="')[2].partition('"')[0]

    def answer(self, word: str) -> None:
        what = {"version": self.version, "word": word, "seconds": 1}
        headers = {"content-type": "application/json", "origin": self.origin, "x-csrf-token": self.csrf}
        address = f"{self.origin}/api/units/{self.number}/answer"
        with self._browser.open(Request(address, json.dumps(what).encode(), headers), timeout=30) as answer:
            unit = json.load(answer)
        self.number, self.version = unit["number"], unit["version"]


def test_two_at_once_on_one_file_are_refused_and_one_after_the_other_are_not(run, sample, out):
    first = run(sample, out, "--annotator", "Anna")
    done = invoke("label", sample, "--out", out, "--annotator", "Bo", "--port", 0)
    assert done.exit_code != 0
    assert "another `stance label` has it open" in str(done.exception)
    Client(first.link).answer("favor")
    first.end(signal.SIGINT)
    second = run(sample, out, "--annotator", "Bo")
    assert Client(second.link).number == 1
    Client(second.link).answer("against")
    second.end(signal.SIGINT)
    assert [(row["annotator"], row["label"]) for row in rows_of(out)] == [("Anna", "favor"), ("Bo", "against")]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--out", "labels.csv"], "JSON Lines"),
        (["--annotator", " "], "somebody's name"),
        (["--what", "relation"], "no row asks relation"),
        (["--what", "colour"], "nothing that comments are scored for"),
    ],
)
def test_what_cannot_be_labelled_so_is_told(given, told, sample):
    done = invoke("label", sample, "--port", 0, *given)
    assert done.exit_code != 0
    assert told in done.output + str(done.exception)


def test_comments_without_a_question_want_one(tmp_path):
    page = tmp_path / "comments.jsonl"
    page.write_text('{"id": "1", "text": "Veland lied."}\n')
    done = invoke("label", page, "--port", 0)
    assert done.exit_code == 2
    assert "--what" in done.output


def test_labels_go_to_another_tool_and_come_back(sample, tmp_path):
    tasks, out, aside = tmp_path / "tasks.jsonl", tmp_path / "labels.jsonl", tmp_path / "aside.jsonl"
    assert invoke("labels", "export", sample, "--to", "prodigy", "--out", tasks).exit_code == 0
    given = [json.loads(line) | {"accept": ["favor"], "answer": "accept"} for line in tasks.read_text().splitlines()]
    given[0]["answer"] = "reject"
    answers = tmp_path / "answers.jsonl"
    answers.write_text("".join(json.dumps(one) + "\n" for one in given))
    brought = ["labels", "import", answers, "--from", "prodigy", "--sample", sample, "--out", out]
    assert "was rejected" in str(invoke(*brought).exception)
    assert not out.exists()
    done = invoke(*brought, "--rejects", aside)
    assert done.exit_code == 0
    assert "11 answers" in done.output
    assert "1 of 12 unanswered" in done.output
    assert len(list(read_label_rows(out))) == 11
    (reject,) = [json.loads(line) for line in aside.read_text().splitlines()]
    assert reject["place"] == "line 1"
