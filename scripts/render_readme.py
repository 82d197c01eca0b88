"""Measure the shipped model on the seed page and fill the marked parts of README.md.

Run with the interpreter of an environment that holds stance: .venv/bin/python scripts/render_readme.py
Writes seeds/idlib.evaluation.json (what `stance evaluate thread` printed) and, from it and from what `stance analyze`
prints, the parts of README.md between <!-- output --> and <!-- seed figures -->.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULT = ROOT / "seeds" / "idlib.evaluation.json"
README = ROOT / "README.md"

ROWS = {
    "parent_accuracy": "comment or article answered (11)",
    "order_accuracy": "order of the page",
    "relation_accuracy": "relation to what is answered (11)",
    "stance_recall": "annotated actors found",
    "stance_accuracy": "stance toward the actors found",
    "claim_auc": "claims against other sentences, AUC",
    "rhetoric_auc": "rhetoric against plain sentences, AUC",
    "severity_rank": "queue order against annotated severity, Kendall's tau-b",
}


def stance(*arguments: str) -> str:
    """What a `stance` command prints on standard output."""
    command = [sys.executable, "-m", "stance", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT, encoding="utf-8").stdout


def figures_table(report: dict[str, Any]) -> str:
    """The seed figures as a Markdown table, simple guesses beside them."""
    guesses = {**report["baseline"]["previous"], **report["baseline"]["majority"]}
    lines = ["| | model | simple guess |", "|---|---|---|"]
    for name, words in ROWS.items():
        guess = guesses.get(name)
        lines.append(f"| {words} | {report['metrics'][name]:.2f} | {'' if guess is None else f'{guess:.2f}'} |")
    return "\n".join(
        [*lines, "", "Simple guesses: the previous comment for the parent, the commonest label for the rest."]
    )


def fill(text: str, part: str, content: str) -> str:
    """Put `content` between the marks of one part."""
    marks = re.compile(rf"(<!-- {part}: begin -->\n).*?(<!-- {part}: end -->)", re.DOTALL)
    return marks.sub(lambda found: f"{found[1]}{content}\n{found[2]}", text)


def picture(page: str) -> str:
    """What `stance analyze` prints, its middle folded away: replies and queue are what a reader looks for first."""
    replies, middle = page.split("── Stances", maxsplit=1)
    middle, queue = middle.split("── Queue", maxsplit=1)
    parts = [replies.strip("\n"), f"── Stances{middle}".strip("\n"), f"── Queue{queue}".strip("\n")]
    first, folded, last = (f"```text\n{part}\n```" for part in parts)
    summary = "<details><summary>stances, rebuttals, claims and rhetoric</summary>"
    return "\n\n".join([first, summary, folded, "</details>", last])


def main() -> None:
    """Measure, write, fill."""
    report = json.loads(stance("evaluate", "thread", "seeds/idlib.gold.json", "--page", "seeds/idlib.txt"))
    RESULT.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    page = stance("analyze", "seeds/idlib.txt")
    readme = fill(README.read_text(encoding="utf-8"), "output", picture(page))
    README.write_text(fill(readme, "seed figures", figures_table(report)), encoding="utf-8")


if __name__ == "__main__":
    main()
