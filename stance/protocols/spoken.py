"""A text in, the code of the language it is written in out."""

from __future__ import annotations

import unicodedata
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

ENGLISH: Final = "en"
UNDETERMINED: Final = "und"
_SAMPLE_CHARACTERS: Final = 4000
_SURE: Final = 0.5
_NO_OTHER: Final = frozenset({ENGLISH, "pcm", "zxx", UNDETERMINED})
"""English, English of a kind, and no language at all."""
_loading = Lock()


def is_english(tag: str) -> bool:
    """Whether a language tag such as `en` or `en-GB` says English."""
    return tag.replace("_", "-").partition("-")[0].lower() == ENGLISH


def may_be_other(text: str) -> bool:
    """Whether a text should be given to `find_language`, which takes longer; short ones in Latin letters never."""
    from stance.judge import language_uncertain

    return language_uncertain(text)


def find_language(text: str) -> str:
    """Return the code of the language of a text of which `may_be_other` holds.

    Another language is only told where that is sure, for its text is refused. A text in other letters is not English,
    whichever language it is; letters that only dress up English ones, as in mathematics, are taken for those.

    Returns:
        A code such as `de`; "und" where the text may be English, or none.
    """
    sample = unicodedata.normalize("NFKC", text[:_SAMPLE_CHARACTERS])
    if not may_be_other(sample):
        return ENGLISH
    with _loading:
        identifier = _load()
    found: tuple[str, float] = identifier.classify(sample)
    code, probability = found
    if code in _NO_OTHER:
        return ENGLISH if code == ENGLISH else UNDETERMINED
    return code if probability >= _SURE or not _in_latin(sample) else UNDETERMINED


def _in_latin(text: str) -> bool:
    letters = [letter for letter in text if letter.isalpha()]
    return 2 * sum(letter < "\u0250" for letter in letters) >= len(letters)


@cache
def _load() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
