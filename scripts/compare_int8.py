"""Compare a model in eight bits with itself at full precision: what each head loses, and what is gained in speed.

    python scripts/compare_int8.py --data DIR                               300 rows a head of the development splits
    python scripts/compare_int8.py --data DIR --rows 1500 --task sentence   more of one

DIR is $STANCE_DATA unless it is given. The rows of a head are drawn from all of its sources and measured together, both
precisions on the same ones; so the figures are not those of the model card, which are a source each. A standard error
is that of the loss, over 100 draws of the rows with replacement. Seconds are the processor's. Prints one JSON object
without any text of a source.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch

from stance.errors import StanceError
from stance.evaluate import auc, mean_f1, run_task
from stance.judge import EncoderJudge, default_model_folder, load_judge
from stance.queue import load_policy
from stance.replies import load_scorer
from stance.train.answers import Answer, read_answers
from stance.train.development import write_development
from stance.train.examples import Example
from stance.train.load_threads import load_iac
from stance.train.sources import SOURCES, load_source

SEED = 8
DRAWS = 100
THREADS = 20
TASKS = ("actors", "attributes", "relation", "sentence", "stance", "structure")
ONE_FIGURE = {"actors": ("tag", "span_f1"), "structure": ("reply", "parent_accuracy")}
"""Tasks whose predictions are no probabilities: the head, and its figure."""


def read_development(data: Path) -> Iterator[Example]:
    """All rows that measure and do not teach."""
    for name, source in SOURCES.items():
        for row in load_source(name, data):
            if row.split == "dev" or source.evaluation_only:
                yield replace(row, split="dev")


def draw(data: Path, folder: Path, *, n_rows: int) -> dict[str, Path]:
    """Write one file a task, of so many rows of all its sources."""
    threads = islice((thread for thread in load_iac(data) if thread.split == "dev"), THREADS)
    lines: dict[str, list[str]] = defaultdict(list)
    for key, (task, path) in write_development(list(read_development(data)), threads, folder).items():
        if key != "structure/iac-with-quotes":
            lines[task] += path.read_text().splitlines()
    drawn = {}
    for task, rows in lines.items():
        some = random.Random(SEED).sample(rows, min(n_rows, len(rows)))
        drawn[task] = folder / f"all-{task}.jsonl"
        drawn[task].write_text("\n".join(some) + "\n")
    return drawn


def figures_of(answers: Sequence[Answer]) -> dict[str, float]:
    """Points: macro F1 where one label is right, and for each label that is yes or no the area under the curve."""
    labels = list(answers[0].probabilities)
    if answers[0].label is not None:
        given = [max(answer.probabilities, key=answer.probabilities.__getitem__) for answer in answers]
        found = {"macro_f1": mean_f1([str(answer.label) for answer in answers], given, labels)}
    else:
        found = {}
        for label in labels:
            pairs = [(one.yes_no[label], one.probabilities[label]) for one in answers if label in one.yes_no]
            if pairs:
                found[label] = auc(*map(list, zip(*pairs, strict=True)))
    return {name: 100 * value for name, value in found.items() if value is not None}


def compare_answers(full: Sequence[Answer], eight: Sequence[Answer]) -> dict[str, object]:
    """Both precisions by label, and the loss of the head, which is the mean of its labels'."""
    before, after = figures_of(full), figures_of(eight)
    rng = np.random.default_rng(SEED)
    losses = []
    for _ in range(DRAWS):
        places = rng.integers(len(full), size=len(full)).tolist()
        drawn = [figures_of([answers[place] for place in places]) for answers in (full, eight)]
        losses.append(loss_of(*drawn))
    moved = [
        abs(a.probabilities[n] - b.probabilities[n]) for a, b in zip(full, eight, strict=True) for n in a.probabilities
    ]
    return {
        "loss": round(loss_of(before, after), 2),
        "standard_error": round(statistics.stdev(losses), 2),
        "mean_move_of_a_probability": round(statistics.fmean(moved), 4),
        "labels": {name: {"fp32": round(before[name], 2), "int8": round(after[name], 2)} for name in before},
    }


def loss_of(before: Mapping[str, float], after: Mapping[str, float]) -> float:
    """Mean loss of the labels."""
    return statistics.fmean(before[name] - after[name] for name in before)


def compare_task(task: str, file: Path, judges: Mapping[str, EncoderJudge], folder: Path) -> dict[str, object]:
    """Both precisions on the same rows of one task."""
    answers, metrics, seconds = {}, {}, {}
    for name, judge in judges.items():
        predictions = file.with_suffix(f".{name}")
        began = time.process_time()
        report: dict[str, Any] = run_task(
            task, file, judge=judge, scorer=load_scorer(folder), policy=load_policy(), predictions=predictions
        )
        seconds[name] = round(time.process_time() - began, 2)
        metrics[name] = report["metrics"]
        if task not in ONE_FIGURE:
            answers[name] = read_answers(task, file, predictions)
    told = {"rows": report["n"], "processor_seconds": seconds}
    if task not in ONE_FIGURE:
        return told | compare_answers(answers["fp32"], answers["int8"])
    points = {name: 100 * metrics[name][ONE_FIGURE[task][1]] for name in judges}
    return told | {
        "loss": round(points["fp32"] - points["int8"], 2),
        "labels": {ONE_FIGURE[task][1]: {name: round(value, 2) for name, value in points.items()}},
    }


def main() -> int:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=os.environ.get("STANCE_DATA"), help="the folder of the sources")
    parser.add_argument("--rows", type=int, default=300, help="of a head")
    parser.add_argument("--model", type=Path, default=default_model_folder())
    parser.add_argument("--task", action="append", choices=TASKS, help="only this; may be given again")
    asked = parser.parse_args()
    if not asked.data:
        parser.error("give --data, or set STANCE_DATA")
    torch.set_num_threads(1)
    try:
        judges = {"fp32": load_judge(asked.model), "int8": load_judge(asked.model, int8=True)}
        told: dict[str, object] = {"model_id": judges["fp32"].model_id}
        with tempfile.TemporaryDirectory(prefix="stance-") as name:
            heads = {}
            for task, file in draw(Path(asked.data), Path(name), n_rows=asked.rows).items():
                if asked.task and task not in asked.task:
                    continue
                head = ONE_FIGURE[task][0] if task in ONE_FIGURE else task
                heads[head] = compare_task(task, file, judges, asked.model)
                print(head, heads[head], file=sys.stderr)
    except StanceError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(json.dumps(told | {"heads": heads}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
