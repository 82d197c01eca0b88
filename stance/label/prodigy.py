"""Prodigy: tasks for its `choice` interface out, what `prodigy db-out` gives in.

The formats are told at https://prodi.gy/docs/api-interfaces#choice and https://prodi.gy/docs/api-loaders#hashing. In a
choice, `accept` lists what was chosen; `answer` is `accept`, `ignore` (space: "cannot tell") or `reject`, which says
that something is wrong with the task, and so is no label.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from stance.errors import BadRow
from stance.label.questions import Question
from stance.label.record import UNIT, Given, name_unit, parse, read_file, read_moment, read_unit, refuse_record
from stance.read import OnReject
from stance.study import LabelRow, Unit

_AGAIN: Final = "Give what `prodigy db-out` prints."
_META_CHARACTERS: Final = 400


def to_tasks(units: Sequence[LabelRow], question: Question) -> list[dict[str, object]]:
    """Return a task a unit.

    The hashes are of the comment's name and not of its text, as Prodigy's own are: comments of one text are several.
    """
    options = [
        {"id": choice.word, "text": f"{choice.word}: {choice.means}" if choice.means else choice.word}
        for choice in question.choices
    ]
    return [
        {
            "text": row.text,
            "options": options,
            "meta": {name: text for name, text in _meta(row, question).items() if text},
            UNIT: name_unit(row.unit),
            "_input_hash": _input_hash(row.unit),
            "_task_hash": _hash("task", str(row.what), *map(str, row.unit)),
            "_view_id": "choice",
        }
        for row in units
    ]


def read_given(path: Path, units: Sequence[LabelRow], on_reject: OnReject) -> Iterator[Given]:
    """Give the answers; a record without the field that names its comment is found by its `_input_hash`.

    Raises:
        ReadError: The file cannot be read.
    """
    source = str(path)
    by_hash = {_input_hash(row.unit): row.unit for row in units}
    for number, line in enumerate(read_file(path).split("\n"), start=1):
        if not line.strip():
            continue
        place = f"line {number}"
        try:
            record = parse(source, place, line)
            if not isinstance(record, dict):
                refuse_record(source, place, "is no JSON object", _AGAIN)
            known = by_hash.get(record["_input_hash"]) if _names_by_hash(record) else None
            yield Given(
                unit=known or read_unit(source, place, record.get(UNIT)),
                word=_answer(source, place, record),
                annotator=_annotator(record),
                place=place,
                labelled_at=read_moment(record.get("_timestamp")),
            )
        except BadRow as error:
            on_reject(error)


def _answer(source: str, place: str, record: dict[str, Any]) -> str | None:
    answer, accept = record.get("answer"), record.get("accept", [])
    if answer == "ignore":
        return None
    if answer == "reject":
        refuse_record(source, place, "was rejected: its annotator found fault with the task", "Look at it by hand.")
    if answer != "accept":
        refuse_record(source, place, "has no answer", _AGAIN)
    if not isinstance(accept, list) or len(accept) != 1 or not isinstance(accept[0], str):
        n_chosen = len(accept) if isinstance(accept, list) else 0
        refuse_record(source, place, f"has {n_chosen or 'no'} choices, want one", "Set choice_style to single.")
    word: str = accept[0]
    return word


def _names_by_hash(record: dict[str, Any]) -> bool:
    return UNIT not in record and type(record.get("_input_hash")) is int


def _annotator(record: dict[str, Any]) -> str:
    named = (record.get(name) for name in ("_annotator_id", "_session_id"))
    return next((name for name in named if isinstance(name, str) and name.strip()), "prodigy")


def _meta(row: LabelRow, question: Question) -> dict[str, str]:
    """Return what the interface shows in small print beside the text."""
    answers = (row.parent or (row.context[-1] if row.context else ""))[:_META_CHARACTERS]
    return {"question": question.words, "answers": answers, "article": row.article[:_META_CHARACTERS]}


def _input_hash(unit: Unit) -> int:
    return _hash("input", *map(str, unit))


def _hash(*parts: str) -> int:
    """Return a hash as Prodigy has them: 32 bits with a sign."""
    digest = sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:4], "big", signed=True)
