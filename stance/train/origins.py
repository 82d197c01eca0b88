"""What the loaders share: an origin's files read as published, texts cleaned, splits cut by hash.

A split never depends on the order of rows or on a random generator: it is read off the sha1 of the row's group, so
that a larger copy of a source keeps every row on the side where a smaller one had it.
"""

from __future__ import annotations

import csv
import hashlib
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from stance.train.errors import SourceMissing
from stance.train.examples import Example, Split

Label = TypeVar("Label")

_WIDEST_FIELD = 10_000_000
_PARENT_CHARACTERS = 1000
_QUOTED_LINES = re.compile(r"^[ \t]*>.*(?:\n[ \t]*>.*)*", re.MULTILINE)
_NOT_WORDS = re.compile(r"\W+")
_BARE_BEFORE = re.compile(r"\s+(?=[.,!?;:%…)\]}]|n't\b|'(?:s|re|ve|ll|d|m)\b|’(?:s|re|ve|ll|d|m)\b)", re.IGNORECASE)


def find_file(data: Path, relative: str, *, source: str) -> Path:
    """Return the path of a source's file.

    Raises:
        SourceMissing: There is no such file under `data`.
    """
    path = data / relative
    if not path.is_file():
        raise SourceMissing(path, source=source)
    return path


def read_table(
    path: Path, *, delimiter: str = ",", quoted: bool = True, encoding: str = "utf-8-sig"
) -> Iterator[dict[str, str]]:
    """Read a table with a header; absent cells are empty strings.

    Args:
        path: The file.
        delimiter: What stands between cells.
        quoted: False where quotation marks are ordinary characters.
        encoding: Of the file; the byte order mark is dropped.
    """
    csv.field_size_limit(_WIDEST_FIELD)
    with path.open(encoding=encoding, newline="") as lines:
        rows = (
            csv.DictReader(lines, delimiter=delimiter, restval="")
            if quoted
            else csv.DictReader(lines, delimiter=delimiter, restval="", quoting=csv.QUOTE_NONE)
        )
        for row in rows:
            yield {key: value or "" for key, value in row.items() if isinstance(key, str)}


def read_json_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Read one JSON object a line; empty lines are passed over."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def clean(text: str) -> str:
    """Undo HTML escapes and foreign line ends, drop null bytes and outer white space; inner white space stays."""
    whole = html.unescape(text).replace("\r\n", "\n").replace("\r", "\n")
    return whole.replace("\x00", "").replace("\ufeff", "").strip()


def fraction_of(key: str) -> float:
    """Return a number in [0, 1) that only depends on `key`."""
    return int(hashlib.sha1(key.encode(), usedforsecurity=False).hexdigest()[:8], 16) / 0x1_0000_0000


def split_of(group: str, *, dev_share: float = 0.1) -> Split:
    """Return the side on which a group lies."""
    return "dev" if fraction_of(group) < dev_share else "train"


def take(examples: Iterable[Example], *, at_most: int) -> list[Example]:
    """Keep at most so many training examples, chosen by hash; development examples all stay, order as given."""
    kept = list(examples)
    training = [example for example in kept if example.split == "train"]
    if len(training) <= at_most:
        return kept
    bar = sorted(fraction_of(example.text) for example in training)[at_most]
    return [example for example in kept if example.split == "dev" or fraction_of(example.text) < bar]


def join_context(texts: Sequence[str], *, short: int = 200) -> str:
    """Join what a comment answers to one text, its end being kept.

    Args:
        texts: Oldest first.
        short: The one before the last is added where the last has fewer characters than this.
    """
    known = [text for text in texts if text]
    kept = known[-2:] if known and len(known[-1]) < short else known[-1:]
    return "\n".join(kept)[-_PARENT_CHARACTERS:].strip()


def find_mentions(text: str, names: Iterable[str]) -> tuple[tuple[int, int], ...]:
    """Find where any of `names` stands in `text`, the longest first, case and a plural s being no matter.

    A letter or digit before, or a letter after, means another word: "Trump" is in "#Trump2020", not in "trumpet".
    """
    ordered = sorted({name.strip() for name in names if name.strip()}, key=len, reverse=True)
    if not ordered:
        return ()
    pattern = "|".join(re.escape(name) for name in ordered)
    found = re.finditer(rf"(?<![^\W_])(?:{pattern})(?:s(?![^\W_]))?(?![^\W\d_])", text, re.IGNORECASE)
    return tuple(match.span() for match in found)


def find_quoted_lines(text: str) -> tuple[tuple[int, int], ...]:
    """Find runs of lines that begin with `>`, by which a forum's writer quotes."""
    return tuple(match.span() for match in _QUOTED_LINES.finditer(text))


def join_sentences(sentences: Iterable[str]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Join sentences with a space and return where each came to stand."""
    text, spans = "", []
    for sentence in sentences:
        start = len(text) + (1 if text else 0)
        text = f"{text} {sentence}" if text else sentence
        spans.append((start, len(text)))
    return text, tuple(spans)


def detokenise(text: str) -> str:
    """Take out the spaces that a tokeniser put before punctuation and contractions."""
    return " ".join(_BARE_BEFORE.sub("", text).split())


def normalise(text: str) -> str:
    """Return what two copies of one text have in common: its words, lower-cased."""
    return _NOT_WORDS.sub(" ", text.casefold()).strip()


def dedupe(train: Iterable[Example], dev: Iterable[Example]) -> list[Example]:
    """Return the training examples whose text is in no development example.

    The text's words decide, so that a change of case or punctuation does not hide a copy. Texts without any word are
    compared as they are.
    """
    held_out = {normalise(example.text) or example.text for example in dev}
    return [example for example in train if (normalise(example.text) or example.text) not in held_out]


def shares(counts: Mapping[Label, float]) -> dict[Label, float]:
    """Scale counts so that they sum to 1."""
    total = sum(counts.values())
    return {label: count / total for label, count in counts.items()}
