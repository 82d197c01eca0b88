"""A BERT encoder's forward pass (Devlin et al. 2019, arXiv:1810.04805), with the parameter names of transformers.

transformers' own module gives the same states, and a test says so; but importing it loads torch's distributed tensors,
its compiler and scipy's optimisers, which takes longer than everything else that a page needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

if TYPE_CHECKING:
    from transformers import BertConfig


class BertEncoder(nn.Module):
    """Token ids in, token states out; without the pooler.

    Raises:
        ValueError: The configuration asks for another activation than BERT's.
    """

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        if config.hidden_act != "gelu":
            raise ValueError(f"hidden_act: got {config.hidden_act!r}, want 'gelu'")
        self.config = config
        self.embeddings = _Embeddings(config)
        self.encoder = _Stack(config)

    @property
    def layers(self) -> nn.ModuleList:
        """The stack of layers, lowest first."""
        return self.encoder.layer

    @property
    def words(self) -> nn.Module:
        """The table of word pieces."""
        return self.embeddings.word_embeddings

    def forward(self, ids: Tensor, *, mask: Tensor, types: Tensor) -> Tensor:
        """Return states (batch, tokens, width); `mask` (batch, tokens) is True for tokens that are no padding."""
        states: Tensor = self.embeddings(ids, types)
        for layer in self.encoder.layer:
            states = layer(states, mask[:, None, None])
        return states


class _Embeddings(nn.Module):
    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(config.vocab_size, config.hidden_size)
        self.position_embeddings = nn.Embedding(config.max_position_embeddings, config.hidden_size)
        self.token_type_embeddings = nn.Embedding(config.type_vocab_size, config.hidden_size)
        self.LayerNorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, ids: Tensor, types: Tensor) -> Tensor:
        places = torch.arange(ids.shape[1], device=ids.device)
        summed = self.word_embeddings(ids) + self.token_type_embeddings(types) + self.position_embeddings(places)
        states: Tensor = self.dropout(self.LayerNorm(summed))
        return states


class _Stack(nn.Module):
    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.layer = nn.ModuleList(_Layer(config) for _ in range(config.num_hidden_layers))


class _Layer(nn.Module):
    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        width = config.hidden_size
        self._n_heads = config.num_attention_heads
        self._attention_dropout = config.attention_probs_dropout_prob
        self.attention = nn.ModuleDict(
            {
                "self": nn.ModuleDict({name: nn.Linear(width, width) for name in ("query", "key", "value")}),
                "output": _output(width, config),
            }
        )
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(width, config.intermediate_size)})
        self.output = _output(config.intermediate_size, config)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        projections = cast("nn.ModuleDict", self.attention["self"])
        query, key, value = (
            projections[name](states).unflatten(-1, (self._n_heads, -1)).transpose(1, 2)
            for name in ("query", "key", "value")
        )
        dropout = self._attention_dropout if self.training else 0.0
        read = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask, dropout_p=dropout)
        states = self._add(cast("nn.ModuleDict", self.attention["output"]), read.transpose(1, 2).flatten(2), states)
        return self._add(self.output, functional.gelu(self.intermediate["dense"](states)), states)

    def _add(self, output: nn.ModuleDict, read: Tensor, states: Tensor) -> Tensor:
        added: Tensor = output["LayerNorm"](self.dropout(output["dense"](read)) + states)
        return added


def _output(width: int, config: BertConfig) -> nn.ModuleDict:
    return nn.ModuleDict(
        {
            "dense": nn.Linear(width, config.hidden_size),
            "LayerNorm": nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps),
        }
    )
