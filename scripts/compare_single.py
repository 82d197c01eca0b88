"""Train the base on one head's labels alone, and measure it beside the model that ships.

    python scripts/compare_single.py --data DIR --sources vast --passes 4 --out RUNS --json docs/single.json
    python scripts/compare_single.py --data DIR --sources btc,wnut17 --head names --passes 4 --out RUNS

With `--apart` the names of targets are read by themselves, not beside the comment that is asked about: what that costs
is told by the two entries of the same sources. DIR is $STANCE_DATA unless it is given. The recipe is `full`'s but for
the sources, how often each is read and the other heads' losses, which count nothing. Both models answer the same
development rows, uncalibrated figures alone are kept, and a run that was killed goes on from its checkpoint in RUNS.
The file of `--json` keeps one entry a run; an entry of the same head and sources is replaced.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor

from stance.errors import StanceError
from stance.evaluate import run_task
from stance.judge import (
    Batch,
    Calibration,
    EncoderJudge,
    Judge,
    StanceModel,
    TextEncoder,
    default_model_folder,
    load_judge,
    load_tokenizer,
)
from stance.queue import load_policy
from stance.replies import load_scorer
from stance.train.development import write_development
from stance.train.examples import Example
from stance.train.loop import train
from stance.train.origins import dedupe
from stance.train.recipe import HEADS, Recipe, Stage, load_recipe
from stance.train.sources import load_source

TASKS = {
    "stance": "stance",
    "relation": "relation",
    "sentences": "sentence",
    "attributes": "attributes",
    "names": "actors",
}


def recipe_of(head: str, sources: list[str], passes: float) -> Recipe:
    """The recipe `full` for one head and few sources."""
    stage = Stage(name=head, rate=1.0, passes=dict.fromkeys(sources, passes))
    weights = {name: float(name == head) for name in HEADS}
    return replace(load_recipe("full"), name=f"{head} alone", weights=weights, stages=(stage,))


def read_apart(self: StanceModel, batch: Batch) -> Tensor:
    """Encode a batch whose targets' names read themselves alone."""
    if batch.reads is not None:
        beside = ~batch.mask & batch.reads.diagonal(dim1=1, dim2=2)
        batch = replace(batch, reads=batch.reads & ~(beside[:, :, None] & batch.mask[:, None]))
    states: Tensor = self.encoder(batch)
    return states


def measure(judge: Judge, head: str, examples: list[Example]) -> dict[str, Any]:
    """Figures on the development rows of one head, by source."""
    scorer, policy = load_scorer(default_model_folder()), load_policy()
    with TemporaryDirectory() as folder:
        files = write_development(examples, [], Path(folder))
        return {
            name: run_task(task, path, judge=judge, scorer=scorer, policy=policy)["metrics"]
            for name, (task, path) in files.items()
            if task == TASKS[head]
        }


def compare(
    head: str, sources: list[str], passes: float, *, data: Path, runs: Path, apart: bool = False
) -> dict[str, Any]:
    """Train, measure both, and return the entry."""
    rows = [example for source in sources for example in load_source(source, data)]
    development = [example for example in rows if example.split == "dev"]
    examples = [*dedupe([example for example in rows if example.split == "train"], development), *development]
    out = runs / f"{head}-{'-'.join(sources)}{'-apart' if apart else ''}"
    if apart:
        StanceModel.encode = read_apart  # type: ignore[method-assign]
    model = train(examples, recipe_of(head, sources, passes), out=out)
    alone = EncoderJudge(
        model.eval(), TextEncoder(load_tokenizer(out)), calibration=Calibration(), model_id=f"{head} alone"
    )
    told = json.loads((out / "training.json").read_text())
    entry = {
        "head": head,
        "sources": sources,
        "apart": apart,
        "passes": passes,
        "steps": told["n_steps"],
        "seconds": told["seconds"],
        "threads": torch.get_num_threads(),
        "alone": measure(alone, head, examples),
    }
    if apart:
        return entry
    shipped = load_judge()
    return entry | {"shipped": {"model": shipped.model_id} | measure(shipped, head, examples)}


def main() -> None:
    """Train, compare, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("STANCE_DATA"), help="folder with the sources")
    parser.add_argument("--head", choices=TASKS, default="stance")
    parser.add_argument("--sources", required=True, help="names of sources, with commas between")
    parser.add_argument("--passes", type=float, default=3.0, help="how often each is read")
    parser.add_argument("--apart", action="store_true", help="names of targets do not read the comment")
    parser.add_argument("--out", type=Path, required=True, help="where runs lie, with their checkpoints")
    parser.add_argument("--json", type=Path, help="keep the entry here, among others")
    options = parser.parse_args()
    if options.data is None:
        parser.error("name the folder with the sources: --data or $STANCE_DATA")
    sources = options.sources.split(",")
    try:
        entry = compare(options.head, sources, options.passes, data=options.data, runs=options.out, apart=options.apart)
    except StanceError as error:
        sys.exit(str(error))
    print(json.dumps(entry, indent=1))
    if options.json:
        kept = json.loads(options.json.read_text(encoding="utf-8")) if options.json.exists() else []
        which = (options.head, sources, options.apart)
        others = [one for one in kept if (one["head"], one["sources"], one["apart"]) != which]
        options.json.write_text(json.dumps([*others, entry], indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
