"""Measure batch scoring: every figure of docs/performance.md, each a ratio in one run.

Run with the interpreter of an environment that holds stance and its extras:

    .venv/bin/python scripts/bench_batch.py --json docs/bench_batch.json \
        --paper docs/performance.md --paper docs/cluster.md
    .venv/bin/python scripts/bench_batch.py --only encoder,int8 --json docs/bench_batch.json
    .venv/bin/python scripts/bench_batch.py --missing --json docs/bench_batch.json      # after one that was stopped
    .venv/bin/python scripts/bench_batch.py --only '' --json docs/bench_batch.json \
        --paper docs/performance.md --paper docs/cluster.md

Each group of figures is put into the file as soon as it is there, in place of an earlier one. Times within one process
are the processor's, those of several processes the clock's: measure these on a machine that does nothing else. The full
sizes take hours on two cores; --share 0.01 takes a hundredth of each.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from render_readme import fill

from stance.bench import (
    GROUPS,
    Measured,
    Words,
    describe_machine,
    machine_lines,
    make_comments,
    make_page,
    make_pages,
    markdown_profile,
    markdown_table,
    measure_batches,
    measure_int8,
    measure_pipeline,
    one_thread,
    plain_rows,
    rate_line,
    timed,
    words_of,
    write_comment,
)
from stance.judge import TextEncoder, default_model_folder, load_model, load_tokenizer
from stance.read import write_threads

ROOT = Path(__file__).resolve().parent.parent
SIZES = {
    "pipeline": 20_000,
    "encoder": 1000,
    "int8": 2000,
    "calls": 300,
    "detoxify": 300,
    "memory": 1_000_000,
    "startup": 1,
    "workers": 20_000,
    "ray": 20_000,
}
"""Comments of each group, at full size."""
LARGEST_THREAD = 2_000
"""Comments of the largest thread that is generated."""
MEMORY_STEP = 100
"""The smaller run of the group `memory` has this many times fewer."""
PAIRS = 7


def measure_memory(words: Words, *, n_comments: int) -> Measured:
    """Score few and many comments with the constant judge, each in a process of its own, and compare their peaks."""
    sizes = {"small": max(1, n_comments // MEMORY_STEP), "large": n_comments}
    # A thread is whole in memory, and among more threads the largest is larger: both runs have one of the largest size.
    largest = make_page(
        words, np.random.default_rng(3), partial(write_comment, words), n_comments=LARGEST_THREAD, thread_id="largest"
    )
    peaks = {}
    with tempfile.TemporaryDirectory() as room:
        for name, size in sizes.items():
            source = Path(room) / f"{name}.jsonl"
            write_threads(chain([largest], make_pages(words, n_comments=size)), source)
            command = [sys.executable, str(Path(__file__).with_name("bench_memory.py")), str(source)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=room)
            peaks[name] = json.loads(done.stdout)
    return Measured(
        ratios={"memory": peaks["large"]["peak_bytes"] / peaks["small"]["peak_bytes"]},
        seen={
            "comments": n_comments,
            "fewer_comments": sizes["small"],
            **{f"{name}_{what}": value for name, peak in peaks.items() for what, value in peak.items()},
        },
    )


def measure_startup(words: Words, *, n_comments: int) -> Measured:
    """Compare a whole run over very little with the bare import, in turns; the median of the ratios counts."""
    imports = [sys.executable, "-c", "import torch, transformers"]
    with tempfile.TemporaryDirectory() as room:
        source = Path(room) / "made.jsonl"
        write_threads(make_pages(words, n_comments=n_comments), source)

        def score(at: int) -> list[str]:
            return [sys.executable, "-m", "stance", "score", str(source), "--out", str(Path(room) / f"out{at}")]

        _run(imports), _run(score(0))
        pairs = [(_run(imports), _run(score(at))) for at in range(1, PAIRS + 1)]
    return Measured(
        ratios={"startup": statistics.median(ours / bare for bare, ours in pairs)},
        seen={
            "comments": n_comments,
            "pairs": PAIRS,
            "score_wall_seconds": statistics.median(ours for _, ours in pairs),
            "imports_wall_seconds": statistics.median(bare for bare, _ in pairs),
        },
    )


def measure_workers(words: Words, *, n_comments: int) -> Measured:
    """Compare two workers with one; beginning, and loading the model, is part of both."""
    begun = _processor_seconds_of_children()
    one = _score(words, "--workers", "1", n_comments=n_comments)
    between = _processor_seconds_of_children()
    two = _score(words, "--workers", "2", n_comments=n_comments)
    return Measured(
        ratios={"workers": 2 * two / one},
        seen={
            "comments": n_comments,
            "one_wall_seconds": one,
            "two_wall_seconds": two,
            "one_processor_seconds": between - begun,
            "two_processor_seconds": _processor_seconds_of_children() - between,
        },
    )


def measure_ray(words: Words, *, n_comments: int) -> Measured:
    """Compare two workers on a Ray cluster of this machine with two of our own, from beginning to end."""
    local = _score(words, "--workers", "2", n_comments=n_comments)
    ray = _score(words, "--workers", "2", "--engine", "ray", n_comments=n_comments)
    return Measured(
        ratios={"ray": ray / local},
        seen={"comments": n_comments, "local_wall_seconds": local, "ray_wall_seconds": ray},
    )


def _score(words: Words, *options: str, n_comments: int) -> float:
    """Wall time of `stance score` over generated comments, in shards small enough for all workers to end together."""
    with tempfile.TemporaryDirectory() as room:
        source = Path(room) / "made.jsonl"
        write_threads(make_pages(words, n_comments=n_comments), source)
        shard = str(min(500, max(1, n_comments // 20)))
        command = [sys.executable, "-m", "stance", "score", str(source), "--out", str(Path(room) / "out")]
        return _run([*command, "--shard-comments", shard, *options])


def _processor_seconds_of_children() -> float:
    spent = os.times()
    return spent.children_user + spent.children_system


def _run(command: list[str]) -> float:
    """Wall time of one process; what it says goes nowhere."""
    quiet = partial(subprocess.run, command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return timed(quiet).wall_seconds


def measures() -> dict[str, Callable[[int], Measured]]:
    """How each group is measured on so many comments."""
    from bench_rivals import measure_calls, measure_detoxify

    folder = default_model_folder()
    tokenizer = load_tokenizer(folder)
    words = words_of(tokenizer)

    def texts(n: int) -> list[str]:
        return [comment.text for comment in make_comments(words, n_comments=n)]

    return {
        "pipeline": lambda n: measure_pipeline(folder, words, n_comments=n),
        "encoder": lambda n: measure_batches(load_model(folder), TextEncoder(tokenizer), texts(n)),
        "int8": lambda n: measure_int8(folder, texts(n)),
        "calls": lambda n: measure_calls(folder, words, n_comments=n),
        "detoxify": lambda n: measure_detoxify(folder, words, n_comments=n),
        "memory": lambda n: measure_memory(words, n_comments=n),
        "startup": lambda n: measure_startup(words, n_comments=n),
        "workers": lambda n: measure_workers(words, n_comments=n),
        "ray": lambda n: measure_ray(words, n_comments=n),
    }


def keep(held: dict[str, Any], path: Path) -> None:
    """Put all groups into the file at once: a run may be stopped at any time."""
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(held, indent=2) + "\n", encoding="utf-8")
    part.replace(path)


def fill_paper(paper: str, held: dict[str, Any]) -> str:
    """Put the tables of what was measured between the marks of a paper."""
    tables = {"figures": markdown_table, "profile": markdown_profile, "machines": machine_lines, "rate": rate_line}
    for name, table in tables.items():
        paper = fill(paper, name, table(held))
    return paper


def parse_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(GROUPS), help="groups, with commas between")
    parser.add_argument("--missing", action="store_true", help="only groups that are not in the file yet")
    parser.add_argument("--comments", type=int, help="of each group, in place of its full size")
    parser.add_argument("--share", type=float, default=1.0, help="of the full sizes")
    parser.add_argument("--json", type=Path, help="keep the figures here, beside those of other groups")
    parser.add_argument(
        "--paper", type=Path, action="append", default=[], help="fill the tables of a Markdown file from what is kept"
    )
    options = parser.parse_args()
    options.only = [name for name in options.only.split(",") if name]
    if unknown := set(options.only) - GROUPS.keys():
        parser.error(f"no group {', '.join(sorted(unknown))}; want some of {', '.join(GROUPS)}")
    return options


def main() -> None:
    """Measure group after group, and keep each."""
    options = parse_options()
    os.environ["OMP_NUM_THREADS"] = "1"
    held = json.loads(options.json.read_text(encoding="utf-8")) if options.json and options.json.exists() else {}
    how = measures() if options.only else {}
    for name in options.only:
        if options.missing and name in held:
            continue
        size = options.comments or max(1, round(SIZES[name] * options.share))
        with one_thread():
            measured = how[name](1 if name == "startup" else size)
        held[name] = {**measured.to_json(), "machine": describe_machine()}
        print(f"{name}: {json.dumps(held[name]['seen'])}", flush=True)
        for what, value, wanted, word in plain_rows({name: held[name]}):
            print(f"  {what}: {value} ({wanted}) {word}".rstrip(), flush=True)
        if options.json:
            keep(held, options.json)
    for paper in options.paper:
        paper.write_text(fill_paper(paper.read_text(encoding="utf-8"), held), encoding="utf-8")


if __name__ == "__main__":
    main()
