"""A site's own table of comments in; comments with the scores that Perspective gave them out."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stance.errors import BadColumns, BadRow, UnusedColumns
from stance.protocols.scoring import Asked
from stance.read import OnReject, read_threads
from stance.records import Comment, Page

THEIRS: Final = frozenset(
    """TOXICITY SEVERE_TOXICITY IDENTITY_ATTACK INSULT PROFANITY THREAT SEXUALLY_EXPLICIT FLIRTATION TOXICITY_FAST
    ATTACK_ON_AUTHOR ATTACK_ON_COMMENTER ATTACK_ON_PUBLISHER INCOHERENT INFLAMMATORY LIKELY_TO_REJECT OBSCENE OFF_TOPIC
    SPAM UNSUBSTANTIAL TOXICITY_EXPERIMENTAL SEVERE_TOXICITY_EXPERIMENTAL IDENTITY_ATTACK_EXPERIMENTAL
    INSULT_EXPERIMENTAL PROFANITY_EXPERIMENTAL THREAT_EXPERIMENTAL AFFINITY_EXPERIMENTAL COMPASSION_EXPERIMENTAL
    CONSTRUCTIVE_EXPERIMENTAL CURIOSITY_EXPERIMENTAL NUANCE_EXPERIMENTAL PERSONAL_STORY_EXPERIMENTAL
    REASONING_EXPERIMENTAL RESPECT_EXPERIMENTAL ALIENATION_EXPERIMENTAL FEARMONGERING_EXPERIMENTAL
    GENERALIZATION_EXPERIMENTAL MORAL_OUTRAGE_EXPERIMENTAL POWER_APPEAL_EXPERIMENTAL
    SCAPEGOATING_EXPERIMENTAL""".split()
)
"""The attributes that Perspective had."""
_PARENTS: Final = ("parent_text", "parent")
"""Columns of what a comment answers: its text, or the id of another row."""
_NESTED: Final = re.compile(
    r"(?:attributeScores\.)?(?P<name>[A-Z_]+)(?:@\d+)?(?:\.summaryScore\.value)?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A comment and what Perspective said of it, by attribute."""

    asked: Asked
    theirs: Mapping[str, float]


def read_scored(
    path: Path,
    *,
    format: str | None = None,  # noqa: A002 - the command line's word for it
    columns: Mapping[str, str] | None = None,
    on_reject: OnReject,
) -> Iterator[Scored]:
    """Read comments with their scores from whatever `read_threads` reads.

    A score is a column (in JSON Lines a field) named as its attribute, also as Perspective's answers have it, nested
    or flattened: `attributeScores.TOXICITY.summaryScore.value`.

    Args:
        path: The file.
        format: One of `stance.read.FORMATS`; None to see from the file.
        columns: By a field of `read_threads`, `parent` or an attribute, the name of its column.
        on_reject: Told of each row that cannot be used.

    Raises:
        ReadError: The file cannot be read as comments.
        BadColumns: No column of scores is known, or one that was named is not there.
    """
    columns = {name.upper() if name.upper() in THEIRS else name: column for name, column in (columns or {}).items()}
    named = {column: name for name, column in columns.items() if name in THEIRS}
    parents = (columns["parent"],) if "parent" in columns else _PARENTS
    fields = {name: column for name, column in columns.items() if name not in THEIRS and name != "parent"}
    seen: dict[str, None] = {}
    for page in _pages(path, format=format, fields=fields, on_reject=on_reject):
        texts = {comment.id: comment.text for comment in page.comments}
        about = f"{page.article.title}\n\n{page.article.text}".strip()
        for comment in page.comments:
            seen.update(dict.fromkeys(comment.extra))
            place = f"comment {ascii(comment.id)[:60]}" + (f" of {page.place}" if page.place else "")
            try:
                if not comment.text.strip():
                    raise BadRow(page.source, place=place, what="no text", mend="Leave it out, or give its text.")
                theirs = _scores_of(comment.extra, named, source=page.source, place=place)
            except BadRow as error:
                on_reject(error)
                continue
            parent = _parent_of(comment, parents, texts)
            yield Scored(asked=Asked(text=comment.text, parent=parent, article=about), theirs=theirs)
    missing = next((column for column in [*named, *_named_parent(columns)] if column not in seen), None)
    if missing is not None:
        raise BadColumns(str(path), what=f"there is no column {ascii(missing)[:40]}, or it is empty", found=seen)


def _named_parent(columns: Mapping[str, str]) -> list[str]:
    return [columns["parent"]] if "parent" in columns else []


def _pages(
    path: Path,
    *,
    format: str | None,  # noqa: A002 - as above
    fields: Mapping[str, str],
    on_reject: OnReject,
) -> Generator[Page]:
    """Read; a column called parent is left to us, for in a table of scores it holds a text as often as an id."""
    try:
        yield from read_threads(path, format=format, columns={"parent_id": "-", **fields}, on_reject=on_reject)
    except UnusedColumns:
        if fields:
            raise
        yield from read_threads(path, format=format, on_reject=on_reject)


def _scores_of(extra: Mapping[str, object], named: Mapping[str, str], *, source: str, place: str) -> dict[str, float]:
    given = {**_nested(extra.get("attributeScores")), **extra}
    theirs = {}
    for column, value in given.items():
        name = named.get(column) or _attribute_of(column)
        if name is None or (name in named.values() and column not in named) or value is None:
            continue
        score = _number(value)
        if score is None or not 0 <= score <= 1:
            what = f"the score of {name} is " + ("no number" if score is None else "not from 0 to 1")
            raise BadRow(source, place=place, what=what, mend="Give it as Perspective did, such as 0.83.")
        theirs[name] = score
    if not theirs:
        mend = "Name the columns, as in --columns TOXICITY=score; or leave the comment out."
        raise BadRow(source, place=place, what="no score of any of Perspective's attributes", mend=mend)
    return theirs


def _nested(given: object) -> dict[str, object]:
    """Take the scores out of one of Perspective's answers; what is not as there is left out."""
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError):
            return {}
    found: dict[str, object] = {}
    for name, scores in given.items() if isinstance(given, Mapping) else ():
        summary = scores.get("summaryScore") if isinstance(scores, Mapping) else None
        if isinstance(summary, Mapping):
            found[str(name)] = summary.get("value")
    return found


def _attribute_of(column: str) -> str | None:
    found = _NESTED.fullmatch(column.strip())
    name = found["name"].upper() if found else ""
    return name if name in THEIRS else None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def _parent_of(comment: Comment, columns: Iterable[str], texts: Mapping[str, str]) -> str:
    """The text of what a comment answers, "" where it is not known."""
    for column in columns:
        said = str(comment.extra.get(column, ""))
        if said:
            # One word that is no row's id is the id of a comment that is not in the file.
            return texts.get(said, said if len(said.split()) > 1 else "")
    return texts.get(comment.parent_id or str(comment.extra.get("parent_id", "")), "")
