"""Claim sources in, examples out: which sentences state what could be checked, and which are worth checking.

Sentences that stood one after another are joined to short passages, because the model reads whole comments.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from pathlib import Path

from stance.train.examples import Example, SentenceLabel, Split
from stance.train.origins import clean, find_file, fraction_of, join_sentences, read_table, split_of

_CT24 = "jjasardi__BA-CheckThat2024"
_CT24_SHUFFLED = f"{_CT24}/data_s/CT24_checkworthy_english/CT24_checkworthy_english"
_CT24_OFFICIAL = f"{_CT24}/data_f/CT24_checkworthy_english/CT24_checkworthy_english"
_CT24_LONGEST = 4
_CT24_GAP = 3

_POLICLAIM = "EdisonNi-hku__AFaCTA"
_POLICLAIM_LONGEST = 5
_POLICLAIM_HELD_OUT = 2
_POLICLAIM_SURE = {0.0: 0.0, 3.0: 1.0}

_VERIFIABILITY = "RamonMeffert__ltp-verifiability/datasets/regulation_room/train.txt"
_VERIFIABILITY_LONGEST = 5
_VERIFIABLE = {"u": 0.0, "n": 1.0, "e": 1.0}

_NEWSSD = "nlp-unibo__newssd-eng/data/english"


def cut_passages(sentences: Sequence[str], *, longest: int) -> Iterator[tuple[int, int]]:
    """Cut a run of sentences into passages of 1 to `longest`, their lengths being drawn by hash.

    Returns:
        Positions of each passage's first sentence and of the one after its last.
    """
    start = 0
    while start < len(sentences):
        stop = min(start + 1 + int(fraction_of(sentences[start]) * longest), len(sentences))
        yield start, stop
        start = stop


def _passage(
    sentences: Sequence[tuple[str, float | None]], *, source: str, split: Split, group: str, worthy: bool = False
) -> Iterator[Example]:
    """Return one example of the sentences, or none where no sentence is labelled."""
    text, spans = join_sentences(sentence for sentence, _ in sentences)
    labels = tuple(
        SentenceLabel(start=start, end=end, claim=None if worthy else label, check_worthy=label if worthy else None)
        for (start, end), (_, label) in zip(spans, sentences, strict=True)
        if label is not None
    )
    if labels:
        yield Example(source=source, split=split, group=group, text=text, sentences=labels)


def _ct24_rows(data: Path, stem: str, parts: Iterable[str]) -> dict[int, tuple[str, float]]:
    rows: dict[int, tuple[str, float]] = {}
    for part in parts:
        path = data / f"{stem}_{part}.tsv"
        if path.is_file():
            for row in read_table(path, delimiter="\t", quoted=False):
                text = clean(row["Text"])
                if text and row["class_label"] in ("Yes", "No"):
                    rows[int(row["Sentence_id"])] = text, float(row["class_label"] == "Yes")
    return rows


def load_ct24(data: Path) -> Iterator[Example]:
    """Read CheckThat! 2024 task 1, English: debates, sentence by sentence.

    The reshuffled release is one set in three files. Where the official development files are there too, they are
    the development set and leave training; else the reshuffled development file is.
    """
    find_file(data, f"{_CT24_SHUFFLED}_train.tsv", source="ct24")
    train = _ct24_rows(data, _CT24_SHUFFLED, ("train",))
    other = _ct24_rows(data, _CT24_SHUFFLED, ("dev",))
    dev = _ct24_rows(data, _CT24_OFFICIAL, ("dev",))
    held_out = set(_ct24_rows(data, _CT24_OFFICIAL, ("dev", "dev-test")))
    if dev:
        train |= other
    else:
        dev, held_out = other, set(other)
    yield from _ct24_passages({key: row for key, row in train.items() if key not in held_out}, split="train")
    yield from _ct24_passages(dev, split="dev")


def _ct24_passages(rows: dict[int, tuple[str, float]], *, split: Split) -> Iterator[Example]:
    run: list[tuple[str, float]] = []
    keys = sorted(rows)
    for key, following in pairwise([*keys, keys[-1] + _CT24_GAP + 1] if keys else ()):
        run.append(rows[key])
        if following - key > _CT24_GAP:
            for start, stop in cut_passages([text for text, _ in run], longest=_CT24_LONGEST):
                yield from _passage(run[start:stop], source="ct24", split=split, group=f"near {key}", worthy=True)
            run = []


def load_policlaim(data: Path) -> Iterator[Example]:
    """Read PoliClaim: speeches checked by people, and speeches scored by a language model.

    Of the scored ones only the sentences that it was sure of are labelled; the rest stay in their passage unlabelled.
    Two whole checked speeches are for development.
    """
    golden = list(read_table(find_file(data, f"{_POLICLAIM}/policlaim_train_golden.csv", source="policlaim")))
    silver = read_table(find_file(data, f"{_POLICLAIM}/policlaim_train_silver_bronze.csv", source="policlaim"))
    speeches = {row["speech"] for row in golden}
    held_out = sorted(speeches, key=fraction_of)[:_POLICLAIM_HELD_OUT]
    checked = [(row["speech"], clean(row["SENTENCES"]), float(row["golden"])) for row in golden]
    scored = [
        (row["speech"], clean(row["SENTENCES"]), _POLICLAIM_SURE.get(float(row["likelihood"] or 1.0)))
        for row in silver
        if row["speech"] not in speeches
    ]
    for speech, rows in groupby([*checked, *scored], key=lambda row: row[0]):
        run = [(text, label) for _, text, label in rows if text]
        split: Split = "dev" if speech in held_out else "train"
        for start, stop in cut_passages([text for text, _ in run], longest=_POLICLAIM_LONGEST):
            yield from _passage(run[start:stop], source="policlaim", split=split, group=speech)


def load_verifiability(data: Path) -> Iterator[Example]:
    """Read Regulation Room (Park and Cardie 2014): propositions of public comments on rules.

    Experience that somebody reports is as checkable here as any other fact; each line ends in rule, comment and
    proposition.
    """
    path = find_file(data, _VERIFIABILITY, source="verifiability")
    rows: list[tuple[str, str, float]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        label, _, rest = line.partition(",")
        text, _, place = rest.rpartition("#")
        if label in _VERIFIABLE and clean(text):
            rows.append((place.rpartition(".")[0], clean(text), _VERIFIABLE[label]))
    for comment, propositions in groupby(rows, key=lambda row: row[0]):
        run = [(text, label) for _, text, label in propositions]
        split = split_of(f"verifiability-{comment}")
        for start, stop in cut_passages([text for text, _ in run], longest=_VERIFIABILITY_LONGEST):
            yield from _passage(run[start:stop], source="verifiability", split=split, group=comment)


def load_newssd(data: Path) -> Iterator[Example]:
    """Read NewsSD: single news sentences, subjective or objective."""
    splits: tuple[tuple[str, Split], ...] = (("train", "train"), ("val", "dev"))
    for part, split in splits:
        for row in read_table(find_file(data, f"{_NEWSSD}/{part}.csv", source="newssd")):
            text = clean(row["Sentence"])
            if text:
                label = SentenceLabel(start=0, end=len(text), rhetoric=float(row["Label"] == "SUBJ"))
                yield Example(source="newssd", split=split, group=text, text=text, sentences=(label,))
