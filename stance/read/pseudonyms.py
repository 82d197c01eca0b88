"""People's names replaced at the door by a keyed hash: the same person stays the same, and nobody is named."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import replace
from typing import Final

from stance.records import Comment, Page

KEPT: Final = frozenset({"deleted", "answers_author"})
"""What of a comment's extras is no way to find its writer."""
_DIGITS: Final = 10
_SHORTEST: Final = 3


class Pseudonyms:
    """Names people by HMAC-SHA256 of their names: without the key nobody can tell or test who is meant."""

    def __init__(self, key: bytes) -> None:
        if not key:
            raise ValueError("the key must not be empty")
        self._key = key

    def of(self, name: str) -> str:
        """Return the pseudonym of a name, case being no matter: `person-` and ten hexadecimal digits."""
        digest = hmac.new(self._key, name.casefold().strip().encode("utf-8", "surrogatepass"), hashlib.sha256)
        return f"person-{digest.hexdigest()[:_DIGITS]}"

    def mask(self, page: Page) -> Page:
        """Return a page whose writers go by pseudonyms, also where a text calls one of them; links to it are dropped.

        A name that nobody on the page goes by is not known for one, and stays.
        """
        names = {comment.author for comment in page.comments if comment.author}
        if page.article.author:
            names.add(page.article.author)
        called = sorted((name for name in names if len(name) >= _SHORTEST), key=len, reverse=True)
        pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, called))})(?!\w)", re.IGNORECASE) if called else None

        def hide(text: str) -> str:
            return pattern.sub(lambda found: self.of(found[0]), text) if pattern else text

        article = replace(
            page.article,
            title=hide(page.article.title),
            text=hide(page.article.text),
            author=self.of(page.article.author) if page.article.author else None,
            url=None,
        )
        comments = tuple(
            replace(
                comment,
                text=hide(comment.text),
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
