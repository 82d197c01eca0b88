"""Name sources in, examples out: people, organisations, and names of anything else.

Both sources are token a line. Tokens are joined to ordinary text again, because the model reads ordinary text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from stance.records import ActorKind
from stance.train.examples import Example, NameLabel, Split
from stance.train.origins import find_file

_BTC = "GateNLP__broad_twitter_corpus/train_dev_test_conll"
_WNUT = "leondz__emerging_entities_17"
_KINDS: Final = {
    "PER": ActorKind.PERSON,
    "person": ActorKind.PERSON,
    "ORG": ActorKind.ORGANISATION,
    "group": ActorKind.ORGANISATION,
    "corporation": ActorKind.ORGANISATION,
}
_CLOSES = frozenset(".,!?;:%)]}…") | {"...", "..", "!!", "??", "?!"}
_CLITICS = frozenset({"s", "re", "ve", "ll", "d", "m", "t"})
_ATTACHED = frozenset({f"{mark}{clitic}" for mark in "'’" for clitic in _CLITICS} | {"n't", "n’t"})
_APOSTROPHES = ("'", "’")
_OPENS = frozenset("([{$£€#@")
_INITIAL = re.compile(r"[A-Z]\.")


def _touches(before: str, token: str, after: str) -> bool:
    """Whether a token is written without a space after the token before it."""
    if token in _CLOSES or token.lower() in _ATTACHED:
        return True
    if token in _APOSTROPHES:
        return after.lower() in _CLITICS
    if before in _APOSTROPHES and token.lower() in _CLITICS:
        return True
    return before in _OPENS or (_INITIAL.fullmatch(before) is not None and _INITIAL.fullmatch(token) is not None)


def join_tokens(tokens: Sequence[str]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Join tokens as a person would have typed them, and return where each came to stand.

    A double quotation mark opens where none is open, and else closes.
    """
    text = ""
    spans: list[tuple[int, int]] = []
    quote_open = False
    for before, token, after in zip(["", *tokens], tokens, [*tokens[1:], ""], strict=False):
        inside = before == '"' and quote_open
        closing = token == '"' and quote_open
        if text and not inside and not closing and not _touches(before, token, after):
            text += " "
        spans.append((len(text), len(text) + len(token)))
        text += token
        if token == '"':
            quote_open = not quote_open
    return text, tuple(spans)


def _read_sentences(path: Path) -> Iterator[list[tuple[str, str]]]:
    lines = path.read_text(encoding="utf-8").split("\n")
    rows = (line.split("\t") for line in lines)
    for filled, group in groupby(rows, key=lambda row: len(row) > 1 and bool(row[0].strip()) and bool(row[1].strip())):
        if filled:
            # BTC writes a quotation mark in apostrophes.
            yield [(row[0].strip().replace("'\"'", '"'), row[1].strip()) for row in group]


def label_names(text: str, tags: Iterable[str], spans: Sequence[tuple[int, int]]) -> tuple[NameLabel, ...]:
    """Join B- and I- tags to names; a kind that is neither a person nor an organisation is unknown.

    A handle (`@name`) is no name: one source labels them and the other does not. Of a hashtag the words are the name.
    """
    names: list[NameLabel] = []
    inside, end_before = "", 0
    for tag, (start, end) in zip(tags, spans, strict=True):
        kind = tag[2:]
        glued = start == end_before and start > 0 and text[start - 1] in "@#"
        if kind and kind == inside and names and (tag.startswith("I-") or glued):
            last = names.pop()
            names.append(NameLabel(start=last.start, end=end, kind=last.kind))
        elif kind:
            names.append(NameLabel(start=start, end=end, kind=_KINDS.get(kind, ActorKind.UNKNOWN)))
        inside, end_before = kind, end
    trimmed = (_without_hash(text, name) for name in names)
    return tuple(name for name in trimmed if name.start < name.end and not _is_handle(text, name.start))


def _without_hash(text: str, name: NameLabel) -> NameLabel:
    return NameLabel(start=name.start + 1, end=name.end, kind=name.kind) if text[name.start] == "#" else name


def _is_handle(text: str, start: int) -> bool:
    return text[start] == "@" or (start > 0 and text[start - 1] == "@")


def _read_names(path: Path, *, source: str, split: Split) -> Iterator[Example]:
    for number, sentence in enumerate(_read_sentences(path)):
        text, spans = join_tokens([token for token, _ in sentence])
        names = label_names(text, [tag for _, tag in sentence], spans)
        yield Example(source=source, split=split, group=f"{path.name} {number}", text=text, names=names)


def load_btc(data: Path) -> Iterator[Example]:
    """Read the Broad Twitter Corpus (Derczynski et al. 2016)."""
    train, dev = (find_file(data, f"{_BTC}/btc.{part}", source="btc") for part in ("train", "dev"))
    yield from _read_names(train, source="btc", split="train")
    yield from _read_names(dev, source="btc", split="dev")


def load_wnut17(data: Path) -> Iterator[Example]:
    """Read WNUT-17's emerging entities (Derczynski et al. 2017)."""
    train, dev = (
        find_file(data, f"{_WNUT}/{name}", source="wnut17") for name in ("wnut17train.conll", "emerging.dev.conll")
    )
    yield from _read_names(train, source="wnut17", split="train")
    yield from _read_names(dev, source="wnut17", split="dev")
