"""Name sources in, examples out: people, organisations, and names of anything else.

Both sources are token a line. Tokens are joined to ordinary text again, because the model reads ordinary text.
"""

from __future__ import annotations

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
_CLITICS = frozenset({"'s", "'re", "'ve", "'ll", "'d", "'m", "n't", "’s", "’re", "’ve", "’ll", "’d", "’m", "n’t"})
_OPENS = frozenset("([{$£€#@")


def join_tokens(tokens: Sequence[str]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Join tokens as a person would have typed them, and return where each came to stand.

    A quotation mark opens when none is open, and else closes.
    """
    text = ""
    spans: list[tuple[int, int]] = []
    quote_open = tight = False
    for token in tokens:
        closing = token == '"' and quote_open
        if text and not tight and not closing and token not in _CLOSES and token.lower() not in _CLITICS:
            text += " "
        spans.append((len(text), len(text) + len(token)))
        text += token
        if token == '"':
            quote_open = not quote_open
        tight = token in _OPENS or (token == '"' and quote_open)
    return text, tuple(spans)


def _read_sentences(path: Path) -> Iterator[list[tuple[str, str]]]:
    rows = (line.rstrip("\n").split("\t") for line in path.open(encoding="utf-8"))
    for filled, group in groupby(rows, key=lambda row: len(row) > 1 and bool(row[0].strip()) and bool(row[1].strip())):
        if filled:
            # BTC writes a quotation mark in apostrophes.
            yield [(row[0].strip().replace("'\"'", '"'), row[1].strip()) for row in group]


def label_names(tags: Iterable[str], spans: Sequence[tuple[int, int]]) -> tuple[NameLabel, ...]:
    """Join B- and I- tags to names; a kind that is neither a person nor an organisation is unknown."""
    names: list[NameLabel] = []
    inside = ""
    for tag, (start, end) in zip(tags, spans, strict=True):
        kind = tag[2:]
        if tag.startswith("I-") and kind == inside and names:
            last = names.pop()
            names.append(NameLabel(start=last.start, end=end, kind=last.kind))
        elif kind:
            names.append(NameLabel(start=start, end=end, kind=_KINDS.get(kind, ActorKind.UNKNOWN)))
        inside = kind
    return tuple(names)


def _read_names(path: Path, *, source: str, split: Split) -> Iterator[Example]:
    for number, sentence in enumerate(_read_sentences(path)):
        text, spans = join_tokens([token for token, _ in sentence])
        names = label_names([tag for _, tag in sentence], spans)
        yield Example(source=source, split=split, group=f"{path.name} {number}", text=text, names=names)


def load_btc(data: Path) -> Iterator[Example]:
    """Read the Broad Twitter Corpus (Derczynski et al. 2016)."""
    train, dev = (find_file(data, f"{_BTC}/btc.{part}", source="btc") for part in ("train", "dev"))
    yield from _read_names(train, source="btc", split="train")
    yield from _read_names(dev, source="btc", split="dev")


def load_wnut17(data: Path) -> Iterator[Example]:
    """Read WNUT-17's emerging entities (Derczynski et al. 2017)."""
    train, dev = (find_file(data, f"{_WNUT}/{name}", source="wnut17") for name in ("wnut17train.conll", "emerging.dev.conll"))
    yield from _read_names(train, source="wnut17", split="train")
    yield from _read_names(dev, source="wnut17", split="dev")
