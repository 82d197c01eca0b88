"""`stance train`: what it refuses before anything heavy is loaded, and labels of one's own end to end."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest


def train(*arguments):
    """Run the command without a data folder in the environment."""
    environment = {name: value for name, value in os.environ.items() if name != "STANCE_DATA"}
    return subprocess.run(
        [sys.executable, "-m", "stance", "train", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["full", "--out", "x"], "--data DIR"),
        (["own", "--out", "x", "--data", "."], "--labels TASK=FILE"),
        (["full", "--data", "."], "--out DIR"),
        (["own", "--out", "x", "--labels", "thread=a.json"], "want TASK=FILE"),
        (["own", "--out", "x", "--labels", "stance"], "want TASK=FILE"),
        (["full", "--out", "x", "--from", "a", "--backbone", "b"], "give one of them"),
    ],
)
def test_what_cannot_be_done_is_told(arguments, told):
    done = train(*arguments)
    assert done.returncode == 2
    assert told in " ".join(done.stderr.replace("│", " ").split())


def test_labels_of_ones_own_are_trained_on_and_their_figures_printed(tiny_model, tmp_path):
    labels = tmp_path / "mine.jsonl"
    rows = [{"text": f"It {n} is so.", "attributes": {"INSULT": n % 2}} for n in range(40)]
    labels.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = train("own", "--labels", f"attributes={labels}", "--from", tiny_model, "--out", tmp_path / "out", "--freeze")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["n_train"] + report["n_dev"] == 40
    assert "INSULT" in report["after"]["attributes"]
