"""Compare loading the shipped model with transformers loading the bare base, imports included.

Run with the interpreter of an environment that holds stance: .venv/bin/python scripts/bench_load.py [--runs N]
The base is an encoder of the shipped model's shape with random weights at half precision, in a temporary folder, so
nothing is downloaded. The two take turns, so that whatever else the machine does falls on both; the median of the
ratios is printed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from transformers import AutoConfig, AutoModel, PreTrainedTokenizerFast

MODEL = Path(__file__).resolve().parent.parent / "models" / "default"
BARE = """
from transformers import AutoModel, AutoTokenizer
AutoModel.from_pretrained({0!r})
AutoTokenizer.from_pretrained({0!r})
"""
OURS = """
from pathlib import Path
from stance.judge import load_judge
load_judge(Path({0!r}))
"""
WANTED_RATIO = 1.2


def write_base(folder: str) -> None:
    """Write an encoder without heads, as transformers keeps one."""
    config = AutoConfig.for_model(**json.loads((MODEL / "config.json").read_text(encoding="utf-8")))
    AutoModel.from_config(config).half().save_pretrained(folder)
    PreTrainedTokenizerFast(tokenizer_file=str(MODEL / "tokenizer.json")).save_pretrained(folder)


def seconds(program: str) -> float:
    """Wall time of one process."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> int:
    """Time both in turn and report."""
    parser = argparse.ArgumentParser(description="Loading the shipped model against transformers loading its base.")
    parser.add_argument("--runs", type=int, default=7, help="pairs to time, after one pair that warms the disk cache")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as base:
        write_base(base)
        bare, ours = BARE.format(base), OURS.format(str(MODEL))
        seconds(bare), seconds(ours)
        pairs = [(seconds(bare), seconds(ours)) for _ in range(options.runs)]
    ratio = statistics.median(mine / theirs for theirs, mine in pairs)
    print(
        f"stance {statistics.median(mine for _, mine in pairs):.2f} s, "
        f"transformers {statistics.median(theirs for theirs, _ in pairs):.2f} s, "
        f"ratio {ratio:.2f} (at most {WANTED_RATIO} wanted, {options.runs} pairs)"
    )
    return 0 if ratio <= WANTED_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
