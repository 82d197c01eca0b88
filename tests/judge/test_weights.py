import json
import shutil

import pytest
import torch

from stance.errors import ModelBroken, ModelMissing
from stance.judge import (
    Calibration,
    StanceModel,
    default_model_folder,
    load_judge,
    load_model,
    load_tokenizer,
    save_model,
)
from stance.judge.weights import CONFIG, TOKENIZER, WEIGHTS
from stance.records import Case

CASE = Case(comment_id="c", text="The ferry is late.")


@pytest.fixture
def folder(tiny_model, tmp_path):
    """A copy that a test may spoil."""
    return shutil.copytree(tiny_model, tmp_path / "tiny")


@pytest.mark.parametrize("name", [WEIGHTS, CONFIG, TOKENIZER])
def test_a_missing_file_is_named_with_the_mend(folder, name):
    (folder / name).unlink()
    with pytest.raises(ModelMissing, match=f"{name} is missing.*stance train"):
        load_judge(folder)


def test_a_folder_that_is_not_there_is_missing(tmp_path):
    with pytest.raises(ModelMissing):
        load_judge(tmp_path / "nowhere")


@pytest.mark.parametrize("name", [WEIGHTS, CONFIG, TOKENIZER])
@pytest.mark.parametrize("garbage", [b"", b"\x80\x00 no model", b"[]", b"{}", b'{"hidden_size": "wide"}'])
def test_garbage_is_told_as_a_broken_model(folder, name, garbage):
    (folder / name).write_bytes(garbage)
    with pytest.raises(ModelBroken, match=name.replace(".", r"\.")):
        load_judge(folder)


def test_weights_cut_short_are_told(folder):
    whole = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelBroken):
        load_judge(folder)


def test_weights_of_another_width_are_told(folder):
    config = json.loads((folder / CONFIG).read_text())
    (folder / CONFIG).write_text(json.dumps(config | {"hidden_size": 96, "intermediate_size": 96}))
    with pytest.raises(ModelBroken, match=WEIGHTS.replace(".", r"\.")):
        load_judge(folder)


def test_a_tokenizer_without_marks_is_told(folder):
    tokenizer = json.loads((folder / TOKENIZER).read_text())
    del tokenizer["model"]["vocab"]["[SEP]"]
    (folder / TOKENIZER).write_text(json.dumps(tokenizer))
    with pytest.raises(ModelBroken, match=r"\[SEP\]"):
        load_judge(folder)


def test_a_tokenizer_with_more_words_than_the_model_is_told(folder):
    tokenizer = json.loads((folder / TOKENIZER).read_text())
    vocabulary = tokenizer["model"]["vocab"]
    vocabulary["ferry"] = 5000
    (folder / TOKENIZER).write_text(json.dumps(tokenizer))
    with pytest.raises(ModelBroken, match="vocabulary"):
        load_judge(folder)


def test_a_bad_calibration_is_told(folder):
    (folder / "calibration.json").write_text("{")
    with pytest.raises(ModelBroken, match="calibration"):
        load_judge(folder)


def test_a_model_comes_back_as_it_was_to_half_precision(tiny_model, tmp_path):
    model = load_model(tiny_model)
    torch.manual_seed(1)
    with torch.no_grad():
        for value in model.parameters():
            value.add_(torch.randn_like(value) * 0.01)
    save_model(model, load_tokenizer(tiny_model), tmp_path / "copy")
    again = load_model(tmp_path / "copy")
    assert not again.training
    assert again.state_dict().keys() == model.state_dict().keys()
    for name, value in again.state_dict().items():
        assert value.dtype == torch.float32
        torch.testing.assert_close(value, model.state_dict()[name].half().float(), rtol=0, atol=0)


def test_every_weight_and_buffer_is_filled_when_a_model_is_read(tiny_model):
    model = load_model(tiny_model)
    assert not any(value.is_meta for value in [*model.parameters(), *model.buffers()])


def test_a_read_model_says_what_the_saved_one_says(tiny_model, encoder):
    from stance.judge import collate

    read = load_model(tiny_model)
    built = StanceModel(read.encoder.config)
    built.load_state_dict(read.state_dict())
    batch = collate([encoder.windows("The ferry is late.", parent="Why?")[0][0]], pad_id=encoder.pad_id)
    with torch.inference_mode():
        torch.testing.assert_close(read.encode(batch), built.eval().encode(batch))


def test_the_name_of_a_model_changes_with_weights_and_calibration(folder):
    first = load_judge(folder).model_id
    assert first.startswith("tiny@")
    assert load_judge(folder).model_id == first
    Calibration(temperatures={"stance": 1.5}).save(folder / "calibration.json")
    calibrated = load_judge(folder).model_id
    model = load_model(folder)
    with torch.no_grad():
        model.stance.unnamed.add_(1.0)
    save_model(model, load_tokenizer(folder), folder)
    assert len({first, calibrated, load_judge(folder).model_id}) == 3


def test_the_model_that_ships_stands_under_models():
    folder = default_model_folder()
    assert (folder.parent.name, folder.name) in {("models", "default"), ("_models", "default")}
