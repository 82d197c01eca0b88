"""A thousand simulated studies: what 95 % intervals promise, they keep, and the model makes them narrower."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest

from stance.study import Design, Of

ROOT = Path(__file__).parent.parent.parent
SPEC = importlib.util.spec_from_file_location("simulate_coverage", ROOT / "scripts" / "simulate_coverage.py")
assert SPEC
assert SPEC.loader
simulation = importlib.util.module_from_spec(SPEC)
sys.modules[SPEC.name] = simulation  # where dataclasses look their module up
SPEC.loader.exec_module(simulation)


def check(run):
    for estimate in ("labels_alone", "prediction_powered"):
        assert all(0.93 <= coverage <= 0.97 for coverage in run[estimate]["coverage"].values()), run
    for label, width in run["prediction_powered"]["width"].items():
        assert width < run["labels_alone"]["width"][label]
        assert abs(run["prediction_powered"]["bias"][label]) < 0.01
    # The classifier by itself is off by more than half an interval.
    assert run["model_alone"]["bias"]["against"] > 0.07


@pytest.mark.parametrize(
    ("design", "of"),
    [(Design.UNIFORM, Of.POPULATION), (Design.UNCERTAINTY, Of.POPULATION), (Design.STRATIFIED, Of.CORPUS)],
)
def test_intervals_cover_as_they_promise_and_the_model_narrows_them(design, of):
    check(simulation.simulate(design, of, n_studies=1000, n_labels=120, n_threads=60, mean_length=8))


def test_the_committed_figures_keep_the_promise():
    runs = json.loads((ROOT / "docs" / "coverage.json").read_text(encoding="utf-8"))
    assert {(run["design"], run["of"]) for run in runs} == {(design, of) for design in Design for of in Of}
    for run in runs:
        assert run["n_studies"] >= 1000
        check(run)
