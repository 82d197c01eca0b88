"""What a person's cast makes of the sightings: renamed, merged, dropped, and new names found as they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from stance.actors.cast import Cast
from stance.actors.known import Known, PhraseIndex
from stance.actors.sightings import Sighting, keep_longest
from stance.actors.words import fold_phrase, split_words
from stance.records import Actor, ActorKind

_ACRONYM_LENGTH: Final = 5
_PLAIN: Final = re.compile(r"[\w\s.'’‐‑-]+")
_SPOKEN_TO: Final = frozenset({ActorKind.AUTHOR, ActorKind.COMMENTER})


class Casting:
    """One cast on one thread."""

    def __init__(self, cast: Cast, texts: Mapping[str, str], seen: Mapping[str, Sequence[Sighting]]) -> None:
        self._texts, self._seen = texts, seen
        self._by_alias: dict[str, Actor] = {}
        self._aliases_of: dict[str, frozenset[str]] = {}
        self._by_name = {_key(actor.name): actor for actor in cast.actors}
        self._ignored = frozenset(_key(word) for word in cast.ignore)
        for actor in cast.actors:
            keys = frozenset(_key(alias) for alias in (actor.name, *actor.aliases))
            self._aliases_of[actor.id] = keys
            for key in keys:
                self._by_alias.setdefault(key, actor)
        self._by_alias.update(self._by_name)
        known = {
            _key(self._surface(key, one)) for key, all_seen in seen.items() for one in all_seen if not one.addressed
        }
        known |= {_key(one.name) for all_seen in seen.values() for one in all_seen}
        self._index, self._patterns = _literals(cast, known | self._ignored)

    def recast(self, comment_id: str) -> list[Sighting]:
        """Return a comment's sightings as the cast has them."""
        spoken: list[Sighting] = []
        named: list[Sighting] = []
        for sighting in self._seen[comment_id]:
            actor = self._actor(comment_id, sighting)
            if actor is not None:
                found = replace(sighting, name=actor.id, kind=actor.kind, member_of=actor.member_of)
                (spoken if sighting.addressed else named).append(found)
        # Added names come first: of two of equal length the person's own wins.
        return [*keep_longest([*self._added(self._texts[comment_id]), *named]), *spoken]

    def _surface(self, comment_id: str, sighting: Sighting) -> str:
        return self._texts[comment_id][sighting.start : sighting.end]

    def _actor(self, comment_id: str, sighting: Sighting) -> Actor | None:
        if sighting.addressed:
            key = _key(sighting.name)
            return None if key in self._ignored else self._by_alias.get(key)
        key = _key(self._surface(comment_id, sighting))
        if key in self._ignored or _key(sighting.name) in self._ignored:
            return None
        own = self._by_name.get(_key(sighting.name))
        return own if own is not None and key in self._aliases_of[own.id] else self._by_alias.get(key)

    def _added(self, text: str) -> Iterator[Sighting]:
        if self._index.phrases:
            for words in split_words(text):
                for hit in self._index.find(words):
                    yield _found(words.starts[hit.first], words.ends[hit.last], self._by_name[_key(hit.known.actor)])
        for pattern, actor in self._patterns:
            for match in pattern.finditer(text):
                yield _found(match.start(), match.end(), actor)


def _found(start: int, end: int, actor: Actor) -> Sighting:
    return Sighting(start=start, end=end, name=actor.id, kind=actor.kind, member_of=actor.member_of)


def _key(name: str) -> str:
    """Return what names are compared by; a name with signs in it, such as "C++", by all its signs."""
    return fold_phrase(name) if _PLAIN.fullmatch(name) else " ".join(name.casefold().split())


def _literals(cast: Cast, known: set[str]) -> tuple[PhraseIndex, list[tuple[re.Pattern[str], Actor]]]:
    """Split the names that nothing finds yet into phrases to index and patterns with signs in them."""
    phrases: list[Known] = []
    patterns: list[tuple[re.Pattern[str], Actor]] = []
    for actor in cast.actors:
        if actor.kind in _SPOKEN_TO:
            continue
        for alias in (actor.name, *actor.aliases):
            if not alias.strip() or _key(alias) in known:
                continue
            if _PLAIN.fullmatch(alias):
                phrases.append(Known(phrase=alias, actor=actor.name, kind=actor.kind))
            else:
                patterns.append((re.compile(rf"(?<!\w){re.escape(alias)}(?!\w)", re.IGNORECASE), actor))
    ordinary = frozenset(_key(known.phrase) for known in phrases if _is_acronym(known.phrase))
    return PhraseIndex(phrases, ordinary=ordinary), patterns


def _is_acronym(phrase: str) -> bool:
    return phrase.isupper() and len(phrase) <= _ACRONYM_LENGTH
