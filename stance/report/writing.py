"""A report put on the disk: its page, and beside it pictures and tables as files."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable
from pathlib import Path

from stance.errors import CannotWrite
from stance.out import write_atomically
from stance.read import replacing, told_of_writing
from stance.report.page import Report
from stance.report.picture import IMAGE_FORMS, Table, render_picture

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""
_ENDS = (".csv", *(f".{form}" for form in IMAGE_FORMS))


def check_places(out: Path, figures: Path | None, *, source: Path) -> None:
    """See that nothing is written over what is read, before anything is.

    Raises:
        CannotWrite: `out` is a folder or what is read; `figures` is a file, the folder that is read, or that of a table
            that is read, which one of the same name would replace.
    """
    if out.is_dir():
        raise CannotWrite(out, why="it is a folder", mend="Give --out the name of a file, as in report.html.")
    if _are_one(out, source) or (source.is_dir() and _inside(out, source)):
        raise CannotWrite(out, why="it is what is read", mend="Give --out another file.")
    if figures is None:
        return
    if figures.exists() and not figures.is_dir():
        raise CannotWrite(figures, why="it is a file", mend="Give --figures a folder; it is made where it is missing.")
    if _are_one(figures, source.parent) and source.suffix in _ENDS:
        raise CannotWrite(figures, why="what is read stands in it", mend="Give --figures another folder.")
    if source.is_dir() and (_are_one(figures, source) or _inside(figures, source)):
        raise CannotWrite(figures, why="it is what is read", mend="Give --figures another folder.")


def write_report(report: Report, out: Path, *, figures: Path | None = None) -> None:
    """Write the page, and into a folder (made where it is missing) each picture as SVG, PNG and PDF, each table as CSV.

    Every file is whole or as it was.

    Raises:
        CannotWrite: A file cannot be made.
    """
    if figures is not None:
        with told_of_writing(figures):
            figures.mkdir(parents=True, exist_ok=True)
        for picture in report.pictures:
            for form in IMAGE_FORMS:
                _put(figures / f"{picture.name}.{form}", render_picture(picture, form))
        tables = {picture.name: picture.table for picture in report.pictures} | dict(report.tables)
        for name, table in tables.items():
            _put(figures / f"{name}.csv", to_csv(table))
    write_atomically(out, report.html)


def to_csv(table: Table) -> bytes:
    """Return a table as CSV in UTF-8; no cell of text can be taken for a formula by a spreadsheet."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows(map(_tame, table.rows))
    return stream.getvalue().encode()


def _tame(row: Iterable[object]) -> list[object]:
    return [f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell for cell in row]


def _put(path: Path, content: bytes) -> None:
    with told_of_writing(path):
        if path.is_dir():
            raise CannotWrite(path, why="it is a folder", mend="Move it, or give --figures another folder.")
        with replacing(Path(os.path.realpath(path))) as stream:
            stream.write(content)


def _are_one(path: Path, other: Path) -> bool:
    both_there = path.exists() and other.exists()
    return path.samefile(other) if both_there else os.path.realpath(path) == os.path.realpath(other)


def _inside(path: Path, folder: Path) -> bool:
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))
