"""How scripts/make_venv behaves, with an interpreter that only writes down what it was asked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent

RECORDER = f"""#!/usr/bin/env bash
case "$1 $2" in
    "-m venv") echo venv >>"$ASKED"; sleep 0.3; mkdir -p "$3/bin"; cp "$0" "$3/bin/python" ;;
    "-m pip") echo "pip ${{*: -1}}" >>"$ASKED"; [ ! -e "$BROKEN" ] ;;
    *) exec {sys.executable} "$@" ;;
esac
"""


@pytest.fixture
def checkout(tmp_path):
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "make_venv", tmp_path / "scripts")
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    recorder = tmp_path / "recorder"
    recorder.write_text(RECORDER)
    recorder.chmod(0o755)
    return tmp_path


def start(checkout, flavour="run", python="recorder"):
    environment = {
        **os.environ,
        "PYTHON": str(checkout / python),
        "ASKED": str(checkout / "asked"),
        "BROKEN": str(checkout / "broken"),
    }
    return subprocess.Popen(
        [checkout / "scripts" / "make_venv", flavour], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def make(checkout, *, flavour="run", python="recorder"):
    with start(checkout, flavour, python) as process:
        out, said = process.communicate(timeout=60)
    assert out == b""
    return process.returncode, said.decode()


def asked(checkout):
    file = checkout / "asked"
    lines = file.read_text().splitlines() if file.exists() else []
    file.unlink(missing_ok=True)
    return lines


def test_the_first_use_makes_the_environment_with_torch_first(checkout):
    code, said = make(checkout)
    assert code == 0
    assert "making" in said
    assert asked(checkout) == ["venv", "pip torch==2.13.0", f"pip {checkout}"]


def test_the_second_use_does_nothing_and_says_nothing(checkout):
    make(checkout)
    asked(checkout)
    assert make(checkout) == (0, "")
    assert asked(checkout) == []


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_a_change_of_what_is_wanted_makes_it_anew(checkout, name):
    make(checkout)
    asked(checkout)
    with (checkout / name).open("a") as file:
        file.write("# changed\n")
    make(checkout)
    assert asked(checkout)[0] == "venv"


def test_a_half_made_environment_is_made_anew(checkout):
    (checkout / "broken").touch()
    code, _ = make(checkout)
    assert code != 0
    (checkout / "broken").unlink()
    asked(checkout)
    code, _ = make(checkout)
    assert code == 0
    assert asked(checkout)[0] == "venv"


def test_two_at_once_make_it_once(checkout):
    with start(checkout) as first, start(checkout) as second:
        first.communicate(timeout=60)
        second.communicate(timeout=60)
    assert (first.returncode, second.returncode) == (0, 0)
    assert asked(checkout).count("venv") == 1


def test_development_tools_are_added_to_what_is_there(checkout):
    make(checkout)
    asked(checkout)
    make(checkout, flavour="dev")
    assert asked(checkout) == [f"pip {checkout}[dev]"]


def test_an_interpreter_that_is_not_there_is_told(checkout):
    code, said = make(checkout, python="no-such-python")
    assert code == 1
    assert "PYTHON=" in said
