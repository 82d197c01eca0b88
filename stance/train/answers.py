"""A model's answers to development rows, beside what the rows say: everything that is measured after the tasks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FITTED = "fitted"
"""The field by which a development row says that calibration was fitted on it."""
TEMPLATE = "template"
"""The field that names a templated row's template, `KIND | WHAT`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One row of a development file and the probabilities that the model gave it, by label."""

    source: str
    row: Mapping[str, Any]
    probabilities: Mapping[str, float]

    @property
    def text(self) -> str:
        """The row's text."""
        return str(self.row["text"])

    @property
    def fitted(self) -> bool:
        """Whether calibration was fitted on this row."""
        return bool(self.row.get(FITTED))

    @property
    def label(self) -> str | None:
        """The one right label of a stance or relation row, None for others."""
        return self.row.get("label")

    @property
    def yes_no(self) -> dict[str, bool]:
        """What is known of each yes/no label."""
        known = {name: self.row[name] for name in ("claim", "check_worthy", "rhetoric") if name in self.row}
        known |= self.row.get("devices", {}) | self.row.get("attributes", {})
        return {name: value >= 0.5 for name, value in known.items() if name in self.probabilities}


def read_answers(source: str, rows: Path, predictions: Path) -> list[Answer]:
    """Join a development file with the predictions written for it, line by line."""
    lines = zip(rows.read_text().splitlines(), predictions.read_text().splitlines(), strict=True)
    return [
        Answer(source=source, row=json.loads(row), probabilities=json.loads(given)["probabilities"])
        for row, given in lines
    ]
