"""Whether a text is in the language the model was trained on."""

from __future__ import annotations

import re
from typing import Final

_FUNCTION_WORDS: Final = frozenset(
    """a about after all also am an and any are as at be because been but by can could did do does for from get go good
    had has have he her here him his how i if in into is it its just know like me more most my new no not now of on one
    only or our out over people say see she should so some than that the their them then there these they this time to
    up us was we were what when where which who why will with would you your im dont thats cant isnt""".split()
)
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_SAMPLE_CHARACTERS: Final = 4000


def language_uncertain(text: str) -> bool:
    """Whether the text may not be English: mostly other letters than Latin, or long with hardly a function word.

    Short texts get the benefit of the doubt: ten words or fewer are only judged by their letters.
    """
    sample = text[:_SAMPLE_CHARACTERS]
    letters = [letter for letter in sample if letter.isalpha()]
    if not letters:
        return False
    latin = sum(letter < "\u0250" for letter in letters)
    if latin < 0.7 * len(letters):
        return True
    words = [word.replace("'", "").replace("’", "").lower() for word in _WORD.findall(sample)]
    return len(words) > 10 and sum(word in _FUNCTION_WORDS for word in words) < 0.12 * len(words)
