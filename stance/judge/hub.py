"""Any encoder of transformers behind the face of `BertEncoder`, for models that are not BERT's shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from stance.judge.collate import Batch

if TYPE_CHECKING:
    from transformers import PretrainedConfig


class HubEncoder(nn.Module):
    """Token ids in, token states out, by transformers' own module; slower to load than `BertEncoder`.

    An encoder without token types is not told which words are somebody else's; pooling leaves them out all the same.

    Raises:
        ValueError: transformers has no such encoder, or it is none with layers.
    """

    def __init__(self, config: PretrainedConfig) -> None:
        from transformers import AutoModel

        super().__init__()
        self.config: Any = config
        self.model = AutoModel.from_config(config)  # type: ignore[no-untyped-call]  # transformers leaves it untyped
        self._typed = getattr(config, "type_vocab_size", 0) > 1

    @property
    def layers(self) -> nn.ModuleList:
        """The stack of layers, lowest first."""
        for module in self.model.modules():
            if isinstance(module, nn.ModuleList) and len(module) == self.config.num_hidden_layers:
                return module
        raise ValueError(f"model_type: got {self.config.model_type!r}, want an encoder with a stack of layers")

    @property
    def words(self) -> nn.Module:
        """The table of word pieces."""
        table: nn.Module = self.model.get_input_embeddings()
        return table

    def forward(self, batch: Batch) -> Tensor:
        """Return states (batch, tokens, width), those of padding without meaning.

        transformers' encoders do not agree on how to say which token reads which, so here the names of targets are read
        by themselves.
        """
        if batch.targets is None:
            return self._read(batch.ids, batch.mask, batch.types)
        targets = batch.targets
        longest = int(batch.mask.any(dim=0).sum())
        windows = self._read(batch.ids[:, :longest], batch.mask[:, :longest], batch.types[:, :longest])
        states = functional.pad(windows, (0, 0, 0, batch.ids.shape[1] - longest))
        names = pad_sequence(
            [batch.ids[row][name] for row, name in zip(targets.rows, targets.names, strict=True)], batch_first=True
        )
        lengths = targets.names.sum(dim=1)
        mask = torch.arange(names.shape[1], device=names.device) < lengths[:, None]
        alone = self._read(names, mask, torch.zeros_like(names))
        rows, tokens = targets.names.nonzero(as_tuple=True)
        return states.index_put((targets.rows[rows], tokens), alone[mask])

    def _read(self, ids: Tensor, mask: Tensor, types: Tensor) -> Tensor:
        typed = {"token_type_ids": types} if self._typed else {}
        states: Tensor = self.model(input_ids=ids, attention_mask=mask.long(), **typed).last_hidden_state
        return states
