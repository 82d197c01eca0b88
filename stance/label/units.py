"""A sample in, what is to be labelled out: one question, each comment or sentence once, without anybody's answer."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

from stance.evaluate import read_rows
from stance.label.errors import NothingToLabel
from stance.study import LabelRow, Unit, What, read_label_row

ANSWERED: Final = frozenset({"skipped", "seconds_capped", "note"})
"""Fields of a labelled row beyond those that all rows of labels have."""
_LONGEST_LINE: Final = 1 << 24


def holds_units(path: Path) -> bool:
    """Whether a file looks like a sample or labels: JSON Lines whose first row says what is asked of it."""
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        first = stream.readline(_LONGEST_LINE).removeprefix(BOM_UTF8)
    try:
        row = json.loads(first)
    except (ValueError, RecursionError):
        return False
    return isinstance(row, dict) and "what" in row


def read_units(path: Path, *, what: What | None = None) -> list[LabelRow]:
    """Read what is to be labelled.

    Args:
        path: What `stance sample` wrote; or labelled rows, whose labels are left out.
        what: Which question, where the file has several; or what rows ask that do not say so themselves.

    Raises:
        NothingToLabel: It asks something else, or several things and `what` is None.
        BadLabelRow: A line cannot be used.
        ReadError: The file cannot be read.
    """
    # Those that somebody skipped are asked of the next one all the same.
    found = (read_label_row(row, what=what, with_text=True) for row in read_rows(path, with_skipped=True))
    rows = [row for row in found if what is None or row.what == what]
    asked = sorted({str(row.what) for row in rows})
    if not rows:
        raise NothingToLabel(str(path), why=f"no row asks {what}", mend="Leave --what out, or give what its rows ask.")
    if len(asked) > 1:
        raise NothingToLabel(
            str(path), why=f"it asks {len(asked)} questions", mend=f"Choose one with --what {asked[0]!r}, or another."
        )
    return _once(rows)


def _once(rows: Iterable[LabelRow]) -> list[LabelRow]:
    """Return each unit once, the first row of it, without an answer."""
    units: dict[Unit, LabelRow] = {}
    for row in rows:
        units.setdefault(row.unit, _open(row))
    return list(units.values())


def _open(row: LabelRow) -> LabelRow:
    more = {name: value for name, value in row.extra.items() if name not in ANSWERED}
    return replace(row, label=None, annotator=None, seconds=None, labelled_at=None, extra=more)
