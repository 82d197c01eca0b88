"""An annotated thread: the gold file's fields, and how its names and sentences are matched with a page."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from stance.evaluate.names import fold
from stance.evaluate.rows import Row, Span
from stance.records import Actor, ActorKind, Order, Relation, Stance

_AUTHOR_ID = "article author"
_COMMENTER = re.compile(r"commenter (\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldSentence:
    """One sentence's labels; None is not scored."""

    text: str
    claim: bool | None
    rhetoric: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldComment:
    """One comment's labels; where several answers are right, the likeliest stands first."""

    number: int
    parents: tuple[str, ...]
    relations: tuple[str, ...]
    stances: Mapping[str, tuple[str, ...]]
    severity: float | None
    sentences: tuple[GoldSentence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldThread:
    """The labels of a page; `stances` of its comments hold required actors only."""

    comments: tuple[GoldComment, ...]
    aliases: Mapping[str, tuple[str, ...]]
    order: Order


def read_gold(row: Row) -> GoldThread:
    """Read the gold file's one object."""
    comments = tuple(_read_comment(one) for one in row.rows("comments"))
    if not comments:
        raise row.wrong("comments", "is missing or empty")
    aliases = row.row("actor_aliases")
    return GoldThread(
        comments=comments,
        aliases={name: aliases.texts(name) for name in aliases.fields},
        order=Order(row.choice("order", list(Order))) if row.fields.get("order") is not None else Order.UNKNOWN,
    )


def _read_comment(row: Row) -> GoldComment:
    number = row.fields.get("number")
    if type(number) is not int:
        raise row.wrong("number", "is not a whole number")
    stances = row.row("stance")
    optional = set(row.texts("optional_actors"))
    severity = row.fields.get("severity")
    levels = severity if isinstance(severity, list) else [severity]
    if not levels or not isinstance(levels[0], (int, float, type(None))):
        raise row.wrong("severity", "is neither a number nor a list of numbers")
    return GoldComment(
        number=number,
        parents=_answers(row, "parent"),
        relations=_answers(row, "relation", choices=list(Relation)),
        stances={
            name: _answers(stances, name, choices=list(Stance)) for name in stances.fields if name not in optional
        },
        severity=None if levels[0] is None else float(levels[0]),
        sentences=tuple(_read_sentence(one) for one in row.rows("sentences") if not one.yes_no("quote")),
    )


def _answers(row: Row, field: str, *, choices: Sequence[str] = ()) -> tuple[str, ...]:
    value = row.fields.get(field)
    listed = value if isinstance(value, list) else [] if value is None else [value]
    answers = tuple(str(one) for one in listed)
    if choices and not set(answers) <= set(choices):
        raise row.wrong(field, f"is not one of {', '.join(choices)}")
    return answers


def _read_sentence(row: Row) -> GoldSentence:
    return GoldSentence(text=row.text("text"), claim=row.yes_no("claim"), rhetoric=row.yes_no("rhetoric"))


def match_actor(
    gold: str, aliases: Collection[str], actors: Sequence[Actor], *, authors: Mapping[int, str | None]
) -> list[str]:
    """Return the ids of the actors that bear a gold actor's name or one of its aliases, the best match first.

    Args:
        gold: A name; "commenter N" is whoever wrote the comment of that number on the page.
        authors: Comment number -> its author's name.
    """
    number = _COMMENTER.fullmatch(gold.strip())
    if number:
        author = authors.get(int(number[1]))
        wanted = [fold(gold)] + ([fold(author)] if author else [])
        pool = [actor for actor in actors if actor.kind is ActorKind.COMMENTER]
    elif fold(gold) == _AUTHOR_ID:
        return [actor.id for actor in actors if actor.kind is ActorKind.AUTHOR or fold(actor.id) == _AUTHOR_ID]
    else:
        wanted = [fold(gold), *map(fold, aliases)]
        pool = [actor for actor in actors if actor.kind is not ActorKind.COMMENTER]
    places = {actor.id: [wanted.index(name) for name in _spellings(actor) if name in wanted] for actor in pool}
    return sorted((actor_id for actor_id, found in places.items() if found), key=lambda one: min(places[one]))


def _spellings(actor: Actor) -> set[str]:
    return {fold(name) for name in (actor.id, actor.name, *actor.aliases)}


def locate_sentences(text: str, sentences: Sequence[str]) -> list[Span | None]:
    """Find where sentences stand in a comment, white space and the shape of quotation marks being no matter.

    They are looked for one after the other, and from the beginning again where one is not found after the last.
    """
    folded, places = _squeeze(text)
    found: list[Span | None] = []
    at = 0
    for sentence in sentences:
        wanted, _ = _squeeze(sentence)
        start = folded.find(wanted, at) if wanted else -1
        if start < 0 and wanted:
            start = folded.find(wanted)
        if start < 0:
            found.append(None)
            continue
        at = start + len(wanted)
        found.append((places[start], places[at - 1] + 1))
    return found


_SHAPES = str.maketrans("“”„«»‘’‚", '"""""\'\'\'')


def _squeeze(text: str) -> tuple[str, list[int]]:
    places = [at for at, character in enumerate(text) if not character.isspace()]
    return "".join(text[at] for at in places).translate(_SHAPES), places
