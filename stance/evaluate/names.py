"""The task `actors`: which words name an actor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stance.actors import find_actors
from stance.evaluate.metrics import tidy
from stance.evaluate.outcome import Outcome
from stance.evaluate.rows import Row, Span, read_rows
from stance.judge import Judge
from stance.records import ARTICLE, Actor, ActorKind, Article, Comment, NameSpan, Order, Reply, Thread

_CHUNK = 1024
_SPEAKERS = frozenset({ActorKind.AUTHOR, ActorKind.COMMENTER})

Names = tuple[NameSpan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found in one text: where, and every spelling of whom."""

    spans: Mapping[Span, Actor]
    names: frozenset[str]


def measure_actors(path: Path, judge: Judge) -> Outcome:
    """Measure which actors are found, with the trained tagger and with the lists of known names alone."""
    rows = list(read_rows(path))
    gold = [_gold_names(row) for row in rows]
    texts = [row.text("text") for row in rows]
    tagged = list(_read_names(judge, texts))
    found = [find_in_text(text, names) for text, names in zip(texts, tagged, strict=True)]
    listed = [find_in_text(text, ()) for text in texts]
    return Outcome(
        n=len(rows),
        metrics=_figures(gold, found),
        baseline={"gazetteer": _figures(gold, listed)},
        predictions=[_line(row, names, one) for row, names, one in zip(rows, tagged, found, strict=True)],
    )


def _gold_names(row: Row) -> dict[Span, str]:
    text = row.text("text")
    if row.fields.get("actors") is None:
        raise row.wrong("actors", "is missing")
    names = {}
    for actor in row.rows("actors"):
        start, end = actor.span("span", actor.fields.get("span"), length=len(text))
        names[start, end] = actor.text("name", default="") or text[start:end]
    return names


def _read_names(judge: Judge, texts: Sequence[str]) -> Iterator[Names]:
    for start in range(0, len(texts), _CHUNK):
        yield from (reading.names for reading in judge.read(texts[start : start + _CHUNK]))


def find_in_text(text: str, names: Names) -> Found:
    """Find the actors of one text as the only comment under an empty article; people addressed are left out."""
    comment = Comment(id="1", text=text, number=1)
    thread = Thread(id="line", article=Article(), comments=(comment,), order=Order.OLDEST_FIRST, order_probability=1.0)
    reply = Reply(comment_id="1", parent_id=ARTICLE, probability=1.0)
    roster = find_actors(thread, (reply,), names={"1": names})
    actors = {actor.id: actor for actor in roster.actors if actor.kind not in _SPEAKERS}
    spans = {
        (mention.start, mention.end): actors[mention.actor_id]
        for mention in roster.mentions
        if mention.comment_id == "1" and mention.actor_id in actors and not mention.addressed
    }
    spellings = {fold(text[start:end]) for start, end in spans}
    for actor in spans.values():
        spellings.update(map(fold, (actor.name, *actor.aliases)))
    return Found(spans=spans, names=frozenset(spellings))


def fold(name: str) -> str:
    """Fold a name for comparison: case, apostrophes, white space and a leading "the"."""
    return " ".join(name.replace("’", "'").casefold().split()).removeprefix("the ")


def _figures(gold: Sequence[Mapping[Span, str]], found: Sequence[Found]) -> dict[str, object]:
    n_gold = sum(len(names) for names in gold)
    n_found = sum(len(one.spans) for one in found)
    both = sum(len(names.keys() & one.spans.keys()) for names, one in zip(gold, found, strict=True))
    named = sum(fold(name) in one.names for names, one in zip(gold, found, strict=True) for name in names.values())
    return {
        "span_f1": tidy(2 * both / (n_gold + n_found)) if n_gold + n_found else None,
        "name_recall": tidy(named / n_gold) if n_gold else None,
    }


def _line(row: Row, tagged: Names, found: Found) -> Mapping[str, object]:
    return {
        "line": row.line,
        "id": row.name("id"),
        "actors": [
            {"span": list(span), "name": actor.name, "kind": actor.kind.value} for span, actor in found.spans.items()
        ],
        "tagged": [
            {"span": [name.start, name.end], "kind": name.kind.value, "probability": name.probability}
            for name in tagged
        ],
    }
