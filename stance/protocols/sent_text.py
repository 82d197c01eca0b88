"""A comment as a client sent it in; the text to judge, its sentences, and their places in what was sent out."""

from __future__ import annotations

import html
import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import pairwise
from typing import Final

from stance.thread import split_sentences

Span = tuple[int, int]
MOST_SENTENCES: Final = 64
"""That are judged by themselves; of a longer comment, neighbours are judged together."""
_HIDDEN: Final = frozenset({"script", "style"})
_IN_LINE: Final = frozenset(
    """a abbr b bdi bdo big cite code del dfn em font i ins kbd mark q s samp small span strike strong sub sup time tt
    u var wbr""".split()
)
_WHITE: Final = str.maketrans("\r\n\t\f", "    ")
_LINE_START: Final = re.compile(r"^", re.MULTILINE)
_LONGEST_ENTITY: Final = 40
"""No entity has a longer name, and Python refuses to read numbers of thousands of digits."""


@dataclass(frozen=True, slots=True)
class SentText:
    """`text` is to be judged; `sent` is what came, from which tags and comments were taken out where it was HTML.

    `starts`, `ends` are the places in `sent` of each character of `text`; None where both are the same.
    """

    sent: str
    text: str
    starts: Sequence[int] | None = None
    ends: Sequence[int] | None = None

    def sentences(self) -> list[Span]:
        """Return the (start, end) in `text` of at most `MOST_SENTENCES` sentences, or of as many runs of them."""
        found = split_sentences(self.text)
        step = -(-len(found) // MOST_SENTENCES)
        if step < 2:
            return list(found)
        return [(found[first][0], found[min(first + step, len(found)) - 1][1]) for first in range(0, len(found), step)]

    def sent_units(self, span: Span) -> Span:
        """Return the place in `sent` of a span of `text` that is not empty, in UTF-16 units."""
        start, end = span
        if self.starts is not None and self.ends is not None:
            start, end = self.starts[start], self.ends[end - 1]
        return self._units(start), self._units(end)

    def whole_units(self) -> Span:
        """Return the place of all that was sent, in UTF-16 units."""
        return 0, self._units(len(self.sent))

    def _units(self, at: int) -> int:
        return at if self.sent.isascii() else len(self.sent[:at].encode("utf-16-le")) // 2


def take_plain(sent: str) -> SentText:
    """Return plain text, which is judged as it came."""
    return SentText(sent, sent)


def take_html(sent: str) -> SentText:
    """Return what a reader of an HTML fragment sees, without tags, comments, scripts and styles, in linear time."""
    said: list[str] = []
    starts, ends = array("l"), array("l")
    for start, end, words in _Pieces(sent).found():
        said.append(words)
        verbatim = len(words) == end - start
        starts.extend(range(start, end) if verbatim else [start] * len(words))
        ends.extend(range(start + 1, end + 1) if verbatim else [end] * len(words))
    return SentText(sent, "".join(said), starts, ends)


class _Pieces(HTMLParser):
    """Notes where each tag, entity and run of text begins; Python's parser is the one that tells places."""

    def __init__(self, sent: str) -> None:
        super().__init__(convert_charrefs=False)
        self._sent = sent
        self._lines = [line.start() for line in _LINE_START.finditer(sent)]
        self._hides = False
        self._begun: list[tuple[int, str | None]] = []
        """Place, and what stands there for a reader: None for the characters themselves."""
        # Behind the last ">" nothing is a tag, and where many seem to begin the parser's time would grow squared.
        after_tags = sent.rfind(">") + 1
        self.feed(sent[:after_tags] + sent[after_tags:].replace("<", " "))
        self.close()

    def found(self) -> Iterator[tuple[int, int, str]]:
        """Yield the start and end of each piece and what it says."""
        for (start, words), (end, _) in pairwise([*self._begun, (len(self._sent), "")]):
            if words is None:
                words = self._sent[start:end].translate(_WHITE)
                if words.startswith("&") and len(words) <= _LONGEST_ENTITY:
                    words = html.unescape(words)
            yield start, end, words

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the library's
        self._hides = tag in _HIDDEN
        self._note("" if tag in _IN_LINE else "\n")

    def handle_endtag(self, tag: str) -> None:
        self._hides = False
        self._note("" if tag in _IN_LINE else "\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the library's
        self._note("" if tag in _IN_LINE else "\n")

    def handle_data(self, data: str) -> None:  # noqa: ARG002 - read from the whole, by its place
        self._note("" if self._hides else None)

    def handle_entityref(self, name: str) -> None:
        self.handle_data(name)

    def handle_charref(self, name: str) -> None:
        self.handle_data(name)

    def handle_comment(self, data: str) -> None:  # noqa: ARG002 - the library's
        self._note("")

    def handle_decl(self, decl: str) -> None:  # noqa: ARG002 - the library's
        self._note("")

    def handle_pi(self, data: str) -> None:  # noqa: ARG002 - the library's
        self._note("")

    def unknown_decl(self, data: str) -> None:  # noqa: ARG002 - the library's
        self._note("")

    def _note(self, words: str | None) -> None:
        line, column = self.getpos()
        self._begun.append((self._lines[line - 1] + column, words))
