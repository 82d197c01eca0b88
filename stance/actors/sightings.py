"""What the gazetteer's phrases mean where they stand: a state, a people of its own, or only a place."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from stance.actors.known import Gazetteer, Hit, Role
from stance.actors.words import Words, fold
from stance.records import ActorKind

# "In Moscow" is a city; "Moscow wants" a government.
_PLACE_BEFORE: Final = frozenset(
    "in near around outside inside from at across visit visited visiting throughout".split()
)
_PLACE_NOUNS: Final = frozenset("city streets suburbs outskirts centre center north south east west heart bank".split())
_SPEAK: Final = frozenset("speak speaks speaking spoke spoken learn learns learning learned fluent".split())
# Words that end a noun phrase, so that "Russian aid for refugees" is not about Russian refugees.
_PHRASE_ENDS: Final = frozenset(
    """and or of the a an is are was were be been to for with by in on at as has have had that which who from did does
    do will would can could should not it they we you he she but if than then so its their his her""".split()
)
_PARTICIPLES: Final = frozenset(
    "armed backed led trained funded supported occupied displaced skilled educated paid born".split()
)
_RULED: Final = frozenset("regime army forces military troops".split())
_MOST_BETWEEN: Final = 2
_LONGEST_ACRONYM: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """An actor seen at `start`, `end` of a text; `name` will be its id."""

    start: int
    end: int
    name: str
    kind: ActorKind
    member_of: str | None = None
    addressed: bool = False


class Regions:
    """Spans of a text, asked many times whether they hold a place."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        merged: list[tuple[int, int]] = []
        for start, end in sorted(spans):
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        self.spans = tuple(merged)
        self._starts = [start for start, _ in merged]

    def holds(self, place: int) -> bool:
        """Whether a place lies inside one of the spans."""
        at = bisect_right(self._starts, place) - 1
        return at >= 0 and place < self.spans[at][1]


def keep_longest(sightings: Iterable[Sighting]) -> list[Sighting]:
    """Drop what overlaps a longer sighting; of two equals the one given first stays."""
    ordered = sorted(sightings, key=lambda seen: (seen.start, -seen.end))
    kept: list[Sighting] = []
    run: list[Sighting] = []
    reach = -1
    for seen in ordered:
        if seen.start >= reach:
            kept += _longest_of(run)
            run = []
        run.append(seen)
        reach = max(reach, seen.end)
    return [*kept, *_longest_of(run)]


def _longest_of(run: list[Sighting]) -> list[Sighting]:
    if len(run) < 2:
        return run
    kept: list[Sighting] = []
    for seen in sorted(run, key=lambda seen: seen.start - seen.end):
        if all(seen.end <= other.start or other.end <= seen.start for other in kept):
            kept.append(seen)
    return sorted(kept, key=lambda seen: seen.start)


def read_hits(words: Words, hits: Sequence[Hit], gazetteer: Gazetteer) -> Iterator[Sighting]:
    """Yield what the phrases found in one piece of text stand for; leaders are left to the room's reading of people."""
    taken = {index for hit in hits for index in range(hit.first, hit.last + 1)}
    past = 0
    for hit in hits:
        if hit.first < past:
            continue
        past = _organs_end(words, hit, gazetteer)
        if hit.known.role is Role.NOBODY or hit.known.role is Role.LEADER:
            if hit.known.role is Role.LEADER and words.key(hit.last + 1) in _RULED and hit.known.member_of:
                yield _rule(words, hit.last + 1, hit.known.member_of, gazetteer)
            continue
        if _is_elsewhere(words, hit, taken, gazetteer):
            continue
        yield _group(words, hit, gazetteer) or _sighting(words, hit)


def _sighting(words: Words, hit: Hit) -> Sighting:
    known = hit.known
    return Sighting(
        start=words.starts[hit.first],
        end=words.ends[hit.last],
        name=known.actor,
        kind=known.kind,
        member_of=known.member_of,
    )


def _organs_end(words: Words, hit: Hit, gazetteer: Gazetteer) -> int:
    """Return the word after a state's organs, so that "Russian military police" is not "the police" as well."""
    after = hit.last + 1
    if hit.known.kind is ActorKind.STATE and hit.known.role in {Role.ADJECTIVE, Role.NAME}:
        while words.joined(after - 1) and words.key(after) in gazetteer.organs and words.surface(after).islower():
            after += 1
    return after


def _rule(words: Words, noun: int, state: str, gazetteer: Gazetteer) -> Sighting:
    """Read the noun of "the NAME regime" as the leader's state; the name itself stays the leader."""
    kind = gazetteer.kind_of.get(state, ActorKind.STATE)
    return Sighting(start=words.starts[noun], end=words.ends[noun], name=state, kind=kind)


def read_listed(words: Words, hits: Sequence[Hit], gazetteer: Gazetteer) -> Iterator[Sighting]:
    """Yield unknown acronyms that stand in a list of known actors: "Turkey, Jordan, XYZ"."""
    actors = {
        hit.last
        for hit in hits
        if hit.known.kind in {ActorKind.STATE, ActorKind.BLOC, ActorKind.ARMED_GROUP, ActorKind.ORGANISATION}
    }
    for last in sorted(actors):
        index = last + 1 if words.gap(last) in {", ", " / ", "/"} else last + 2 if _and(words, last) else None
        written = words.surface(index) if index is not None else ""
        if index is None or not _is_acronym(written) or fold(written) in gazetteer.not_names | gazetteer.ordinary:
            continue
        if not _shouts(words.surface(last)):
            yield Sighting(start=words.starts[index], end=words.ends[index], name=written, kind=ActorKind.UNKNOWN)


def _and(words: Words, last: int) -> bool:
    return words.key(last + 1) in {"and", "or"} and words.spaced(last) and words.spaced(last + 1)


def _is_acronym(written: str) -> bool:
    return 2 < len(written) <= _LONGEST_ACRONYM and written.isalpha() and written.isupper()


def _shouts(written: str) -> bool:
    return written.isupper() and len(written) > _LONGEST_ACRONYM - 1


def _is_elsewhere(words: Words, hit: Hit, taken: set[int], gazetteer: Gazetteer) -> bool:
    """Whether the phrase is here a place, a person, a language or a dish, and no actor."""
    role, before = hit.known.role, words.key(hit.first - 1)
    if role is Role.ADJECTIVE:
        after = words.key(hit.last + 1)
        alone = not words.joined(hit.last)
        return (
            (words.spaced(hit.last) and after in gazetteer.works)
            or before in _SPEAK
            or (alone and before in {"in", "into"} and hit.first == hit.last)
        )
    if role is Role.SEAT:
        if before in _PLACE_BEFORE or (before == "of" and words.key(hit.first - 2) in _PLACE_NOUNS):
            return True
        return beside_a_name(words, hit.first, hit.last, taken, gazetteer)
    written = words.surface(hit.first)
    if hit.first == hit.last and hit.known.kind is ActorKind.STATE and not written.isupper():
        return words.keys[hit.first] in gazetteer.ordinary and beside_a_name(
            words, hit.first, hit.last, taken, gazetteer
        )
    return False


def beside_a_name(words: Words, first: int, last: int, taken: set[int], gazetteer: Gazetteer) -> bool:
    """Whether an unknown capitalised word stands right before or after, as in "Michael Jordan" or "Paris Hilton"."""
    # A capital at a sentence's start says nothing, but for "Michael Jordan": a name that people bear too.
    borne = words.key(first) in gazetteer.common_surnames
    before = words.spaced(first - 1) and (borne or not words.starts_sentence(first - 1))
    return (before and is_name_word(words, first - 1, taken, gazetteer)) or (
        words.spaced(last) and is_name_word(words, last + 1, taken, gazetteer)
    )


def is_name_word(words: Words, index: int, taken: set[int], gazetteer: Gazetteer) -> bool:
    """Whether a word looks like part of a name that the gazetteer does not hold."""
    written, key = words.surface(index), words.key(index)
    return (
        written[:1].isupper()
        and not written.isupper()
        and index not in taken
        and key not in gazetteer.not_names
        and key not in gazetteer.organs
        and key not in gazetteer.titles
        and key not in gazetteer.people
        and len(written) > 1
    )


def _group(words: Words, hit: Hit, gazetteer: Gazetteer) -> Sighting | None:
    """Read "Russian land squatters" as a population of its own, "Syrian rebels" as the group and no state."""
    known = hit.known
    if known.role is not Role.ADJECTIVE and not (known.kind is ActorKind.STATE and words.surface(hit.first).isupper()):
        return None
    noun = _head_noun(words, hit.last, gazetteer)
    if noun is None or words.key(noun) in gazetteer.organs:
        return None
    start, end, key = words.starts[hit.first], words.ends[noun], words.key(noun)
    if key in gazetteer.militants:
        group = gazetteer.index.phrases.get((key,))
        name = group.actor if group else key
        return Sighting(start=start, end=end, name=name, kind=ActorKind.ARMED_GROUP)
    adjective = gazetteer.demonym_of.get(known.actor, known.phrase)
    return Sighting(
        start=start,
        end=end,
        name=f"{adjective} {_plural(key)}",
        kind=ActorKind.POPULATION,
        member_of=known.actor,
    )


def _head_noun(words: Words, last: int, gazetteer: Gazetteer) -> int | None:
    for index in range(last + 1, last + 2 + _MOST_BETWEEN):
        key = words.key(index)
        if not words.joined(index - 1) or key in _PHRASE_ENDS:
            return None
        if key in gazetteer.organs or key in gazetteer.people or key in gazetteer.militants:
            return index
        plural = key.endswith("s") and not key.endswith("ss")
        if plural or (key.endswith("ed") and key not in _PARTICIPLES):
            return None
    return None


def _plural(noun: str) -> str:
    if noun.endswith("s") or noun in {"children", "women", "men", "mafia", "opposition", "diaspora"}:
        return noun
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
