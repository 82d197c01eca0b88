import json
import random
from dataclasses import replace

import pytest
import torch

from stance.errors import ModelBroken
from stance.judge import load_model, load_tokenizer
from stance.train import away, loop, pack, run
from stance.train.away import pack_recipe, run_packed
from stance.train.base import pick_device
from stance.train.errors import BadRecipe
from stance.train.loop import plan_steps
from stance.train.losses import step_losses
from stance.train.pack import join_weights, read_pack, split_weights, write_pack
from stance.train.recipe import HEADS, Recipe, Stage
from stance.train.run import run_recipe


@pytest.fixture
def recipe():
    return Recipe(
        name="tiny",
        seed=5,
        backbone="none",
        comment_tokens=64,
        token_budget=256,
        encoder_learning_rate=1e-3,
        layer_decay=0.5,
        head_learning_rate=1e-2,
        weight_decay=0.0,
        warmup_share=0.1,
        checkpoint_minutes=100.0,
        weights=dict.fromkeys(HEADS, 1.0),
        stages=(Stage(name="one", rate=1.0, passes={"newsmtsc": 3.0}),),
    )


@pytest.fixture
def rows(all_labels, make_example):
    hostile = make_example("half \udc80 of a pair\u2028and a line", quotes=((0, 4),))
    return [*all_labels, hostile, make_example("Never", split="dev"), make_example("Nor this", source="vast")]


@pytest.fixture
def base(tiny_model, monkeypatch):
    for module in (pack, loop):
        monkeypatch.setattr(module, "load_base", lambda _: (load_model(tiny_model), load_tokenizer(tiny_model)))


def test_a_pack_holds_the_training_rows_of_the_recipe_as_they_were(rows, recipe, base, tmp_path):
    n_bytes = write_pack(rows, recipe, tmp_path / "pack")
    read, folder = read_pack(tmp_path / "pack")
    assert read == rows[:-2]
    assert plan_steps(read, recipe) == plan_steps(rows, recipe)
    assert n_bytes == sum(path.stat().st_size for path in (tmp_path / "pack").rglob("*") if path.is_file())
    assert load_model(folder).encoder.config.hidden_size == 48


def test_a_run_from_a_pack_is_the_run_at_home(rows, recipe, base, tmp_path, monkeypatch):
    for module in (away, run):
        monkeypatch.setattr(module, "read_sources", lambda _: rows)
    monkeypatch.setattr(run, "load_iac", lambda _: [])
    finished = []
    monkeypatch.setattr(run, "finish", lambda out, *_, **__: finished.append(out))
    pack_recipe(recipe, data=tmp_path, pack=tmp_path / "pack")
    out = tmp_path / "mine"
    run_packed(recipe, pack=tmp_path / "pack", out=out, device="cpu")
    assert not (out / "model.safetensors").exists()
    steps = json.loads((out / "training.json").read_text())["n_steps"]

    def refuse(*_):
        raise AssertionError("a step was taken")

    monkeypatch.setattr(loop, "step_losses", refuse)
    run_recipe(recipe, data=tmp_path, out=out, start=tmp_path / "pack" / "base")
    assert finished == [out]
    assert steps == len(plan_steps(rows, recipe))
    assert (out / "model.safetensors").is_file()


def test_weights_in_parts_are_joined_to_what_they_were(tiny_model, tmp_path):
    weights = (tiny_model / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(weights)
    split_weights(tmp_path, part_bytes=100_000)
    parts = sorted(path for path in tmp_path.iterdir() if path.suffix != ".json")
    assert len(parts) == -(-len(weights) // 100_000)
    assert max(path.stat().st_size for path in parts) == 100_000
    join_weights(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]
    assert (tmp_path / "model.safetensors").read_bytes() == weights


@pytest.mark.parametrize("spoil", [lambda part: part.unlink(), lambda part: part.write_bytes(b"other")])
def test_a_part_that_is_lost_or_changed_is_told(tiny_model, tmp_path, spoil):
    (tmp_path / "model.safetensors").write_bytes((tiny_model / "model.safetensors").read_bytes())
    split_weights(tmp_path, part_bytes=100_000)
    spoil(tmp_path / "model.safetensors.02")
    with pytest.raises(ModelBroken, match="not all here, or changed"):
        join_weights(tmp_path)


@pytest.mark.parametrize("held", [None, b"no archive"])
def test_a_folder_that_is_no_pack_is_told(tmp_path, held):
    if held is not None:
        (tmp_path / "rows.jsonl.xz").write_bytes(held)
    with pytest.raises(BadRecipe, match="--pack"):
        read_pack(tmp_path)


def test_a_device_that_is_not_here_is_told():
    assert pick_device("cpu").type == "cpu"
    with pytest.raises(BadRecipe, match="device tpu"):
        pick_device("tpu")


def test_losses_in_bfloat16_are_those_in_full_precision(all_labels, maker, tiny_model):
    model = load_model(tiny_model).eval()
    step = maker.step([replace(one, names=None) for one in all_labels], random.Random(0))
    whole = step_losses(model, step)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        short = step_losses(model, step)
    assert short.keys() == whole.keys()
    for head, value in whole.items():
        assert short[head].item() == pytest.approx(value.item(), rel=0.05)
