"""People's names replaced at the door by a keyed hash: the same person stays the same, and nobody is named."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Self

from stance.errors import BadKey, Unreadable
from stance.records import Comment, Page

KEPT: Final = frozenset({"deleted", "answers_author"})
"""What of a comment's extras is no way to find its writer."""
MIN_KEY_BYTES: Final = 16
_DIGITS: Final = 12
_SHORTEST: Final = 3
_MOST_PIECES: Final = 24
"""Longer names are known by so many words: the work for a text stays linear, whatever people call themselves."""
_PIECE: Final = re.compile(r"\w+|[^\w\s]")


class Pseudonyms:
    """Names people by HMAC-SHA256 of their names: without the key nobody can tell or test who is meant."""

    def __init__(self, key: bytes) -> None:
        if not key:
            raise ValueError("the key must not be empty")
        self._key = key

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Read the key from a file; the same key gives the same pseudonyms, in any export.

        Raises:
            Unreadable: The file cannot be read.
            BadKey: It is shorter than `MIN_KEY_BYTES`, white space around it aside.
        """
        try:
            key = path.read_bytes().strip()
        except OSError as error:
            raise Unreadable(str(path), why=error.strerror or "no file") from error
        if len(key) < MIN_KEY_BYTES:
            raise BadKey(str(path), n_bytes=len(key), wanted=MIN_KEY_BYTES)
        return cls(key)

    def of(self, name: str) -> str:
        """Return the pseudonym of a name, case being no matter: `person-` and twelve hexadecimal digits."""
        digest = hmac.new(self._key, name.casefold().strip().encode("utf-8", "surrogatepass"), hashlib.sha256)
        return f"person-{digest.hexdigest()[:_DIGITS]}"

    def mask(self, page: Page) -> Page:
        """Return a page whose writers go by pseudonyms, also where a text calls one of them; links to it are dropped.

        A name that nobody on the page goes by is not known for one, and stays. One of less than three letters is a
        word as often as a name, and is replaced after an `@` alone.
        """
        names = {comment.author for comment in page.comments if comment.author}
        names.update(name for comment in page.comments if isinstance(name := comment.extra.get("answers_author"), str))
        if page.article.author:
            names.add(page.article.author)
        called = _NameTree()
        for name in sorted(names):
            called.add(name, self.of(name))
        article = replace(
            page.article,
            title=called.replace_in(page.article.title),
            text=called.replace_in(page.article.text),
            author=self.of(page.article.author) if page.article.author else None,
            url=None,
        )
        comments = tuple(
            replace(
                comment,
                text=called.replace_in(comment.text),
                author=self.of(comment.author) if comment.author else None,
                extra=self._kept(comment),
            )
            for comment in page.comments
        )
        return replace(page, article=article, comments=comments)

    def _kept(self, comment: Comment) -> dict[str, object]:
        kept = {key: value for key, value in comment.extra.items() if key in KEPT}
        if isinstance(answered := kept.get("answers_author"), str):
            kept["answers_author"] = self.of(answered)
        return kept


@dataclass(slots=True)
class _Node:
    """What may follow in a name, and the pseudonym of the name that ends here."""

    next: dict[str, _Node] = field(default_factory=dict)
    pseudonym: str | None = None


class _NameTree:
    """All names at once, word by word: a text is searched in one walk, however many names there are."""

    def __init__(self) -> None:
        self._root = _Node()

    def add(self, name: str, pseudonym: str) -> None:
        pieces = [found[0].casefold() for found in _PIECE.finditer(name)][:_MOST_PIECES]
        if len(name.strip()) < _SHORTEST:
            pieces, pseudonym = ["@", *pieces], f"@{pseudonym}"
        node = self._root
        for piece in pieces:
            node = node.next.setdefault(piece, _Node())
        if node is not self._root and node.pseudonym is None:
            node.pseudonym = pseudonym

    def replace_in(self, text: str) -> str:
        """Put pseudonyms where names stand, of overlapping ones the first and longest."""
        places = [found.span() for found in _PIECE.finditer(text)]
        pieces = [text[start:end].casefold() for start, end in places]
        parts, done, at = [], 0, 0
        while at < len(pieces):
            # Nearly every word begins no name.
            n_pieces, pseudonym = self._find(pieces, at) if pieces[at] in self._root.next else (0, None)
            if pseudonym is not None:
                parts += [text[done : places[at][0]], pseudonym]
                done = places[at + n_pieces - 1][1]
            at += max(1, n_pieces)
        return "".join([*parts, text[done:]])

    def _find(self, pieces: Sequence[str], at: int) -> tuple[int, str | None]:
        """Return how many pieces the longest name that begins at `at` has, and its pseudonym; (0, None) for none."""
        node = self._root
        found: tuple[int, str | None] = 0, None
        for n_pieces, piece in enumerate(pieces[at : at + _MOST_PIECES + 1], start=1):
            if piece not in node.next:
                break
            node = node.next[piece]
            if node.pseudonym is not None:
                found = n_pieces, node.pseudonym
        return found
