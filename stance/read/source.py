"""A file, a folder or standard input, opened once: its beginning to recognise it by, its bytes to read it from."""

from __future__ import annotations

import codecs
import io
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from stance.errors import EmptyInput, Unreadable
from stance.read.decode import BYTE_ORDER_MARKS, decode, refuse_binary

STDIN: Final = "-"
HEAD_BYTES: Final = 1 << 16
PARQUET_SIGNATURE: Final = b"PAR1"
_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
# Archived dumps are compressed with a window of 2 GiB, which the decoder refuses unless told.
_ZSTD_WINDOW: Final = 1 << 31
_IN_MEMORY_BYTES: Final = 1 << 24


@dataclass(slots=True)
class Source:
    """What is read: `name` for messages, `head` its first bytes (decompressed), `path` None for standard input.

    `notes` is what opening it had to mend; readers may add to it before their first page.
    """

    name: str
    path: Path | None
    head: bytes
    notes: list[str] = field(default_factory=list)
    _spool: BinaryIO | None = None

    @property
    def beginning(self) -> str:
        """The first characters, without byte order mark and leading white space; empty for a folder."""
        return _start_of(self.head).lstrip("\ufeff \t\r\n")

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Give the bytes from their beginning, decompressed.

        Raises:
            Unreadable: The file cannot be read, or its compression is damaged.
        """
        import zlib

        import zstandard

        try:
            if self._spool is not None:
                self._spool.seek(0)
                with _decompressed(self._spool) as stream:
                    yield stream
            elif self.path is not None:
                with self.path.open("rb") as raw, _decompressed(raw) as stream:
                    yield stream
        except (OSError, EOFError, zlib.error, zstandard.ZstdError) as error:
            why = getattr(error, "strerror", None) or "damaged compression"
            raise Unreadable(self.name, why=why) from error

    def text(self) -> str:
        """Read and decode the whole; for formats whose file is one document."""
        with self.open() as stream:
            text, notes = decode(stream.read(), source=self.name)
        self.notes += notes
        return text

    def lines(self) -> Iterator[str]:
        """Give one decoded line after the other, without its end; only line feeds end lines."""
        encoding = _encoding_of(self.head)
        if encoding == "cp1252":
            self.notes.append("the file is not UTF-8; read as Windows-1252")
        with self.open() as stream:
            for line in io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="\n"):
                yield line.rstrip("\r\n")


def open_source(path: Path | str) -> Source:
    """Open a file (plain, gzip or Zstandard), a folder, or `-` for standard input.

    Raises:
        Unreadable: It cannot be opened.
        EmptyInput: It holds nothing but white space.
        BinaryInput: It is neither text nor a table this project reads.
    """
    if str(path) == STDIN:
        spool = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115 - lives as long as the source
        shutil.copyfileobj(sys.stdin.buffer, spool)
        source = Source(name="<stdin>", path=None, head=b"", _spool=spool)  # type: ignore[arg-type]
    else:
        source = Source(name=str(path), path=Path(path), head=b"")
        if source.path is not None and source.path.is_dir():
            return source
    with source.open() as stream:
        source.head = stream.read(HEAD_BYTES)
    if not source.head.strip(b"\0\xef\xbb\xbf \t\r\n"):
        raise EmptyInput(source.name)
    if not source.head.startswith((*(mark for mark, _ in BYTE_ORDER_MARKS), PARQUET_SIGNATURE)):
        refuse_binary(source.head, source.name)
    return source


@contextmanager
def _decompressed(raw: BinaryIO) -> Iterator[BinaryIO]:
    signature = raw.read(4)
    raw.seek(0)
    if signature.startswith(_GZIP):
        import gzip

        with gzip.open(raw) as stream:
            yield stream  # type: ignore[misc]
    elif signature == _ZSTD:
        import zstandard

        with zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).stream_reader(
            raw, read_across_frames=True, closefd=False
        ) as stream:
            yield io.BufferedReader(stream)  # type: ignore[arg-type]
    else:
        yield raw


def _encoding_of(head: bytes) -> str:
    for mark, encoding in BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return encoding
    try:
        # Incremental, so that a character cut in two by the end of the sample is no fault.
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        _, notes = decode(head, source="")
        return "cp1252" if any("Windows" in note for note in notes) else "utf-8-sig"
    return "utf-8-sig"


def _start_of(head: bytes) -> str:
    return head.decode(_encoding_of(head), errors="replace") if head else ""
