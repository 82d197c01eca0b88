"""The formats that are read: how each is called, recognised and opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from stance.errors import NoCorpus, UnknownFormat
from stance.read import (
    convokit,
    coral,
    discourse,
    disqus,
    hacker_news,
    jsonl,
    reddit,
    saved_page,
    table,
    wordpress_html,
    wordpress_rest,
    wordpress_wxr,
    youtube,
)
from stance.read.row import OnReject
from stance.read.source import Source
from stance.records import Page

Reader = Callable[[Source, OnReject], Iterator[Page]]

_READERS: Final[Mapping[str, tuple[Callable[[Source], bool], Reader]]] = {
    # From the most to the least particular: the first that recognises a source reads it.
    "wordpress-wxr": (wordpress_wxr.recognise, wordpress_wxr.read),
    "disqus": (disqus.recognise, disqus.read),
    "wordpress-rest": (wordpress_rest.recognise, wordpress_rest.read),
    "wordpress-html": (wordpress_html.recognise, wordpress_html.read),
    "convokit": (convokit.recognise, convokit.read),
    "discourse": (discourse.recognise, discourse.read),
    "coral": (coral.recognise, coral.read),
    "reddit": (reddit.recognise, reddit.read),
    "hacker-news": (hacker_news.recognise, hacker_news.read),
    "youtube": (youtube.recognise, youtube.read),
    "parquet": (table.recognise_parquet, table.read_parquet),
    "csv": (table.recognise_csv, table.read_csv),
    "jsonl": (jsonl.recognise, jsonl.read),
    "page": (saved_page.recognise, saved_page.read),
}
FORMATS: Final = tuple(_READERS)
"""The formats that can be read."""
WITH_COLUMNS: Final = frozenset({"csv", "parquet"})
"""The formats whose columns a person can name."""


def find_format(source: Source) -> str:
    """Return the name of the first format that recognises the source.

    Raises:
        NoCorpus: None does, and it is a folder.
        UnknownFormat: None does.
    """
    for name, (recognise, _) in _READERS.items():
        if recognise(source):
            return name
    if source.path is not None and source.path.is_dir():
        raise NoCorpus(source.name)
    raise UnknownFormat(source.name, tried=FORMATS)


def reader_of(format: str) -> Reader:  # noqa: A002 - the word users say
    """Return the reader of one of `FORMATS`."""
    return _READERS[format][1]
