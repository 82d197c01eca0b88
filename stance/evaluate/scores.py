"""The tasks `sentence` and `attributes`: yes/no labels, any of which a line may lack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from stance.evaluate.metrics import (
    auc,
    average_precision,
    best_f1,
    f1_at,
    group_aucs,
    recall_at_budget,
    tidy,
    yes_no_figures,
)
from stance.evaluate.outcome import Outcome, judge_all
from stance.evaluate.rows import Row, read_rows
from stance.judge import Judge
from stance.records import Attribute, Case, Device, SentenceScore

SENTENCE_LABELS = ("claim", "check_worthy", "rhetoric")
DEFAULT_THRESHOLD = 0.5

Marks = Mapping[str, bool]


def measure_sentence(path: Path, judge: Judge) -> Outcome:
    """Measure claims, check-worthiness, rhetoric and devices, one sentence a line."""
    rows = list(read_rows(path))
    gold = [_sentence_marks(row) for row in rows]
    names = [name for name in (*SENTENCE_LABELS, *Device) if any(name in marks for marks in gold)]
    if not names:
        raise rows[0].wrong("claim", "and every other label are missing in the whole file")
    shares = [
        _sentence_shares(judgement.sentences) for judgement in judge_all(judge, [_sentence_case(r) for r in rows])
    ]
    thresholds: Mapping[str, float] = getattr(judge, "thresholds", {})
    metrics = {}
    for name in names:
        truth, given, _ = _labelled(name, gold, shares)
        metrics[name] = {
            "n": len(truth),
            "auc": auc(truth, given),
            "average_precision": average_precision(truth, given),
            "f1": f1_at(truth, given, threshold=thresholds.get(name, DEFAULT_THRESHOLD)),
            "best_f1": best_f1(truth, given),
        }
    return Outcome(n=len(rows), metrics=metrics, baseline=_positives(names, gold), predictions=_lines(rows, shares))


def _sentence_marks(row: Row) -> Marks:
    marks = {name: row.yes_no(name) for name in SENTENCE_LABELS}
    devices = row.numbers("devices")
    marks |= {str(device): devices[device].yes_no(device) for device in Device if device in devices}
    return {name: mark for name, mark in marks.items() if mark is not None}


def _sentence_case(row: Row) -> Case:
    text, before, after = row.text("text"), row.text("before", default=""), row.text("after", default="")
    start = len(before) + 1 if before else 0
    whole = " ".join(part for part in (before, text, after) if part)
    span = _trim(whole, start, start + len(text))
    if span[0] == span[1]:
        raise row.wrong("text", "holds no sentence")
    return Case(comment_id=str(row.line), text=whole, sentences=(span,))


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    words = text[start:end]
    first = start + len(words) - len(words.lstrip())
    return first, first + len(words.strip())


def _sentence_shares(sentences: Sequence[SentenceScore]) -> dict[str, float]:
    if not sentences:
        return dict.fromkeys((*SENTENCE_LABELS, *map(str, Device)), 0.0)
    score = sentences[0]
    return {name: float(getattr(score, name)) for name in SENTENCE_LABELS} | {
        device.value: float(probability) for device, probability in score.devices.items()
    }


def measure_attributes(path: Path, judge: Judge) -> Outcome:
    """Measure attributes, and how groups fare; a rating of 0.5 and above is a positive."""
    rows = list(read_rows(path))
    ratings = [row.numbers("attributes") for row in rows]
    gold = [_attribute_marks(row, rated) for row, rated in zip(rows, ratings, strict=True)]
    cases = [_attribute_case(row) for row in rows]
    groups = [_groups(row) for row in rows]
    shares = [
        {attribute.value: float(probability) for attribute, probability in judgement.attributes.items()}
        for judgement in judge_all(judge, cases)
    ]
    offered = set.intersection(*(set(share) for share in shares))
    names = [str(name) for name in Attribute if name in offered and any(name in marks for marks in gold)]
    if not names:
        raise rows[0].wrong("attributes", f"names nothing in the whole file out of {', '.join(sorted(offered))}")
    metrics: dict[str, object] = {name: _attribute_figures(name, gold, shares, groups) for name in names}
    unscored = sorted({name for rated in ratings for name in rated} - set(names))
    return Outcome(
        n=len(rows),
        metrics=metrics | ({"not_offered": unscored} if unscored else {}),
        baseline=_positives(names, gold),
        predictions=_lines(rows, shares),
    )


def _attribute_marks(row: Row, ratings: Mapping[str, Row]) -> Marks:
    if row.fields.get("attributes") is None:
        raise row.wrong("attributes", "is missing")
    numbers = {name: rated.number(name) for name, rated in ratings.items()}
    return {name: number >= 0.5 for name, number in numbers.items() if number is not None}


def _attribute_case(row: Row) -> Case:
    parent = row.text("parent", default="") or row.text("article", default="")
    return Case(comment_id=str(row.line), text=row.text("text"), parent=parent)


def _groups(row: Row) -> tuple[str, ...]:
    """The group or groups of a row: a string, or a list of them."""
    if isinstance(row.fields.get("group"), list):
        return row.texts("group")
    group = row.text("group", default="")
    return (group,) if group else ()


def _attribute_figures(
    name: str, gold: Sequence[Marks], shares: Sequence[Mapping[str, float]], groups: Sequence[tuple[str, ...]]
) -> dict[str, object]:
    truth, given, places = _labelled(name, gold, shares)
    figures: dict[str, object] = {
        "n": len(truth),
        **yes_no_figures(truth, given),
        "recall_at_budget": recall_at_budget(truth, given),
    }
    present = sorted({group for place in places for group in groups[place]})
    if present:
        members = {group: [group in groups[place] for place in places] for group in present}
        figures["groups"] = {
            group: {"n": sum(member), **group_aucs(truth, given, member)} for group, member in members.items()
        }
    return figures


def _labelled(
    name: str, gold: Sequence[Marks], shares: Sequence[Mapping[str, float]]
) -> tuple[list[bool], list[float], list[int]]:
    """Return the labels and probabilities of the rows that have this label, and their places."""
    places = [place for place, marks in enumerate(gold) if name in marks and name in shares[place]]
    return [gold[place][name] for place in places], [shares[place][name] for place in places], places


def _positives(names: Sequence[str], gold: Sequence[Marks]) -> dict[str, object]:
    marked = {name: [marks[name] for marks in gold if name in marks] for name in names}
    return {"share_of_positives": {name: tidy(sum(marks) / len(marks)) for name, marks in marked.items() if marks}}


def _lines(rows: Sequence[Row], shares: Sequence[Mapping[str, float]]) -> list[Mapping[str, object]]:
    return [
        {"line": row.line, "id": row.name("id"), "probabilities": dict(share)}
        for row, share in zip(rows, shares, strict=True)
    ]
