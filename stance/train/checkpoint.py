"""Checkpoints of a training run: everything that resuming needs, tensors as safetensors, the rest as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch.optim import AdamW

from stance.judge import StanceModel


def save_checkpoint(path: Path, model: StanceModel, optimizer: AdamW, *, step: int, run: str) -> None:
    """Write one file in place of the last checkpoint; a kill in the middle leaves the last one whole."""
    tensors = {f"model.{name}": value.contiguous() for name, value in model.state_dict().items()}
    for index, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{key}": value.contiguous() for key, value in state.items()}
    tensors["rng"] = torch.get_rng_state()
    temporary = path.with_suffix(".part")
    save_file(tensors, temporary, metadata={"state": json.dumps({"step": step, "run": run})})
    # On the disk before it takes the last one's place: a machine that stops must leave no empty file under the name.
    with temporary.open("rb") as written:
        os.fsync(written.fileno())
    temporary.replace(path)


def load_checkpoint(path: Path, model: StanceModel, optimizer: AdamW, *, digest: Callable[[int], str]) -> int:
    """Put a checkpoint back and return the step it was written after; 0 where there is none of this run.

    Args:
        path: The file, which need not exist.
        model: Takes the weights.
        optimizer: Takes the moments.
        digest: Gives what the run is after so many steps; a checkpoint of another run is not resumed.
    """
    if not path.is_file():
        return 0
    with safe_open(path, framework="pt") as opened:
        state = json.loads(opened.metadata()["state"])
        if state["run"] != digest(state["step"]):
            return 0
        tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118 - not a dictionary
    model.load_state_dict({name[6:]: value for name, value in tensors.items() if name.startswith("model.")})
    moments: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        if name.startswith("optimizer."):
            _, index, key = name.split(".")
            moments.setdefault(int(index), {})[key] = value
    optimizer.load_state_dict({**optimizer.state_dict(), "state": moments})
    torch.set_rng_state(tensors["rng"])
    return int(state["step"])
