"""The training run: steps in an order that the seed alone decides, so that a killed run resumes where it was."""

from __future__ import annotations

import hashlib
import json
import math
import random
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import torch
from torch import Tensor
from torch.optim import AdamW

from stance.judge import StanceModel, TextEncoder, load_model, load_tokenizer, model_id, save_model
from stance.train.augment import Augmenter
from stance.train.base import load_base, pick_device
from stance.train.batches import StepMaker, batches
from stance.train.checkpoint import load_checkpoint, save_checkpoint
from stance.train.examples import Example
from stance.train.losses import link_loss, step_losses
from stance.train.recipe import Recipe, Stage

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_LINKS_A_STEP: Final = 20


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step: "joint" or "link", its examples, its share of the learning rates, and whether heads alone learn."""

    kind: str
    group: list[Example]
    rate: float
    frozen: bool = False


def plan_steps(examples: Sequence[Example], recipe: Recipe) -> list[PlannedStep]:
    """Lay out every step of a run.

    Args:
        examples: Rows of all sources; those of split "train" are learned.
        recipe: Says how often each source is read in which stage.
    """
    steps: list[PlannedStep] = []
    for index, stage in enumerate(recipe.stages):
        # A stage's plan hangs on nothing that comes after it, so a recipe can be lengthened and its run resumed.
        planned = _plan_stage(examples, recipe, stage, rng=random.Random(recipe.seed + index))
        steps += [
            PlannedStep(kind, group, stage.rate * _rate(place, len(planned), recipe.warmup_share), stage.frozen)
            for place, (kind, group) in enumerate(planned)
        ]
    return steps


def _plan_stage(
    examples: Sequence[Example], recipe: Recipe, stage: Stage, *, rng: random.Random
) -> list[tuple[str, list[Example]]]:
    joint: list[Example] = []
    links: list[Example] = []
    for source in sorted(stage.passes):
        rows = [example for example in examples if example.source == source and example.split == "train"]
        augmenter = Augmenter(rows, rng=rng)
        drawn = _draw(rows, stage.passes[source], rng)
        links += [row for row in drawn if row.answered is not None]
        joint += augmenter.all([row for row in drawn if row.answered is None])
    steps = [
        ("joint", group)
        for group in batches(joint, token_budget=recipe.token_budget, comment_tokens=recipe.comment_tokens, rng=rng)
    ]
    rng.shuffle(links)
    whole = len(links) - len(links) % _LINKS_A_STEP
    steps += [("link", links[at : at + _LINKS_A_STEP]) for at in range(0, whole, _LINKS_A_STEP)]
    rng.shuffle(steps)
    return steps


def train(
    examples: Sequence[Example],
    recipe: Recipe,
    *,
    out: Path,
    start: Path | None = None,
    resume: bool = True,
    device: str | None = None,
) -> StanceModel:
    """Train and write a model folder (not yet calibrated), with `training.json` beside the weights.

    Args:
        examples: Rows of all sources; those of split "train" are learned.
        recipe: How.
        out: The model folder; holds `checkpoint.safetensors` until the run is done.
        start: A model folder whose weights are trained further, in place of the recipe's backbone.
        resume: Go on from the checkpoint where it belongs to the same recipe and rows.
        device: As `pick_device` takes it.
    """
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(recipe.seed)
    on = pick_device(device)
    model, tokenizer = _untrained(recipe, start)
    model.to(on).train()
    steps = plan_steps(examples, recipe)
    optimizer = AdamW(_parameter_groups(model, recipe), betas=(0.9, 0.98), fused=True)
    runs, checkpoint = _Digests(recipe, steps, start=start), out / "checkpoint.safetensors"
    if resume and _is_trained(out, runs.after(len(steps))):
        return load_model(out)
    done = load_checkpoint(checkpoint, model, optimizer, digest=runs.after) if resume else 0
    maker = StepMaker(TextEncoder(tokenizer), comment_tokens=recipe.comment_tokens)
    progress = _Progress(len(steps), done)
    started = saved = time.monotonic()
    for index, step in enumerate(steps[done:], start=done):
        _set_rates(optimizer, step.rate)
        _freeze(model, frozen=step.frozen)
        losses = _losses(model, maker, step, rng=random.Random(recipe.seed * 1_000_003 + index), device=on)
        loss: Tensor = sum((recipe.weights[head] * value for head, value in losses.items()), torch.zeros((), device=on))
        _descend(optimizer, loss, model)
        progress.tell(index + 1, losses)
        if time.monotonic() - saved > recipe.checkpoint_minutes * 60:
            save_checkpoint(checkpoint, model, optimizer, step=index + 1, run=runs.after(index + 1))
            saved = time.monotonic()
    record = {
        "recipe": asdict(recipe),
        "start": None if start is None else model_id(start),
        "run": runs.after(len(steps)),
        "n_steps": len(steps),
        "resumed_at_step": done,
        "seconds": round(time.monotonic() - started),
        "device": on.type,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
    }
    save_model(model.cpu().eval(), tokenizer, out)
    (out / "training.json").write_text(json.dumps(record, indent=1) + "\n")
    checkpoint.unlink(missing_ok=True)
    return model


def _descend(optimizer: AdamW, loss: Tensor, model: StanceModel) -> None:
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()


def _untrained(recipe: Recipe, start: Path | None) -> tuple[StanceModel, Tokenizer]:
    model, tokenizer = load_base(recipe.backbone) if start is None else (load_model(start), load_tokenizer(start))
    _freeze(model, frozen=False)
    return model, tokenizer


def _freeze(model: StanceModel, *, frozen: bool) -> None:
    model.encoder.requires_grad_(not frozen)
    # Rows of the word table move little in so short a run, and cost a tenth of every step.
    model.encoder.words.requires_grad_(False)


def _is_trained(out: Path, run: str) -> bool:
    record = out / "training.json"
    return (
        not (out / "checkpoint.safetensors").exists()
        and (out / "model.safetensors").is_file()
        and record.is_file()
        and json.loads(record.read_text())["run"] == run
    )


def _losses(
    model: StanceModel, maker: StepMaker, step: PlannedStep, *, rng: random.Random, device: torch.device
) -> dict[str, Tensor]:
    with torch.autocast(device.type, dtype=torch.bfloat16, enabled=device.type == "cuda"):
        if step.kind == "link":
            return {"link": link_loss(model, maker.link_step(step.group).to(device))}
        return step_losses(model, maker.step(step.group, rng).to(device))


def _draw(rows: Sequence[Example], passes: float, rng: random.Random) -> list[Example]:
    drawn = list(rows) * int(passes)
    rest = passes - int(passes)
    return drawn + rng.sample(list(rows), round(rest * len(rows)))


def _parameter_groups(model: StanceModel, recipe: Recipe) -> Iterator[dict[str, object]]:
    """Lower layers learn more slowly (Howard & Ruder 2018, arXiv:1801.06146), heads fastest."""
    layers = model.encoder.layers
    depth = len(layers)
    in_layers = {id(value) for value in layers.parameters()}
    below = [value for value in model.encoder.parameters() if id(value) not in in_layers]
    tiers: list[tuple[Iterable[torch.nn.Parameter], float]] = [
        (below, recipe.encoder_learning_rate * recipe.layer_decay ** (depth + 1))
    ]
    tiers += [
        (layer.parameters(), recipe.encoder_learning_rate * recipe.layer_decay ** (depth - index))
        for index, layer in enumerate(layers)
    ]
    heads = [value for name, value in model.named_parameters() if not name.startswith("encoder.")]
    tiers.append((heads, recipe.head_learning_rate))
    for parameters, rate in tiers:
        yield {
            "params": [value for value in parameters if value.requires_grad],
            "lr": rate,
            "peak": rate,
            "weight_decay": recipe.weight_decay,
        }


def _rate(step: int, n_steps: int, warmup_share: float) -> float:
    """Share of the peak rate: up in a line, then down along half a cosine to 2 %."""
    warmup = max(1, round(n_steps * warmup_share))
    if step < warmup:
        return (step + 1) / warmup
    return 0.02 + 0.49 * (1 + math.cos(math.pi * (step - warmup) / max(1, n_steps - warmup)))


def _set_rates(optimizer: AdamW, share: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * share


class _Digests:
    """What a run had been after each of its steps: a checkpoint fits every run that begins with the same steps."""

    def __init__(self, recipe: Recipe, steps: Sequence[PlannedStep], *, start: Path | None) -> None:
        told = {name: value for name, value in asdict(recipe).items() if name not in {"name", "stages"}}
        told["start"] = None if start is None else model_id(start)
        self._recipe = hashlib.sha256(json.dumps(told, sort_keys=True).encode())
        self._steps = steps

    def after(self, n_steps: int) -> str:
        """Return the digest of the recipe and the first `n_steps` steps."""
        digest = self._recipe.copy()
        for step in self._steps[:n_steps]:
            digest.update(f"{step.kind} {step.rate:.9f}{' frozen' if step.frozen else ''}".encode())
            for example in step.group:
                digest.update(example.text.encode("utf-8", "replace"))
        return digest.hexdigest()


class _Progress:
    """Says on stderr how far a run is: every step on a terminal, every hundredth in a log."""

    def __init__(self, n_steps: int, done: int) -> None:
        self._n_steps, self._done = n_steps, done
        self._started = time.monotonic()
        self._means: dict[str, float] = {}
        self._terminal = sys.stderr.isatty()

    def tell(self, step: int, losses: dict[str, Tensor]) -> None:
        for head, value in losses.items():
            now = value.item()
            self._means[head] = 0.98 * self._means.get(head, now) + 0.02 * now
        if not (self._terminal or step % 100 == 0 or step == self._n_steps):
            return
        rate = (time.monotonic() - self._started) / (step - self._done)
        heads = " ".join(f"{head} {value:.3f}" for head, value in sorted(self._means.items()))
        line = f"step {step}/{self._n_steps}  {rate * (self._n_steps - step) / 60:.0f} min left  {heads}"
        sys.stderr.write(f"\r{line}\033[K" if self._terminal else f"{line}\n")
        sys.stderr.flush()
