"""Development rows as evaluation files: the model is measured by the same command as anybody's own labels."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from stance.records import Stance
from stance.train.answers import FITTED, TEMPLATE
from stance.train.calibrate import calibrates
from stance.train.examples import OWN, Example, SentenceLabel, TargetLabel
from stance.train.load_contrasts import CONTRASTS
from stance.train.load_threads import ForumThread

Row = dict[str, object]

STANCE_SOURCES: Final = (
    "newsmtsc",
    "newsmtsc-mt",
    "vast",
    "mt-csd",
    "pstance",
    "spinos",
    "multi-target",
    "written",
    "contrasts",
    OWN,
)
RELATION_SOURCES: Final = ("debagreement", "wikitactics", "cmv-modes", "written", "contrasts", OWN)
_GAP: Final = 400
"""Characters of neighbouring text that go with a sentence."""


def write_development(
    examples: Sequence[Example], threads: Iterable[ForumThread], folder: Path
) -> dict[str, tuple[str, Path]]:
    """Write one file a task and source; rows that calibration was fitted on are marked.

    Args:
        examples: Rows of all sources; those of split "dev" are written.
        threads: Forum threads; those of split "dev" are written, quotations taken out.
        folder: Where; what is in it holds other people's texts and is not to be kept.

    Returns:
        Task and path by the file's name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    development = [example for example in examples if example.split == "dev"]
    files: dict[str, list[Row]] = {}
    for example in development:
        for name, row in _rows(example):
            files.setdefault(name, []).append(row | _marks(example))
    forum = [thread for thread in threads if thread.split == "dev"]
    if forum:
        files["structure/iac-without-quotes"] = [_thread_row(thread, quotations=False) for thread in forum]
        files["structure/iac-with-quotes"] = [_thread_row(thread, quotations=True) for thread in forum]
    written = {}
    for name, rows in sorted(files.items()):
        path = folder / f"{name.replace('/', '-')}.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        written[name] = (name.split("/")[0], path)
    return written


def _marks(example: Example) -> Row:
    """Fields that tasks do not read and what is measured after them does."""
    marks: Row = {FITTED: True} if calibrates(example) else {}
    return marks | ({TEMPLATE: example.group} if example.source == CONTRASTS else {})


def _rows(example: Example) -> Iterator[tuple[str, Row]]:
    if example.source in STANCE_SOURCES:
        for target in example.targets:
            yield f"stance/{example.source}", stance_row(example, target)
    if example.relation is not None and example.source in RELATION_SOURCES:
        label = max(example.relation, key=lambda relation: (example.relation or {})[relation])
        yield f"relation/{example.source}", {"text": example.text, "parent": example.parent, "label": label.value}
    for sentence in example.sentences:
        yield f"sentence/{example.source}", sentence_row(example, sentence)
    if example.attributes:
        row: Row = {"text": example.text, "attributes": {key.value: value for key, value in example.attributes.items()}}
        yield f"attributes/{example.source}", row | ({"parent": example.parent} if example.parent else {})
    if example.names is not None:
        names = [{"span": [name.start, name.end], "kind": name.kind.value} for name in example.names]
        yield f"actors/{example.source}", {"text": example.text, "actors": names}


def stance_row(example: Example, target: TargetLabel) -> Row:
    """One line of a stance file. A stance that the source's raters were not offered never is the label."""
    label = max(target.probabilities, key=lambda stance: (target.probabilities[stance], stance is Stance.NEUTRAL))
    row: Row = {"text": example.text, "target": target.name, "label": label.value}
    if target.spans:
        row["mentions"] = [list(span) for span in target.spans]
    if example.parent:
        row["context"] = [example.parent]
    return row


def sentence_row(example: Example, sentence: SentenceLabel) -> Row:
    """One line of a sentence file, with the text around it."""
    row: Row = {
        "text": example.text[sentence.start : sentence.end],
        "before": example.text[max(0, sentence.start - _GAP) : sentence.start].strip(),
        "after": example.text[sentence.end : sentence.end + _GAP].strip(),
    }
    marks = {"claim": sentence.claim, "check_worthy": sentence.check_worthy, "rhetoric": sentence.rhetoric}
    row |= {label: int(value >= 0.5) for label, value in marks.items() if value is not None}
    if sentence.devices:
        row["devices"] = {device.value: int(value >= 0.5) for device, value in sentence.devices.items()}
    return row


def _thread_row(thread: ForumThread, *, quotations: bool) -> Row:
    """A forum thread as one line: the opening post is a comment, and only posts that quote are scored."""
    return {
        "article": {"title": thread.title, "text": ""},
        "order": "oldest_first",
        "comments": [
            {
                "id": post.id,
                "text": post.text_with_quotes if quotations else post.text_without_quotes,
                "parent": post.parent_id,
                "author": post.author,
                "posted_at": post.posted_at.isoformat(),
            }
            for post in thread.posts
        ],
        "scored": [post.id for post in thread.posts if post.quoting and post.parent_id is not None],
    }
