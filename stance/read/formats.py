"""The formats that are read: how each is called, recognised and opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from stance.errors import UnknownFormat
from stance.read import jsonl, saved_page
from stance.read.row import OnReject
from stance.read.source import Source
from stance.records import Page

Reader = Callable[[Source, OnReject], Iterator[Page]]

_READERS: Final[Mapping[str, tuple[Callable[[Source], bool], Reader]]] = {
    # From the most to the least particular: the first that recognises a source reads it.
    "jsonl": (jsonl.recognise, jsonl.read),
    "page": (saved_page.recognise, saved_page.read),
}
FORMATS: Final = tuple(_READERS)


def reader_of(source: Source, *, format: str | None) -> Reader:  # noqa: A002 - the word users say
    """Return the reader of a named format, or of the first that recognises the source.

    Raises:
        UnknownFormat: None does.
    """
    if format is not None:
        return _READERS[format][1]
    for recognise, read in _READERS.values():
        if recognise(source):
            return read
    raise UnknownFormat(source.name, tried=FORMATS)
