"""Files, folders and standard input: the format recognised, a `Page` a thread out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from stance.errors import NoComments, NoSuchThread, SeveralThreads, UnusedColumns
from stance.read.formats import FORMATS, WITH_COLUMNS, find_format, reader_of
from stance.read.pseudonyms import Pseudonyms
from stance.read.row import OnReject, refuse
from stance.read.source import open_source
from stance.records import Page


def read_threads(
    path: Path | str,
    *,
    format: str | None = None,  # noqa: A002 - the word users say
    columns: Mapping[str, str] | None = None,
    on_reject: OnReject = refuse,
    pseudonyms: Pseudonyms | None = None,
) -> Iterator[Page]:
    """Read every thread of a file, a folder, a pipe or standard input (`-`), one page a thread.

    Args:
        path: What to read; gzip and Zstandard are undone.
        format: One of `FORMATS`; None recognises it from the content.
        columns: What a table's columns hold, by field, such as `{"text": "body"}`; None goes by their names.
        on_reject: Told of each record that cannot be used; raises by default.
        pseudonyms: Replaces people's names; None keeps them.

    Raises:
        ReadError: It cannot be opened, is empty or binary, or holds no comments in a known format.
    """
    if format is not None and format not in FORMATS:
        raise ValueError(f"format must be one of {FORMATS} or None, got {format!r}")
    source = open_source(path, columns=columns)
    name = format or find_format(source)
    if columns and name not in WITH_COLUMNS:
        raise UnusedColumns(source.name, format=name)
    n_threads = 0
    for page in reader_of(name)(source, on_reject):
        n_threads += 1
        yield page if pseudonyms is None else pseudonyms.mask(page)
    if not n_threads:
        raise NoComments(source.name, wanted=f"comments as {name} has them")


def read_page(
    path: Path | str,
    *,
    format: str | None = None,  # noqa: A002 - the word users say
    thread_id: str | None = None,
    columns: Mapping[str, str] | None = None,
    on_reject: OnReject = refuse,
    pseudonyms: Pseudonyms | None = None,
) -> Page:
    """Read one thread; the other arguments are those of `read_threads`.

    Args:
        path: What to read.
        format: One of `FORMATS`, or None.
        thread_id: Which, where the file holds several.
        columns: What a table's columns hold.
        on_reject: Told of each record that cannot be used.
        pseudonyms: Replaces people's names.

    Raises:
        ReadError: As in `read_threads`.
        SeveralThreads: There is more than one, and none was named.
        NoSuchThread: None has that name.
    """
    pages = read_threads(path, format=format, columns=columns, on_reject=on_reject, pseudonyms=pseudonyms)
    if thread_id is None:
        first, *others = islice(pages, 2)
        if others:
            raise SeveralThreads(first.source)
        return first
    for page in pages:
        if page.thread_id == thread_id:
            return page
    raise NoSuchThread(str(path), thread_id=thread_id)
