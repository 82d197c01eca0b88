"""The encoder in eight bits against the one at full precision."""

import importlib.util
import json
import random
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from transformers import BertConfig

from stance.errors import MissingExtra, ModelBroken, ModelMissing, NoInt8
from stance.judge import Batch, check_int8, load_judge
from stance.judge.bert import BertEncoder
from stance.judge.int8 import Int8Encoder
from stance.judge.weights import CONFIG
from stance.records import Case, Target

CONFIG_OF_TWO_LAYERS = BertConfig(
    vocab_size=50,
    hidden_size=48,
    num_hidden_layers=2,
    num_attention_heads=6,
    intermediate_size=96,
    max_position_embeddings=32,
)
CASES = [
    Case(
        comment_id=str(n),
        text="The ferry is late. " * (1 + n % 5) + "Ida Berg knows it.",
        parent="Is it late?" if n % 2 else "",
        sentences=((0, 18),),
        targets=(Target(actor_id="berg", name="Ida Berg"), Target(actor_id=str(n), name=f"Boat {n}")),
    )
    for n in range(24)
]


@pytest.fixture(scope="module")
def judge8(tiny_model):
    return load_judge(tiny_model, int8=True)


@pytest.fixture
def encoder():
    torch.manual_seed(3)
    return BertEncoder(CONFIG_OF_TWO_LAYERS).eval()


def batch_of(lengths):
    ids = torch.randint(0, 50, (len(lengths), max(lengths)))
    mask = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
    types = torch.randint(0, 2, ids.shape)
    return Batch(ids=ids, mask=mask, types=types, own=mask, other=~mask, capitals=ids * 0)


@torch.inference_mode()
def test_states_are_those_of_full_precision_but_for_the_rounding(encoder):
    batch = batch_of([32, 5, 17])
    mask = batch.mask
    wanted = encoder(batch)
    got = Int8Encoder(encoder)(batch)
    # Normalised states have unit variance; 64 steps a weight and 255 an activation leave a hundredth of it.
    assert (got - wanted)[mask].abs().max() < 0.1
    assert (got - wanted)[mask].square().mean().sqrt() < 0.02
    assert (got != wanted)[mask].any()
    assert (got[~mask] == 0).all()


@torch.inference_mode()
def test_a_token_of_large_states_does_not_coarsen_the_others(encoder):
    batch = batch_of([20])
    ids = batch.ids
    ids[0, 0], ids[0, 1:] = 7, ids[0, 1:].clamp(min=8)
    # Word 7 is all on one axis, and alone excites one inner unit, by 20 * 48 ** 0.5 - 100 = 38; others are near 1.
    encoder.embeddings.word_embeddings.weight[7] = torch.eye(48)[5] * 1000
    inner = encoder.layers[0].intermediate["dense"]
    inner.weight[0], inner.bias[0] = torch.eye(48)[5] * 20, -100
    wanted = encoder(batch)
    got = Int8Encoder(encoder)(batch)
    assert (got - wanted)[0, 1:].square().mean().sqrt() < 0.02


@torch.inference_mode()
def test_rows_of_zeros_stay_numbers(encoder):
    for value in encoder.parameters():
        value.zero_()
    assert (Int8Encoder(encoder)(batch_of([4])) == 0).all()


@torch.inference_mode()
def test_no_bit_of_a_text_depends_on_its_company(encoder):
    eight = Int8Encoder(encoder)
    batch = batch_of([32, 5, 17, 9])
    together = eight(batch)
    for row, length in enumerate(batch.mask.sum(dim=1).tolist()):
        parts = {name: getattr(batch, name)[row : row + 1, :length] for name in batch.__slots__[:6]}
        assert torch.equal(eight(Batch(**parts))[0], together[row, :length])


def test_who_is_asked_about_moves_nothing_else(judge8):
    case = CASES[0]
    (alone,), (asked,) = judge8.judge([replace(case, targets=())]), judge8.judge([case])
    np.testing.assert_allclose([*asked.relation.values()], [*alone.relation.values()], atol=1e-3)
    np.testing.assert_allclose([*asked.attributes.values()], [*alone.attributes.values()], atol=1e-3)


def test_judgements_have_the_same_bits_in_any_order(judge8):
    wanted, readings = judge8.judge(CASES), judge8.read([case.text for case in CASES])
    order = list(range(len(CASES)))
    random.Random(5).shuffle(order)
    assert judge8.judge([CASES[n] for n in order]) == [wanted[n] for n in order]
    for reading, n in zip(judge8.read([CASES[n].text for n in order]), order, strict=True):
        assert np.array_equal(reading.embedding, readings[n].embedding)
        assert np.array_equal(reading.reply_vector, readings[n].reply_vector)


def test_judgements_are_near_those_of_full_precision(judge, judge8):
    for full, eight in zip(judge.judge(CASES), judge8.judge(CASES), strict=True):
        np.testing.assert_allclose([*eight.relation.values()], [*full.relation.values()], atol=0.02)
        np.testing.assert_allclose([*eight.attributes.values()], [*full.attributes.values()], atol=0.02)
        for mine, theirs in zip(eight.stances, full.stances, strict=True):
            np.testing.assert_allclose([*mine.probabilities.values()], [*theirs.probabilities.values()], atol=0.02)


def test_the_name_of_the_model_tells_the_precision(judge, judge8):
    assert judge8.model_id == f"{judge.model_id}+int8"


@pytest.mark.parametrize("package", ["onnx", "onnxruntime"])
def test_a_missing_package_names_the_extra(tiny_model, monkeypatch, package):
    find = importlib.util.find_spec
    monkeypatch.setattr("stance.judge.int8.find_spec", lambda name: None if name == package else find(name))
    with pytest.raises(MissingExtra, match=r"pip install 'stance\[onnx\]'"):
        load_judge(tiny_model, int8=True)


def test_another_encoder_is_refused_by_its_name(tiny_model, tmp_path):
    folder = shutil.copytree(tiny_model, tmp_path / "other")
    config = json.loads((folder / CONFIG).read_text())
    (folder / CONFIG).write_text(json.dumps(config | {"model_type": "electra"}))
    with pytest.raises(NoInt8, match=r"'electra'.*Leave int8 out"):
        check_int8(folder)


def test_a_folder_without_a_readable_configuration_is_told(tmp_path):
    with pytest.raises(ModelMissing, match=CONFIG):
        check_int8(tmp_path)
    (tmp_path / CONFIG).write_text("{}")
    with pytest.raises(ModelBroken, match=CONFIG):
        check_int8(tmp_path)
