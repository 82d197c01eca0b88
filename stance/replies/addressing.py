"""Whom a comment says it answers: its source tells the author, or it opens with "@Name" or "Name:"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from stance.records import Comment

ANSWERS_AUTHOR = "answers_author"
"""The key of `Comment.extra` under which a reader puts the author whom a comment answers, where it knows no more."""

_LONGEST_NAME = 80
# Some platforms put invisible marks around the name.
_UNSEEN = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*")
_COLON = re.compile("[:：]")
_GOES_ON = re.compile(r"[^\W]|[-.](?=[^\W])")


class AddressBook:
    """The thread's authors by name, without regard to case or an @ before it."""

    def __init__(self, authors: Sequence[str]) -> None:
        """Take the authors' names, their places being their numbers."""
        folded = [_fold(author) for author in authors]
        # From the last to the first, so that of two spellings the earlier author's stays.
        self._numbers = {name: number for number, name in reversed(list(enumerate(folded))) if name}

    def find(self, comment: Comment, *, writer: int) -> int:
        """Return the number of the author whom a comment says it answers, -1 where it does not say.

        Args:
            comment: Its `extra["answers_author"]` decides, else how its text opens.
            writer: The comment's own author: nobody opens with a call to themselves, but a source may say that they
                answer themselves.
        """
        stated = comment.extra.get(ANSWERS_AUTHOR)
        if isinstance(stated, str) and (number := self._numbers.get(_fold(stated), -1)) >= 0:
            return number
        called = self._called(comment.text)
        return called if called != writer else -1

    def _called(self, text: str) -> int:
        opening = _UNSEEN.match(text)
        start = opening.end() if opening else 0
        head = text[start : start + _LONGEST_NAME + 2].casefold()
        if head.startswith("@"):
            # The longest name first: "@Anna Berg, no" calls Anna Berg and not Anna.
            for end in range(len(head), 1, -1):
                number = self._numbers.get(head[1:end].strip(), -1)
                if number >= 0 and not _GOES_ON.match(head, end):
                    return number
            return -1
        colon = _COLON.search(head)
        name = head[: colon.start()].strip() if colon else ""
        return self._numbers.get(name, -1) if any(map(str.isalpha, name)) else -1


def _fold(name: str) -> str:
    return name.strip().lstrip("@").casefold()
