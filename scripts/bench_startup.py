"""Compare `stance analyze seeds/idlib.txt` with the bare import of torch and transformers.

Run with the interpreter of an environment that holds stance: .venv/bin/python scripts/bench_startup.py [--json FILE]
The two commands take turns, so that whatever else the machine does falls on both; the ratio of each pair is taken, and
the median of the ratios printed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ANALYZE = [sys.executable, "-m", "stance", "analyze", str(ROOT / "seeds" / "idlib.txt"), "--format", "json"]
IMPORTS = [sys.executable, "-c", "import torch, transformers"]
WANTED_RATIO = 2.5


def seconds(command: list[str]) -> float:
    """Wall time of one run; the output goes nowhere."""
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> int:
    """Time both commands in turn and report."""
    parser = argparse.ArgumentParser(description="Start-up and analysis of the seed page against bare imports.")
    parser.add_argument("--runs", type=int, default=7, help="pairs to time, after one pair that warms the disk cache")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()

    seconds(IMPORTS), seconds(ANALYZE)
    pairs = [(seconds(IMPORTS), seconds(ANALYZE)) for _ in range(options.runs)]
    figures = {
        "analyze_seconds": round(statistics.median(analyze for _, analyze in pairs), 3),
        "imports_seconds": round(statistics.median(imports for imports, _ in pairs), 3),
        "ratio": round(statistics.median(analyze / imports for imports, analyze in pairs), 2),
        "runs": options.runs,
        "wanted_ratio": WANTED_RATIO,
    }
    print(
        f"analyze {figures['analyze_seconds']} s, imports {figures['imports_seconds']} s, "
        f"ratio {figures['ratio']} (at most {WANTED_RATIO} wanted, {options.runs} pairs)"
    )
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0 if figures["ratio"] <= WANTED_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
