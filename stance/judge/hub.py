"""Any encoder of transformers behind the face of `BertEncoder`, for models that are not BERT's shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

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

    def forward(self, ids: Tensor, *, mask: Tensor, types: Tensor) -> Tensor:
        """Return states (batch, tokens, width); `mask` (batch, tokens) is True for tokens that are no padding."""
        typed = {"token_type_ids": types} if self._typed else {}
        states: Tensor = self.model(input_ids=ids, attention_mask=mask.long(), **typed).last_hidden_state
        return states
