"""The tasks `stance` and `relation`: one label a line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from stance.evaluate.metrics import hard_figures, label_figures, majority, mean_f1, pick
from stance.evaluate.outcome import Outcome, judge_all
from stance.evaluate.rows import Row, Span, read_rows
from stance.judge import Judge
from stance.records import Article, Case, Comment, Relation, Stance, Target
from stance.thread import find_quotes

_SHORT_PARENT = 200
"""A parent of fewer characters is read with the comment before it, as in training."""


def measure_stance(path: Path, judge: Judge) -> Outcome:
    """Measure stance toward one given target a line."""
    rows = list(read_rows(path))
    gold = [row.choice("label", list(Stance)) for row in rows]
    cases = [stance_case(row) for row in rows]
    shares = [_by_name(judgement.stances[0].probabilities) for judgement in judge_all(judge, cases)]
    labels = [stance.value for stance in Stance if stance is not Stance.NEUTRAL or stance in gold]
    given = [pick(row, labels)[0] for row in shares]
    sides = [Stance.FAVOR.value, Stance.AGAINST.value]
    return Outcome(
        n=len(rows),
        metrics={**label_figures(gold, shares, labels), "f_avg": mean_f1(gold, given, sides)},
        baseline={"majority": _majority(gold, labels) | {"f_avg": mean_f1(gold, [majority(gold)] * len(gold), sides)}},
        predictions=_lines(rows, shares),
    )


def measure_relation(path: Path, judge: Judge) -> Outcome:
    """Measure what a comment does to the one it answers, with its parent and without."""
    rows = list(read_rows(path))
    gold = [row.choice("label", list(Relation)) for row in rows]
    cases = [_relation_case(row) for row in rows]
    shares = [_by_name(judgement.relation) for judgement in judge_all(judge, cases)]
    alone = [
        _by_name(judgement.relation) for judgement in judge_all(judge, [replace(case, parent="") for case in cases])
    ]
    labels = [relation.value for relation in Relation if relation in gold]
    return Outcome(
        n=len(rows),
        metrics=label_figures(gold, shares, labels),
        baseline={"majority": _majority(gold, labels), "reply_alone": label_figures(gold, alone, labels)},
        predictions=_lines(rows, shares),
    )


def stance_case(row: Row) -> Case:
    """Return the case of one line; a target is looked for in the text where the line does not say where it stands."""
    text, target = row.text("text"), row.text("target")
    spans = row.spans("mentions", length=len(text)) or find_target(text, target)
    article = row.text("article", default="")
    parent = _join_context(row.texts("context")) or article
    return Case(
        comment_id=str(row.line),
        text=text,
        parent=parent,
        quotes=_quotes_from(text, parent),
        targets=(Target(actor_id=target, name=target, spans=spans),),
    )


def _relation_case(row: Row) -> Case:
    text, parent = row.text("text"), row.text("parent")
    row.texts("context")
    row.text("article", default="")
    return Case(comment_id=str(row.line), text=text, parent=parent, quotes=_quotes_from(text, parent))


def find_target(text: str, target: str) -> tuple[Span, ...]:
    """Find where a text names a target; a name of several words also by its last one, where that is capitalised."""
    words = target.split()
    names = [target.strip()]
    if len(words) > 1 and all(word[:1].isupper() for word in words):
        names.append(words[-1])
    pattern = "|".join(re.escape(name) for name in names if name)
    if not pattern:
        return ()
    return tuple(match.span() for match in re.finditer(rf"(?<![^\W_])(?:{pattern})(?![^\W_])", text, re.IGNORECASE))


def _join_context(texts: Sequence[str]) -> str:
    known = [text for text in texts if text.strip()]
    return "\n".join(known[-2:] if known and len(known[-1]) < _SHORT_PARENT else known[-1:])


def _quotes_from(text: str, parent: str) -> tuple[Span, ...]:
    """Words that the text takes from its parent; as on a real page, they are not the writer's own."""
    if not parent:
        return ()
    comments = tuple(Comment(id=str(number), text=words, number=number) for number, words in ((1, parent), (2, text)))
    return tuple(
        (quote.start, quote.end) for quote in find_quotes(comments, Article()).get("2", ()) if quote.source_id == "1"
    )


def _by_name(shares: Mapping[Stance, float] | Mapping[Relation, float]) -> dict[str, float]:
    return {label.value: float(probability) for label, probability in shares.items()}


def _majority(gold: Sequence[str], labels: Sequence[str]) -> dict[str, object]:
    return {"label": majority(gold), **hard_figures(gold, [majority(gold)] * len(gold), labels)}


def _lines(rows: Sequence[Row], shares: Sequence[Mapping[str, float]]) -> list[Mapping[str, object]]:
    return [
        {"line": row.line, "id": row.name("id"), "probabilities": dict(share)}
        for row, share in zip(rows, shares, strict=True)
    ]
