"""XML exports of any size: elements given as they end, nothing fetched, no entity expanded."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING, Final

from stance.errors import BadRow, DeclaredEntities
from stance.read.decode import REPLACEMENT, UTF_8, marked_encoding, stated_encoding
from stance.read.row import OnReject
from stance.read.source import Source

if TYPE_CHECKING:
    from lxml.etree import XMLPullParser, _Element

_CHUNK_BYTES: Final = 1 << 16
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?\bencoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
# What costs a character of a text and no element: a bare &, an HTML entity that XML does not know.
_SLIGHT: Final = frozenset(
    """ERR_UNDECLARED_ENTITY WAR_UNDECLARED_ENTITY ERR_NAME_REQUIRED ERR_ENTITYREF_SEMICOL_MISSING ERR_INVALID_CHAR
    ERR_INVALID_CHARREF ERR_INVALID_HEX_CHARREF ERR_INVALID_DEC_CHARREF ERR_CHARREF_AT_EOF NS_ERR_UNDEFINED_NAMESPACE
    ERR_MISPLACED_CDATA_END""".split()
)


def elements(source: Source, names: Sequence[str], on_reject: OnReject) -> Iterator[tuple[_Element, bool]]:
    """Give each element of these local names at its end, and whether it is whole (the file did not end inside it).

    The caller clears what it is done with. Broken XML is read as far as it goes, and told once.

    Raises:
        DeclaredEntities: The file declares entities of its own.
        BadRow: It is broken or ends too early, and `on_reject` raises.
        Unreadable: The file cannot be read.
    """
    from lxml.etree import XMLPullParser, XMLSyntaxError

    parser = XMLPullParser(
        events=("start", "end"),
        tag=[f"{{*}}{name}" for name in names],
        encoding="utf-8",  # whatever the file declares, `_utf8` has made UTF-8 of it
        recover=True,
        huge_tree=True,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = None
        for chunk in _utf8(source):
            parser.feed(chunk)
            for event, element in parser.read_events():
                if root is None:
                    root = _root_of(element, source)
                if event == "end":
                    yield element, True
        parser.close()
    except XMLSyntaxError:
        pass  # nothing to build on; the log says where
    rest = [element for event, element in parser.read_events() if event == "end"]
    for element in rest:
        yield element, False
    _tell_faults(parser, source, on_reject, ends_early=bool(rest))


def forget_before(element: _Element, *, only: str | None = None) -> None:
    """Free an element's content and the siblings before it, or those of one tag; the element itself stays for now.

    A parser may still be writing right after it.
    """
    element.clear()
    parent = element.getparent()
    while parent is not None and (before := element.getprevious()) is not None and only in (None, before.tag):
        parent.remove(before)


def local_name(element: _Element) -> str:
    """An element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def parts_of(element: _Element | None) -> dict[str, _Element]:
    """The children of an element by their local names, of several of one name the first."""
    return {} if element is None else {local_name(child): child for child in reversed(element)}


def content_of(element: _Element | None) -> str | None:
    """The text of an element, elements in it as markup; None where there is no element."""
    if element is None:
        return None
    text = element.text or ""
    if not len(element):
        return text
    from lxml.etree import tostring

    return escape(text) + "".join(tostring(one, encoding="unicode") for one in element)


def _root_of(element: _Element, source: Source) -> _Element:
    tree = element.getroottree()
    doctype = tree.docinfo.internalDTD
    if doctype is not None and next(iter(doctype.iterentities()), None) is not None:
        raise DeclaredEntities(source.name)
    return tree.getroot()


def _utf8(source: Source) -> Iterator[bytes]:
    """Give the file as UTF-8 with no character that XML forbids: exports hold control characters and broken UTF-8."""
    encoding = _encoding_of(source.head)
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    n_lost = n_controls = 0
    with source.open() as stream:
        while data := stream.read(_CHUNK_BYTES):
            text = decoder.decode(data)
            n_lost += text.count(REPLACEMENT)
            text, n_here = _NOT_XML.subn(REPLACEMENT, text)
            n_controls += n_here
            yield text.encode("utf-8", "replace")
    if n_lost:
        source.notes.append(f"{n_lost} characters could not be read as {encoding.upper().removesuffix('-SIG')}")
    if n_controls:
        source.notes.append(f"{n_controls} control characters replaced by U+FFFD")


def _encoding_of(head: bytes) -> str:
    if marked := marked_encoding(head):
        return marked
    if found := _DECLARED.match(head.removeprefix(codecs.BOM_UTF8).lstrip()):
        return stated_encoding(found[1].decode("ascii")) or UTF_8
    return UTF_8


def _tell_faults(parser: XMLPullParser, source: Source, on_reject: OnReject, *, ends_early: bool) -> None:
    faults = list(parser.feed_error_log)
    slight = [fault for fault in faults if fault.type_name in _SLIGHT]
    grave = [fault for fault in faults if fault.type_name not in _SLIGHT]
    if slight:
        lines = slight[0].line
        source.notes.append(
            f"{len(slight)} faults of the XML mended, the first in line {lines}: characters may be lost"
        )
    if grave or ends_early:
        what = "the XML breaks off" if ends_early else "the XML is broken"
        line = (grave or faults)[0].line if faults else "end"
        on_reject(BadRow(source.name, place=line, what=what, mend="Export or download it again; the rest can be read."))
