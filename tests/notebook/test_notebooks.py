"""The notebooks run from the top, and what their words say comes out."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

FOLDER = Path(__file__).parent.parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))

SEED = """
assert len(comments) == 11
assert set(stances["comment"]) <= set(comments.index)
assert {reply.comment_id for reply in unsure} == {"1", "6"}
assert 0.7 < (~stances["sure"]).mean() < 0.8
assert analysis.queue[0].comment_id == "2"
assert str(comments["posted_at"].dtype).endswith("UTC]")
assert len(analysis._repr_html_()) < 20_000
"""
STUDY = """
assert len(rows) == len(scored) == len(sample.population.predicted) == 5000
assert 0.25 < sum("Bravo" in row["text"] or "Oh, well" in row["text"] for row in rows) / sum(
    held == "against" for held in truth.values()
) < 0.42
for one in study.estimates:
    powered, alone = one.prediction_powered, one.labels_alone
    assert powered.low <= true_shares[one.label] <= powered.high, one
    assert powered.high - powered.low < alone.high - alone.low, one
    if one.label != "neutral":
        assert not powered.low <= one.classified <= powered.high, one
assert all(one.classified > true_by_month[one.group] for one in months)
assert len(months) >= 6
assert true_by_month.iloc[0] > true_by_month.iloc[-1]
"""
CLAIMS = {"seed_thread.ipynb": SEED, "study.ipynb": STUDY}


def test_every_notebook_is_run_here():
    assert [path.name for path in NOTEBOOKS] == sorted(CLAIMS)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_kept_without_outputs(path):
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert [cell.id for cell in cells if cell.outputs or cell.execution_count] == []


@pytest.mark.slow
@pytest.mark.gold
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_says_what_is_so(path, monkeypatch):
    # The package that is tested is the one the kernel imports, whatever is installed.
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(FOLDER.parent), os.environ.get("PYTHONPATH", "")]))
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(new_code_cell(CLAIMS[path.name]))
    client = NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}})
    client.execute()  # a cell that raises ends it, the last one too
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    said = [output.text for output in outputs if output.get("name") == "stderr"]
    assert [text for text in said if "IProgress" not in text] == []  # tqdm misses a widget that we do not need
    kinds = {kind for output in outputs for kind in output.get("data", {})}
    assert {"text/html", *(["image/png"] if path.stem == "study" else [])} <= kinds
