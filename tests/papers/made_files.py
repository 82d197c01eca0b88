"""The small files that the pages name beside exports: threads, labels, scores, settings, answers of other tools."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from made_exports import jsonl

from stance.cli.serve import login_name
from stance.queue import Action, RejectReason, open_store
from stance.study import read_label_rows, write_label_rows

ROOT = Path(__file__).parent.parent.parent

Made = Callable[[Path], None]


def seed(folder: Path) -> None:
    shutil.copytree(ROOT / "seeds", folder / "seeds")


def exports(folder: Path) -> None:
    """Two exports and a folder of corpora, in which comments speak of Russia."""
    said = [
        "Russia kept its word.",
        "Russia lied again, and you know it.",
        "Russia meets Sweden on Tuesday.",
        "Really?",
    ]
    for name in ("a", "b"):
        rows = [{"id": f"{n}", "text": said[n % 4], "thread_id": f"{name}{n // 4}", "author": "kim"} for n in range(24)]
        jsonl(folder / "exports" / f"{name}.jsonl", rows)
    (folder / "corpora").mkdir()
    shutil.copy(folder / "exports" / "a.jsonl", folder / "corpora" / "c.jsonl")


def labelled(*names: str) -> Made:
    rows = [
        {"text": f"The council did {word} in {year}.", "target": "the council", "label": label}
        for year in range(2001, 2007)
        for word, label in (("well", "favor"), ("badly", "against"), ("meet", "neutral"))
    ]

    def make(folder: Path) -> None:
        for name in names:
            jsonl(folder / name, rows)

    return make


def mine(folder: Path) -> None:
    """The model that ships, in the place of one that was trained."""
    (folder / "models").mkdir()
    (folder / "models" / "mine").symlink_to(ROOT / "models" / "default")


def page_txt(folder: Path) -> None:
    shutil.copy(ROOT / "seeds" / "idlib.txt", folder / "page.txt")


def eighty_comments(folder: Path) -> None:
    items = "".join(
        f'<li id="comment-{n}" class="comment"><b class="fn">writer {n}</b><div class="comment-content">'
        f"<p>{'You are a stupid liar, number' if n % 2 else 'I crossed the bridge in'} {n}.</p></div></li>"
        for n in range(1, 81)
    )
    (folder / "page.html").write_text(f'<title>Two bridges</title><ol class="comment-list">{items}</ol>')


def decide_most(folder: Path) -> None:
    """What two moderators might have decided before there is anything to report and to learn."""
    with open_store(str(folder / "queue.db")) as store:
        while lease := store.lease("ann"):
            insult = "liar" in store.item(lease.item_id).comment.text
            choice = {"action": Action.REJECT, "reason": RejectReason.PERSON} if insult else {"action": Action.APPROVE}
            store.decide(lease.item_id, version=lease.version, moderator="ann", **choice)


def perspective_scores(folder: Path) -> None:
    lines = ["text,TOXICITY"]
    lines += [f"You stupid liar number {n},0.9" if n % 3 == 0 else f"It was built in {1950 + n},0.1" for n in range(60)]
    (folder / "scores.csv").write_text("\n".join(lines) + "\n")


def node_client(folder: Path) -> None:
    client = folder / "node_modules" / "perspective-api-client" / "index.js"
    client.parent.mkdir(parents=True)
    client.write_text("const URL = 'https://commentanalyzer.googleapis.com/v1alpha1/comments:analyze';\n")


def certificate(folder: Path) -> None:
    words = (
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=queue.example.org"
    )
    subprocess.run(shlex.split(words), cwd=folder, check=True, capture_output=True)


def coral_settings(folder: Path) -> None:
    paper = (ROOT / "docs" / "coral.md").read_text(encoding="utf-8")
    (folder / "coral.toml").write_text(re.findall(r"^```toml\n(.*?)^```$", paper, flags=re.MULTILINE | re.DOTALL)[0])


def policy(folder: Path) -> None:
    shutil.copy(ROOT / "stance" / "queue" / "policy.toml", folder / "policy.toml")


def example(folder: Path) -> None:
    shutil.copy(ROOT / "docs" / "examples" / "comments.csv", folder / "comments.csv")


def answered(folder: Path) -> None:
    """The labels that somebody gave on the page."""
    rows = read_label_rows(folder / "sample.jsonl")
    write_label_rows((replace(row, label="against", annotator="kim") for row in rows), folder / "labels.jsonl")


def from_label_studio(folder: Path) -> None:
    tasks = json.loads((folder / "tasks.json").read_text())
    choice = {"type": "choices", "from_name": "answer", "to_name": "text", "value": {"choices": ["against"]}}
    for number, task in enumerate(tasks, 1):
        task |= {"id": number, "annotations": [{"id": number, "completed_by": 1, "result": [choice], "lead_time": 4.0}]}
    (folder / "project-1.json").write_text(json.dumps(tasks))
    (folder / "labels.jsonl").unlink()


def from_prodigy(folder: Path) -> None:
    tasks = [json.loads(line) for line in (folder / "tasks.jsonl").read_text().splitlines()]
    jsonl(folder / "answers.jsonl", [{**task, "answer": "accept", "accept": ["against"]} for task in tasks])
    (folder / "labels.jsonl").unlink()


def queue(folder: Path) -> None:
    eighty_comments(folder)
    _stance(folder, "queue", "load", "queue.db", "page.html")


def hold_17(folder: Path) -> None:
    """The item that the page goes on with, as if it had been the next."""
    with open_store(str(folder / "queue.db")) as store:
        store.hold(17, moderator=login_name())


def study(folder: Path) -> None:
    """Scores with labels of a sample of them, by two people."""
    exports(folder)
    _stance(folder, "score", "exports/*.jsonl", "--out", "scored")
    _stance(folder, "sample", "scored", "--what", "stance:Russia", "--n", "12", "--out", "sample.jsonl")
    both_answered(folder)
    answered(folder)


def both_answered(folder: Path) -> None:
    """The same comments labelled by two."""
    for name in ("ida", "ben"):
        rows = (replace(row, label="against", annotator=name) for row in read_label_rows(folder / "sample.jsonl"))
        write_label_rows(rows, folder / f"{name}.jsonl")


def _stance(folder: Path, *words: str) -> None:
    subprocess.run([sys.executable, "-m", "stance", *words], cwd=folder, check=True, capture_output=True)
