"""The figures of docs/performance.md are those of docs/bench_batch.json, and the script keeps what it measured."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest

from stance.bench import GROUPS

ROOT = Path(__file__).parent.parent.parent
PAPER, CLUSTER, KEPT = (ROOT / "docs" / name for name in ("performance.md", "cluster.md", "bench_batch.json"))


@pytest.fixture
def script(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "scripts")
    return importlib.import_module("bench_batch")


@pytest.fixture
def run(script, monkeypatch):
    def with_options(*options):
        monkeypatch.setattr("sys.argv", ["bench_batch.py", *map(str, options)])
        script.main()

    return with_options


@pytest.mark.parametrize("path", [PAPER, CLUSTER], ids=["performance", "cluster"])
def test_a_paper_tells_the_figures_that_were_kept(script, path):
    paper = path.read_text(encoding="utf-8")
    assert "not measured yet.\n<!--" not in paper
    assert script.fill_paper(paper, json.loads(KEPT.read_text(encoding="utf-8"))) == paper


def test_a_figure_that_changed_would_be_seen(script):
    held = json.loads(KEPT.read_text(encoding="utf-8"))
    held["encoder"]["ratios"]["arrival"] += 1
    paper = PAPER.read_text(encoding="utf-8")
    assert script.fill_paper(paper, held) != paper


def test_every_group_has_a_size_and_a_measure(script):
    assert set(script.SIZES) == set(script.measures()) == set(GROUPS)


def test_a_group_that_is_not_known_is_a_usage_error(run, capsys):
    with pytest.raises(SystemExit, match="2"):
        run("--only", "enkoder")
    assert "enkoder" in capsys.readouterr().err


@pytest.mark.slow
def test_a_group_is_kept_beside_the_others_and_not_measured_again_where_only_missing_ones_are(run, tmp_path, capsys):
    kept = tmp_path / "kept.json"
    kept.write_text(json.dumps({"int8": {"ratios": {"int8": 2.0}}}))
    run("--only", "encoder", "--comments", "3", "--json", kept)
    held = json.loads(kept.read_text())
    assert held["int8"] == {"ratios": {"int8": 2.0}}
    assert held["encoder"]["seen"]["comments"] == 3
    assert held["encoder"]["machine"]["cores"] >= 1
    assert "encoder" in capsys.readouterr().out
    run("--only", "encoder,int8", "--missing", "--json", kept)
    assert json.loads(kept.read_text()) == held
    assert capsys.readouterr().out == ""


def test_measuring_nothing_fills_the_paper(run, tmp_path):
    paper = tmp_path / "paper.md"
    paper.write_text("before\n<!-- machines: begin -->\n<!-- machines: end -->\nafter\n")
    run("--only", "", "--json", KEPT, "--paper", paper)
    first, *told, last = paper.read_text().splitlines()
    assert (first, last) == ("before", "after")
    assert told[1].startswith("- ")
