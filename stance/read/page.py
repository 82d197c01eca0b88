"""Files, folders and standard input: the format recognised, a `Page` a thread out."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from itertools import islice
from pathlib import Path

from stance.errors import NoComments, NoSuchThread, SeveralThreads, UnusedColumns
from stance.read.formats import FORMATS, WITH_COLUMNS, find_format, reader_of
from stance.read.pseudonyms import Pseudonyms
from stance.read.row import OnReject, refuse
from stance.read.source import Source, open_source, open_text
from stance.records import Page


def read_threads(
    path: Path | str,
    *,
    format: str | None = None,  # noqa: A002 - the word users say
    thread_id: str | None = None,
    columns: Mapping[str, str] | None = None,
    on_reject: OnReject = refuse,
    pseudonyms: Pseudonyms | None = None,
) -> Generator[Page]:
    """Read every thread of a file, a folder, a pipe or standard input (`-`), one page a thread.

    Args:
        path: What to read; gzip and Zstandard are undone.
        format: One of `FORMATS`; None recognises it from the content.
        thread_id: The one thread to read; None reads all.
        columns: What a table's columns hold, by field, such as `{"text": "body"}`; None goes by their names.
        on_reject: Told of each record that cannot be used; raises by default.
        pseudonyms: Replaces people's names; None keeps them.

    Raises:
        ReadError: It cannot be opened, is empty or binary, or holds no comments in a known format.
        NoSuchThread: None has the name asked for.
    """
    _check(format)
    source = open_source(path, columns=columns)
    yield from _read(source, format, thread_id=thread_id, on_reject=on_reject, pseudonyms=pseudonyms)


def read_text(
    text: str,
    *,
    name: str,
    format: str | None = None,  # noqa: A002 - the word users say
    thread_id: str | None = None,
    columns: Mapping[str, str] | None = None,
    on_reject: OnReject = refuse,
) -> Generator[Page]:
    """Read every thread of what a file would hold, one page a thread.

    Args:
        text: The content of a file of one of `FORMATS` that is text.
        name: What messages call it.
        format: As the further arguments, and the errors, in `read_threads`.
        thread_id: As there.
        columns: As there.
        on_reject: As there.
    """
    _check(format)
    source = open_text(text, name=name, columns=columns)
    yield from _read(source, format, thread_id=thread_id, on_reject=on_reject, pseudonyms=None)


def _check(format: str | None) -> None:  # noqa: A002 - the word users say
    if format is not None and format not in FORMATS:
        raise ValueError(f"format must be one of {FORMATS} or None, got {format!r}")


def _read(
    source: Source,
    format: str | None,  # noqa: A002 - the word users say
    *,
    thread_id: str | None,
    on_reject: OnReject,
    pseudonyms: Pseudonyms | None,
) -> Iterator[Page]:
    name = format or find_format(source)
    if source.columns and name not in WITH_COLUMNS:
        raise UnusedColumns(source.name, format=name)
    n_threads = 0
    pages = reader_of(name)(source, on_reject)
    for page in pages if format else _guessed(pages, name):
        n_threads += 1
        if thread_id is None or page.thread_id == thread_id:
            yield page if pseudonyms is None else pseudonyms.mask(page)
            if thread_id is not None:
                return
    if not n_threads:
        raise NoComments(source.name, wanted=f"comments as {name} has them")
    if thread_id is not None:
        raise NoSuchThread(source.name, thread_id=thread_id)


def _guessed(pages: Iterator[Page], name: str) -> Iterator[Page]:
    """Give pages of a format that nobody named; where there is none, the error tells what was tried."""
    try:
        yield from pages
    except NoComments as error:
        tried = FORMATS[: FORMATS.index(name)]
        told = f"It was taken for {name}" + (f" after trying {', '.join(tried)}" if tried else "")
        mend = f"{error.mend} {told}; --from names another format."
        raise NoComments(error.source, wanted=error.wanted, mend=mend) from error


def read_page(
    path: Path | str,
    *,
    format: str | None = None,  # noqa: A002 - the word users say
    thread_id: str | None = None,
    columns: Mapping[str, str] | None = None,
    on_reject: OnReject = refuse,
    pseudonyms: Pseudonyms | None = None,
) -> Page:
    """Read one thread; the arguments are those of `read_threads`.

    Raises:
        ReadError: As in `read_threads`.
        SeveralThreads: There is more than one, and none was named.
    """
    reading = read_threads(
        path, format=format, thread_id=thread_id, columns=columns, on_reject=on_reject, pseudonyms=pseudonyms
    )
    with closing(reading) as pages:
        first, *others = islice(pages, 2)
    if others:
        raise SeveralThreads(first.source)
    return first
