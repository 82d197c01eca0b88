"""Rows of scores made by hand."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from stance.records import Attribute, Relation, Stance


def make_row(
    thread: str,
    place: int,
    *,
    stances: Mapping[str, str] | None = None,
    relation: str = "comment",
    posted_at: datetime | None = None,
    toxicity: float = 0.1,
) -> dict[str, Any]:
    """Return one comment's row; `stances` maps actors to labels, with "?" behind where the model is not sure."""
    return {
        "source": "made.jsonl",
        "version": "0.0.0",
        "model_id": "made@0",
        "policy_digest": "p",
        "thread_id": thread,
        "id": f"c{place}",
        "number": place + 1,
        "author": None,
        "text": "Words.",
        "posted_at": posted_at.isoformat() if posted_at else None,
        "reply": {"parent": "article", "probability": 1.0, "evidence": [], "alternatives": [], "quotes": []},
        "relation": {"label": relation, "probabilities": dict.fromkeys(Relation, 0.25)},
        "mentions": [],
        "stances": [
            {
                "actor": actor,
                "label": label.removesuffix("?"),
                "sure": not label.endswith("?"),
                "probabilities": {one.value: 0.8 if one == label.removesuffix("?") else 0.1 for one in Stance},
                "spans": [],
            }
            for actor, label in (stances or {}).items()
        ],
        "sentences": [],
        "attributes": {Attribute.TOXICITY.value: toxicity},
        "attribute_spans": [],
        "language_uncertain": False,
        "n_windows": 1,
        "queue": {"rank": 1, "priority": 0.0, "uncertainty": 0.0, "reasons": []},
        "extra": {},
    }


def write_rows(rows: Iterable[Mapping[str, Any]], path: Path) -> Path:
    """Write rows as JSON Lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path
