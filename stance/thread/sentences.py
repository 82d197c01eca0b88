"""Sentences of a comment, as people type them.

Own rules rather than a library: pysbd takes time that grows with the square of the text, and sentencex neither keeps
a list marker with its line nor splits at an ellipsis; both were tried on the seed page's annotated sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

# A run always matches to its end, so that text made of nothing but marks stays linear.
_STOP = re.compile(r"""[.!?…][.!?…"”“’'»«)\]*]*""")
_LINE = re.compile(r"[^\n]+")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_LAST_WORD = re.compile(r"[^\s(\[\"“”„«»'‘’/,;:–—]+\Z")
_DOTTED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
_MARKER = re.compile(r"(?:\d{1,3}|[a-zA-Z]|[ivx]{1,4})\.\)?")
_SPACE = re.compile(r"\s*")
MAX_ABBREVIATION: Final = 12

TITLES: Final = frozenset(
    "mr mrs ms mx dr prof gen sen rep gov capt lt col maj sgt cpl cmdr adm st rev hon pres supt fr sr messrs vs "
    "cf eg ie viz approx ca al".split()
)
"""Followed by more of the same sentence."""
BEFORE_NUMBERS: Final = frozenset(
    "no nos nr vol fig pp p ch art sec par para jan feb mar apr jun jul aug sep sept oct nov dec".split()
)
"""Abbreviations before a number, words of their own else."""
OFTEN_LAST: Final = frozenset(
    "etc inc ltd co corp jr bros dept est mt ft gov't govt intl univ assn ave blvd rd".split()
)
"""Abbreviations that may end a sentence: they do where a sentence's usual first word follows."""
STARTERS: Final = frozenset(
    "a after all also an and any anyway are as at because before but by can did do does even every first for from "
    "had has have he her here his how however i if in indeed is it it's its just let like maybe my no nobody nor "
    "not now of oh on once one or our perhaps please she since so some still sure that that's the their then "
    "there there's these they they're this those though thus to too under until was we well were what what's when "
    "where which while who why will with without would yes yet you your you're".split()
)


def split_sentences(text: str) -> tuple[tuple[int, int], ...]:
    """Return the (start, end) of each sentence, without the white space around it.

    A line break ends a sentence; a list marker stays with its line; what holds no letter or digit (a lone emoticon, a
    stray mark) stays with the sentence before it on its line.
    """
    return tuple(span for line in _LINE.finditer(text) for span in _split_line(text, line.start(), line.end()))


def _split_line(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    held: tuple[int, int] | None = None
    for piece_start, piece_end in _pieces(text, start, end):
        if held is not None and _WORD.search(text, piece_start, piece_end) is None:
            held = held[0], piece_end
            continue
        if held is not None:
            yield held
        held = piece_start, piece_end
    if held is not None:
        yield held


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    start = _skip_space(text, start, end)
    for stop in _STOP.finditer(text, start, end):
        following = _skip_space(text, stop.end(), end)
        if following < end and _ends_sentence(text, stop, following, start):
            yield start, stop.end()
            start = following
    stripped = start + len(text[start:end].rstrip())
    if stripped > start:
        yield start, stripped


def _skip_space(text: str, start: int, end: int) -> int:
    found = _SPACE.match(text, start, end)
    return found.end() if found else start


def _ends_sentence(text: str, stop: re.Match[str], following: int, start: int) -> bool:
    run, after = stop[0], text[following]
    before = text[max(start, stop.start() - MAX_ABBREVIATION) : stop.start()]
    if following == stop.end():
        # No space: "so.Then" is a slip of the typist's, "bbc.co" and "3.5" are not.
        return run in {".", "!", "?"} and before[-2:].islower() and before[-2:].isalpha() and _opens(text, following)
    if after in "-–—,;:/&=" or _MARKER.fullmatch(text, start, stop.end()):
        return False
    word = _LAST_WORD.search(before)
    if run == "." and word and (verdict := _after_abbreviation(word[0], text, following)) is not None:
        return verdict
    if not after.islower():
        return ("…" not in run and ".." not in run) or after != "("
    # A small letter after a bare stop is the habit of people who type no capitals; after a closing mark or an
    # ellipsis the sentence goes on.
    return run == "." or set(run) <= {"!", "?"}


def _opens(text: str, at: int) -> bool:
    return text[at].isupper() and text[at + 1 : at + 2].islower()


def _after_abbreviation(word: str, text: str, following: int) -> bool | None:
    """Whether a sentence ends after an abbreviation; None where `word` is none."""
    low = word.casefold()
    next_word = _WORD.match(text, following)
    capital = text[following].isupper()
    starter = capital and next_word is not None and next_word[0].casefold().replace("’", "'") in STARTERS
    if low in TITLES:
        return False
    if low in BEFORE_NUMBERS:
        return False if text[following].isdigit() else None
    if low in OFTEN_LAST or _DOTTED.fullmatch(word):
        return starter
    if len(word) == 1 and word.isalpha() and word.isupper() and word != "I":
        return starter
    return None
