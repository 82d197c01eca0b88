"""Comments of a made-up forum to label, and what came of labelling them."""

from __future__ import annotations

import json
from pathlib import Path

from stance.study import LabelRow, Unit, parse_what


def make_units(
    n_units: int = 12, what: str = "stance:Veland", *, texts: dict[int, str] | None = None
) -> list[LabelRow]:
    """Return units that a sample could hold; `texts` replaces the text of some."""
    asked = parse_what(what)
    rows = []
    for n in range(n_units):
        text = (texts or {}).get(n, f"Veland lied about pier {n}.")
        at = text.find("Veland")
        rows.append(
            LabelRow(
                what=asked,
                unit=Unit("forum.jsonl", "harbour", f"c{n}", 0 if asked.by_sentence else None),
                text=text,
                end=len(text) if asked.by_sentence else None,
                target="Veland" if asked.name == "Veland" else "",
                mentions=((at, at + 6),) if at >= 0 and asked.name == "Veland" else (),
                parent="Who sold it?",
                context=("They built it.", "Who sold it?"),
                article="Who owns the harbour of Sund?",
                before="It rained." if asked.by_sentence else "",
                inclusion_probability=0.25,
                stratum="1",
                design="uniform n=12 seed=0",
            )
        )
    return rows


def rows_of(path: Path) -> list[dict]:
    """The lines of a file of labels."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
