"""What a run was asked to do, and the fingerprint of all that decides its rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from stance import __version__
from stance.actors import Cast
from stance.batch.errors import ChangedModel
from stance.errors import Unreadable
from stance.records import Policy
from stance.thread import MENDED

if TYPE_CHECKING:
    from stance.judge import Judge
    from stance.replies import ReplyScorer

Form = Literal["parquet", "jsonl"]
Order = Literal["risk", "uncertain", "hybrid"]
SHARD_COMMENTS: Final = 500
"""About a minute of work for one core, which is what a killed worker loses and how often progress moves."""
_REPLIES: Final = "replies.safetensors"
_BATCH_VERSION: Final = 1
"""Raised where a later version of this room would cut or write shards in another way."""


@dataclass(frozen=True, slots=True)
class Model:
    """How each worker gets its judge and reply scorer; `id` names both by their digests, `int8` tells the precision.

    `load` is called once in every worker, in another process: a function of a module, or a `partial` of one.
    """

    id: str
    load: Callable[[], tuple[Judge, ReplyScorer | None]]
    int8: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HowToRead:
    """How the inputs are read, as `read_threads` and `build_thread` take it; `key` is a file for pseudonyms."""

    format: str | None = None
    thread_id: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    mend: frozenset[str] = MENDED
    key: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One run: `inputs` (files, folders, patterns) into the folder `out`, in shards of about `shard_comments`."""

    inputs: tuple[str, ...]
    out: Path
    model: Model
    policy: Policy
    cast: Cast | None = None
    order: Order = "risk"
    n_alternatives: int = 3
    form: Form = "parquet"
    long: bool = False
    reading: HowToRead = field(default_factory=HowToRead)
    shard_comments: int = SHARD_COMMENTS

    @property
    def state(self) -> Path:
        """The folder of the plan, the threads cut from the inputs, and the markers."""
        return self.out / ".stance"

    def fingerprint(self, digests: Mapping[str, str]) -> dict[str, object]:
        """Return all that decides the rows, by the names under which a change is refused."""
        reading = self.reading
        return {
            "version": f"{__version__}+{_BATCH_VERSION}",
            "input": dict(digests),
            # Before the model, whose name tells it too, so that a change is refused by the option's name.
            "int8": self.model.int8,
            "model": self.model.id,
            "policy": self.policy.digest,
            "actors": _digest(repr(self.cast).encode()) if self.cast else None,
            "order": self.order,
            "alternatives": self.n_alternatives,
            "format": self.form,
            "long": self.long,
            "shard-comments": self.shard_comments,
            "from": reading.format,
            "thread": reading.thread_id,
            "columns": dict(reading.columns),
            "mend": sorted(reading.mend),
            "pseudonymise": _digest_file(reading.key) if reading.key else None,
        }


def shipped_model(folder: Path | None = None, *, int8: bool = False) -> Model:
    """Name a model folder, the one that ships where it is None, without loading it.

    Args:
        folder: A folder made by `stance train`.
        int8: Run its encoder in eight bits.

    Raises:
        ModelMissing: There is no such folder, or it has no reply scorer.
        MissingExtra: `int8`, and ONNX Runtime is not installed.
        NoInt8: `int8`, and the encoder cannot be run so.
    """
    from stance.errors import ModelMissing
    from stance.judge import check_int8, default_model_folder, model_id

    given = folder.absolute() if folder else None
    folder = given or default_model_folder()
    for needed in ("model.safetensors", _REPLIES):
        if not (folder / needed).is_file():
            raise ModelMissing(folder, missing=needed)
    if int8:
        check_int8(folder)
    named = _name(model_id(folder, int8=int8), folder)
    # On another machine the shipped folder is where the package is there, and the working directory is another.
    load = partial(_load, given, int8=int8, named=named)
    return Model(named, load, int8=int8)


def _load(folder: Path | None, *, int8: bool, named: str) -> tuple[Judge, ReplyScorer]:
    from stance.judge import default_model_folder, load_judge
    from stance.replies import load_scorer

    folder = folder or default_model_folder()
    judge = load_judge(folder, int8=int8)
    if _name(judge.model_id, folder) != named:
        raise ChangedModel(folder, wanted=named)
    return judge, load_scorer(folder)


def _name(judge_id: str, folder: Path) -> str:
    return f"{judge_id}+{_digest_file(folder / _REPLIES)[:12]}"


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _digest_file(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise Unreadable(str(path), why=error.strerror or "no file") from error


def digest_input(path: Path, *, but: Path) -> str:
    """Return the sha256 of a file, or of all names and files in a folder except those in the folder `but`."""
    if not path.is_dir():
        return _digest_file(path)
    left_out = but.resolve()
    files = sorted(file for file in path.rglob("*") if file.is_file() and left_out not in file.resolve().parents)
    return _digest(json.dumps([[str(file.relative_to(path)), _digest_file(file)] for file in files]).encode())
