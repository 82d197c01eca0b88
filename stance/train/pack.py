"""Training on another machine: rows and base travel there in one folder, the weights come back in parts."""

from __future__ import annotations

import hashlib
import json
import lzma
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from stance.errors import ModelBroken
from stance.judge import save_model
from stance.records import ActorKind, Attribute, Device, Relation, Stance
from stance.train.base import load_base
from stance.train.errors import BadRecipe
from stance.train.examples import Example, NameLabel, SentenceLabel, TargetLabel
from stance.train.recipe import Recipe

BASE_FOLDER: Final = "base"
ROWS: Final = "rows.jsonl.xz"
PART_BYTES: Final = 16_000_000
_WEIGHTS: Final = "model.safetensors"
_PARTS: Final = "parts.json"

Json = Mapping[str, Any]


def write_pack(examples: Sequence[Example], recipe: Recipe, folder: Path, *, start: Path | None = None) -> int:
    """Write what a run reads: the training rows of the recipe's sources, and the model that it starts from.

    Args:
        examples: Rows of all sources.
        recipe: Says which of them the run reads.
        folder: Gets `rows.jsonl.xz` and `base`, a model folder at half precision.
        start: A model folder to start from; None for fresh heads on the recipe's backbone.

    Returns:
        Bytes of all that was written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if start is None:
        save_model(*load_base(recipe.backbone), folder / BASE_FOLDER)
    else:
        shutil.copytree(start, folder / BASE_FOLDER, dirs_exist_ok=True)
    read = {name for stage in recipe.stages for name in stage.passes}
    # A post comes as text, as parent and as what is answered: only a large window finds it again.
    with lzma.open(folder / ROWS, "wt", encoding="utf-8", errors="surrogatepass", preset=9) as stream:
        for example in examples:
            if example.split == "train" and example.source in read:
                stream.write(json.dumps(asdict(example)) + "\n")
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def read_pack(folder: Path) -> tuple[list[Example], Path]:
    """Return the rows of a pack, in the order in which they were written, and its base's folder.

    Raises:
        BadRecipe: The folder holds no pack, or a broken one.
    """
    try:
        with lzma.open(folder / ROWS, "rt", encoding="utf-8", errors="surrogatepass") as stream:
            return [_example(json.loads(line)) for line in stream], folder / BASE_FOLDER
    except (OSError, EOFError, lzma.LZMAError, ValueError, KeyError, TypeError) as error:
        raise BadRecipe(
            f"pack {folder}", what=f"cannot be read ({type(error).__name__})", mend="Write it anew with --pack."
        ) from error


def _example(row: dict[str, Any]) -> Example:
    relation, names = row.pop("relation"), row.pop("names")
    return Example(
        targets=tuple(
            TargetLabel(
                name=target["name"],
                probabilities={Stance(name): value for name, value in target["probabilities"].items()},
                spans=_spans(target["spans"]),
                weight=target["weight"],
            )
            for target in row.pop("targets")
        ),
        sentences=tuple(
            SentenceLabel(
                **{**sentence, "devices": {Device(name): value for name, value in sentence["devices"].items()}}
            )
            for sentence in row.pop("sentences")
        ),
        relation=None if relation is None else {Relation(name): value for name, value in relation.items()},
        attributes={Attribute(name): value for name, value in row.pop("attributes").items()},
        names=None if names is None else tuple(NameLabel(**{**one, "kind": ActorKind(one["kind"])}) for one in names),
        quotes=_spans(row.pop("quotes")),
        **row,
    )


def _spans(rows: Sequence[Sequence[int]]) -> tuple[tuple[int, int], ...]:
    return tuple((start, end) for start, end in rows)


def split_weights(folder: Path, *, part_bytes: int = PART_BYTES) -> None:
    """Cut a model folder's weights into parts, with their digest beside; `join_weights` undoes it."""
    whole = folder / _WEIGHTS
    data = whole.read_bytes()
    names = []
    for number, start in enumerate(range(0, len(data), part_bytes), start=1):
        names.append(f"{_WEIGHTS}.{number:02d}")
        (folder / names[-1]).write_bytes(data[start : start + part_bytes])
    about = {"sha256": hashlib.sha256(data).hexdigest(), "parts": names}
    (folder / _PARTS).write_text(json.dumps(about, indent=1) + "\n")
    whole.unlink()


def join_weights(folder: Path) -> None:
    """Put weights that came in parts together; a folder without parts is left alone.

    Raises:
        ModelBroken: A part is missing, or they are not what was cut.
    """
    about = folder / _PARTS
    if not about.is_file():
        return
    told: Json = json.loads(about.read_text())
    parts = [folder / name for name in told["parts"]]
    data = b"".join(_bytes(parts))
    if hashlib.sha256(data).hexdigest() != told["sha256"]:
        raise ModelBroken(folder, what=f"the parts of {_WEIGHTS} are not all here, or changed on the way")
    (folder / _WEIGHTS).write_bytes(data)
    for path in (*parts, about):
        path.unlink()


def _bytes(parts: Sequence[Path]) -> Iterator[bytes]:
    return (part.read_bytes() for part in parts if part.is_file())
