"""The encoder of our own against transformers', which is the oracle."""

import pytest
import torch
from transformers import BertConfig
from transformers.models.bert.modeling_bert import BertModel

from stance.judge import Batch
from stance.judge.bert import BertEncoder, BertShape

CONFIG = BertConfig(
    vocab_size=50,
    hidden_size=48,
    num_hidden_layers=2,
    num_attention_heads=6,
    intermediate_size=96,
    max_position_embeddings=32,
)


def test_states_are_those_of_transformers():
    torch.manual_seed(3)
    oracle = BertModel(CONFIG, add_pooling_layer=False).eval()
    encoder = BertEncoder(CONFIG).eval()
    encoder.load_state_dict(oracle.state_dict())
    ids = torch.randint(0, 50, (3, 20))
    types = torch.randint(0, 2, (3, 20))
    mask = torch.ones(3, 20, dtype=torch.bool)
    mask[1, 12:] = False
    with torch.inference_mode():
        wanted = oracle(input_ids=ids, attention_mask=mask.long(), token_type_ids=types).last_hidden_state
        got = encoder(Batch(ids=ids, mask=mask, types=types, own=mask, other=~mask, capitals=types))
    torch.testing.assert_close(got[mask], wanted[mask], atol=1e-5, rtol=1e-5)


def test_another_activation_is_refused():
    with pytest.raises(ValueError, match="want 'gelu'"):
        BertEncoder(BertConfig(hidden_act="relu"))


def test_a_shape_read_from_a_configuration_makes_the_same_encoder():
    told = CONFIG.to_diff_dict()
    shape = BertShape.read(told)
    encoder, wanted = BertEncoder(shape), BertEncoder(CONFIG)
    assert {name: value.shape for name, value in encoder.state_dict().items()} == {
        name: value.shape for name, value in wanted.state_dict().items()
    }
    assert (shape.layer_norm_eps, shape.hidden_dropout_prob) == (CONFIG.layer_norm_eps, CONFIG.hidden_dropout_prob)
    # what is written again says what was read, known to the shape or not
    assert shape.to_diff_dict().items() >= told.items()
    assert BertShape.read(shape.to_diff_dict()).to_diff_dict() == shape.to_diff_dict()


def test_a_shape_has_the_defaults_of_transformers():
    empty, wanted = BertShape.read({}), BertConfig()
    names = set(empty.to_diff_dict()) - {"position_embedding_type"}
    assert {name: getattr(empty, name) for name in names} == {name: getattr(wanted, name) for name in names}


@pytest.mark.parametrize(
    "wrong", [{"hidden_size": "384"}, {"num_hidden_layers": 0}, {"vocab_size": True}, {"layer_norm_eps": None}]
)
def test_a_shape_that_makes_no_encoder_is_refused_by_its_name(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        BertShape.read(wrong)


def test_heads_that_do_not_share_the_width_are_refused():
    with pytest.raises(ValueError, match="48 cannot be shared by 5"):
        BertShape(hidden_size=48, num_attention_heads=5)
