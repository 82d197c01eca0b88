"""Bytes to clean text: encodings, and characters that no reader should meet."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from typing import Final

from stance.errors import BinaryInput, ZipArchive

_ZIP: Final = b"PK\x03\x04"
_ZIP_NAME: Final = slice(30, 50)
_OFFICE: Final = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"word/", b"xl/", b"mimetype")
"""How the first file in a zipped document is called."""
SIGNATURES: Final = (
    (_ZIP, "an office document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "an RTF document"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"\xd0\xcf\x11\xe0", "an office document"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3\0", "an SQLite database"),
)
# UTF-32 first: its little-endian mark begins with UTF-16's.
_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
UTF_8: Final = "utf-8-sig"
WINDOWS: Final = "cp1252"
READ_AS_WINDOWS: Final = "the file is not UTF-8; read as Windows-1252"
SAMPLE_BYTES: Final = 1 << 16
MAX_NULL_SHARE: Final = 0.02
MAX_CONTROL_SHARE: Final = 0.1
REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
HALF_SURROGATES: Final = "half surrogate pairs replaced by U+FFFD"

_CONTROL_BYTES = bytes(byte for byte in range(32) if byte not in b"\t\n\v\f\r\x1b")
_LINE_END = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
# Pairs of escapes are consumed whole, so that only halves are left for the group; `\\\\` guards an escaped backslash.
_LONE_SURROGATE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\."
)
# Embeddings, overrides and isolates can show text in another order than it is stored in. The plain direction marks
# and the joiners (U+200C-U+200F) stay: Arabic, Hebrew, Persian, Indic scripts and emoji need them.
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")
_UNCLEAN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b\u2028-\u202e\u2060\u2066-\u2069\ud800-\udfff\ufeff]")
"""Whatever is cleaned away: nearly every text has none of it, and is looked at once and not five times."""
_CLEANING = (
    (_CONTROL, REPLACEMENT, "control characters replaced by U+FFFD"),
    (_SURROGATE, REPLACEMENT, HALF_SURROGATES),
    (_BIDI, "", "text-direction controls removed"),
    (_INVISIBLE, "", "invisible characters removed"),
)


def decode(data: bytes, *, source: str) -> tuple[str, tuple[str, ...]]:
    """Decode a file's bytes; return the text and notes on what was not plain UTF-8.

    Raises:
        BinaryInput: The bytes are not text.
    """
    if encoding := marked_encoding(data):
        text = data.decode(encoding, errors="replace")
        return text, _lost(text.count(REPLACEMENT), encoding)
    refuse_binary(data, source)
    if is_windows(data, whole=True):
        return data.decode(WINDOWS, errors="replace"), (READ_AS_WINDOWS,)
    try:
        return data.decode(UTF_8), ()
    except UnicodeDecodeError:
        text = data.decode(UTF_8, errors="replace")
        return text, _lost(text.count(REPLACEMENT), "utf-8")


def marked_encoding(data: bytes) -> str | None:
    """Return the encoding that a byte order mark states, None where there is none or it is UTF-8's."""
    return next((encoding for mark, encoding in _BYTE_ORDER_MARKS if data.startswith(mark)), None)


def stated_encoding(name: str) -> str | None:
    """Return the encoding that a document names itself, None for UTF-8 and for what it cannot be written in.

    The name was read as ASCII, so that of an encoding that writes ASCII otherwise is wrong; many of Python's are none.
    """
    try:
        known = codecs.lookup(name).name
        believable = b"<?xml".decode(known, "replace") == "<?xml"
    except (LookupError, ValueError, TypeError):
        return None
    return known if believable and known not in ("utf-8", "utf-8-sig", "utf-7") else None


def is_windows(data: bytes, *, whole: bool) -> bool:
    """Whether bytes without a byte order mark are rather Windows-1252 than UTF-8 with some damage.

    Args:
        data: The bytes.
        whole: False where they are a sample, whose end may cut a character in two.
    """
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data, final=whole)
    except UnicodeDecodeError:
        text = data.decode(UTF_8, errors="replace")
        n_lost = text.count(REPLACEMENT)
        n_foreign = sum(map(len, re.findall(r"[^\x00-\x7f]+", text))) - n_lost
        # More good sequences than bad ones: UTF-8 with some damage, for which another encoding would spoil accents.
        return n_foreign <= n_lost
    return False


def mend_surrogates(json_text: str, counts: Counter[str]) -> str:
    """Replace halves of surrogate pairs in JSON, escaped or not, which no output could encode; count them."""
    n_lone = 0

    def mend(found: re.Match[str]) -> str:
        nonlocal n_lone
        if found[1] is None:
            return found[0]
        n_lone += 1
        return r"\ufffd"

    if r"\ud" in json_text or r"\uD" in json_text:
        json_text = _LONE_SURROGATE.sub(mend, json_text)
    json_text, n_raw = _SURROGATE.subn(REPLACEMENT, json_text)
    if n_lone + n_raw:
        counts[HALF_SURROGATES] += n_lone + n_raw
    return json_text


def clean(text: str, counts: Counter[str]) -> str:
    """Return `text` with line feeds for line ends and without control or invisible characters; count what was changed.

    Linear in the text, whatever it holds.
    """
    if not _UNCLEAN.search(text):
        return text
    text = _LINE_END.sub("\n", text)
    for pattern, replacement, what in _CLEANING:
        text, n_changed = pattern.subn(replacement, text)
        if n_changed:
            counts[what] += n_changed
    return text


def cleaning_notes(counts: Counter[str]) -> tuple[str, ...]:
    """Put what `clean` counted into words."""
    return tuple(f"{n_changed} {what}" for what, n_changed in counts.items())


def refuse_binary(data: bytes, source: str) -> None:
    """Look at the beginning of a file.

    Raises:
        BinaryInput: It is not text.
        ZipArchive: It is a zip archive of files.
    """
    if data.startswith(_ZIP) and not data[_ZIP_NAME].startswith(_OFFICE):
        raise ZipArchive(source)
    for signature, found in SIGNATURES:
        if data.startswith(signature):
            raise BinaryInput(source, found=found)
    sample = data[:SAMPLE_BYTES]
    n_nulls = sample.count(0)
    if n_nulls > 1 and n_nulls > MAX_NULL_SHARE * len(sample):
        raise BinaryInput(source, found=f"{n_nulls} null bytes in the first {len(sample)}")
    n_controls = len(sample) - len(sample.translate(None, _CONTROL_BYTES))
    if n_controls > 1 and n_controls > MAX_CONTROL_SHARE * len(sample):
        raise BinaryInput(source, found=f"{n_controls} control bytes in the first {len(sample)}")


def _lost(n_lost: int, encoding: str) -> tuple[str, ...]:
    return (f"{n_lost} characters could not be read as {encoding.upper()}",) if n_lost else ()
