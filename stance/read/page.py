"""Files, folders and standard input: the format recognised, a `Page` a thread out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from stance.errors import NoSuchThread, SeveralThreads
from stance.read.formats import FORMATS, reader_of
from stance.read.pseudonyms import Pseudonyms
from stance.read.row import OnReject, refuse
from stance.read.source import open_source
from stance.records import Page


def read_threads(
    path: Path | str,
    *,
    format: str | None = None,  # noqa: A002 - the word users say
    on_reject: OnReject = refuse,
    pseudonyms: Pseudonyms | None = None,
) -> Iterator[Page]:
    """Read every thread of a file, a folder or standard input (`-`), one page a thread.

    Args:
        path: What to read; gzip and Zstandard are undone.
        format: One of `FORMATS`; None recognises it from the content.
        on_reject: Told of each record that cannot be used; raises by default.
        pseudonyms: Replaces people's names; None keeps them.

    Raises:
        ReadError: It cannot be opened, is empty or binary, or holds no comments in a known format.
    """
    if format is not None and format not in FORMATS:
        raise ValueError(f"format must be one of {FORMATS} or None, got {format!r}")
    source = open_source(path)
    for page in reader_of(source, format=format)(source, on_reject):
        yield page if pseudonyms is None else pseudonyms.mask(page)


def read_page(
    path: Path | str,
    *,
    format: str | None = None,  # noqa: A002 - the word users say
    thread_id: str | None = None,
    on_reject: OnReject = refuse,
    pseudonyms: Pseudonyms | None = None,
) -> Page:
    """Read one thread; the arguments are those of `read_threads`.

    Args:
        thread_id: Which, where the file holds several.

    Raises:
        ReadError: As in `read_threads`.
        SeveralThreads: There is more than one, and none was named.
        NoSuchThread: None has that name.
    """
    found: Page | None = None
    for page in read_threads(path, format=format, on_reject=on_reject, pseudonyms=pseudonyms):
        if thread_id is not None:
            if page.thread_id == thread_id:
                return page
        elif found is not None:
            raise SeveralThreads(page.source)
        else:
            found = page
    if found is None:
        raise NoSuchThread(str(path), thread_id=thread_id or "")
    return found
