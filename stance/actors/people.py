"""Named people and organisations: the tagger's spans and titled names, with one actor for all forms of a name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from stance.actors.known import Gazetteer, Hit, Role
from stance.actors.sightings import Sighting, is_name_word
from stance.actors.words import Words, fold, fold_phrase
from stance.records import ActorKind, NameSpan

# Titles that are also plain words: only "Miss Jones" with its capital, never "I miss Jones".
_CAPITAL_TITLES: Final = frozenset(
    """miss lord lady dame sir father rep sen gen col gov pm capt lt sgt justice rev officer speaker deputy cardinal
    dr""".split()
)
_LONGEST_NAME: Final = 4
_LONGEST_ABBREVIATION: Final = 4
_SHORTEST_SURNAME: Final = 3
_MARKS: Final = " \t\n\"'“”‘’.,;:!?…()[]@#"
_ENDS: Final = frozenset(',;:!?…)]"”')
_SMALL: Final = frozenset({"of", "the", "for", "&"})
"""Besides the particles of persons' names, the small words inside names of organisations."""
_WORD: Final = re.compile(r"\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """One place that names a person: `form` is the name without titles, `leader` who it is where that is known."""

    start: int
    end: int
    form: str
    leader: str | None = None
    member_of: str | None = None


def read_people(words: Words, hits: Sequence[Hit], gazetteer: Gazetteer) -> Iterator[Naming]:
    """Yield known leaders and titled names in one piece of text."""
    ends = {hit.last: hit for hit in hits}
    starts = {hit.first: hit for hit in hits}
    taken = {index for hit in hits for index in range(hit.first, hit.last + 1)}
    past = 0
    for index, key in enumerate(words.keys):
        if index < past:
            continue
        last_of_title = _title(words, index, gazetteer) if key in gazetteer.titles else None
        if last_of_title is not None:
            naming, past = _titled(words, index, last_of_title, starts, taken, gazetteer)
            if naming is not None:
                yield _with_state(naming, words, index, ends)
                continue
            past = 0
        hit = starts.get(index)
        if hit is not None and hit.known.role is Role.LEADER:
            yield _leader(words, hit, taken, gazetteer)


def _title(words: Words, index: int, gazetteer: Gazetteer) -> int | None:
    """Return the last word of the title that starts at `index`."""
    for title in gazetteer.titles[words.keys[index]]:
        last = index + len(title) - 1
        if tuple(words.keys[index : last + 1]) == title and all(words.joined(at) for at in range(index, last)):
            if title[0] in _CAPITAL_TITLES and not words.surface(index)[:1].isupper():
                return None
            return _office(words, last)
    return None


def _office(words: Words, last: int) -> int:
    """Take in "of Defense" in "Secretary of Defense NAME"."""
    if words.key(last + 1) == "of" and words.surface(last + 2)[:1].isupper() and words.spaced(last):
        return last + 2
    return last


def _titled(
    words: Words, first: int, title_last: int, starts: Mapping[int, Hit], taken: set[int], gazetteer: Gazetteer
) -> tuple[Naming | None, int]:
    begin = title_last + 1
    abbreviated = len(words.key(title_last)) <= _LONGEST_ABBREVIATION and words.gap(title_last) == ". "
    if not words.joined(title_last) and not abbreviated:
        return None, 0
    hit = starts.get(begin)
    if hit is not None and hit.known.role is Role.LEADER:
        known = hit.known
        naming = Naming(
            start=words.starts[first],
            end=words.ends[hit.last],
            form=known.actor,
            leader=known.actor,
            member_of=known.member_of,
        )
        return naming, hit.last + 1
    last = _name_end(words, begin, taken, gazetteer)
    if last is None:
        return None, 0
    form = words.text[words.starts[begin] : words.ends[last]]
    return Naming(start=words.starts[first], end=words.ends[last], form=form), last + 1


def _name_end(words: Words, begin: int, taken: set[int], gazetteer: Gazetteer) -> int | None:
    last: int | None = None
    for index in range(begin, min(begin + _LONGEST_NAME, len(words))):
        if index > begin and not words.joined(index - 1):
            break
        if is_name_word(words, index, taken, gazetteer) or (index > begin and _initial(words, index)):
            last = index
        elif words.key(index) not in gazetteer.particles:
            break
    return last


def _initial(words: Words, index: int) -> bool:
    written = words.surface(index).rstrip(".")
    return len(written) == 1 and written.isupper() and written not in {"I", "A"}


def _with_state(naming: Naming, words: Words, first: int, ends: Mapping[int, Hit]) -> Naming:
    """Read the state out of "the Turkish president NAME" or "Syria's President NAME"."""
    before = first - 2 if words.key(first - 1) == "s" else first - 1
    hit = ends.get(before)
    if naming.member_of is not None or hit is None or hit.known.kind not in {ActorKind.STATE, ActorKind.BLOC}:
        return naming
    if not words.joined(before):
        return naming
    return Naming(start=naming.start, end=naming.end, form=naming.form, leader=naming.leader, member_of=hit.known.actor)


def _leader(words: Words, hit: Hit, taken: set[int], gazetteer: Gazetteer) -> Naming:
    """Read a leader's surname, unless another first name stands before it: "Melania Trump" is somebody else."""
    known, before = hit.known, hit.first - 1
    alone = hit.first == hit.last
    if (
        alone
        and words.spaced(before)
        and not words.starts_sentence(before)
        and is_name_word(words, before, taken, gazetteer)
    ):
        start = words.starts[before]
        form = words.text[start : words.ends[hit.last]]
        first_name = fold_phrase(known.actor).split()[0]
        if words.key(before) != first_name:
            return Naming(start=start, end=words.ends[hit.last], form=form)
    return Naming(
        start=words.starts[hit.first],
        end=words.ends[hit.last],
        form=known.actor,
        leader=known.actor,
        member_of=known.member_of,
    )


def read_spans(text: str, spans: Iterable[NameSpan], gazetteer: Gazetteer) -> Iterator[tuple[NameSpan, str]]:
    """Yield the tagger's names worth keeping, where each stands and what it is without marks around it.

    A tagger marks more than a name now and then, a whole line at worst, so a span is cut where a sentence ends, at a
    comma and at words that no name has; titles and demonyms before a name are cut off.
    """
    for span in spans:
        if not 0 <= span.start < span.end <= len(text):
            continue
        for words in _runs(text, span, gazetteer):
            words = _without_titles(words, gazetteer)
            written = text[words[0].start() : words[-1].end()]
            name = written.strip(_MARKS)
            parts = name.split()
            start = words[0].start() + written.find(name)
            if parts and _is_name(parts, gazetteer):
                yield replace(span, start=start, end=start + len(name)), " ".join(parts)


def _runs(text: str, span: NameSpan, gazetteer: Gazetteer) -> Iterator[list[re.Match[str]]]:
    """Yield words of a span that may be one name: in capitals or beginning with one, small ones only between."""
    run: list[re.Match[str]] = []
    between: list[re.Match[str]] = []
    for word in _WORD.finditer(text, span.start, span.end):
        written = word.group().strip(_MARKS)
        if written[:1].isupper() or (run and written[:1].isdigit()):
            run += [*between, word]
            between = []
            if not _ends(word.group()):
                continue
        elif run and written.lower() in gazetteer.particles | _SMALL and not _ends(word.group()):
            between.append(word)
            continue
        if run:
            yield run
        run, between = [], []
    if run:
        yield run


def _ends(word: str) -> bool:
    """Whether no name goes on after a word: a mark follows it that is no initial's or abbreviation's stop."""
    return word[-1] in _ENDS or (word[-1] == "." and len(word) > _LONGEST_ABBREVIATION)


def _without_titles(words: list[re.Match[str]], gazetteer: Gazetteer) -> list[re.Match[str]]:
    while len(words) > 1 and _is_before_names(words[0].group(), gazetteer):
        # "Minister of Transport NAME" holds an office as well.
        words = words[3:] if len(words) > 3 and words[1].group() == "of" else words[1:]
    return words


def _is_before_names(word: str, gazetteer: Gazetteer) -> bool:
    key = fold(word.strip(".,"))
    known = gazetteer.index.phrases.get((key,))
    return key in gazetteer.titles or key in _SMALL or (known is not None and known.role is Role.ADJECTIVE)


def _is_name(parts: Sequence[str], gazetteer: Gazetteer) -> bool:
    keys = [fold(part) for part in parts]
    proper = [
        part for part, key in zip(parts, keys, strict=True) if part[:1].isupper() and key not in gazetteer.not_names
    ]
    return bool(proper) and any(len(key) > 1 for key in keys) and any(mark.isalpha() for mark in "".join(parts))


class Namesakes:
    """Which person each form of a name is: a bare surname is the full name's, and the longest form names both."""

    def __init__(self, namings: Sequence[Naming]) -> None:
        """Settle all forms at once.

        Args:
            namings: In the order of the text, the article's first.
        """
        counts: Counter[tuple[str, ...]] = Counter()
        written: dict[tuple[str, ...], str] = {}
        self._leaders: dict[tuple[str, ...], str] = {}
        self._state: dict[str, str] = {}
        for naming in namings:
            key = tuple(fold_phrase(naming.form).split())
            counts[key] += 1
            written.setdefault(key, naming.leader or " ".join(naming.form.split()))
            if naming.leader is not None:
                self._leaders[key] = naming.leader
        full = [key for key in counts if len(key) > 1]
        self._full: dict[tuple[str, str], tuple[str, ...]] = {}
        for key in sorted(full, key=lambda key: (key not in self._leaders, -len(key), -counts[key])):
            self._full.setdefault((key[0], key[-1]), key)
        self._by_surname: dict[str, tuple[str, ...]] = {}
        for key in sorted(self._full.values(), key=lambda key: (-counts[key], -len(key))):
            self._by_surname.setdefault(key[-1], key)
        self._written = written
        for naming in namings:
            if naming.member_of is not None:
                self._state.setdefault(self.name(naming), naming.member_of)

    def name(self, naming: Naming) -> str:
        """Return the actor's name for one naming."""
        return naming.leader or self.of_form(naming.form)

    def of_form(self, form: str) -> str:
        """Return the actor's name for a form."""
        key = tuple(fold_phrase(form).split())
        if not key:
            return form
        owner = self._by_surname.get(key[0], key) if len(key) == 1 else self._full.get((key[0], key[-1]), key)
        return self._leaders.get(owner) or self._written.get(owner) or " ".join(form.split())

    def sighting(self, naming: Naming) -> Sighting:
        """Return what one naming shows."""
        name = self.name(naming)
        return Sighting(
            start=naming.start, end=naming.end, name=name, kind=ActorKind.PERSON, member_of=self._state.get(name)
        )

    def surnames(self, gazetteer: Gazetteer) -> Mapping[str, str]:
        """Return who a bare capitalised surname means, words of plain English left out."""
        means: dict[str, str] = {}
        for key in self._written:
            surname = key[-1] if key else ""
            if len(surname) >= _SHORTEST_SURNAME and surname not in gazetteer.common_surnames:
                means[surname] = self.of_form(surname)
        return means
