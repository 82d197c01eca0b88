"""Tables of comments, a comment a row: CSV with any common delimiter, and Parquet."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from stance.errors import BadRow, NoComments, ReadError, Unreadable
from stance.read.columns import LARGEST_CELL, Columns, find_columns, guess_columns
from stance.read.gather import Gatherer
from stance.read.row import OnReject, Row, take
from stance.read.source import HEAD_BYTES, PARQUET_SIGNATURE, Source
from stance.read.table_rows import read_thread, to_values
from stance.records import Page

if TYPE_CHECKING:
    import pyarrow.parquet as pq

WANTED: Final = "rows below the names of their columns"
_DELIMITERS: Final = (",", ";", "\t", "|")
_END: Final = "\0end of the table\0"
_CLOSE: Final = "Look for a quotation mark that is not closed or not doubled, or a delimiter that is not quoted."
_STATED_DELIMITER: Final = re.compile("sep=(.)", re.IGNORECASE)
"""The line by which Excel is told how cells are parted."""
_SURE_ROWS: Final = 4
_SURE_CELLS: Final = 3
_BATCH_ROWS: Final = 512
_BUFFER_BYTES: Final = 1 << 20

_Dialect = dict[str, Any]


def recognise_csv(source: Source) -> bool:
    """Whether a source begins with names of columns that are known or were asked for, or with rows of equal width."""
    start = source.beginning
    if not start or start.startswith(("{", "[", "<")):
        return False
    rows, _, _ = _read_beginning(source)
    header = rows[0] if rows else []
    if len(header) < 2:
        return False
    guessed = guess_columns(header)
    if source.columns or ("text" in guessed and len(guessed) > 1):
        return True
    return len(rows) >= _SURE_ROWS and len(header) >= _SURE_CELLS and len({len(row) for row in rows}) == 1


def recognise_parquet(source: Source) -> bool:
    """Whether a source begins as Parquet does."""
    return source.head.startswith(PARQUET_SIGNATURE)


def read_csv(source: Source, on_reject: OnReject) -> Iterator[Page]:
    """Read a table of text: a row of names, then a comment a row, in cells parted by comma, semicolon, tab or bar.

    Raises:
        BadColumns: Its columns do not say where the comments are.
        BadRow: A row cannot be used, and `on_reject` raises.
        NoComments: There is no row.
    """
    rows, dialect, n_skipped = _read_beginning(source)
    if not rows:
        raise NoComments(source.name, wanted=WANTED)
    columns = find_columns(rows[0], asked=source.columns, source=source.name)
    records = _records(source, dialect, n_skipped, len(columns.names), on_reject)
    yield from _read(source, columns, records, on_reject)


def read_parquet(source: Source, on_reject: OnReject) -> Iterator[Page]:
    """Read a Parquet file, batch by batch.

    Raises:
        Unreadable: The file is damaged.
        BadColumns: Its columns do not say where the comments are.
        BadRow: A row cannot be used, and `on_reject` raises.
        NoComments: There is no row.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with source.open() as stream:
            file = pq.ParquetFile(stream, buffer_size=_BUFFER_BYTES, pre_buffer=False)
            columns = find_columns(file.schema_arrow.names, asked=source.columns, source=source.name)
            records = ((f"row {number}", cells) for number, cells in enumerate(_parquet_rows(file), start=1))
            yield from _read(source, columns, records, on_reject)
    except ReadError:
        raise
    except (pa.ArrowException, ValueError, OverflowError, RecursionError) as error:
        mend = "Write or download it again."
        raise Unreadable(source.name, why="damaged, or no Parquet that can be read", mend=mend) from error


def _read(
    source: Source, columns: Columns, records: Iterator[tuple[int | str, Sequence[object]]], on_reject: OnReject
) -> Iterator[Page]:
    states_parents = False
    with Gatherer(source.name) as gatherer:
        for place, cells in records:
            values = to_values(cells, columns)
            states_parents = states_parents or values.get("parent_id") is not None
            take(partial(_gather, gatherer), Row(source.name, place, values), on_reject)
        make = partial(read_thread, source=source, columns=columns, on_reject=on_reject, states_parents=states_parents)
        yield from gatherer.pages(make, wanted=WANTED)


def _gather(gatherer: Gatherer, row: Row) -> None:
    gatherer.add(row.id("thread_id") or "", row.values, place=row.place)


def _read_beginning(source: Source) -> tuple[list[list[str]], _Dialect, int]:
    """Return the first whole rows, names first, how the table is written and how many lines stand before it."""
    start = source.beginning
    first, _, after = start.partition("\n")
    stated = _STATED_DELIMITER.fullmatch(first.rstrip("\r"))
    delimiters = (stated[1],) if stated else _DELIMITERS
    lines = [line + "\n" for line in (after if stated else start).replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    cut = len(source.head) >= HEAD_BYTES
    tried = [(_rows_of(lines, {"delimiter": delimiter}, cut=cut), {"delimiter": delimiter}) for delimiter in delimiters]
    rows, dialect = max(tried, key=lambda one: _worth(one[0], source.columns))
    if any('\\"' in line for line in lines):
        escaping: _Dialect = {**dialect, "escapechar": "\\"}
        escaped = _rows_of(lines, escaping, cut=cut)
        # Only where it explains the rows better: a backslash may well be the last character of a cell.
        if escaped and _share_alike(escaped) > _share_alike(rows):
            rows, dialect = escaped, escaping
    return rows, dialect, 1 if stated else 0


def _rows_of(lines: Sequence[str], dialect: _Dialect, *, cut: bool) -> list[list[str]]:
    rows: list[list[str]] = []
    csv.field_size_limit(max(csv.field_size_limit(), LARGEST_CELL))
    with suppress(csv.Error):
        rows += (row for row in csv.reader(lines, **dialect) if any(row))
    # The last row of a beginning is cut off anywhere.
    return rows[:-1] if cut and len(rows) > 1 else rows


def _worth(rows: Sequence[Sequence[str]], asked: Mapping[str, str]) -> tuple[int, float, int]:
    header = rows[0] if rows else []
    n_asked = len({name.casefold() for name in header} & {name.casefold() for name in asked.values()})
    return n_asked + len(guess_columns(header)), _share_alike(rows) if len(header) > 1 else 0.0, len(header)


def _share_alike(rows: Sequence[Sequence[str]]) -> float:
    return sum(len(row) == len(rows[0]) for row in rows) / len(rows) if rows else 0.0


def _records(
    source: Source, dialect: _Dialect, skip: int, n_cells: int, on_reject: OnReject
) -> Iterator[tuple[int, list[str]]]:
    """Yield each row below the names with its first line; a row of another width is a reject."""
    reader = csv.reader(_lines(source, skip), **dialect)
    named = False
    while True:
        line = reader.line_num + 1 + skip
        try:
            cells = next(reader, None)
        except csv.Error:
            what = f"a cell of more than {LARGEST_CELL:,} characters (lines {line} to {reader.line_num + skip})"
            on_reject(BadRow(source.name, place=line, what=what, mend=_CLOSE))
            continue
        if cells is None or cells == [_END]:
            return
        if not any(cells):
            continue
        if not named:
            named = True
        elif cells[-1].endswith(_END):
            on_reject(BadRow(source.name, place=line, what="a quotation mark opens and is never closed", mend=_CLOSE))
        elif len(cells) != n_cells and (len(cells) < n_cells or any(cells[n_cells:])):
            last = reader.line_num + skip
            what = f"{len(cells)} cells where the names are {n_cells}" + (f" (to line {last})" if last > line else "")
            on_reject(BadRow(source.name, place=line, what=what, mend=_CLOSE))
        else:
            yield line, cells


def _lines(source: Source, skip: int) -> Iterator[str]:
    """Yield lines with their ends; a last line of its own shows whether the table ends within quotation marks."""
    for number, line in enumerate(source.lines()):
        if number < skip:
            continue
        if "\r" in line:
            for part in line.split("\r"):
                yield part + "\n"
        else:
            yield line + "\n"
    yield _END


def _parquet_rows(file: pq.ParquetFile) -> Iterator[tuple[object, ...]]:
    import pyarrow as pa

    for batch in file.iter_batches(batch_size=_BATCH_ROWS):
        columns = []
        for column in batch.columns:
            if pa.types.is_timestamp(column.type):
                # Python's times hold no nanoseconds.
                column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
            columns.append(column.to_pylist())
        yield from zip(*columns, strict=True)
