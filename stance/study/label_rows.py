"""The one file of labels: JSON Lines in, checked rows out, and back.

A line is what `stance evaluate` and `stance train own` read for its task, with more fields, which those two ignore:
which comment or sentence it is, how it was drawn, who labelled it and when. A table (CSV) of the same names will do
where no text is needed. The model's answer is never in it.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from stance.errors import BadLabelRow, BinaryInput, EmptyInput, Unreadable
from stance.evaluate import Row, read_rows
from stance.read import whole_file
from stance.study.errors import BadLabels, BadWhat
from stance.study.what import Kind, What, parse_what

Span = tuple[int, int]
Label = str | float
"""The name of a label, or for a question of yes and no a number in [0, 1]."""
_MEND: Final = "See docs/research.md for what a line holds."
_TABLES: Final = (".csv", ".tsv")
_LARGEST_CELL: Final = 1 << 24
_YES: Final = {"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}
_NUMBERS: Final = ("inclusion_probability", "seconds")
_WHOLE: Final = ("start", "end")


class Unit(NamedTuple):
    """What is labelled: a comment of a thread of a source, or the sentence of it that begins at `start`."""

    source: str
    thread: str
    id: str
    start: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRow:
    """One unit to be labelled, or with one person's label.

    Args:
        what: What is asked of it.
        unit: Which comment or sentence it is.
        label: One of `what.choices`, but for questions of yes and no a number in [0, 1]; None before labelling.
        text: The comment, or the sentence; "" where a file of labels came without.
        end: Where a sentence ends in its comment.
        target: Whose stance is asked for.
        mentions: Where the text names them.
        parent: The text of what the comment answers, "" where there is none.
        context: The texts it answers, the oldest first and the parent last.
        article: The title or text of the article.
        before: The sentence before.
        after: The one after.
        inclusion_probability: In (0, 1]: how likely this unit was to be drawn; None where nobody knows.
        stratum: Of which part of the corpus it was drawn.
        design: How it was drawn.
        annotator: Who labelled it.
        seconds: How long that took.
        labelled_at: When.
        extra: Fields of the file that are none of these; they are written again.
    """

    what: What
    unit: Unit
    label: Label | None = None
    text: str = ""
    end: int | None = None
    target: str = ""
    mentions: tuple[Span, ...] = ()
    parent: str = ""
    context: tuple[str, ...] = ()
    article: str = ""
    before: str = ""
    after: str = ""
    inclusion_probability: float | None = None
    stratum: str | None = None
    design: str | None = None
    annotator: str | None = None
    seconds: float | None = None
    labelled_at: datetime | None = None
    extra: Mapping[str, object] = field(default_factory=dict)

    def to_row(self) -> dict[str, object]:
        """Return it as a line of the file holds it; what is empty is left out."""
        sentence = {"start": self.unit.start, "end": self.end} if self.what.by_sentence else {}
        fields: dict[str, object] = {
            "what": str(self.what),
            "source": self.unit.source,
            "thread": self.unit.thread,
            "id": self.unit.id,
            **sentence,
            "text": self.text,
            **_ASKED[self.what.task](self),
            "context": list(self.context),
            "article": self.article or None,
            **({} if self.label is None else _label_field(self.what, self.label)),
            **{name: getattr(self, name) for name in ("inclusion_probability", "stratum", "design", "annotator")},
            "seconds": self.seconds,
            "labelled_at": self.labelled_at.isoformat() if self.labelled_at else None,
        }
        kept = {name: value for name, value in fields.items() if value is not None}
        return {**kept, **{name: value for name, value in self.extra.items() if name not in fields}}


_ASKED: Final = {
    "stance": lambda row: {"target": row.target, "mentions": [list(span) for span in row.mentions]},
    "relation": lambda row: {"parent": row.parent},
    "attributes": lambda row: {"parent": row.parent},
    "sentence": lambda row: {"before": row.before, "after": row.after},
}
_OWN: Final = frozenset(
    "what source thread id start end text target mentions parent context article before after label attributes claim "
    "rhetoric inclusion_probability stratum design annotator seconds labelled_at".split()
)


class _Line(Row):
    """A row of a file of labels: as for `stance evaluate`, but told where to read of it."""

    def wrong(self, field: str, what: str) -> BadLabelRow:
        return BadLabelRow(self.source, line=self.line, field=field, what=what, mend=_MEND)


def read_label_rows(path: Path, *, what: What | None = None, with_text: bool = False) -> Iterator[LabelRow]:
    """Read a file of units, labelled or not.

    Args:
        path: JSON Lines; or CSV or TSV (by its name) with a header of the same names and the label under `label`.
        what: What its rows ask where they do not say themselves.
        with_text: Refuse a row without its text, which labelling needs and estimates do not.

    Raises:
        Unreadable: It cannot be opened.
        BinaryInput: It is not UTF-8.
        BadLabels: There is nothing in it.
        BadLabelRow: A line cannot be used.
    """
    rows = _read_table(path) if path.suffix.lower() in _TABLES else read_rows(path)
    try:
        for row in rows:
            yield read_label_row(row, what=what, with_text=with_text)
    except EmptyInput as error:
        raise BadLabels(str(path), what="the file is empty", mend="Give a file with a label a line.") from error


def read_label_row(row: Row, *, what: What | None = None, with_text: bool = False) -> LabelRow:
    """Read one line; arguments as for `read_label_rows`.

    Raises:
        BadLabelRow: A field is missing or is not what it should be.
    """
    line = _Line(row.source, row.line, row.fields)
    asked = _what_of(line, what)
    text = line.text("text", default=None if with_text else "")
    return LabelRow(
        what=asked,
        unit=_unit_of(line, asked),
        label=_label_of(line, asked),
        text=text,
        end=_whole(line, "end") if asked.by_sentence else None,
        target=line.text("target", default=asked.name if asked.kind is Kind.STANCE else ""),
        mentions=line.spans("mentions", length=len(text)) if text else (),
        parent=line.text("parent", default=""),
        context=line.texts("context"),
        article=line.text("article", default=""),
        before=line.text("before", default=""),
        after=line.text("after", default=""),
        inclusion_probability=_probability(line),
        stratum=line.name("stratum"),
        design=line.name("design"),
        annotator=line.name("annotator"),
        seconds=_seconds(line),
        labelled_at=line.moment("labelled_at"),
        extra={name: value for name, value in line.fields.items() if name not in _OWN},
    )


def write_label_rows(rows: Iterable[LabelRow], path: Path) -> int:
    """Write units, labelled or not, and return how many; the file is whole or not there.

    Raises:
        CannotWrite: It cannot be written.
    """
    n_rows = 0
    with whole_file(path) as stream:
        for row in rows:
            stream.write(json.dumps(row.to_row()) + "\n")
            n_rows += 1
    return n_rows


def _what_of(line: _Line, what: What | None) -> What:
    said = line.text("what", default="")
    if not said and what is not None:
        return what
    if not said:
        raise line.wrong("what", "is missing, and so is --what")
    try:
        return parse_what(said)
    except BadWhat as error:
        raise line.wrong("what", f"is none that can be asked ({error.why})") from error


def _unit_of(line: _Line, what: What) -> Unit:
    comment_id, thread = line.name("id"), line.name("thread", default="")
    if comment_id is None:
        raise line.wrong("id", "is missing")
    start = _whole(line, "start") if what.by_sentence else None
    if what.by_sentence and start is None:
        raise line.wrong("start", "is missing: it tells which sentence of the comment is meant")
    return Unit(line.name("source", default="") or "", thread or "", comment_id, start)


def _label_of(line: _Line, what: What) -> Label | None:
    if what.kind is Kind.ATTRIBUTE:
        own = line.fields.get("attributes")
        held = line.numbers("attributes").get(what.name)
        return held.number(what.name) if own is not None and held else _yes_no(line)
    if what.by_sentence:
        found = line.number(what.kind.value)
        return _yes_no(line) if found is None else found
    given = line.fields.get("label")
    return None if given is None or given == "" else line.choice("label", what.choices)


def _yes_no(line: _Line) -> float | None:
    given = line.fields.get("label")
    if isinstance(given, str):
        if given.strip().lower() in _YES:
            return _YES[given.strip().lower()]
        try:
            given = float(given) if given.strip() else None
        except ValueError:
            raise line.wrong("label", "is neither yes, no nor a number from 0 to 1") from None
    return Row(line.source, line.line, {"label": given}).number("label")


def _label_field(what: What, label: Label) -> dict[str, object]:
    if what.kind is Kind.ATTRIBUTE:
        return {"attributes": {what.name: label}}
    return {what.kind.value: label} if what.by_sentence else {"label": label}


def _probability(line: _Line) -> float | None:
    found = line.number("inclusion_probability")
    if found == 0:
        raise line.wrong("inclusion_probability", "is 0, and what cannot be drawn was not drawn")
    return found


def _seconds(line: _Line) -> float | None:
    value = line.fields.get("seconds")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise line.wrong("seconds", "is not a number of seconds")
    return float(value)


def _whole(line: _Line, name: str) -> int | None:
    value = line.fields.get(name)
    if value is not None and (type(value) is not int or value < 0):
        raise line.wrong(name, "is not a whole number from 0")
    return value if isinstance(value, int) else None


def _read_table(path: Path) -> Iterator[Row]:
    """Read a table with a header; numbers are read as such, and an empty cell is one that is not there."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise Unreadable(str(path), why=error.strerror or "not a file", mend="Check the path.") from error
    except UnicodeDecodeError as error:
        raise BinaryInput(str(path), found=f"a byte that is not UTF-8 at {error.start}") from error
    if not text.strip():
        raise EmptyInput(str(path))
    csv.field_size_limit(max(csv.field_size_limit(), _LARGEST_CELL))
    delimiter = "\t" if path.suffix.lower() == ".tsv" else max(",;", key=text.split("\n", 1)[0].count)
    table = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in table:
            yield Row(str(path), table.line_num, _to_fields(cells, source=str(path), line=table.line_num))
    except csv.Error as error:
        line = table.line_num
        raise BadLabelRow(str(path), line=line, field="(the whole line)", what="is no CSV", mend=_MEND) from error


def _to_fields(cells: Mapping[Any, Any], *, source: str, line: int) -> dict[str, object]:
    if None in cells:
        what = "has more cells than the header has names"
        raise BadLabelRow(source, line=line, field="(the whole line)", what=what, mend="Quote cells with commas.")
    fields: dict[str, object] = {name.strip(): cell for name, cell in cells.items() if cell not in (None, "")}
    for name in (*_NUMBERS, *_WHOLE, *(kind.value for kind in (Kind.CLAIM, Kind.RHETORIC))):
        if isinstance(given := fields.get(name), str):
            fields[name] = _to_number(given)
    return fields


def _to_number(cell: str) -> object:
    """A number, or the cell as it is: what it should have been is told where it is used."""
    for kind in (int, float):
        try:
            return kind(cell)
        except ValueError:
            continue
    return cell
