"""Files and standard input: bytes in, the format recognised, a `Page` out."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

from stance.errors import EmptyInput, UnknownFormat, Unreadable
from stance.read.decode import decode
from stance.read.jsonl import read_jsonl
from stance.read.saved_page import read_saved_page
from stance.records import Page

FORMATS: Final = ("page", "jsonl")
STDIN: Final = "-"

_MARKUP = re.compile(r"\s*<(?:!doctype|html|head|\?xml|rss|feed)\b", re.IGNORECASE)


def read_page(path: Path | str, *, format: str | None = None) -> Page:  # noqa: A002 - the word users say
    """Read a file of comments, `-` being standard input.

    Args:
        path: A saved page (plain text) or JSON Lines.
        format: "page" or "jsonl"; None recognises it from the content.

    Raises:
        ReadError: The file cannot be opened, is empty or binary, or holds no comments in a known format.
    """
    if format is not None and format not in FORMATS:
        raise ValueError(f"format must be one of {FORMATS} or None, got {format!r}")
    source, data = _read_bytes(path)
    text, notes = decode(data, source=source)
    if not text.strip("\0\ufeff \t\r\n"):
        raise EmptyInput(source)
    known = format or _recognise(text, source)
    page = read_jsonl(text, source=source) if known == "jsonl" else read_saved_page(text, source=source)
    return replace(page, notes=notes + page.notes) if notes else page


def _read_bytes(path: Path | str) -> tuple[str, bytes]:
    if str(path) == STDIN:
        return "<stdin>", sys.stdin.buffer.read()
    try:
        return str(path), Path(path).read_bytes()
    except OSError as error:
        raise Unreadable(str(path), why=error.strerror or type(error).__name__) from error


def _recognise(text: str, source: str) -> str:
    start = text[:1000].lstrip("\ufeff \t\r\n")
    if start.startswith("{"):
        return "jsonl"
    if _MARKUP.match(start) or start.startswith(("[{", "[\n", "[\r\n")):
        raise UnknownFormat(source, tried=FORMATS)
    return "page"
