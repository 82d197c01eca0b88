"""Label Studio: tasks and a labelling configuration out, its JSON export in.

The formats are told at https://labelstud.io/guide/task_format and https://labelstud.io/tags/choices. The export that is
read is "JSON"; "JSON-MIN" leaves out who skipped what.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

from stance.errors import BadRow
from stance.label.questions import Question
from stance.label.record import (
    CANNOT_TELL,
    UNIT,
    Given,
    name_unit,
    parse,
    read_file,
    read_moment,
    read_unit,
    refuse_record,
)
from stance.read import OnReject
from stance.study import LabelRow

_ANSWER: Final = "answer"
_NOTE: Final = "note"
_AGAIN: Final = 'Export as "JSON" from Label Studio.'


def to_tasks(units: Sequence[LabelRow], question: Question) -> list[dict[str, object]]:
    """Return a task a unit; what it answers and the article are shown above it."""
    return [
        {
            "data": {
                "text": row.text,
                "around": _around(row),
                "article": row.article,
                "question": question.words,
                UNIT: name_unit(row.unit),
            }
        }
        for row in units
    ]


def to_config(question: Question) -> str:
    """Return the labelling configuration, as XML: the guide's words as hints, the same keys as on the own page."""
    view = ET.Element("View")
    ET.SubElement(view, "Header", value="$article", size="5")
    ET.SubElement(view, "Text", name="around", value="$around")
    ET.SubElement(view, "Text", name="text", value="$text")
    ET.SubElement(view, "Header", value=question.words, size="4")
    choices = ET.SubElement(view, "Choices", name=_ANSWER, toName="text", choice="single-radio", required="true")
    for choice in question.choices:
        means = choice.means or (question.means if choice.word == "yes" else "")
        told = {"value": choice.word, "hotkey": choice.key}
        ET.SubElement(choices, "Choice", told | {"hint": means} if means else told)
    ET.SubElement(choices, "Choice", value=CANNOT_TELL, hotkey="0")
    ET.SubElement(view, "TextArea", name=_NOTE, toName="text", placeholder="Note", rows="1", maxSubmissions="1")
    ET.indent(view)
    return ET.tostring(view, encoding="unicode") + "\n"


def read_given(path: Path, units: Sequence[LabelRow], on_reject: OnReject) -> Iterator[Given]:  # noqa: ARG001 - Prodigy's reader needs the units
    """Give the answers of an export; a task that was skipped there is one of "cannot tell".

    Raises:
        BadRow: It is no list of tasks.
        ReadError: It cannot be read.
    """
    source = str(path)
    tasks = parse(source, "the whole file", read_file(path))
    if not isinstance(tasks, list):
        refuse_record(source, "the whole file", "is no list of tasks", _AGAIN)
    for number, task in enumerate(tasks, start=1):
        try:
            annotations = _annotations(source, f"task {number}", task)
            unit = read_unit(source, f"task {number}", task["data"].get(UNIT))
        except BadRow as error:
            on_reject(error)
            continue
        for place, annotation in enumerate(annotations, start=1):
            where = f"task {number}, annotation {place}"
            try:
                word, note = _answer(source, where, annotation)
            except BadRow as error:
                on_reject(error)
                continue
            yield Given(
                unit=unit,
                word=word,
                annotator=_annotator(annotation.get("completed_by")),
                place=where,
                seconds=_seconds(annotation.get("lead_time")),
                labelled_at=read_moment(annotation.get("updated_at") or annotation.get("created_at")),
                note=note,
            )


def _annotations(source: str, place: str, task: Any) -> list[Any]:
    if not isinstance(task, dict) or not isinstance(task.get("data"), dict):
        refuse_record(source, place, "has no data, as in JSON-MIN or another format", _AGAIN)
    annotations = task.get("annotations", task.get("completions"))  # its name before version 1.0
    if not isinstance(annotations, list):
        refuse_record(source, place, "has no list of annotations", _AGAIN)
    return annotations


def _answer(source: str, place: str, annotation: Any) -> tuple[str | None, str]:
    """Return the word that was chosen, None for "cannot tell", and the note."""
    if not isinstance(annotation, dict) or not isinstance(annotation.get("result", []), list):
        refuse_record(source, place, "is no annotation", _AGAIN)
    results = annotation.get("result", [])
    note = next(iter(_given(results, _NOTE, "text")), "")
    if annotation.get("was_cancelled") is True or annotation.get("skipped") is True:
        return None, note
    chosen = _given(results, _ANSWER, "choices")
    if len(chosen) != 1:
        mend = "Let its annotator choose one, or remove it."
        refuse_record(source, place, f"has {len(chosen) or 'no'} choices named {_ANSWER!r}, want one", mend)
    return (None if chosen[0] == CANNOT_TELL else chosen[0]), note


def _given(results: list[Any], name: str, field: str) -> list[str]:
    """Return the strings that were given under a name of the configuration."""
    values = [
        one["value"].get(field)
        for one in results
        if isinstance(one, dict) and one.get("from_name") == name and isinstance(one.get("value"), dict)
    ]
    listed = [each for value in values for each in (value if isinstance(value, list) else [value])]
    return [each for each in listed if isinstance(each, str)]


def _annotator(value: object) -> str:
    """Return whom `completed_by` names: exports give a number, or an object with an address of mail."""
    if isinstance(value, dict):
        value = value.get("email") or value.get("id")
    return (
        str(value) if isinstance(value, str | int) and not isinstance(value, bool) and value != "" else "label-studio"
    )


def _seconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        return None
    return round(float(value), 1)


def _around(row: LabelRow) -> str:
    """Return what is shown above the text: what it answers, and of a sentence the ones beside it."""
    texts = [text for text in (row.context or (row.parent,)) if text.strip()]
    if row.what.by_sentence:
        texts.append(f"{row.before} […] {row.after}".strip())
    return "\n\n".join(texts) or "(nothing)"
