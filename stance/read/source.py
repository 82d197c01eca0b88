"""A file, a folder or standard input, opened once: its beginning to recognise it by, its bytes to read it from."""

from __future__ import annotations

import io
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from stance.errors import BadRow, BinaryInput, EmptyInput, Unreadable
from stance.read.decode import (
    READ_AS_WINDOWS,
    REPLACEMENT,
    UTF_8,
    WINDOWS,
    decode,
    is_windows,
    marked_encoding,
    refuse_binary,
)
from stance.read.row import OnReject
from stance.read.web_archive import is_web_archive, take_page

if TYPE_CHECKING:
    from typing_extensions import Buffer
    from zstandard import ZstdDecompressionObj

STDIN: Final = "-"
HEAD_BYTES: Final = 1 << 16
PARQUET_SIGNATURE: Final = b"PAR1"
_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
# Archived dumps are compressed with a window of 2 GiB, which the decoder refuses unless told.
_ZSTD_WINDOW: Final = 1 << 31
_ZSTD_SKIPPED: Final = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")
# Four bytes can stand for 128 KiB: with pieces of this size no bomb makes more than 32 MiB at once.
_ZSTD_PIECE_BYTES: Final = 1 << 10
_ZSTD_BUFFER_BYTES: Final = 1 << 16
_IN_MEMORY_BYTES: Final = 1 << 24
_LARGEST_BYTES: Final = 1 << 28
_LONGEST_LINE: Final = 1 << 26
_DAMAGED: Final = "damaged or cut off in its compression"
_AGAIN: Final = "Download or pack it again."
_STATED_ENCODING: Final = re.compile(r"(\s*<\?xml[^>]{0,200}?\bencoding\s*=\s*[\"'])[A-Za-z0-9._:-]{1,40}")
_FOREIGN_BYTE: Final = re.compile("[\udc80-\udcff]")


@dataclass(slots=True)
class Source:
    """What is read: `name` for messages, `head` its first bytes (decompressed), `path` None for standard input.

    `notes` is what opening it had to mend; readers may add to it before their first page. `columns` names a table's
    columns by the field they hold (`{"text": "body"}`).
    """

    name: str
    path: Path | None
    head: bytes
    notes: list[str] = field(default_factory=list)
    columns: Mapping[str, str] = field(default_factory=dict)
    _spool: BinaryIO | None = None

    def __del__(self) -> None:
        """Let go of what was kept of a pipe; Python warns of temporary files that nobody closes."""
        if self._spool is not None:
            self._spool.close()

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
        except (EOFError, zlib.error, zstandard.ZstdError) as error:
            raise Unreadable(self.name, why=_DAMAGED, mend=_AGAIN) from error
        except OSError as error:
            raise _unreadable(self.name, error) from error
        except ValueError as error:
            if "null byte" not in str(error):
                raise
            raise Unreadable(ascii(self.name), why="not a path") from error

    def unpack(self) -> None:
        """Put the page of a web archive in the archive's place.

        Raises:
            BadWebArchive: The page cannot be taken out.
        """
        with self.open() as stream:
            page = take_page(stream, source=self.name)
        if self._spool is not None:
            self._spool.close()
        self.head, self._spool = page[:HEAD_BYTES], io.BytesIO(page)
        self.notes.append("the page was taken out of a web archive (MHTML); frames in it were passed by")

    def text(self) -> str:
        """Read and decode the whole; for formats whose file is one document."""
        text, notes = decode(self.whole(), source=self.name)
        self.notes += notes
        return text

    def whole(self) -> bytes:
        """Read the whole.

        Raises:
            Unreadable: It is larger than any page: a few kilobytes can be the compressed form of gigabytes.
        """
        with self.open() as stream:
            data = stream.read(_LARGEST_BYTES + 1)
        if len(data) > _LARGEST_BYTES:
            raise Unreadable(self.name, why=f"more than {_LARGEST_BYTES >> 20} MiB in one page")
        return data

    def lines(self) -> Iterator[str]:
        """Give one decoded line after the other, without its end; only line feeds end lines.

        Raises:
            Unreadable: A line is longer than memory should hold.
        """
        encoding = _encoding_of(self.head)
        if encoding == WINDOWS:
            self.notes.append(READ_AS_WINDOWS)
        # Of the other encodings every damaged piece becomes one U+FFFD while it is decoded.
        errors = "surrogateescape" if encoding in (UTF_8, WINDOWS) else "replace"
        n_lost = 0
        with self.open() as stream:
            text = io.TextIOWrapper(stream, encoding=encoding, errors=errors, newline="\n")
            try:
                for line in iter(partial(text.readline, _LONGEST_LINE), ""):
                    if len(line) == _LONGEST_LINE:
                        raise Unreadable(self.name, why=f"a line of more than {_LONGEST_LINE >> 20} million characters")
                    if not line.isascii():
                        line, n_foreign = _FOREIGN_BYTE.subn(REPLACEMENT, line)
                        n_lost += n_foreign
                    yield line.rstrip("\r\n")
            finally:
                # The stream is not this reader's to close: what came from a pipe is read again. Of a reader that was
                # left half way, the garbage collection may have closed the stream first.
                if not stream.closed:
                    text.detach()
        if n_lost:
            self.notes.append(f"{n_lost} bytes could not be read as {encoding.removesuffix('-sig').upper()}")


def open_source(path: Path | str, *, columns: Mapping[str, str] | None = None) -> Source:
    """Open a file (plain, gzip or Zstandard), a folder, a pipe, or `-` for standard input.

    Args:
        path: What to read.
        columns: What a table's columns hold, as `Source.columns`.

    Raises:
        Unreadable: It cannot be opened.
        EmptyInput: It holds nothing but white space.
        BadWebArchive: It is a page saved with all that it shows, and the page cannot be taken out.
        BinaryInput: It is neither text nor a table this project reads.
    """
    place = None if str(path) == STDIN else Path(path)
    spool = None
    if place is None:
        if sys.stdin is None:
            raise Unreadable("<stdin>", why="standard input is closed")
        spool = _spooled(sys.stdin.buffer)
    elif _is(place, stat.S_ISFIFO):
        # A pipe gives its bytes once, and a source is read from its beginning twice.
        with place.open("rb") as pipe:
            spool = _spooled(pipe)
    name = "<stdin>" if place is None else str(path)
    source = Source(name=name, path=place, head=b"", columns=columns or {}, _spool=spool)
    if place is not None and _is(place, stat.S_ISDIR):
        return source
    return _looked_at(source)


def open_text(text: str, *, name: str, columns: Mapping[str, str] | None = None) -> Source:
    """Take what a file would hold from memory; errors as in `open_source`.

    Args:
        text: The content, decoded already, whatever encoding its XML states; halves of surrogate pairs become U+FFFD.
        name: What messages call it.
        columns: What a table's columns hold, as `Source.columns`.
    """
    found = _STATED_ENCODING.match(text)
    whole = f"{found[1]}utf-8{text[found.end() :]}" if found else text
    data = whole.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
    return _looked_at(Source(name=name, path=None, head=b"", columns=columns or {}, _spool=io.BytesIO(data)))


def _looked_at(source: Source) -> Source:
    with source.open() as stream:
        source.head = stream.read(HEAD_BYTES)
    if is_web_archive(source.head):
        source.unpack()
    if not source.head.strip(b"\0\xef\xbb\xbf\xff\xfe \t\r\n"):
        raise EmptyInput(source.name)
    if not (marked_encoding(source.head) or source.head.startswith(PARQUET_SIGNATURE)):
        refuse_binary(source.head, source.name)
    return source


def open_parts(paths: Sequence[Path], on_reject: OnReject) -> Iterator[Source]:
    """Open the files of a folder one after the other; one that cannot be used is told to `on_reject` and left out.

    Raises:
        Unreadable: There is one alone, and it cannot be opened.
    """
    for path in paths:
        try:
            yield open_source(path)
        except EmptyInput as error:
            _leave_out(error.source, "empty", on_reject)
        except BinaryInput as error:
            _leave_out(error.source, f"not text ({error.found})", on_reject)
        except Unreadable as error:
            if len(paths) == 1:
                raise
            _leave_out(error.source, f"cannot be read ({error.why})", on_reject)


@contextmanager
def sparing(part: Source, on_reject: OnReject, *, others: bool) -> Iterator[None]:
    """Leave out the rest of a file that turns out to be damaged, where there are others; what stood before is kept."""
    try:
        yield
    except Unreadable as error:
        if not others:
            raise
        _leave_out(part.name, f"cannot be read to its end ({error.why})", on_reject)


def _leave_out(source: str, what: str, on_reject: OnReject) -> None:
    mend = "Download it again, or take it out of the folder."
    on_reject(BadRow(source, place="the whole file", what=what, mend=mend))


def _unreadable(name: str, error: OSError) -> Unreadable:
    if isinstance(error, IsADirectoryError):
        return Unreadable(name, why="a folder, and this format is a file", mend="Give one file of it.")
    # gzip's own error has no `strerror`.
    return Unreadable(name, why=error.strerror) if error.strerror else Unreadable(name, why=_DAMAGED, mend=_AGAIN)


def _is(path: Path, kind: Callable[[int], bool]) -> bool:
    try:
        return kind(path.stat().st_mode)
    except (OSError, ValueError):
        # Opening it says what is wrong.
        return False


def _spooled(stream: BinaryIO) -> BinaryIO:
    """Keep a stream that can be read only once: in memory while it is small, then in a file without a name."""
    spool: BinaryIO = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # type: ignore[assignment]  # noqa: SIM115
    shutil.copyfileobj(stream, spool)
    return spool


@contextmanager
def _decompressed(raw: BinaryIO) -> Iterator[BinaryIO]:
    signature = raw.read(4)
    raw.seek(0)
    if signature.startswith(_GZIP):
        import gzip

        with gzip.open(raw) as stream:
            yield stream  # type: ignore[misc]
    elif signature == _ZSTD or _ZSTD_SKIPPED.match(signature):
        yield io.BufferedReader(_ZstdFrames(raw), _ZSTD_BUFFER_BYTES)
    else:
        yield raw


class _ZstdFrames(io.RawIOBase):
    """The bytes of a Zstandard file, frame after frame.

    The library's own reader takes a frame that is cut off for the end of the file, and says nothing.
    """

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._frame: ZstdDecompressionObj | None = None
        self._unread = b""
        self._waiting = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        while not self._waiting and self._decompress():
            pass
        to = memoryview(buffer)
        n = min(len(to), len(self._waiting))
        to[:n], self._waiting = self._waiting[:n], self._waiting[n:]
        return n

    def _decompress(self) -> bool:
        """Make the next piece; False at the end of the file."""
        import zstandard

        piece = self._unread or self._raw.read(_ZSTD_PIECE_BYTES)
        if not piece:
            if self._frame is not None:
                raise EOFError
            return False
        frame = self._frame or zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()
        self._waiting = memoryview(frame.decompress(piece))
        self._frame, self._unread = (None, frame.unused_data) if frame.eof else (frame, b"")
        return True


def _encoding_of(head: bytes) -> str:
    return marked_encoding(head) or (WINDOWS if is_windows(head, whole=len(head) < HEAD_BYTES) else UTF_8)


def _start_of(head: bytes) -> str:
    return head.decode(_encoding_of(head), errors="replace") if head else ""
