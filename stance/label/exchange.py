"""What is to be labelled, out to another tool; what was labelled there, in again.

A record that cannot be used is told with its reason, and the caller refuses it or sets it aside: none is lost unseen.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from stance.errors import BadRow, WouldOverwrite
from stance.label import label_studio, prodigy
from stance.label.book import SKIPPED
from stance.label.questions import Question, make_question
from stance.label.record import Given
from stance.read import OnReject, whole_file
from stance.study import LabelRow, Unit, write_label_rows

_LONGEST_NOTE: Final = 2_000


class Tool(StrEnum):
    """Another labelling tool."""

    LABEL_STUDIO = "label-studio"
    PRODIGY = "prodigy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import came to: rows of labels (the skipped ones among them), and units that nobody answered."""

    n_rows: int
    n_skipped: int
    n_unanswered: int


def export_units(units: Sequence[LabelRow], out: Path, *, tool: Tool, overwrite: bool = False) -> list[Path]:
    """Write what is to be labelled for another tool, without anybody's answer, and return the files.

    Args:
        units: Of one question.
        out: For Label Studio a JSON file of tasks, beside which goes the labelling configuration (`.xml`); for Prodigy
            a JSON Lines file.
        tool: Which.
        overwrite: Replace files that are there.

    Raises:
        WouldOverwrite: A file is there.
        CannotWrite: A file cannot be written.
    """
    question = make_question(units[0].what)
    if tool is Tool.PRODIGY:
        texts = {out: "".join(json.dumps(task) + "\n" for task in prodigy.to_tasks(units, question))}
    else:
        tasks = json.dumps(label_studio.to_tasks(units, question), indent=1) + "\n"
        texts = {out: tasks, out.with_suffix(".xml"): label_studio.to_config(question)}
    for path in texts:
        if path.exists() and not overwrite:
            raise WouldOverwrite(path)
    for path, text in texts.items():
        with whole_file(path) as stream:
            stream.write(text)
    return list(texts)


def import_labels(
    path: Path, units: Sequence[LabelRow], out: Path, *, tool: Tool, on_reject: OnReject, overwrite: bool = False
) -> Imported:
    """Write the rows of labels that another tool's export comes to.

    Args:
        path: Label Studio's JSON export, or what Prodigy's `db-out` gives.
        units: What was exported to the tool: the text, target and probability of each row come from here.
        out: The file of labels.
        tool: Which.
        on_reject: Told of each record that cannot be used.
        overwrite: Replace a file that is there.

    Raises:
        BadRow: The file is none of the tool's, or `on_reject` raises it.
        WouldOverwrite: There is a file.
        ReadError: The export cannot be read.
        CannotWrite: The labels cannot be written.
    """
    if out.exists() and not overwrite:
        raise WouldOverwrite(out)
    read = prodigy.read_given if tool is Tool.PRODIGY else label_studio.read_given
    rows = _to_rows(str(path), read(path, units, on_reject), units, on_reject)
    if not rows:
        raise BadRow(str(path), place="the whole file", what="holds no answer", mend="Export the annotations again.")
    write_label_rows(rows, out)
    answered = {row.unit for row in rows}
    return Imported(
        n_rows=len(rows),
        n_skipped=sum(row.label is None for row in rows),
        n_unanswered=sum(row.unit not in answered for row in units),
    )


def _to_rows(source: str, given: Iterable[Given], units: Sequence[LabelRow], on_reject: OnReject) -> list[LabelRow]:
    """Return a row an answer; of several by one person on one unit the latest, and the others are told."""
    by_unit = {row.unit: row for row in units}
    question = make_question(units[0].what)
    kept: dict[tuple[Unit, str], Given] = {}
    for one in given:
        try:
            _check(source, one, by_unit, question)
        except BadRow as error:
            on_reject(error)
            continue
        key = (one.unit, one.annotator)
        earlier = kept.get(key)
        if earlier is not None:
            earlier, one = sorted([earlier, one], key=lambda each: each.labelled_at or datetime.min.replace(tzinfo=UTC))
            what = f"is replaced by a later answer of the same annotator ({one.place})"
            on_reject(BadRow(source, place=earlier.place, what=what, mend="Nothing need be done."))
        kept[key] = one
    return [_to_row(one, by_unit[one.unit], question) for one in kept.values()]


def _check(source: str, given: Given, by_unit: Mapping[Unit, LabelRow], question: Question) -> None:
    if given.unit not in by_unit:
        mend = "Give the --sample that was exported."
        raise BadRow(source, place=given.place, what="answers about a comment that is not in the sample", mend=mend)
    if given.word is not None and question.choice(given.word) is None:
        words = ", ".join(choice.word for choice in question.choices)
        raise BadRow(source, place=given.place, what="has an answer that was not offered", mend=f"Want one of {words}.")


def _to_row(given: Given, unit: LabelRow, question: Question) -> LabelRow:
    choice = None if given.word is None else question.choice(given.word)
    note = given.note.strip()[:_LONGEST_NOTE]
    more = {**({SKIPPED: True} if choice is None else {}), **({"note": note} if note else {})}
    return replace(
        unit,
        label=None if choice is None else choice.label,
        annotator=given.annotator,
        seconds=given.seconds,
        labelled_at=given.labelled_at,
        extra={**unit.extra, **more},
    )
