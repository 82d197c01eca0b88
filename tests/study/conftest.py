"""Scores written down by hand, as `stance score` would leave them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from stance.batch.rows import to_table
from stance.records import Attribute, Device

Rows = list[dict[str, Any]]


LABELS = ("favor", "against", "neutral")


def make_row(comment_id: str, *, thread: str = "t", source: str = "a.jsonl", **columns: Any) -> dict[str, Any]:
    """One row; `stances` maps actors to probabilities of favor, against and neutral, whose names the text begins with.

    `claims` are pairs of a sentence and its probability to be a claim, laid one after the other.
    """
    stances: Mapping[str, Sequence[float]] = columns.pop("stances", {})
    claims: Sequence[tuple[str, float]] = columns.pop("claims", ())
    text = " ".join([*stances, *(sentence for sentence, _ in claims)]) or f"Comment {comment_id}."
    parent = columns.pop("parent", "article")
    row = {
        "source": source,
        "version": "0",
        "model_id": "made@1",
        "policy_digest": "p",
        "thread_id": thread,
        "id": comment_id,
        "number": 1,
        "author": None,
        "posted_at": None,
        "text": text,
        "reply": {"parent": parent, "probability": 0.9, "evidence": [], "alternatives": [], "quotes": []},
        "relation": {
            "label": "rebut",
            "probabilities": {"rebut": 0.4, "support": 0.3, "query": 0.2, "comment": 0.1},
        },
        "mentions": [make_mention(text, name) for name in stances],
        "stances": [make_stance(name, shares) for name, shares in stances.items()],
        "sentences": [make_sentence(text, words, share) for words, share in claims],
        "attributes": dict.fromkeys(Attribute, 0.5),
        "attribute_spans": [],
        "language_uncertain": False,
        "n_windows": 1,
        "queue": {"rank": 1, "priority": 0.5, "uncertainty": 0.5, "reasons": []},
        "extra": {},
    }
    return {**row, **columns}


def make_span(text: str, words: str) -> dict[str, Any]:
    start = text.index(words)
    return {"start": start, "end": start + len(words), "text": words}


def make_mention(text: str, name: str) -> dict[str, Any]:
    return {**make_span(text, name), "actor": name, "quoted": False, "addressed": False}


def make_stance(name: str, shares: Sequence[float]) -> dict[str, Any]:
    label = LABELS[max(range(3), key=shares.__getitem__)]
    probabilities = dict(zip(LABELS, shares, strict=True))
    return {"actor": name, "label": label, "sure": True, "probabilities": probabilities, "spans": []}


def make_sentence(text: str, words: str, share: float) -> dict[str, Any]:
    devices = dict.fromkeys(Device, 0.5)
    return {**make_span(text, words), "claim": share, "check_worthy": 0.5, "rhetoric": 0.5, "devices": devices}


@pytest.fixture
def row() -> Callable[..., dict[str, Any]]:
    return make_row


@pytest.fixture
def write_scores(tmp_path: Path) -> Callable[..., Path]:
    """`write_scores([rows, rows], form="parquet")` writes a folder of one part a list, with its manifest."""

    def write(parts: Sequence[Rows], *, form: str = "jsonl", name: str = "scored") -> Path:
        folder = tmp_path / name
        folder.mkdir()
        held = {}
        for number, rows in enumerate(parts):
            part = f"part-{number:05}.{form}"
            held[part] = {"rows": len(rows), "sha256": ""}
            if form == "jsonl":
                (folder / part).write_text("".join(json.dumps(row) + "\n" for row in rows))
            else:
                pq.write_table(to_table(rows, long=False), folder / part)
        (folder / "manifest.json").write_text(json.dumps({"model_id": "made@1", "parts": held}))
        return folder

    return write
