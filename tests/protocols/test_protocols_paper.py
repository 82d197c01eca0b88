"""docs/protocols.md: its examples are run as they stand, at a server with a judge whose answers are known."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from stance.protocols.openai import MOST_TEXTS, OPENAI, USUAL_THRESHOLD
from stance.protocols.openapi import OPENAPI
from stance.protocols.tei import MOST_TEXTS as MOST_INPUTS
from stance.protocols.tei import TEI
from stance.protocols.threads import MOST_COMMENTS, THREADS
from stance.queue import load_policy
from stance.records import Fault

PAPER = (Path(__file__).parent.parent.parent / "docs" / "protocols.md").read_text(encoding="utf-8")
HERE = "http://127.0.0.1:8710"
COMMANDS = re.findall(r"^```bash\n(.*?)^```$(?:\n\n```json\n(.*?)^```$)?", PAPER, flags=re.MULTILINE | re.DOTALL)
PYTHON = re.findall(r"^```python\n(.*?)^```$", PAPER, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture
def origin(served):
    return served(OPENAI, TEI, THREADS, OPENAPI)


def shape(value):
    """A value with its numbers, strings and truths forgotten; of a list, what its items are."""
    if isinstance(value, dict):
        if value.keys() == {"score", "label"}:
            return "a scored label"
        return {key: shape(held) for key, held in value.items()}
    if isinstance(value, list):
        return [shape(held) for held in value]
    return type(value).__name__


@pytest.mark.parametrize(("command", "answer"), COMMANDS, ids=range(len(COMMANDS)))
def test_a_command_of_the_paper_gets_the_answer_of_the_paper(origin, command, answer):
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    assert command.startswith(f"curl -s {HERE}/")
    done = subprocess.run(["bash", "-c", command.replace(HERE, origin)], capture_output=True, check=True, timeout=60)
    found = json.loads(done.stdout)
    if not answer:
        assert "error" not in found
    elif "error" in json.loads(answer):
        assert found == json.loads(answer)
    else:
        assert shape(found) == shape(json.loads(answer))


def test_the_lines_of_python_run(origin, capsys):
    (lines,) = PYTHON
    assert HERE in lines
    exec(compile(lines.replace(HERE, origin), "docs/protocols.md", "exec"), {})
    flagged, score = capsys.readouterr().out.split()
    assert flagged in {"True", "False"}
    assert 0 <= float(score) <= 1


def test_the_numbers_of_the_paper_are_those_of_the_code():
    thresholds = {str(line.looks_at): line.threshold for line in load_policy().lines}
    assert thresholds["INSULT"] == thresholds["ATTACK_ON_COMMENTER"] == USUAL_THRESHOLD == 0.5
    assert thresholds["THREAT"] == thresholds["IDENTITY_ATTACK"] == 0.4
    assert f"at most {MOST_TEXTS} strings" in PAPER
    assert f"({MOST_INPUTS} at most)" in PAPER
    assert f"at most {MOST_COMMENTS:,}" in PAPER
    assert all(f"`{fault}`" in PAPER for fault in Fault)
