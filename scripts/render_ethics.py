"""Fill the marked parts of docs/ethics.md with what models/default/evaluation.json measured.

Run with the interpreter of an environment that holds stance: .venv/bin/python scripts/render_ethics.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from render_readme import fill

ROOT = Path(__file__).resolve().parent.parent
RESULT = ROOT / "models" / "default" / "evaluation.json"
PAGE = ROOT / "docs" / "ethics.md"


def groups_table(measured: dict[str, Any]) -> str:
    """Every group measured for attacks on people for who they are, the one that fares worst first."""
    groups = measured["fairness"]["identities"]["IDENTITY_ATTACK"]
    lines = [
        "| `IDENTITY_ATTACK` on comments that name | comments | attacks among them | BPSN AUC |",
        "|---|---|---|---|",
    ]
    for name, found in sorted(groups.items(), key=lambda item: item[1]["bpsn_auc"]):
        words = name.replace("_", " ")
        lines.append(f"| {words} | {found['n']:,} | {found['n_positive']} | {found['bpsn_auc']:.3f} |")
    return "\n".join(lines)


def pairs_table(measured: dict[str, Any]) -> str:
    """What was measured on pairs of sentences that differ in a few words, and on swapped names."""
    pairs, swaps = measured["contrasts"], measured["fairness"]["actor_swap"]
    hatemoji = measured["tasks"]["attributes/hatemoji"]["metrics"]["TOXICITY"]["auc"]
    most_sure = measured["reliability"]["ATTACK_ON_COMMENTER"]["bins"][-1]
    rows = [
        ("hatred from the answer to it, by TOXICITY", f"AUC {pairs['counter-speech']['toxicity_auc']:.3f}"),
        ("an insult from its quotation, by TOXICITY", f"AUC {pairs['quoted insult']['toxicity_auc']:.3f}"),
        ("people spoken of as vermin or goods, by TOXICITY", f"AUC {pairs['dehumanising']['toxicity_auc']:.3f}"),
        ("hatred written with emoji (`hatemoji`), by TOXICITY", f"AUC {hatemoji:.3f}"),
        ("stances said in irony, read rightly", f"{pairs['irony']['stance_accuracy']:.3f}"),
        (
            "stances whose label changes with the country named, in our sentences",
            f"{100 * swaps['templates']['label_changed']:.1f} %",
        ),
        ("the same, in real comments", f"{100 * swaps['development']['label_changed']:.1f} %"),
        (
            "attacks on commenters, in the tenth scored highest: mean probability, share that were",
            f"{most_sure['probability']:.3f}, {most_sure['share']:.3f}",
        ),
    ]
    return "\n".join(
        ["| what was measured | figure |", "|---|---|", *(f"| {what} | {figure} |" for what, figure in rows)]
    )


def render(page: str, measured: dict[str, Any]) -> str:
    """The page with its figures."""
    return fill(fill(page, "groups", groups_table(measured)), "pairs", pairs_table(measured))


if __name__ == "__main__":
    result = json.loads(RESULT.read_text(encoding="utf-8"))
    PAGE.write_text(render(PAGE.read_text(encoding="utf-8"), result), encoding="utf-8")
