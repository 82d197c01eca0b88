"""Measure how the cost of recovering replies grows with a flat thread: time as ratios, and peak memory.

Run with the interpreter of an environment that holds stance:

    .venv/bin/python scripts/bench_replies.py                          # all three sizes, encoding included
    .venv/bin/python scripts/bench_replies.py --no-encoding            # random vectors in the encoder's place
    .venv/bin/python scripts/bench_replies.py --sizes 1000,10000 --words 8
    .venv/bin/python scripts/bench_replies.py --json docs/bench_replies.json

Each size is measured in a process of its own, the comments being generated there from one seed: made-up words by
frequency, one author for every ten comments, some quotations, some "@name". A size may cost at most 15 times one a
tenth as large, and its memory, above what the process holds before the thread is made, may grow no faster than the
text.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np

from stance.bench import made_up_words, make_page
from stance.records import ARTICLE, Page, Reading
from stance.replies import ReplyScorer, link_replies, load_scorer
from stance.thread import build_thread, find_quotes

DEFAULT_MODEL = Path(__file__).resolve().parent.parent / "models" / "default"
WANTED_RATIO = 15.0
"""For ten times the comments; other steps are judged by the same power of their size."""
MEMORY_SLACK = 1.1
"""How much faster than the text memory may seem to grow: the allocator's blocks are coarse."""
EMBEDDING_WIDTH, LINK_WIDTH = 384, 128


def make_flat_page(n_comments: int, n_words: int) -> Page:
    """Generate a flat page: no parents, no times, a sentence a comment."""
    rng = np.random.default_rng(7)
    words = made_up_words(rng)

    def write(chance: np.random.Generator) -> str:
        drawn = words.draw(chance, int(chance.integers(n_words // 2, 2 * n_words)))
        return " ".join(drawn).capitalize() + chance.choice([".", "?", "!"])

    return make_page(words, rng, write, n_comments=n_comments)


def random_readings(ids: list[str]) -> dict[str, Reading]:
    """Random unit vectors, in one array as the encoder gives them."""
    rng = np.random.default_rng(1)
    parts = []
    for width in (EMBEDDING_WIDTH, LINK_WIDTH, LINK_WIDTH):
        rows = rng.standard_normal((len(ids), width), dtype=np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        parts.append(rows)
    return {
        name: Reading(embedding=parts[0][at], reply_vector=parts[1][at], parent_vector=parts[2][at])
        for at, name in enumerate(ids)
    }


def peak_bytes() -> int:
    """The most memory this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def measure(n_comments: int, *, n_words: int, model: Path, encoding: bool) -> dict[str, float]:
    """Recover one generated thread; seconds by stage, characters of text, and bytes above those held before."""
    seconds: dict[str, float] = {}

    @contextmanager
    def timed(stage: str) -> Iterator[None]:
        started = time.process_time()
        yield
        seconds[stage] = round(time.process_time() - started, 3)

    scorer: ReplyScorer = load_scorer(model)
    if encoding:
        from stance.judge import load_judge

        judge = load_judge(model)
        judge.read(["A word before the clock starts."] * 16)
    # The first call pays for what numpy loads late.
    _recover(make_flat_page(50, n_words), scorer, random_readings([ARTICLE, *(f"c{at}" for at in range(50))]))
    before = peak_bytes()
    page = make_flat_page(n_comments, n_words)
    with timed("order"):
        thread = build_thread(page)
    with timed("quotes"):
        quotes = find_quotes(thread.comments, thread.article)
    ids = [ARTICLE, *(comment.id for comment in thread.comments)]
    with timed("encoding"):
        if encoding:
            texts = [thread.article.text, *(comment.text for comment in thread.comments)]
            readings = dict(zip(ids, judge.read(texts), strict=True))
        else:
            readings = random_readings(ids)
    with timed("linking"):
        replies = link_replies(thread, readings, scorer=scorer, quotes=quotes)
    if len(replies) != n_comments:
        raise AssertionError(f"{len(replies)} replies to {n_comments} comments")
    total = sum(seconds.values()) if encoding else sum(seconds.values()) - seconds.pop("encoding")
    return {
        "comments": n_comments,
        "characters": sum(len(comment.text) for comment in thread.comments),
        **{f"{stage}_seconds": spent for stage, spent in seconds.items()},
        "seconds": round(total, 3),
        "bytes": peak_bytes() - before,
    }


def _recover(page: Page, scorer: ReplyScorer, readings: dict[str, Reading]) -> None:
    thread = build_thread(page)
    link_replies(thread, readings, scorer=scorer, quotes=find_quotes(thread.comments, thread.article))


def compare(small: dict[str, float], large: dict[str, float]) -> tuple[bool, str]:
    """Judge one step from a size to the next."""
    step = large["comments"] / small["comments"]
    allowed = WANTED_RATIO ** np.log10(step)
    cost = large["seconds"] / small["seconds"]
    text, memory = large["characters"] / small["characters"], large["bytes"] / max(1, small["bytes"])
    sound = cost <= allowed and memory <= text * MEMORY_SLACK
    return bool(sound), (
        f"{small['comments']:,.0f} -> {large['comments']:,.0f} comments: "
        f"time x {cost:.1f} (at most {allowed:.1f}), text x {text:.1f}, memory x {memory:.1f}"
        f"{'' if sound else '   TOO MUCH'}"
    )


def keep(rows: list[dict[str, float]], path: Path, *, encoding: bool, n_words: int) -> None:
    """Put a run into a file of runs, in place of an earlier one of its kind."""
    kind = {"encoding": encoding, "words": n_words}
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    others = [run for run in before if not kind.items() <= run.items()]
    run = {**kind, "cores": os.cpu_count(), "rows": rows, "steps": [compare(*step)[1] for step in pairwise(rows)]}
    path.write_text(json.dumps([*others, run], indent=2) + "\n", encoding="utf-8")


def main() -> int:
    """Measure every size in its own process, and judge each step."""
    parser = argparse.ArgumentParser(description="Cost of recovering replies in flat threads of several sizes.")
    parser.add_argument("--sizes", default="1000,10000,100000", help="comments, with commas between, growing")
    parser.add_argument("--words", type=int, default=12, help="words of a comment, about")
    parser.add_argument("--no-encoding", action="store_true", help="random vectors, and only the rest measured")
    parser.add_argument("--model", type=Path, default=DEFAULT_MODEL, help="model folder")
    parser.add_argument("--json", type=Path, help="keep the figures here, beside those of other kinds of runs")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    encoding = not options.no_encoding
    if options.one is not None:
        figures = measure(options.one, n_words=options.words, model=options.model, encoding=encoding)
        print(json.dumps(figures))
        return 0

    rows = []
    for size in map(int, options.sizes.split(",")):
        same = [
            "--words",
            str(options.words),
            "--model",
            str(options.model),
            *(["--no-encoding"] if not encoding else []),
        ]
        done = subprocess.run([sys.executable, __file__, "--one", str(size), *same], check=True, stdout=subprocess.PIPE)
        row = json.loads(done.stdout)
        rows.append(row)
        stages = ", ".join(f"{key[:-8]} {value}" for key, value in row.items() if key.endswith("_seconds"))
        print(f"{size:,} comments: {row['seconds']} s ({stages}), {row['bytes'] / 2**20:,.0f} MiB", flush=True)
    judged = [compare(small, large) for small, large in pairwise(rows)]
    print("\n".join(words for _, words in judged))
    if options.json:
        keep(rows, options.json, encoding=encoding, n_words=options.words)
    return 0 if all(sound for sound, _ in judged) else 1


if __name__ == "__main__":
    sys.exit(main())
