"""Text from strangers made safe and short for a terminal."""

from __future__ import annotations

import unicodedata
from typing import Final

from rich.cells import cell_len, set_cell_size

_LOOKED_AT: Final = 2000
"""Code points of a text that a line can need; the rest of a 10 MB comment is never touched."""
_PROSE_CELLS: Final = 20
"""Below this a text is a name, and every letter of it tells it from another."""
_MOST_MARKS: Final = 2
"""Combining marks in a row: real words rarely need more, and a pile of them runs over the lines above and below."""
_JOINERS: Final = frozenset("\u200c\u200d")
"""Zero-width, but part of how Persian, Indic scripts and emoji are written."""
_STAND_IN: Final = "\ufffd"
_UNSAFE: Final = frozenset({"Cc", "Cs", "Co", "Cn"})
_BIDI: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def safe(text: str, *, encoding: str = "utf-8") -> str:
    """Return text that cannot steer a terminal, on one line.

    White space of any kind becomes one space; control characters, escapes, half surrogate pairs and turns of the
    writing direction become U+FFFD, so that their place is seen; other invisible characters go.

    Args:
        text: Anything; only its first 2,000 code points are read.
        encoding: What the terminal takes; what it cannot show becomes "?".
    """
    kept: list[str] = []
    n_marks = 0
    for letter in text[:_LOOKED_AT]:
        category = unicodedata.category(letter)
        n_marks = n_marks + 1 if category in ("Mn", "Me") else 0
        if letter.isspace():
            kept.append(" ")
        elif category in _UNSAFE or letter in _BIDI:
            kept.append(_STAND_IN)
        elif n_marks <= _MOST_MARKS and (category != "Cf" or letter in _JOINERS):
            kept.append(letter)
    line = " ".join("".join(kept).split())
    return line.encode(encoding, "replace").decode(encoding)


def snip(text: str, cells: int, *, encoding: str = "utf-8") -> str:
    """Return the beginning of a text, safe, in at most so many cells; an ellipsis says that more follows.

    Prose is cut between words where one ends in the last third; a name is cut at the letter.
    """
    line = safe(text, encoding=encoding)
    if cell_len(line) <= cells and len(text) <= _LOOKED_AT:
        return line
    dots = "…" if _takes(encoding, "…") else "..."
    cut = _fit(line, max(0, cells - len(dots)))
    if cells <= len(dots):
        return cut
    at = cut.rfind(" ")
    whole_words = cells >= _PROSE_CELLS and at > len(cut) * 2 // 3
    return (cut[:at] if whole_words else cut).rstrip() + dots


def pad(text: str, cells: int) -> str:
    """Return text filled with spaces, or cut, to so many cells."""
    return set_cell_size(text, cells)


def unicode_ok(encoding: str) -> bool:
    """Say whether a terminal takes lines, bars and curly quotes."""
    return _takes(encoding, "…├│█−“○·×")


def _fit(line: str, cells: int) -> str:
    return line if cell_len(line) <= cells else set_cell_size(line, cells)


def _takes(encoding: str, letters: str) -> bool:
    try:
        letters.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
