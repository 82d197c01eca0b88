import pytest

from stance.records import Stance
from stance.train import run
from stance.train.examples import TargetLabel
from stance.train.run import choose_recipe, run_recipe


@pytest.fixture
def spied(make_example, monkeypatch, tmp_path):
    """What each part of a run was given, with sources of two rows and nothing trained."""
    given = {}
    rows = [
        make_example(f"Moss is {side} {source}", source=source, split=side, targets=(target,))
        for source in ("newsmtsc", "vast")
        for side in ("train", "dev")
        for target in [TargetLabel(name="Moss", probabilities={Stance.FAVOR: 1.0, Stance.AGAINST: 0.0})]
    ]
    monkeypatch.setattr(run, "read_sources", lambda data: rows)
    monkeypatch.setattr(run, "load_iac", lambda data: ["forum"])
    monkeypatch.setattr(run, "written_threads", lambda: ["written"])
    monkeypatch.setattr(run, "train", lambda examples, recipe, **rest: given.update(recipe=recipe))
    monkeypatch.setattr(run, "finish", lambda out, examples, threads, **rest: given.update(rest, threads=threads))
    return given


def test_a_permissive_run_calibrates_and_teaches_by_permissive_sources_alone(spied, tmp_path):
    run_recipe(choose_recipe("small", permissive=True), data=tmp_path, out=tmp_path)
    assert {example.source for example in spied["fitting"]} == {"newsmtsc"}
    assert (spied["teaching"], spied["threads"]) == (["written"], ["forum"])
    assert "vast" not in spied["recipe"].stages[0].passes


def test_an_ordinary_run_uses_every_source(spied, tmp_path):
    run_recipe("small", data=tmp_path, out=tmp_path)
    assert {example.source for example in spied["fitting"]} == {"newsmtsc", "vast"}
    assert spied["teaching"] == ["forum"]
    assert "vast" in spied["recipe"].stages[0].passes


def test_a_recipe_is_given_another_backbone():
    assert choose_recipe("small", backbone="a/b").backbone == "a/b"
    assert choose_recipe("small").backbone == "sentence-transformers/all-MiniLM-L6-v2"
