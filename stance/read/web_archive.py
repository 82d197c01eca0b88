"""A page saved as one file (MHTML, as Chromium and Edge save it): its HTML taken out, pictures and frames passed by."""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from email.message import Message
from email.parser import BytesHeaderParser
from typing import BinaryIO, Final

from stance.errors import BadWebArchive
from stance.read.decode import stated_encoding

_ARCHIVE: Final = re.compile(
    rb"(?:[!-9;-~]{1,70}:[^\n]*\n(?:[ \t][^\n]*\n)*)*?content-type:[ \t\r\n]*multipart/related\b", re.IGNORECASE
)
_PAGES: Final = frozenset({"text/html", "application/xhtml+xml"})
_HEADER_BYTES: Final = 1 << 16
_PAGE_BYTES: Final = 1 << 26
_PIECE_BYTES: Final = 1 << 16
_MOST_NESTED: Final = 20


def is_web_archive(head: bytes) -> bool:
    """Whether a file begins with the lines that name the parts of a web archive."""
    return bool(_ARCHIVE.match(head[:_HEADER_BYTES]))


def take_page(stream: BinaryIO, *, source: str) -> bytes:
    """Return the page of a web archive: the part that it names as its first, or the first that is HTML.

    The archive is read line by line: only the page is held, however large the rest is and however its parts nest.

    Returns:
        The page, in UTF-8 where the archive names its encoding.

    Raises:
        BadWebArchive: It holds no page, or one that is damaged or too large.
    """
    lines = _Lines(stream, source)
    whole = lines.read_header()
    start = whole.get_param("start") and _bare(whole.get_param("start"))
    marks = {_mark_of(whole, source)}
    while lines.skip_to(marks):
        part = lines.read_header()
        if part.get_content_maintype() == "multipart":
            marks.add(_mark_of(part, source))
            if len(marks) > _MOST_NESTED:
                raise BadWebArchive(source, what="nests its parts without end")
        elif part.get_content_type() in _PAGES and start in (None, _bare(part.get("Content-ID"))):
            return _decode(lines.read_to(marks), part, source)
    raise BadWebArchive(source, what="without an HTML page in it" if start is None else "without the page it names")


class _Lines:
    """The lines of an archive, an endless one in pieces."""

    def __init__(self, stream: BinaryIO, source: str) -> None:
        self._stream, self._source = stream, source

    def read_header(self) -> Message:
        """Read lines up to an empty one."""
        header: list[bytes] = []
        n_bytes = 0
        while (line := self._read()).strip():
            header.append(line)
            n_bytes += len(line)
            if n_bytes > _HEADER_BYTES:
                raise BadWebArchive(self._source, what="with a header of a part that does not end")
        return BytesHeaderParser().parsebytes(b"".join(header))

    def skip_to(self, marks: set[bytes]) -> bool:
        """Pass by all lines before the next part; False where there is none."""
        while line := self._read():
            if line.rstrip() in marks:
                return True
        return False

    def read_to(self, marks: set[bytes]) -> bytes:
        """Return the lines before the next part, or before the end of all parts or of the file."""
        ends = marks | {mark + b"--" for mark in marks}
        body: list[bytes] = []
        n_bytes = 0
        begins = True
        while (line := self._read()) and not (begins and line.rstrip() in ends):
            body.append(line)
            begins = line.endswith(b"\n")
            n_bytes += len(line)
            if n_bytes > _PAGE_BYTES:
                raise BadWebArchive(self._source, what=f"whose page is larger than {_PAGE_BYTES >> 20} MiB")
        return b"".join(body)

    def _read(self) -> bytes:
        return self._stream.readline(_PIECE_BYTES)


def _bare(content_id: object) -> str:
    return str(content_id).strip().strip("<>")


def _mark_of(part: Message, source: str) -> bytes:
    """The line that stands before each part within a part."""
    boundary = part.get_boundary()
    if not boundary:
        raise BadWebArchive(source, what="that does not say where its parts begin")
    return b"--" + boundary.encode("ascii", "replace").rstrip()


def _decode(body: bytes, part: Message, source: str) -> bytes:
    how = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    try:
        if how == "base64":
            body = base64.b64decode(body)
        elif how == "quoted-printable":
            body = quopri.decodestring(body)
    except binascii.Error as error:
        raise BadWebArchive(source, what="whose page is damaged") from error
    if not body.strip():
        raise BadWebArchive(source, what="whose page is empty")
    # A page without a stated encoding, or in UTF-8, says so itself.
    encoding = stated_encoding(str(part.get_content_charset()))
    return body.decode(encoding, "replace").encode() if encoding else body
