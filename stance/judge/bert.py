"""A BERT encoder's forward pass (Devlin et al. 2019, arXiv:1810.04805), with the parameter names of transformers.

transformers' own module gives the same states, and a test says so; but importing it loads torch's distributed tensors,
its compiler and scipy's optimisers, which takes longer than everything else that a page needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, ClassVar, Self, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from stance.judge.collate import Batch

if TYPE_CHECKING:
    from transformers import BertConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class BertShape:
    """What `BertEncoder` has to know of a BERT, by the names and with the defaults of transformers' `BertConfig`.

    `told` is all that a configuration file says, so that it can be written as it was.

    Raises:
        ValueError: A size is no whole number above 0, a rate no number, or the heads do not share the width evenly.
    """

    model_type: ClassVar = "bert"
    vocab_size: int = 30522
    hidden_size: int = 768
    num_hidden_layers: int = 12
    num_attention_heads: int = 12
    intermediate_size: int = 3072
    max_position_embeddings: int = 512
    type_vocab_size: int = 2
    layer_norm_eps: float = 1e-12
    hidden_dropout_prob: float = 0.1
    attention_probs_dropout_prob: float = 0.1
    hidden_act: str = "gelu"
    position_embedding_type: str = "absolute"
    told: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for part in fields(self):
            value = getattr(self, part.name)
            if part.type == "int" and (type(value) is not int or value < 1):
                raise ValueError(f"{part.name}: want a whole number above 0")
            if part.type == "float" and not isinstance(value, int | float):
                raise ValueError(f"{part.name}: want a number")
        if self.hidden_size % self.num_attention_heads:
            raise ValueError(f"hidden_size: {self.hidden_size} cannot be shared by {self.num_attention_heads} heads")

    @classmethod
    def read(cls, told: Mapping[str, object]) -> Self:
        """Take what a configuration file tells."""
        known = {part.name for part in fields(cls)} - {"told"}
        given = {name: value for name, value in told.items() if name in known}
        return cls(**given, told=dict(told))  # type: ignore[arg-type]  # checked above

    def to_diff_dict(self) -> dict[str, object]:
        """Return what a configuration file is to say, as transformers' configurations do."""
        sizes = {part.name: getattr(self, part.name) for part in fields(self) if part.name != "told"}
        return {"model_type": self.model_type, **sizes, **self.told}


class BertEncoder(nn.Module):
    """Token ids in, token states out; without the pooler.

    Raises:
        ValueError: The configuration asks for another activation than BERT's.
    """

    def __init__(self, config: BertShape | BertConfig) -> None:
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

    def forward(self, batch: Batch) -> Tensor:
        """Return states (batch, tokens, width), those of padding without meaning."""
        states: Tensor = self.embeddings(batch.ids, batch.types, batch.places)
        reads = batch.mask[:, None, None] if batch.reads is None else batch.reads[:, None]
        for layer in self.encoder.layer:
            states = layer(states, reads)
        return states


class _Embeddings(nn.Module):
    def __init__(self, config: BertShape | BertConfig) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(config.vocab_size, config.hidden_size)
        self.position_embeddings = nn.Embedding(config.max_position_embeddings, config.hidden_size)
        self.token_type_embeddings = nn.Embedding(config.type_vocab_size, config.hidden_size)
        self.LayerNorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, ids: Tensor, types: Tensor, places: Tensor | None = None) -> Tensor:
        places = torch.arange(ids.shape[1], device=ids.device) if places is None else places
        summed = self.word_embeddings(ids) + self.token_type_embeddings(types) + self.position_embeddings(places)
        states: Tensor = self.dropout(self.LayerNorm(summed))
        return states


class _Stack(nn.Module):
    def __init__(self, config: BertShape | BertConfig) -> None:
        super().__init__()
        self.layer = nn.ModuleList(_Layer(config) for _ in range(config.num_hidden_layers))


class _Layer(nn.Module):
    def __init__(self, config: BertShape | BertConfig) -> None:
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


def _output(width: int, config: BertShape | BertConfig) -> nn.ModuleDict:
    return nn.ModuleDict(
        {
            "dense": nn.Linear(width, config.hidden_size),
            "LayerNorm": nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps),
        }
    )
