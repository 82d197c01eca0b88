"""The way of somebody new, walked from the first command to the last: score, sample, label, estimate, report."""

from __future__ import annotations

import csv
import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "start.md").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.gold
def test_the_page_for_newcomers_is_walked_from_its_first_command_to_its_last(tmp_path):
    walk = runpy.run_path(str(ROOT / "scripts" / "render_start.py"))["walk"]
    analyzed, scored, refused, drawn, _, estimated, evaluated, _ = walk(PAGE, tmp_path)[1:]
    with (ROOT / "docs" / "examples" / "comments.csv").open(encoding="utf-8", newline="") as file:
        n_comments = len(list(csv.DictReader(file)))
    assert "── Queue ─" in analyzed
    assert f"{n_comments} in, {n_comments} out, 0 rejected" in scored
    assert "No labels, no interval" in refused
    assert "50 of" in drawn
    low, high = map(float, re.findall(r"^favor.*?(\d+\.\d) to +(\d+\.\d)", estimated, flags=re.MULTILINE)[0])
    assert 0 < low < high < 100
    assert '"n": 50' in evaluated
    for name in ("report.html", "thread.html"):
        assert "<html" in (tmp_path / name).read_text(encoding="utf-8")


def test_what_the_page_shows_was_printed():
    blocks = re.findall(r"```text\n(.*?)```", PAGE, flags=re.DOTALL)
    assert len(blocks) >= 5
    assert all(block.strip() for block in blocks)
