"""Walk docs/start.md as somebody new does, and put what its commands print below them.

Run with the interpreter of an environment that holds stance: .venv/bin/python scripts/render_start.py
The comments and what their made-up writers meant stand in docs/examples; the answers are given to the labelling page
over HTTP, as its own script gives them. A block of `text` that follows a command is filled with what it prints.
"""

from __future__ import annotations

import csv
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

import orjson

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "start.md"
EXAMPLES = ROOT / "docs" / "examples"
PARTS = re.compile(r"```bash\n(?P<commands>.*?)```\n(?:\n```text\n(?P<printed>.*?)```\n)?", re.DOTALL)
INSTALLS = ("git clone ", "pip install ")


def main() -> None:
    """Walk and fill."""
    page = PAGE.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        printed = walk(page, Path(folder))
    filled = iter(printed)

    def fill(found: re.Match[str]) -> str:
        said = next(filled)
        block = f"```bash\n{found['commands']}```\n"
        return block if found["printed"] is None else f"{block}\n```text\n{said.rstrip()}\n```\n"

    PAGE.write_text(PARTS.sub(fill, page), encoding="utf-8")


def walk(page: str, folder: Path) -> list[str]:
    """Run every command of the page in `folder`, but for those that install, and return what each block printed."""
    (folder / "comments.csv").write_bytes((EXAMPLES / "comments.csv").read_bytes())
    programs = folder / "bin"
    programs.mkdir()
    (programs / "stance").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m stance "$@"\n')
    (programs / "stance").chmod(0o755)
    known = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    printed = []
    for found in PARTS.finditer(page):
        lines = [line for line in found["commands"].splitlines() if not line.startswith(INSTALLS)]
        printed.append("".join(_run(line, folder, {**known, "COLUMNS": "100"}) for line in lines))
    return printed


def _run(line: str, folder: Path, environment: dict[str, str]) -> str:
    if line.startswith("stance label "):
        return _label(shlex.split(line)[1:], folder, environment)
    done = subprocess.run(
        ["bash", "-c", line], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    said = done.stdout.decode("utf-8")
    if done.returncode:
        raise RuntimeError(f"{line}: exit code {done.returncode}, {said[-500:]}")
    return said


def _label(words: list[str], folder: Path, environment: dict[str, str]) -> str:
    """Answer on the labelling page what the writers meant, and end it."""
    command = [sys.executable, "-m", "stance", *words, "--port", "0"]
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as serving:
        assert serving.stdout is not None
        link = serving.stdout.readline().strip()
        answer_all(link)
        serving.send_signal(signal.SIGINT)
    return link


def answer_all(link: str) -> None:
    """Answer all that the labelling page at `link` shows."""
    with (EXAMPLES / "answers.csv").open(newline="", encoding="utf-8") as file:
        meant = {row["comment_id"]: row["stance_toward_norway"] for row in csv.DictReader(file)}
    with (EXAMPLES / "comments.csv").open(newline="", encoding="utf-8") as file:
        answers = {row["text"]: meant.get(row["comment_id"]) for row in csv.DictReader(file)}
    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    page = _ask(browser, link).decode("utf-8")
    token = re.findall(r'data-csrf="([0-9a-f]+)"', page)[0]
    site = re.findall(r"^https?://[^/]+", link)[0]
    shown = orjson.loads(_ask(browser, f"{site}/api/units/1"))
    while number := shown["number"]:
        text = _ask(browser, f"{site}/units/{number}/text").decode("utf-8")
        given = {"version": shown["version"], "word": answers[text], "seconds": 8}
        request = Request(
            f"{site}/api/units/{number}/answer",
            data=orjson.dumps(given),
            headers={"Content-Type": "application/json", "X-CSRF-Token": token, "Origin": site},
        )
        shown = orjson.loads(_ask(browser, request))


def _ask(browser: OpenerDirector, what: str | Request) -> bytes:
    with browser.open(what, timeout=20) as answer:
        content: bytes = answer.read()
    return content


if __name__ == "__main__":
    main()
