"""A model folder: what lies in it, how it is written and read. Weights are safetensors, never pickle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from stance.errors import ModelBroken, ModelMissing, NoInt8
from stance.judge.bert import BertShape
from stance.judge.int8 import require_onnx
from stance.judge.model import StanceModel, is_plain_bert

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import PretrainedConfig

WEIGHTS: Final = "model.safetensors"
CONFIG: Final = "config.json"
TOKENIZER: Final = "tokenizer.json"


def default_model_folder() -> Path:
    """The folder of the model that ships: in an installed package, or in the checkout it was installed from."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "_models" / "default"
    return installed if installed.is_dir() else package.parent / "models" / "default"


def save_model(model: StanceModel, tokenizer: Tokenizer, folder: Path) -> None:
    """Write a model folder; weights at half precision, which moves no probability by more than 1e-3."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: _half(value.detach().cpu()).contiguous() for name, value in model.state_dict().items()}
    temporary = folder / f".{WEIGHTS}.part"
    save_file(tensors, temporary)
    temporary.replace(folder / WEIGHTS)
    (folder / CONFIG).write_text(json.dumps(model.encoder.config.to_diff_dict(), indent=1, sort_keys=True) + "\n")
    tokenizer.save(str(folder / TOKENIZER))


def _half(value: Tensor) -> Tensor:
    return value.half() if value.is_floating_point() else value


def _read_config(folder: Path) -> BertShape | PretrainedConfig:
    read = json.loads((folder / CONFIG).read_text())
    if read["model_type"] == "bert" and is_plain_bert(shape := BertShape.read(read)):
        return shape
    from huggingface_hub.errors import StrictDataclassError
    from transformers import AutoConfig

    try:
        return AutoConfig.for_model(**read)
    except StrictDataclassError as error:
        raise ValueError("not a configuration of transformers") from error


def load_model(folder: Path) -> StanceModel:
    """Read a model folder's weights into a model for inference, at full precision.

    Raises:
        ModelMissing: A file is not there.
        ModelBroken: A file does not hold what it should.
    """
    _require(folder, WEIGHTS, CONFIG, TOKENIZER)
    with _told(folder):
        config = _read_config(folder)
        tensors = {
            name: value.float() if value.is_floating_point() else value
            for name, value in load_file(folder / WEIGHTS).items()
        }
        # Not on the meta device: its first use loads torch's compiler, which takes ten times the initialisation saved.
        model = StanceModel(config)
        model.load_state_dict(tensors, assign=True)
    return model.eval()


def check_int8(folder: Path) -> None:
    """Make sure, without reading its weights, that a model can be run in eight bits.

    Raises:
        MissingExtra: ONNX Runtime is not installed.
        ModelMissing: There is no configuration.
        ModelBroken: The configuration cannot be read.
        NoInt8: Its encoder is not the one that can.
    """
    require_onnx()
    _require(folder, CONFIG)
    with _told(folder):
        config = _read_config(folder)
    if not is_plain_bert(config):
        raise NoInt8(folder, backbone=config.model_type)


def _require(folder: Path, *names: str) -> None:
    for name in names:
        if not (folder / name).is_file():
            raise ModelMissing(folder, missing=name)


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Tell what the libraries raise over a file that holds something else."""
    try:
        yield
    except (ValueError, TypeError, KeyError, SafetensorError, RuntimeError) as error:
        raise ModelBroken(folder, what=f"{WEIGHTS} or {CONFIG} does not hold a stance model") from error


def load_tokenizer(folder: Path) -> Tokenizer:
    """Read a model folder's tokenizer.

    Raises:
        ModelMissing: The file is not there.
        ModelBroken: It is not a tokenizer.
    """
    from tokenizers import Tokenizer

    path = folder / TOKENIZER
    if not path.is_file():
        raise ModelMissing(folder, missing=TOKENIZER)
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises bare Exception; translated at the wall
        raise ModelBroken(folder, what=f"{TOKENIZER} is not a tokenizer") from error


def model_id(folder: Path, *, int8: bool = False) -> str:
    """Name and digest of a model: `default@0123456789ab`, over weights and calibration; `+int8` where it is run so."""
    digest = hashlib.sha256()
    for name in (WEIGHTS, "calibration.json"):
        path = folder / name
        if path.is_file():
            with path.open("rb") as stream:
                digest.update(hashlib.file_digest(stream, "sha256").digest())
    return f"{folder.name}@{digest.hexdigest()[:12]}{'+int8' if int8 else ''}"
