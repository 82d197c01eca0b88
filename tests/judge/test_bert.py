"""The encoder of our own against transformers', which is the oracle."""

import pytest
import torch
from transformers import BertConfig
from transformers.models.bert.modeling_bert import BertModel

from stance.judge.bert import BertEncoder

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
        got = encoder(ids, mask=mask, types=types)
    torch.testing.assert_close(got[mask], wanted[mask], atol=1e-5, rtol=1e-5)


def test_another_activation_is_refused():
    with pytest.raises(ValueError, match="want 'gelu'"):
        BertEncoder(BertConfig(hidden_act="relu"))
