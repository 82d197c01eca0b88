"""The encoder's layers with weights and activations of eight bits, in ONNX Runtime: faster on a CPU.

Each text is run alone and without padding: so it has the same states in whatever company and order, and is no slower.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from itertools import count
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from stance.errors import MissingExtra
from stance.judge.bert import BertEncoder
from stance.judge.collate import Batch

if TYPE_CHECKING:
    from onnx import NodeProto, TensorProto

_STEPS: Final = 64
"""Steps from 0 to a weight's largest value. With 127, two products (255 * 127 each) can exceed the 16 bits in which
AVX2 adds them; with 64 they fit, so that every processor has the same sums."""
_LEAST: Final = 1e-6
"""The least scale, for rows of zeros."""
_INPUT: Final = "embedded"
_BIAS: Final = "bias"
_UNREAD: Final = -1e9
"""What is added to the score of a token that is not to be read."""
_OPSET: Final = 20
_IR_VERSION: Final = 10
_FUSED: Final = "com.microsoft"
"""The domain of ONNX Runtime's own operators."""


def require_onnx() -> None:
    """Make sure that the packages are there, without the time that importing them takes.

    Raises:
        MissingExtra: They are not.
    """
    if find_spec("onnx") is None or find_spec("onnxruntime") is None:
        raise MissingExtra("int8", "onnx")


class Int8Encoder(nn.Module):
    """Token ids in, token states out, as `BertEncoder` gives them but for the rounding.

    The embeddings stay those of `encoder`, at full precision. The graph is made in a tenth of a second, which is why
    no file of it is kept.

    Raises:
        MissingExtra: ONNX Runtime is not installed.
    """

    def __init__(self, encoder: BertEncoder) -> None:
        require_onnx()
        import onnxruntime

        super().__init__()
        self.config = encoder.config
        self.embeddings = encoder.embeddings
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(_write_graph(encoder), options, providers=["CPUExecutionProvider"])

    def forward(self, batch: Batch) -> Tensor:
        """Return states (batch, tokens, width), 0 for padding."""
        embedded: Tensor = self.embeddings(batch.ids, batch.types, batch.places)
        states = torch.zeros_like(embedded)
        for row, mask in enumerate(batch.mask):
            # Every token but padding reads itself.
            reads = mask.expand(len(mask), -1) if batch.reads is None else batch.reads[row]
            kept = (mask if batch.reads is None else reads.diagonal()).nonzero()[:, 0]
            reads = reads[kept][:, kept][None, None]
            bias = torch.zeros(reads.shape).masked_fill(~reads, _UNREAD)
            given = {_INPUT: embedded[row : row + 1, kept].detach().numpy(), _BIAS: bias.numpy()}
            (read,) = self._session.run(None, given)
            states[row, kept] = torch.from_numpy(read[0])
        return states


@torch.no_grad()
def _write_graph(encoder: BertEncoder) -> bytes:
    """Return an ONNX model of the layers: (1, tokens, width), embedded, to states of the same shape.

    The second input, (1, 1, tokens, tokens), is added to the scores of attention.
    """
    from onnx import TensorProto, helper

    graph = _Graph()
    states = _INPUT
    for layer in encoder.layers:
        states = _add_layer(graph, states, layer, n_heads=encoder.config.num_attention_heads)
    shape: list[str | int | None] = [1, "tokens", encoder.config.hidden_size]
    proto = helper.make_graph(
        graph.nodes,
        "layers",
        [
            helper.make_tensor_value_info(_INPUT, TensorProto.FLOAT, shape),
            helper.make_tensor_value_info(_BIAS, TensorProto.FLOAT, [1, 1, "tokens", "tokens"]),
        ],
        [helper.make_tensor_value_info(states, TensorProto.FLOAT, shape)],
        graph.constants,
    )
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_FUSED, 1)]
    written: bytes = helper.make_model(proto, opset_imports=opsets, ir_version=_IR_VERSION).SerializeToString()
    return written


def _add_layer(graph: _Graph, states: str, layer: Any, *, n_heads: int) -> str:
    attention = layer.attention
    parts = [attention["self"][name] for name in ("query", "key", "value")]
    query, key, value = graph.add("Split", graph.linear(states, parts), n_outputs=3, axis=-1, num_outputs=3)
    (read,) = graph.add("MultiHeadAttention", query, key, value, "", "", _BIAS, domain=_FUSED, num_heads=n_heads)
    states = graph.joined(graph.linear(read, [attention["output"]["dense"]]), states, attention["output"]["LayerNorm"])
    (inner,) = graph.add("Gelu", graph.linear(states, [layer.intermediate["dense"]]))
    return graph.joined(graph.linear(inner, [layer.output["dense"]]), states, layer.output["LayerNorm"])


class _Graph:
    """Nodes in the order of computing, and their weights."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []
        self._numbers = count()

    def add(self, operator: str, *inputs: str, n_outputs: int = 1, domain: str = "", **attributes: Any) -> list[str]:
        """Add a node; return the names of its outputs."""
        from onnx import helper

        names = [f"{operator}_{next(self._numbers)}" for _ in range(n_outputs)]
        self.nodes.append(helper.make_node(operator, inputs, names, domain=domain, **attributes))
        return names

    def linear(self, states: str, layers: Sequence[nn.Linear]) -> str:
        """Multiply by the weights of the layers, side by side, in eight bits.

        Weights have a scale a column. Rows are brought to [-1, 1] first, so that one token of large states, as `[CLS]`
        often is, takes no steps away from the others: that halves the error, and no token is rounded by what stands
        beside it.
        """
        weight, scales = _to_eight_bits(torch.cat([layer.weight for layer in layers]))
        bias = torch.cat([layer.bias for layer in layers]).numpy()
        (size,) = self.add("Abs", states)
        (largest,) = self.add("ReduceMax", size, self._constant(np.array([-1])))
        (largest,) = self.add("Max", largest, self._constant(np.float32(_LEAST)))
        (rows,) = self.add("Div", states, largest)
        step, middle = self._constant(np.float32(1 / 127)), self._constant(np.uint8(128))
        (rounded,) = self.add("QuantizeLinear", rows, step, middle)
        (product,) = self.add(
            "MatMulIntegerToFloat",
            rounded,
            self._constant(weight),
            step,
            self._constant(scales),
            middle,
            domain=_FUSED,
        )
        (scaled,) = self.add("Mul", product, largest)
        (added,) = self.add("Add", scaled, self._constant(bias))
        return added

    def joined(self, read: str, states: str, norm: nn.LayerNorm) -> str:
        """Add what was read to the states, and normalise."""
        (total,) = self.add("Add", read, states)
        weights = [self._constant(part.detach().numpy()) for part in (norm.weight, norm.bias)]
        (normal,) = self.add("LayerNormalization", total, *weights, axis=-1, epsilon=norm.eps)
        return normal

    def _constant(self, value: NDArray[Any] | np.float32 | np.uint8) -> str:
        from onnx import numpy_helper

        name = f"constant_{next(self._numbers)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name


def _to_eight_bits(weight: Tensor) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Round weights (out, in); return them as (in, out) and the scale of each column, (out,)."""
    scales = (weight.abs().amax(dim=1) / _STEPS).clamp(min=_LEAST)
    rounded = (weight / scales[:, None]).round().to(torch.int8)
    return np.ascontiguousarray(rounded.numpy().T), scales.numpy()
