"""Threads to actors and mentions: everything the room knows, put together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from stance.actors.address import AUTHOR, Company
from stance.actors.cast import Cast
from stance.actors.casting import Casting
from stance.actors.known import Gazetteer, Known, PhraseIndex, load_gazetteer
from stance.actors.people import Namesakes, Naming, read_people, read_spans
from stance.actors.sightings import Regions, Sighting, keep_longest, read_hits, read_listed
from stance.actors.words import Words, fold, fold_phrase, split_words
from stance.records import ARTICLE, Actor, ActorKind, Comment, Mention, NameSpan, Reply, Thread

_SHORTEST_SURNAME: Final = 3
_SURE_ALONE: Final = 0.8
"""On BTC's and WNUT-17's development texts 84 % of the single words at a sentence's beginning are names from here on,
and 40 % of those below."""
_LOOK_BACK: Final = 12
"""Marks that may stand between two sentences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """Who the thread speaks of, and where: actors by number of mentions, mentions by comment and place."""

    actors: tuple[Actor, ...]
    mentions: tuple[Mention, ...]


@dataclass(slots=True, kw_only=True)
class _Reading:
    """What one text shows before the whole thread has settled who is who."""

    sightings: list[Sighting] = field(default_factory=list)
    namings: list[Naming] = field(default_factory=list)


def find_actors(
    thread: Thread, replies: Sequence[Reply], *, names: Mapping[str, tuple[NameSpan, ...]], cast: Cast | None = None
) -> Roster:
    """Find everybody whom the comments hold responsible for something, or speak to.

    Words in quotations give mentions with `quoted` set. Where a comment quotes another, the quotation itself is a
    mention of that commenter, with `addressed` set.

    Args:
        names: The token tagger's spans by comment id, and `ARTICLE` for its title, a line break and its text.
        cast: Where given, these actors and no others are looked for.
    """
    gazetteer, company = load_gazetteer(), Company(thread)
    byline = _byline_index(company, gazetteer)
    texts = {ARTICLE: f"{thread.article.title}\n{thread.article.text}".strip()}
    texts.update((comment.id, comment.text) for comment in thread.comments)
    readings = {
        key: _read(text, names.get(key, ()), byline if key != ARTICLE else None, gazetteer)
        for key, text in texts.items()
    }
    namesakes = Namesakes([naming for reading in readings.values() for naming in reading.namings])
    surnames = namesakes.surnames(gazetteer)
    reply_of = {reply.comment_id: reply for reply in replies}
    seen: dict[str, list[Sighting]] = {}
    for comment in thread.comments:
        reading = readings[comment.id]
        people = [namesakes.sighting(naming) for naming in reading.namings]
        people += _surnamed(comment.text, surnames, namesakes) if surnames else []
        named = keep_longest([*reading.sightings, *people])
        seen[comment.id] = [*named, *company.addressed(comment, reply_of.get(comment.id), _quotes(reply_of, comment))]
    if cast is not None:
        casting = Casting(cast, texts, seen)
        seen = {comment.id: casting.recast(comment.id) for comment in thread.comments}
    return _roster(thread, seen, reply_of, company, cast)


def _quotes(reply_of: Mapping[str, Reply], comment: Comment) -> Regions:
    reply = reply_of.get(comment.id)
    return Regions((quote.start, quote.end) for quote in (reply.quotes if reply is not None else ()))


def _byline_index(company: Company, gazetteer: Gazetteer) -> PhraseIndex:
    """Index the article's author by full name, by first and last name, and by surname."""
    ways: list[str] = []
    for name in company.author_names:
        parts = name.split()
        surname = fold(parts[-1]) if parts else ""
        ways += [name, f"{parts[0]} {parts[-1]}"] if len(parts) > 1 else [name]
        if len(parts) > 1 and len(surname) >= _SHORTEST_SURNAME and surname not in gazetteer.common_surnames:
            ways += [parts[-1], f"Mr {parts[-1]}", f"Mr. {parts[-1]}", f"Ms {parts[-1]}", f"Mrs {parts[-1]}"]
    phrases = [Known(phrase=way, actor=AUTHOR, kind=ActorKind.AUTHOR) for way in ways]
    return PhraseIndex(phrases, ordinary=frozenset(fold_phrase(way) for way in ways))


def _read(text: str, spans: tuple[NameSpan, ...], byline: PhraseIndex | None, gazetteer: Gazetteer) -> _Reading:
    reading = _Reading()
    bare: set[int] = set()
    for words in split_words(text):
        hits = list(gazetteer.index.find(words))
        reading.sightings += read_hits(words, hits, gazetteer)
        reading.sightings += read_listed(words, hits, gazetteer)
        reading.namings += read_people(words, hits, gazetteer)
        if byline is not None:
            reading.sightings += _by_the_author(words, byline)
        if spans:
            covered = {index for hit in hits for index in range(hit.first, hit.last + 1)}
            bare.update(_unaccounted(words, covered, gazetteer))
    for span, name in read_spans(text, spans, gazetteer):
        proof = [place for place in range(span.start, span.end) if place in bare]
        if span.probability < _SURE_ALONE:
            # Where a sentence begins a capital says nothing: "Help Denmark" names no company.
            proof = [place for place in proof if not _begins_sentence(text, place)]
        if proof:
            if span.kind is ActorKind.PERSON:
                reading.namings.append(Naming(start=span.start, end=span.end, form=name))
            else:
                reading.sightings.append(Sighting(start=span.start, end=span.end, name=name, kind=span.kind))
    return reading


def _begins_sentence(text: str, start: int) -> bool:
    before = text[max(0, start - _LOOK_BACK) : start].rstrip(" \t\"'“”‘’([>*#-–—")
    return not before or before[-1] in "\n.!?…:"


def _by_the_author(words: Words, byline: PhraseIndex) -> Iterator[Sighting]:
    for hit in byline.find(words):
        start, end = words.starts[hit.first], words.ends[hit.last]
        yield Sighting(start=start, end=end, name=AUTHOR, kind=ActorKind.AUTHOR, addressed=True)


def _unaccounted(words: Words, covered: set[int], gazetteer: Gazetteer) -> Iterator[int]:
    """Yield where words start that the gazetteer does not explain: none in "US Army", one in "Bank of England"."""
    for index, key in enumerate(words.keys):
        explained = index in covered or key in gazetteer.organs or key in gazetteer.titles or key in gazetteer.not_names
        if not explained and words.surface(index)[:1].isupper():
            yield words.starts[index]


def _surnamed(text: str, surnames: Mapping[str, str], namesakes: Namesakes) -> Iterator[Sighting]:
    """Yield bare surnames of people who are named elsewhere in the thread."""
    for words in split_words(text):
        for index, key in enumerate(words.keys):
            if key in surnames and words.surface(index)[:1].isupper():
                naming = Naming(start=words.starts[index], end=words.ends[index], form=surnames[key])
                yield namesakes.sighting(naming)


def _roster(
    thread: Thread,
    seen: Mapping[str, Sequence[Sighting]],
    reply_of: Mapping[str, Reply],
    company: Company,
    cast: Cast | None,
) -> Roster:
    ids: dict[str, str] = {}
    sightings_of: dict[str, list[Sighting]] = {}
    written: dict[str, Counter[str]] = {}
    mentions: list[Mention] = []
    for comment in thread.comments:
        quoted = _quotes(reply_of, comment)
        for sighting in sorted(dict.fromkeys(seen[comment.id]), key=lambda seen: (seen.start, seen.end, seen.name)):
            actor_id = ids.setdefault(fold_phrase(sighting.name) or sighting.name, sighting.name)
            sightings_of.setdefault(actor_id, []).append(sighting)
            if not sighting.addressed:
                surface = " ".join(comment.text[sighting.start : sighting.end].split())
                written.setdefault(actor_id, Counter())[surface] += 1
            mentions.append(_mention(comment.id, actor_id, sighting, quoted))
    order = sorted(sightings_of, key=lambda actor_id: (-len(sightings_of[actor_id]), actor_id))
    given = {actor.id: actor for actor in cast.actors} if cast is not None else {}
    real = company.display_names()
    actors = tuple(
        given.get(actor_id)
        or _actor(actor_id, sightings_of[actor_id], written.get(actor_id, Counter()), real.get(actor_id, ()))
        for actor_id in order
    )
    return Roster(actors=actors, mentions=tuple(mentions))


def _mention(comment_id: str, actor_id: str, sighting: Sighting, quoted: Regions) -> Mention:
    return Mention(
        comment_id=comment_id,
        actor_id=actor_id,
        start=sighting.start,
        end=sighting.end,
        quoted=not sighting.addressed and quoted.holds(sighting.start),
        addressed=sighting.addressed,
    )


def _actor(actor_id: str, sightings: Sequence[Sighting], written: Counter[str], real: Iterable[str]) -> Actor:
    kinds = Counter(sighting.kind for sighting in sightings)
    aliases: dict[str, str] = {fold_phrase(name): name for name in real}
    for surface, _ in sorted(written.items(), key=lambda item: (-item[1], item[0])):
        aliases.setdefault(fold_phrase(surface), surface)
    aliases.pop(fold_phrase(actor_id), None)
    return Actor(
        id=actor_id,
        name=actor_id,
        kind=max(kinds, key=lambda kind: (kinds[kind], kind.value)),
        aliases=tuple(aliases.values()),
        member_of=next((sighting.member_of for sighting in sightings if sighting.member_of is not None), None),
    )
