import json

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import DistilBertConfig, DistilBertModel, RobertaConfig, RobertaModel

from stance.errors import BadLabelRow
from stance.judge import HubEncoder, Question, Window, collate, load_judge, load_model
from stance.records import Case, Target
from stance.train.base import load_base
from stance.train.errors import BadRecipe
from stance.train.own import run_own

RECIPE = """
seed = 7
backbone = "none"
comment_tokens = 64
token_budget = 512
encoder_learning_rate = 1e-3
layer_decay = 0.9
head_learning_rate = 1e-2
weight_decay = 0.0
warmup_share = 0.1
checkpoint_minutes = 5
[weights]
stance = 1.0
relation = 1.0
sentences = 1.0
attributes = 1.0
names = 1.0
link = 0.0
[[stages]]
name = "own labels"
rate = 1.0
[stages.passes]
own = 2.0
"""


@pytest.fixture
def recipe(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(RECIPE)
    return path


@pytest.fixture
def labels(tmp_path):
    """A hundred stances and as many sentences, half of each label."""
    stance = [
        {"text": f"Moss is {word} {n}.", "target": "Moss", "label": label}
        for n in range(50)
        for word, label in (("good", "favor"), ("bad", "against"))
    ]
    sentence = [{"text": f"It {n} is so.", "before": "Hm.", "claim": n % 2} for n in range(100)]
    written = []
    for task, rows in (("stance", stance), ("sentence", sentence)):
        path = tmp_path / f"{task}.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        written.append((task, path))
    return written


def bpe_tokenizer():
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    trainer = trainers.BpeTrainer(
        special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), vocab_size=280
    )
    tokenizer.train_from_iterator(["Moss is good and bad"], trainer)
    return tokenizer


@pytest.fixture
def roberta(tmp_path):
    """A folder as the hub has it: a tiny encoder of another shape, with a byte-level vocabulary."""
    torch.manual_seed(1)
    tokenizer = bpe_tokenizer()
    config = RobertaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=32,
        max_position_embeddings=514,
        pad_token_id=1,
    )
    folder = tmp_path / "roberta"
    RobertaModel(config).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def test_labels_of_ones_own_train_the_model_further(labels, recipe, tiny_model, tmp_path):
    out = tmp_path / "mine"
    report = run_own(recipe, labels, out=out, start=tiny_model)
    assert report["n_train"] + report["n_dev"] == 200
    assert report["before"].keys() == report["after"].keys() == {"stance", "sentence"}
    assert json.loads((out / "own_labels.json").read_text()) == report
    assert load_judge(out).judge([Case(comment_id="c", text="So")])[0].comment_id == "c"
    trained, base = load_model(out).state_dict(), load_model(tiny_model).state_dict()
    assert not torch.equal(trained["stance.query.weight"], base["stance.query.weight"])
    assert not torch.equal(*(states["encoder.encoder.layer.0.output.dense.weight"] for states in (trained, base)))


def test_a_frozen_encoder_stays_as_it_was(labels, recipe, tiny_model, tmp_path):
    run_own(recipe, labels, out=tmp_path / "mine", start=tiny_model, frozen=True)
    trained, base = load_model(tmp_path / "mine").state_dict(), load_model(tiny_model).state_dict()
    assert all(torch.equal(trained[name], base[name]) for name in base if name.startswith("encoder."))
    assert not torch.equal(trained["stance.query.weight"], base["stance.query.weight"])


def test_an_encoder_of_another_shape_and_vocabulary_is_trained_and_read_again(
    labels, recipe, roberta, tiny_model, tmp_path, monkeypatch
):
    monkeypatch.setattr("stance.train.own.default_model_folder", lambda: tiny_model)
    out = tmp_path / "mine"
    report = run_own(recipe, labels[:1], out=out, backbone=str(roberta))
    assert report["before"] is None
    assert 0 <= report["after"]["stance"]["accuracy"] <= 1
    assert isinstance(load_model(out).encoder, HubEncoder)
    case = Case(comment_id="c", text="So Moss is good", targets=(Target(actor_id="m", name="Moss", spans=((3, 7),)),))
    (judgement,) = load_judge(out).judge([case])
    assert sum(judgement.stances[0].probabilities.values()) == pytest.approx(1.0)
    # A byte-level piece counts the space before it in; a span must not.
    assert not any(case.text[span.start].isspace() for span in judgement.attribute_spans)


def test_an_encoder_without_token_types_reads_too(tmp_path):
    tokenizer = bpe_tokenizer()
    torch.manual_seed(1)
    config = DistilBertConfig(vocab_size=tokenizer.get_vocab_size(), dim=32, n_layers=1, n_heads=4, hidden_dim=32)
    DistilBertModel(config).save_pretrained(tmp_path)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    model, _ = load_base(str(tmp_path))
    assert len(model.encoder.layers) == 1
    own = [False, True, False]
    window = Window(
        ids=[0, 5, 2], types=[0, 1, 0], own=own, offsets=[(-1, -1), (0, 1), (-1, -1)], capitals=[3, 0, 3], n_comment=1
    )
    alone = collate([window], pad_id=1)
    asked = collate([window, window], pad_id=1, questions=[[Question([6, 7, 2], [], [])], []])
    with torch.inference_mode():
        wanted, states = model.eval().encoder(alone), model.encoder(asked)
    assert states.shape == (2, 6, 32)
    torch.testing.assert_close(states[:, :3], wanted.expand(2, -1, -1))
    assert states[0][asked.targets.names[0]].abs().sum() > 0


def test_the_encoder_keeps_its_pretrained_weights(roberta):
    model, _ = load_base(str(roberta))
    assert torch.equal(
        model.encoder.words.weight, RobertaModel.from_pretrained(roberta).embeddings.word_embeddings.weight
    )


def test_what_is_no_encoder_is_told(tmp_path):
    with pytest.raises(BadRecipe, match="no encoder can be read there"):
        load_base(str(tmp_path))


def test_an_encoder_that_reads_too_little_is_told(tmp_path):
    config = DistilBertConfig(vocab_size=30, dim=32, n_layers=1, n_heads=4, hidden_dim=32, max_position_embeddings=64)
    DistilBertModel(config).save_pretrained(tmp_path)
    bpe_tokenizer().save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(BadRecipe, match="reads 64 tokens at once, where 400 are wanted"):
        load_base(str(tmp_path))


def test_a_bad_label_is_told_with_its_line(labels, recipe, tiny_model, tmp_path):
    path = tmp_path / "stance.jsonl"
    path.write_text(path.read_text() + '{"text": "So", "target": "Moss", "label": "perhaps"}\n')
    with pytest.raises(BadLabelRow, match=r"stance\.jsonl:101: field 'label'"):
        run_own(recipe, labels, out=tmp_path / "mine", start=tiny_model)


def test_few_labels_are_told_and_keep_the_calibration(recipe, tiny_model, tmp_path, capsys):
    path = tmp_path / "few.jsonl"
    path.write_text("".join(json.dumps({"text": f"So {n}", "attributes": {"INSULT": n % 2}}) + "\n" for n in range(20)))
    run_own(recipe, [("attributes", path)], out=tmp_path / "mine", start=tiny_model)
    assert "mostly luck" in capsys.readouterr().err
    assert load_judge(tmp_path / "mine").calibration == load_judge(tiny_model).calibration


@pytest.mark.parametrize("options", [{"start": "a", "backbone": "b"}, {"task": "thread"}])
def test_what_the_caller_may_not_ask_is_his_mistake(labels, recipe, tmp_path, options):
    task = options.pop("task", "stance")
    with pytest.raises(ValueError, match="want one of"):
        run_own(recipe, [(task, labels[0][1])], out=tmp_path / "mine", **options)
