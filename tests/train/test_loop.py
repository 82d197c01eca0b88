import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from stance.judge import load_judge, load_model, load_tokenizer
from stance.records import Attribute, Case, Relation, Stance
from stance.train import loop
from stance.train.examples import SentenceLabel, TargetLabel
from stance.train.loop import _parameter_groups, _rate, plan_steps, train
from stance.train.recipe import HEADS, Recipe, Stage


@pytest.fixture
def recipe():
    return Recipe(
        name="made-up",
        seed=5,
        backbone="tiny",
        comment_tokens=48,
        token_budget=24,
        encoder_learning_rate=1e-3,
        layer_decay=0.5,
        head_learning_rate=1e-2,
        weight_decay=0.01,
        warmup_share=0.1,
        checkpoint_minutes=1e9,
        weights=dict.fromkeys(HEADS, 1.0),
        stages=(
            Stage(name="one", rate=1.0, passes={"newsmtsc": 2.0, "debagreement": 1.5, "iac-links": 1.0, "olid": 0.0}),
        ),
    )


@pytest.fixture
def rows(make_example):
    """Eight rows of each of four sources, one of which the recipe reads not at all; one row is for development."""
    made = []
    for n in range(8):
        target = TargetLabel(
            name="Moss", probabilities={Stance.FAVOR: n % 2, Stance.AGAINST: 1 - n % 2}, spans=((0, 4),)
        )
        sentence = SentenceLabel(start=0, end=10, claim=float(n % 2))
        made += [
            make_example(f"Moss is {n} late", targets=(target,), sentences=(sentence,)),
            make_example(f"No {n}.", source="debagreement", parent="Yes.", relation={Relation.REBUT: 1.0}),
            make_example(f"You fool {n}", source="olid", attributes={Attribute.INSULT: 1.0}),
            *(make_example(f"So {n} {m}", source="iac-links", answered=f"Why {n} {m}?") for m in range(5)),
        ]
    return [*made, make_example("Never learn this", split="dev")]


@pytest.fixture
def tiny_base(tiny_model, monkeypatch):
    def load(backbone):
        torch.manual_seed(0)
        return load_model(tiny_model), load_tokenizer(tiny_model)

    monkeypatch.setattr(loop, "load_base", load)


def same(one, other):
    return all(torch.equal(value, other.state_dict()[name]) for name, value in one.state_dict().items())


def test_the_plan_follows_from_the_seed_alone(rows, recipe):
    random.seed(1)
    first = plan_steps(rows, recipe)
    random.seed(2)
    assert plan_steps(rows, recipe) == first


def test_the_plan_reads_each_source_as_often_as_told(rows, recipe):
    steps = plan_steps(rows, recipe)
    joint = [example for step in steps if step.kind == "joint" for example in step.group]
    links = [example for step in steps if step.kind == "link" for example in step.group]
    # 2 x 8 target labels, packed or not, beside those that a relation gives.
    named = [target for example in joint if example.source == "newsmtsc" for target in example.targets]
    assert len(named) == 16
    assert sum(example.source == "debagreement" for example in joint) == 12
    assert {example.source for example in joint} == {"newsmtsc", "debagreement"}
    # Forty links are two steps of twenty.
    assert len(links) == 40
    assert {len(step.group) for step in steps if step.kind == "link"} == {20}
    assert not any("Never" in example.text for example in joint)


def test_each_stage_has_a_rate_that_rises_and_falls_of_its_own(rows, recipe):
    second = Stage(name="two", rate=0.5, passes={"newsmtsc": 4.0})
    steps = plan_steps(rows, replace(recipe, stages=(*recipe.stages, second)))
    first = plan_steps(rows, recipe)
    assert steps[: len(first)] == first
    rates = [step.rate for step in steps[len(first) :]]
    assert max(rates) == pytest.approx(0.5)
    assert rates[-1] < 0.2


def test_a_lengthened_run_goes_on_from_the_steps_it_shares(rows, recipe, tiny_base, tmp_path, monkeypatch):
    always = replace(recipe, checkpoint_minutes=0.0)
    longer = replace(always, stages=(*recipe.stages, Stage(name="two", rate=0.5, passes={"newsmtsc": 1.0})))
    whole = train(rows, longer, out=tmp_path / "whole")
    monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)
    train(rows, always, out=tmp_path / "stages")
    both = train(rows, longer, out=tmp_path / "stages")
    record = json.loads((tmp_path / "stages" / "training.json").read_text())
    assert record["resumed_at_step"] == len(plan_steps(rows, always)) < record["n_steps"]
    assert same(both, whole)


def test_in_a_frozen_stage_the_heads_alone_learn(rows, recipe, tiny_base, tmp_path):
    (stage,) = recipe.stages
    before = train(rows, recipe, out=tmp_path / "before").state_dict()
    longer = replace(recipe, stages=(stage, replace(stage, name="heads", frozen=True)))
    after = train(rows, longer, out=tmp_path / "after").state_dict()
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert {name.split(".")[0] for name in moved} >= {"stance", "relation", "sentence", "reply"}
    assert not any(name.startswith("encoder.") for name in moved)


def test_a_run_may_start_from_a_model_folder(rows, recipe, tiny_base, tmp_path):
    train(rows, recipe, out=tmp_path / "first")
    still = replace(recipe, stages=(Stage(name="none", rate=0.0, passes={"newsmtsc": 1.0}),))
    further = train(rows, still, out=tmp_path / "second", start=tmp_path / "first")
    assert same(further, load_model(tmp_path / "first"))
    record = json.loads((tmp_path / "second" / "training.json").read_text())
    assert record["start"].startswith("first@")


def test_the_rate_rises_in_a_line_and_falls_along_a_cosine():
    rates = [_rate(step, 100, 0.1) for step in range(100)]
    assert rates[:3] == pytest.approx([0.1, 0.2, 0.3])
    assert max(rates) == pytest.approx(1.0)
    assert rates.index(max(rates)) in {9, 10}
    # Half way down the cosine: 0.02 + 0.49.
    assert rates[55] == pytest.approx(0.51)
    assert 0.02 <= rates[-1] < 0.03


def test_lower_layers_learn_more_slowly_and_every_weight_once(tiny_model, recipe):
    model = load_model(tiny_model)
    model.encoder.embeddings.word_embeddings.requires_grad_(False)
    groups = list(_parameter_groups(model, recipe))
    # One layer: embeddings at 0.5^2, the layer at 0.5, the heads at their own rate.
    assert [group["peak"] for group in groups] == pytest.approx([0.25e-3, 0.5e-3, 1e-2])
    grouped = [id(value) for group in groups for value in group["params"]]
    assert sorted(grouped) == sorted(id(value) for value in model.parameters() if value.requires_grad)


def test_a_run_leaves_a_model_folder_that_judges(rows, recipe, tiny_base, tiny_model, tmp_path, capsys):
    train(rows, recipe, out=tmp_path)
    judge = load_judge(tmp_path)
    assert judge.judge([Case(comment_id="c", text="Moss is late")])[0].comment_id == "c"
    record = json.loads((tmp_path / "training.json").read_text())
    assert record["recipe"]["seed"] == 5
    assert record["n_steps"] == len(plan_steps(rows, recipe))
    assert not (tmp_path / "checkpoint.safetensors").exists()
    assert "min left" in capsys.readouterr().err
    words = "encoder.embeddings.word_embeddings.weight"
    trained, base = load_model(tmp_path).state_dict(), load_model(tiny_model).state_dict()
    assert torch.equal(trained[words], base[words])
    assert not torch.equal(trained["stance.query.weight"], base["stance.query.weight"])


def test_a_killed_run_resumes_to_the_same_weights(rows, recipe, tiny_base, tmp_path, monkeypatch):
    unbroken = train(rows, recipe, out=tmp_path / "unbroken")

    taken = 0
    step_losses = loop.step_losses

    def die_half_way(model, step):
        nonlocal taken
        taken += 1
        if taken > 3:
            raise KeyboardInterrupt
        return step_losses(model, step)

    always = replace(recipe, checkpoint_minutes=0.0)
    with monkeypatch.context() as patch:
        patch.setattr(loop, "step_losses", die_half_way)
        with pytest.raises(KeyboardInterrupt):
            train(rows, always, out=tmp_path / "killed")
    assert (tmp_path / "killed" / "checkpoint.safetensors").is_file()
    resumed = train(rows, always, out=tmp_path / "killed")
    assert json.loads((tmp_path / "killed" / "training.json").read_text())["resumed_at_step"] >= 3
    assert same(resumed, unbroken)


def test_a_finished_run_is_not_repeated(rows, recipe, tiny_base, tmp_path, monkeypatch):
    train(rows, recipe, out=tmp_path)

    def refuse(model, step):
        raise AssertionError("a step was taken")

    monkeypatch.setattr(loop, "step_losses", refuse)
    assert same(train(rows, recipe, out=tmp_path), load_model(tmp_path))


def test_a_finished_run_is_repeated_where_its_weights_are_gone_or_it_is_told_to(rows, recipe, tiny_base, tmp_path):
    first = train(rows, recipe, out=tmp_path)
    (tmp_path / "model.safetensors").unlink()
    assert same(train(rows, recipe, out=tmp_path), first)
    assert same(train(rows, recipe, out=tmp_path, resume=False), first)
