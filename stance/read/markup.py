"""HTML to plain text, as a reader sees it: paragraphs, line breaks, lists, and quotations as lines with `>`."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_HIDDEN: Final = frozenset({"script", "style", "template", "noscript", "head", "iframe", "object", "svg", "title"})
_PARAGRAPHS: Final = frozenset(
    """p div article section header footer main aside blockquote pre ul ol dl table figure form h1 h2 h3 h4 h5 h6 hr
    details summary""".split()
)
_LINES: Final = frozenset({"br", "li", "tr", "dt", "dd"})
_WHITE: Final = re.compile(r"[ \t\r\n\f]+")
_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*)(?:\s*/>|[^<>]*[\s\"']/>)?")
_EMOJI: Final = frozenset({"emoji", "wp-smiley"})
_DEEPEST: Final = 200
_UNNESTED: Final = frozenset(
    """area base br col embed hr img input link meta source track wbr p li dt dd tr td th option optgroup
    thead tbody tfoot rp rt html head body""".split()
)
_LEFT_OUT: Final = "template"
_LONG_ENTITY: Final = re.compile("&#(?:[0-9]{9,}|[xX][0-9a-fA-F]{9,});?")
# A parser looks for each attribute among those before it; no page has an element with thousands.
_CROWDED: Final = re.compile(r"(<[a-zA-Z][^\s<>/]*+)(?:[^<>\s=/]*+[\s=/]){3000,}+[^<>]*+>?")
_WORDS: Final = r"[^<&\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]*+"
# Paragraphs of mere words, as most comments are: a parser takes twenty times as long to find the same in them.
_PLAIN: Final = re.compile(rf"(?:[ \t\n]*+<p>{_WORDS}(?:<br ?/?>{_WORDS})*+</p>)++[ \t\n]*+")
_PLAIN_TAG: Final = re.compile(r"</?p>|<(br) ?/?>")
_SPACES: Final = re.compile(" {2,}")
_MARKS: Final = re.compile(r"[\x00-\x05]")
_QUOTE_IN, _QUOTE_OUT, _LINE, _PARAGRAPH, _KEPT_SPACE = "\x01", "\x02", "\x03", "\x04", "\x05"


def to_text(markup: str, *, drop: Sequence[str] = ()) -> str:
    """Return what an HTML fragment says. Scripts, styles and pictures are left out; nothing is fetched or run.

    Without recursion, however deep or broken the markup is.

    Args:
        markup: HTML; plain text with entities is HTML too, and keeps its lines.
        drop: XPath expressions of elements to leave out.
    """
    if "<" not in markup:
        return undo_entities(markup).strip()
    if _PLAIN.fullmatch(markup):
        return _lay_out(_PLAIN_TAG.sub(lambda tag: _LINE if tag[1] else _PARAGRAPH, _WHITE.sub(" ", markup)))
    root = parse(markup)
    if root is None:
        return ""
    for path in drop:
        for element in root.xpath(path):
            # Taking an element out copies the text behind it, time after time.
            element.tag = _LEFT_OUT
    return text_of(root)


def undo_entities(text: str) -> str:
    """Return `text` with characters for entities (`&amp;`, `&#39;`); numbers that are none become U+FFFD."""
    # Python turns the number of an entity into an integer, and refuses one of thousands of digits.
    return html.unescape(_LONG_ENTITY.sub("\N{REPLACEMENT CHARACTER}", text))


def text_of(element: HtmlElement) -> str:
    """Return what an element of a parsed page says, laid out as `to_text` does."""
    return _lay_out("".join(_parts(element)))


def parse(markup: str) -> HtmlElement | None:
    """Parse a page or a fragment; what nests deeper than any real page is laid flat, its text kept.

    Returns:
        The root element, None where there is nothing in it.
    """
    from lxml.etree import ParserError
    from lxml.html import HTMLParser, document_fromstring

    # A null byte would end the text for the parser; the encoding is what Python has already decoded.
    whole = _flatten(_CROWDED.sub(r"\1>", markup)).replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace")
    parser = HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        return document_fromstring(whole, parser=parser)
    except ParserError:
        return None


def _flatten(markup: str) -> str:
    """Make void elements of tags that open too deep: a parser's work grows with depth times length."""
    depth = 0

    def flatten(found: re.Match[str]) -> str:
        nonlocal depth
        if found[0].endswith(">") or found[2].lower() in _UNNESTED:  # <path d="..." /> closes itself
            return found[0]
        flat = f"<{found[1]}img" if depth > _DEEPEST else found[0]
        depth = max(0, depth + (-1 if found[1] else 1))
        return flat

    return _TAG.sub(flatten, markup)


def _parts(root: HtmlElement) -> Iterator[str]:
    """Yield texts and marks in reading order."""
    from lxml.etree import iterwalk

    depth_pre = depth_hidden = 0
    for event, element in iterwalk(root, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else ""
        step = 1 if event == "start" else -1
        depth_pre += step * (tag == "pre")
        depth_hidden += step * (tag in _HIDDEN)
        yield _opening(tag) if event == "start" else _closing(tag)
        if tag == "img" and event == "start" and not depth_hidden:
            yield _emoji_of(element)
        text = element.text if event == "start" else element.tail if element is not root else None
        if text and not depth_hidden:
            # Control characters are the marks' own here; no visible text has them.
            text = _MARKS.sub("", text)
            yield text.replace(" ", _KEPT_SPACE).replace("\n", _LINE) if depth_pre else _WHITE.sub(" ", text)


def _emoji_of(picture: HtmlElement) -> str:
    """The characters for which a page shows a picture; of any other picture nothing is said."""
    if _EMOJI.isdisjoint((picture.get("class") or "").split()):
        return ""
    return _MARKS.sub("", picture.get("alt") or "")


def _opening(tag: str) -> str:
    mark = _PARAGRAPH if tag in _PARAGRAPHS else _LINE if tag in _LINES else ""
    return mark + (_QUOTE_IN if tag == "blockquote" else "- " if tag == "li" else "")


def _closing(tag: str) -> str:
    return _QUOTE_OUT + _PARAGRAPH if tag == "blockquote" else _PARAGRAPH if tag in _PARAGRAPHS else ""


def _lay_out(marked: str) -> str:
    """Make lines of texts and marks: at most one empty line between two, `> ` before each quoted one."""
    lines: list[str] = []
    depth, gap = 0, 0
    for part in re.split(r"([\x01-\x04])", marked + _LINE):
        if part not in (_QUOTE_IN, _QUOTE_OUT, _LINE, _PARAGRAPH):
            if line := _SPACES.sub(" ", part).strip(" ").replace(_KEPT_SPACE, " ").rstrip():
                lines += [""] * (gap > 1 and bool(lines)) + ["> " * min(depth, 9) + line]
                gap = 0
            continue
        gap = max(gap, 1 if part == _LINE else 2)
        depth = max(0, depth + (part == _QUOTE_IN) - (part == _QUOTE_OUT))
    return "\n".join(lines)
