"""Count the examples of every source in the data folder.

Run with the interpreter of an environment that holds stance: .venv/bin/python scripts/count_data.py [DIR]
DIR is $STANCE_DATA unless it is given.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from pathlib import Path

from stance.train.errors import SourceMissing
from stance.train.sources import SOURCES, load_source


def main() -> int:
    """Print name, task, counts and seconds of each source, then the sums."""
    where = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("STANCE_DATA")
    if not where:
        print("give the data folder, or set STANCE_DATA", file=sys.stderr)
        return 2
    total: Counter[str] = Counter()
    started = time.perf_counter()
    for name, source in SOURCES.items():
        began = time.perf_counter()
        try:
            counts = Counter(example.split for example in load_source(name, Path(where)))
        except SourceMissing:
            print(f"{name:16} {source.task:10} not there")
            continue
        total += counts
        seconds = time.perf_counter() - began
        note = "  evaluation only" if source.evaluation_only else ""
        print(f"{name:16} {source.task:10} train {counts['train']:6} dev {counts['dev']:5} {seconds:5.1f} s{note}")
    print(f"{'all':27} train {total['train']:6} dev {total['dev']:5} {time.perf_counter() - started:5.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
