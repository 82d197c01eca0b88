"""JSON of any size and depth: one document, a list or a line each, without recursion, damage told where it stands."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, BinaryIO, Final

from stance.errors import BadRow
from stance.read.decode import REPLACEMENT, UTF_8, clean, marked_encoding
from stance.read.json_text import load_json
from stance.read.markup import to_text
from stance.read.row import OnReject, Row, kind_of
from stance.records import Article, Comment, Page

if TYPE_CHECKING:
    from stance.read.source import Source

MEND: Final = "Export it again, or mend the JSON there."
_AT_ONCE_BYTES: Final = 1 << 24
"""Larger documents are read event by event: as objects they would take many times their size."""
_LINES_SUFFIXES: Final = frozenset({".jsonl", ".ndjson"})
_CHUNK_BYTES: Final = 1 << 16
_SHOWN_CHARACTERS: Final = 80


@dataclass(frozen=True, slots=True)
class Found:
    """A JSON value and where it stands; `apart` is True for a member of the list that was asked for apart."""

    place: int | str
    value: object
    apart: bool = False


def find_values(source: Source, on_reject: OnReject, *, apart: str | None = None) -> Iterator[Found]:
    """Give every JSON value of a file: its one document, or one a line, or several one after the other.

    What cannot be parsed is told to `on_reject`; where that returns, a broken line is left out, and of a document that
    breaks off all that stands before is given.

    Args:
        source: A file or standard input.
        on_reject: Told of what is no JSON.
        apart: The key of a list in the outermost object whose members are given one by one, before the object and not
            within it; `""` gives the members of an outermost list. So that a list of any length is never held whole.

    Yields:
        Values of type dict, list, str, int, float, bool or None, however deep they nest.
    """
    if _holds_lines(source):
        for number, line in enumerate(source.lines(), start=1):
            if not line.strip():
                continue
            try:
                value = parse_json(line)
            except ValueError as error:
                on_reject(BadRow(source.name, place=number, what=_tell(error), mend="Give one JSON value a line."))
                continue
            if apart is None or (apart == "" and not isinstance(value, list)):
                yield Found(number, value)
            else:
                yield from _set_apart(Found(number, value), apart)
    else:
        yield from _read_document(source, on_reject, apart)


def parse_json(text: str) -> object:
    """Parse one JSON value of any depth; what JSON cannot hold (NaN, Infinity) becomes None.

    Raises:
        ValueError: It is no JSON.
    """
    try:
        return load_json(text, unheld=_none)
    except RecursionError:
        import ijson

    builder = _Builder(apart=None)
    try:
        for event, value in ijson.basic_parse(text.encode("utf-8", "replace"), use_float=True):
            if (found := builder.take(event, value)) is not None:
                return found.value
    except ijson.JSONError:
        pass
    raise ValueError("it nests very deep and breaks off")


def _none(_: str) -> None:
    """Stand for a number that JSON cannot hold."""


def shallow(values: Mapping[str, object], keys: Iterable[str]) -> dict[str, object]:
    """Return some fields, lists and objects in them emptied, so that they can be kept however deep they nested."""
    return {
        key: type(value)() if isinstance(value := values[key], dict | list) else value for key in keys if key in values
    }


def keep(row: Row, keys: Iterable[str]) -> dict[str, object]:
    """Return the fields of a record that say something, for a comment's `extra`: words, numbers, True."""
    kept: dict[str, object] = {}
    for key in keys:
        value = row.values.get(key)
        if isinstance(value, str):
            value = row.text(key)
        if value and isinstance(value, str | int | float):
            kept[key] = value
    return kept


def html_text(row: Row, key: str, *, drop: Sequence[str] = ()) -> str | None:
    """Return what a field of HTML says, cleaned; None where it is missing or null.

    Raises:
        BadRow: It is no string.
    """
    value = row.values.get(key)
    if not isinstance(value, str | None):
        row.refuse(f"field {key!r} is {kind_of(value)}", "Give it as a string.")
    return None if value is None else clean(to_text(value, drop=drop), row.counts)


def as_mapping(value: object) -> Mapping[str, object]:
    """Return an object as it is, and an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[object]:
    """Return a list as it is, and an empty one for anything else."""
    return value if isinstance(value, list) else []


def object_row(source: Source, found: Found, on_reject: OnReject) -> Row | None:
    """Return a value as a record, or tell that it is no object and return None."""
    if isinstance(found.value, dict):
        return Row(source.name, found.place, found.value)
    what = f"{kind_of(found.value)} where an object should be"
    on_reject(BadRow(source.name, place=found.place, what=what, mend=MEND))
    return None


def place_of(record: str, record_id: object, otherwise: int | str) -> str:
    """Return words that find a record by its id, such as "comment 4711", or where it stands."""
    if isinstance(record_id, bool) or not isinstance(record_id, str | int) or record_id == "":
        return f"{record} in line {otherwise}" if isinstance(otherwise, int) else f"{record} in {otherwise}"
    shown = str(record_id)
    # An id of the input can be megabytes long, or steer a terminal.
    return f"{record} {shown if shown.isalnum() and shown.isascii() else ascii(shown)}"[:_SHOWN_CHARACTERS]


def make_page(
    source: Source,
    *,
    article: Article,
    comments: Iterable[Comment],
    thread_id: str | None,
    stated_total: object = None,
    notes: Iterable[str] = (),
) -> Page:
    """Number the comments and put a page together; a stated total that is another than theirs is told in a note."""
    numbered = tuple(
        comment if comment.number == number else replace(comment, number=number)
        for number, comment in enumerate(comments, start=1)
    )
    total = stated_total if isinstance(stated_total, int) and not isinstance(stated_total, bool) else -1
    if total >= 0 and total != len(numbered):
        notes = (*notes, f"the source states {total:,} comments and holds {len(numbered):,}")
    return Page(
        source=source.name,
        article=article,
        comments=numbered,
        stated_total=total if total >= 0 else None,
        notes=(*source.notes, *notes),
        thread_id=thread_id,
    )


def _read_document(source: Source, on_reject: OnReject, apart: str | None) -> Iterator[Found]:
    with source.open() as stream:
        whole = len(stream.read(_AT_ONCE_BYTES + 1)) <= _AT_ONCE_BYTES
    broken = False
    if whole:
        try:
            value = load_json(source.text(), unheld=_none)
        except RecursionError:
            pass
        except ValueError as error:
            # Answers saved one after the other are several documents, and no fault.
            if not (isinstance(error, json.JSONDecodeError) and error.msg == "Extra data"):
                place = error.lineno if isinstance(error, json.JSONDecodeError) else "the document"
                on_reject(BadRow(source.name, place=place, what=_tell(error), mend=MEND))
                broken = True
        else:
            yield from _set_apart(Found("the document", value), apart)
            return
    # Nested too deep, broken or large: by events, and what stands before a break is kept.
    yield from _read_events(source, _ignore if broken else on_reject, apart, whole=whole)


def _ignore(_: BadRow) -> None:
    """Stand for an `on_reject` that has been told already."""


def _read_events(source: Source, on_reject: OnReject, apart: str | None, *, whole: bool) -> Iterator[Found]:
    """Read event by event; `whole` where the text has been decoded once before, and its damage told."""
    import ijson

    builder = _Builder(apart)
    with source.open() as stream:
        text = _Utf8(stream)
        try:
            for event, value in ijson.basic_parse(text, use_float=True, multiple_values=True):
                if (found := builder.take(event, value)) is not None:
                    yield found
        except ijson.JSONError:
            after = f"after member {builder.n_members}" if builder.n_members else "the document"
            on_reject(BadRow(source.name, place=after, what="not JSON from here on", mend=MEND))
            if (found := builder.rest()) is not None:
                yield found
    if text.n_lost and not whole:
        source.notes.append(f"{text.n_lost} characters could not be read")


class _Builder:
    """Makes values of a parser's events without recursion; the members of the list `apart` come one by one."""

    def __init__(self, apart: str | None) -> None:
        self.n_members = 0
        self._apart = apart
        self._open: list[dict[str, object] | list[object]] = []
        self._keys: list[str] = []
        """The last key of each open object, an empty one for lists."""
        self._level = -1
        """How many values are open around the members given apart, -1 outside their list."""

    def take(self, event: str, value: object) -> Found | None:
        """Take an event; return the value that it ends, where that is an outermost one or a member given apart."""
        if event == "map_key":
            self._keys[-1] = str(value)
            return None
        if event in {"start_map", "start_array"}:
            self._start({} if event == "start_map" else [])
            return None
        if event in {"end_map", "end_array"}:
            value = self._open.pop()
            self._keys.pop()
            if len(self._open) < self._level:
                self._level = -1
                # The members of an outermost list have all been given.
                return None
            if self._open and len(self._open) != self._level:
                return None
        elif self._open and len(self._open) != self._level:
            self._put(value)
            return None
        return self._give(value)

    def rest(self) -> Found | None:
        """Return the outermost value as far as it has come; None where nothing of it is to be given."""
        if not self._open or (self._apart == "" and self._level == 1):
            return None
        return Found("the document", self._open[0])

    def _start(self, value: dict[str, object] | list[object]) -> None:
        if self._open and len(self._open) != self._level:
            self._put(value)
        if self._apart is not None and self._level < 0 and isinstance(value, list):
            at_list = not self._open if self._apart == "" else len(self._open) == 1 and self._keys[0] == self._apart
            self._level = len(self._open) + 1 if at_list else -1
        self._open.append(value)
        self._keys.append("")

    def _put(self, value: object) -> None:
        into = self._open[-1]
        if isinstance(into, list):
            into.append(value)
        else:
            into[self._keys[-1]] = value

    def _give(self, value: object) -> Found:
        if self._open:
            self.n_members += 1
            return Found(f"member {self.n_members}", value, apart=True)
        return Found("the document", value)


def _set_apart(found: Found, apart: str | None) -> Iterator[Found]:
    """Give a parsed value as the builder would: the members of its list `apart` before it, and not within it."""
    value = found.value
    members = None
    if apart == "" and isinstance(value, list):
        members = value
    elif apart and isinstance(value, dict) and isinstance(value.get(apart), list):
        members = value[apart]
        found = replace(found, value={**value, apart: []})
    for number, member in enumerate(members or (), start=1):
        yield Found(f"member {number}" if found.place == "the document" else found.place, member, apart=True)
    if members is None or apart:
        yield found


class _Utf8:
    """A stream's bytes as UTF-8, whatever Unicode they were in; damaged ones replaced."""

    def __init__(self, stream: BinaryIO) -> None:
        self.n_lost = 0
        self._stream = stream
        self._first = stream.read(4)
        self._decoder = codecs.getincrementaldecoder(marked_encoding(self._first) or UTF_8)(errors="replace")

    def read(self, size: int = -1) -> bytes:
        """Return more bytes, at least one until the end."""
        text = ""
        while size and not text:
            data = self._first or self._stream.read(_CHUNK_BYTES)
            self._first = b""
            text = self._decoder.decode(data, final=not data)
            self.n_lost += max(0, text.count(REPLACEMENT) - data.count(REPLACEMENT.encode()))
            if not data:
                break
        return text.encode("utf-8", "replace")


def _holds_lines(source: Source) -> bool:
    """Whether a file holds a JSON value a line: by its name, or by how its first line ends and the next one begins."""
    if PurePath(source.name).suffix.lower() in _LINES_SUFFIXES:
        return True
    if marked_encoding(source.head):
        return False
    ending, ended = b"", False
    with source.open() as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            while chunk and not ended:
                part, newline, chunk = chunk.partition(b"\n")
                ending = part.rstrip()[-1:] or ending
                ended = bool(newline and ending)
            if ended and (after := chunk.lstrip()):
                return ending in b"}]" and after[:1] in b"{["
    return False


def _tell(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON ({error.msg.lower()}, column {error.colno})"
    return "not JSON (a number or a nesting that is too large)"
