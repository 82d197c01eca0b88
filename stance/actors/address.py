"""Who a comment speaks to: "you", "your article", "@name", "Agree:", and the comments it quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from stance.actors.sightings import Regions, Sighting
from stance.actors.words import fold_phrase
from stance.records import ARTICLE, ActorKind, Article, Comment, Reply, Thread

AUTHOR: Final = "article author"
ADDRESSED: Final = "you"
"""The name under which a judge is taught and asked a comment's stance toward whoever it speaks to."""

_WORK: Final = (
    "article|piece|analysis|reporting|report|essay|column|editorial|blog post|blog|story|op-ed|write-?up|reportage"
)
# Whoever the comment answers, "your article" is the author's.
_AUTHOR: Final = re.compile(
    rf"\b(?:your(?:\s+[\w-]+){{0,2}}?\s+(?:{_WORK})|(?:this|the)\s+(?:article(?:’s|'s)?\s+)?author|th(?:is|e)\s+(?:article|op-ed)"
    rf"|(?:great|good|nice|excellent|brilliant|poor|terrible|bad|interesting)\s+(?:{_WORK})|this\s+(?:{_WORK}))\b",
    re.IGNORECASE,
)
_POSTER: Final = re.compile(r"\bOP\b")
_YOU: Final = re.compile(r"\b(?:you|your|yours|yourself|yourselves|you'?re|ur)\b", re.IGNORECASE)
# "You can build", "your average voter": anybody.
_ANYBODY_AFTER: Final = re.compile(
    r"\s+(?:can(?:not|'t|’t)?|could|might|have\s+to|need\s+to|must|get\s+(?:a|the|what)|never\s+know|see|know"
    r"|average|typical|everyday|standard|run\s+of)\b",
    re.IGNORECASE,
)
_ANYBODY_BEFORE: Final = re.compile(
    r"\b(?:thank|if|when|whenever|unless|once|lets?|makes?|gives?|tells?)\s+$", re.IGNORECASE
)
_OPENING: Final = re.compile(
    r"[\W_]{0,8}(?:(?:yes|no|well|oh|sorry|but)\b[\s,.…-]{1,4})?"
    r"(?P<opening>(?:i\s+)?(?:totally\s+|fully\s+|completely\s+|strongly\s+|also\s+)?(?:dis)?agreed?\b|(?:absolutely|exactly|precisely|"
    r"nonsense|rubbish|bullshit|wrong|false|untrue|not\s+true|well\s+said|good\s+(?:point|question)|fair\s+point|great\s+comment"
    r"|spot\s+on|thanks|thank\s+you)\b(?=\s*(?:[,.:;!…\n-]|$))|that(?:’s|'s|\s+is)\s+(?:\w+\s+)?(?:(?:not\s+)?(?:true|right|correct|false)|wrong"
    r"|nonsense|rubbish|bullshit|ridiculous)\b)",
    re.IGNORECASE,
)
_HANDLE: Final = re.compile(r"@([\w.-]{2,60})")
_VOCATIVE: Final = re.compile(
    r"(?:\A|[,.!?]\s|\n)\s{0,4}(?:(?:hi|hey|hello|dear|thanks|sorry|yes|no)\b,?\s)?([^\n,.:!?]{3,60})(?=[,:!?])",
    re.IGNORECASE,
)
_BEFORE_LENGTH: Final = 12
_SHORTEST_NAME: Final = 3
_NAMELESS: Final = frozenset("anonymous guest anon unknown user admin deleted author moderator editor".split())


def commenter_id(comment: Comment) -> str:
    """Return the actor id of a comment's writer."""
    return f"commenter {comment.number}"


class Company:
    """Everybody in the thread who can be spoken to."""

    def __init__(self, thread: Thread) -> None:
        article = thread.article
        self._has_article = bool(article.title or article.text or article.author)
        self.author_names, self._author_handles = _author_names(article)
        self._of_id = {comment.id: comment for comment in thread.comments}
        self._place = {comment.id: place for place, comment in enumerate(thread.comments)}
        self._by_name: dict[str, list[Comment]] = {}
        for comment in thread.comments:
            key = fold_phrase(comment.author or "")
            if key and key not in _NAMELESS:
                self._by_name.setdefault(key, []).append(comment)

    def answered(self, reply: Reply | None) -> tuple[str, ActorKind] | None:
        """Return whom "you" means in a comment."""
        if reply is None:
            return None
        if reply.parent_id == ARTICLE:
            return (AUTHOR, ActorKind.AUTHOR) if self._has_article else None
        parent = self._of_id.get(reply.parent_id)
        return None if parent is None else (commenter_id(parent), ActorKind.COMMENTER)

    def addressed(self, comment: Comment, reply: Reply | None, outside: Regions) -> Iterator[Sighting]:
        """Yield whom a comment speaks to.

        Args:
            outside: The comment's quotations, where nobody is addressed by its writer.
        """
        author_spans: list[tuple[int, int]] = []
        if self._has_article:
            for found in (*_AUTHOR.finditer(comment.text), *_POSTER.finditer(comment.text)):
                author_spans.append(found.span())
                yield _address(*found.span(), AUTHOR, ActorKind.AUTHOR)
        answered = self.answered(reply)
        if answered is not None:
            for start, end in _direct(comment.text, Regions((*outside.spans, *author_spans))):
                yield _address(start, end, *answered)
        yield from self._quoted(comment, reply)
        for sighting in (*self._named(comment, reply), *self._vocatives(comment, reply)):
            if not outside.holds(sighting.start):
                yield sighting

    def _quoted(self, comment: Comment, reply: Reply | None) -> Iterator[Sighting]:
        for quote in reply.quotes if reply is not None else ():
            source = self._of_id.get(quote.source_id or "")
            if source is not None and source.id != comment.id:
                yield _address(quote.start, quote.end, commenter_id(source), ActorKind.COMMENTER)

    def _named(self, comment: Comment, reply: Reply | None) -> Iterator[Sighting]:
        for found in _HANDLE.finditer(comment.text):
            handle = fold_phrase(found.group(1))
            if handle in self._author_handles:
                yield _address(*found.span(), AUTHOR, ActorKind.AUTHOR)
                continue
            meant = self._commenter(handle, comment, reply)
            if meant is not None:
                yield _address(*found.span(), commenter_id(meant), ActorKind.COMMENTER)

    def _commenter(self, key: str, comment: Comment, reply: Reply | None) -> Comment | None:
        """Return the comment by that name which is answered, else the last one before, else the first after."""
        written = [other for other in self._by_name.get(key, ()) if other.id != comment.id]
        if not written:
            return None
        for other in written:
            if reply is not None and other.id == reply.parent_id:
                return other
        here = self._place[comment.id]
        before = [other for other in written if self._place[other.id] < here]
        return before[-1] if before else written[0]

    def _vocatives(self, comment: Comment, reply: Reply | None) -> Iterator[Sighting]:
        """Yield commenters spoken to by name: at the comment's start, or between commas."""
        for found in _VOCATIVE.finditer(comment.text):
            key = fold_phrase(found.group(1))
            if len(key) >= _SHORTEST_NAME and key in self._by_name:
                meant = self._commenter(key, comment, reply)
                if meant is not None:
                    yield _address(*found.span(1), commenter_id(meant), ActorKind.COMMENTER)

    def display_names(self) -> Mapping[str, tuple[str, ...]]:
        """Return the actors' real names by their ids."""
        names = {
            commenter_id(comment): (comment.author,) for comment in self._of_id.values() if comment.author is not None
        }
        return {**names, AUTHOR: self.author_names}


def _direct(text: str, outside: Regions) -> Iterator[tuple[int, int]]:
    opening = _OPENING.match(text)
    if opening is not None and not outside.holds(opening.start("opening")):
        yield opening.span("opening")
    for found in _YOU.finditer(text):
        before = text[max(found.start() - _BEFORE_LENGTH, 0) : found.start()]
        if _ANYBODY_AFTER.match(text, found.end()) or _ANYBODY_BEFORE.search(before) or outside.holds(found.start()):
            continue
        yield found.span()


def _address(start: int, end: int, name: str, kind: ActorKind) -> Sighting:
    return Sighting(start=start, end=end, name=name, kind=kind, addressed=True)


def _author_names(article: Article) -> tuple[tuple[str, ...], frozenset[str]]:
    """Split "Jo A. Doe: @jodoe" into a name and a handle."""
    byline = article.author or ""
    handles = frozenset(fold_phrase(handle) for handle in _HANDLE.findall(byline))
    name = _HANDLE.sub("", byline).strip(" :,;()-–|")
    return ((name,) if name else ()), handles
