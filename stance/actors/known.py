"""The gazetteer: country data of the `countryinfo` package and our own short list, as phrases to look up."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from stance.actors.words import Words, fold, fold_phrase
from stance.records import ActorKind

_ACRONYM_LENGTH: Final = 5
_ENGLISH_FORMS: Final = (
    "Republic",
    "Kingdom",
    "Federation",
    "Confederation",
    "Emirates",
    "State of",
    "Commonwealth of",
)


class Role(Enum):
    """What a phrase is to its actor, which decides how its surroundings are read."""

    NAME = "name"
    ADJECTIVE = "adjective"
    SEAT = "seat"
    LEADER = "leader"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One phrase and the actor it stands for."""

    phrase: str
    actor: str
    kind: ActorKind
    role: Role = Role.NAME
    member_of: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase found: words `first` to `last` inclusive."""

    first: int
    last: int
    known: Known


class Capitals(Enum):
    """What letters a phrase must be written in: "turkey" is a bird, "us" a pronoun."""

    ANY = "any"
    FIRST = "first"
    ALL = "all"


_Way = tuple[tuple[str, ...], Capitals, Known]


class PhraseIndex:
    """Known phrases by their first word; the longest one that fits wins."""

    def __init__(self, phrases: Iterable[Known], *, ordinary: frozenset[str] = frozenset()) -> None:
        found: dict[tuple[str, ...], Known] = {}
        for known in phrases:
            key = tuple(fold_phrase(known.phrase).split())
            if key:
                found[key] = known
        # By the second word too: "the" opens a hundred phrases, and every tenth word of a text is "the".
        self._by_first: dict[str, dict[str, list[_Way]]] = {}
        for key in sorted(found, key=len, reverse=True):
            way = (key, _capitals(found[key].phrase, ordinary=" ".join(key) in ordinary), found[key])
            second = key[1] if len(key) > 1 else ""
            self._by_first.setdefault(key[0], {}).setdefault(second, []).append(way)
        self.phrases: Mapping[tuple[str, ...], Known] = found

    def find(self, words: Words) -> Iterator[Hit]:
        """Yield the phrases in a piece of text, left to right, none overlapping."""
        by_first, past = self._by_first, 0
        for index, key in enumerate(words.keys):
            if key in by_first and index >= past:
                by_second = by_first[key]
                found = _longest(words, index, by_second.get(words.key(index + 1), ())) or _longest(
                    words, index, by_second.get("", ())
                )
                if found is not None:
                    past = found.last + 1
                    yield found


def _capitals(phrase: str, *, ordinary: bool) -> Capitals:
    if not ordinary or not phrase[0].isupper():
        return Capitals.ANY
    return Capitals.ALL if phrase.isupper() and len(phrase) <= _ACRONYM_LENGTH else Capitals.FIRST


def _longest(words: Words, index: int, ways: Sequence[_Way]) -> Hit | None:
    for key, capitals, known in ways:
        last = index + len(key) - 1
        if last > index and (
            tuple(words.keys[index : last + 1]) != key or not all(words.joined(at) for at in range(index, last))
        ):
            continue
        if capitals is Capitals.ANY or _written_in(capitals, words, index, last):
            return Hit(index, last, known)
    return None


def _written_in(capitals: Capitals, words: Words, first: int, last: int) -> bool:
    written = words.surface(first)
    if "." in written:
        return True
    if capitals is Capitals.ALL:
        return written.isupper() and not _shouted(words, first, last)
    return written[:1].isupper()


def _shouted(words: Words, first: int, last: int) -> bool:
    """Whether both neighbours are in capitals too, so that "US" may be a shouted "us"."""
    around = [words.surface(first - 1), words.surface(last + 1)]
    return all(word.isupper() and len(word) > 1 for word in around if word) and any(around)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gazetteer:
    """All that is known beforehand. `demonym_of` gives a state's adjective; word sets are folded."""

    index: PhraseIndex
    demonym_of: Mapping[str, str]
    organs: frozenset[str]
    people: frozenset[str]
    militants: frozenset[str]
    works: frozenset[str]
    titles: Mapping[str, tuple[tuple[str, ...], ...]]
    particles: frozenset[str]
    not_names: frozenset[str]
    common_surnames: frozenset[str]
    ordinary: frozenset[str]
    kind_of: Mapping[str, ActorKind] = field(default_factory=dict)


@cache
def load_gazetteer() -> Gazetteer:
    """Read the gazetteer; the second call is free."""
    own: dict[str, Any] = tomllib.loads(files("stance.actors").joinpath("known.toml").read_text(encoding="utf-8"))
    countries = tuple(_countries(own["countries"]))
    phrases = (*countries, *_states(own["states"]), *_groups(own), *_leaders(own), *_nobody(own["nobody"]["phrases"]))
    demonyms: dict[str, str] = {}
    for known in phrases:
        if known.role is Role.ADJECTIVE:
            demonyms.setdefault(known.actor, known.phrase)
    nouns, words = own["nouns"], own["words"]
    ordinary = frozenset(fold_phrase(word) for word in own["ordinary_words"])
    return Gazetteer(
        index=PhraseIndex(phrases, ordinary=ordinary),
        demonym_of=demonyms,
        organs=_word_set(nouns["organs"]),
        people=_word_set(nouns["people"]),
        militants=_word_set(nouns["militants"]),
        works=_word_set(nouns["works"]),
        titles=_titles(words["titles"]),
        particles=_word_set(words["particles"]),
        not_names=_word_set(words["not_names"]),
        common_surnames=_word_set(words["common_surnames"]),
        ordinary=ordinary,
        kind_of={known.actor: known.kind for known in phrases if known.role is not Role.NOBODY},
    )


def _word_set(listed: str) -> frozenset[str]:
    return frozenset(fold(word) for word in listed.split())


def _titles(listed: str) -> dict[str, tuple[tuple[str, ...], ...]]:
    by_first: dict[str, list[tuple[str, ...]]] = {}
    for title in listed.split("|"):
        key = tuple(fold_phrase(title).split())
        by_first.setdefault(key[0], []).append(key)
    return {first: tuple(sorted(keys, key=len, reverse=True)) for first, keys in by_first.items()}


def _countries(own: Mapping[str, Any]) -> Iterator[Known]:
    """Translate the package's records; its data files are read because its own loader takes four times as long."""
    spec = find_spec("countryinfo")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("countryinfo", name="countryinfo")
    skip, no_seat, rename, no_demonym = set(own["skip"]), set(own["no_seat"]), own["rename"], set(own["no_demonym"])
    for path in sorted((Path(spec.submodule_search_locations[0]) / "data").glob("*.json")):
        country: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if country["name"] in skip:
            continue
        name = rename.get(country["name"], country["name"])
        for spelling in (country["name"], name, *_english(country.get("altSpellings", ()))):
            yield Known(phrase=spelling, actor=name, kind=ActorKind.STATE)
        demonym = "" if name in no_demonym else country.get("demonym") or ""
        for adjective in demonym.replace(" and ", ",").replace("/", ",").split(","):
            yield from _demonyms(adjective.strip(), name)
        capital = country.get("capital")
        if isinstance(capital, str) and capital and capital not in no_seat and capital != name:
            yield Known(phrase=capital, actor=name, kind=ActorKind.STATE, role=Role.SEAT)


def _english(spellings: Iterable[str]) -> Iterator[str]:
    for spelling in spellings:
        if "," not in spelling and any(form in spelling for form in _ENGLISH_FORMS):
            yield spelling


def _demonyms(adjective: str, state: str) -> Iterator[Known]:
    if not adjective or adjective == state:
        return
    yield Known(phrase=adjective, actor=state, kind=ActorKind.STATE, role=Role.ADJECTIVE)
    if adjective.endswith(("n", "i", "er", "k", "ot", "ne")) and not adjective.endswith("men"):
        yield Known(phrase=f"{adjective}s", actor=state, kind=ActorKind.STATE)


def _states(own: Mapping[str, Any]) -> Iterator[Known]:
    for state, ways in own.items():
        for phrase in (state, *ways.get("names", ())):
            yield Known(phrase=phrase, actor=state, kind=ActorKind.STATE)
        for phrase in ways.get("seats", ()):
            yield Known(phrase=phrase, actor=state, kind=ActorKind.STATE, role=Role.SEAT)
        for adjective in ways.get("adjectives", ()):
            yield from _demonyms(adjective, state)


def _groups(own: Mapping[str, Any]) -> Iterator[Known]:
    for kind in (ActorKind.BLOC, ActorKind.ARMED_GROUP, ActorKind.ORGANISATION, ActorKind.POPULATION):
        for actor, phrases in own[kind.value].items():
            for phrase in phrases:
                yield Known(phrase=phrase, actor=actor, kind=kind)


def _leaders(own: Mapping[str, Any]) -> Iterator[Known]:
    for name, (state, *others) in own["leaders"].items():
        for phrase in (name, *others):
            yield Known(phrase=phrase, actor=name, kind=ActorKind.PERSON, role=Role.LEADER, member_of=state or None)


def _nobody(phrases: Iterable[str]) -> Iterator[Known]:
    for phrase in phrases:
        yield Known(phrase=phrase, actor="", kind=ActorKind.UNKNOWN, role=Role.NOBODY)
