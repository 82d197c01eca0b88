"""Moderation sources in, examples out: how a comment treats people.

A label says what its raters were asked and no more: an attribute that a source does not speak of is absent.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from stance.records import Attribute
from stance.train.examples import Example, Split
from stance.train.load_rhetoric import read_tweeteval
from stance.train.origins import (
    clean,
    detokenise,
    find_file,
    find_quoted_lines,
    fraction_of,
    join_context,
    read_json_lines,
    read_table,
    split_of,
    take,
)

_HARMLESS: Final = {
    Attribute.TOXICITY: 0.0,
    Attribute.SEVERE_TOXICITY: 0.0,
    Attribute.INSULT: 0.0,
    Attribute.IDENTITY_ATTACK: 0.0,
    Attribute.THREAT: 0.0,
}
"""What a text is not when raters asked for any of it found none."""


_FORUMS: Final = ("incivility", "guest", "counter-context", "cmv-ad-hominem")
"""Sources from Reddit, where a line that begins with `>` is quoted."""


def _example(
    source: str,
    text: str,
    attributes: Mapping[Attribute, float],
    *,
    split: Split | None = None,
    group: str = "",
    parent: str = "",
) -> Example:
    """Return an example; without a split, its group's hash decides, and without a group its text's."""
    group = group or text
    return Example(
        source=source,
        split=split or split_of(group),
        group=group,
        text=text,
        parent=parent,
        quotes=find_quoted_lines(text) if source in _FORUMS else (),
        attributes=attributes,
    )


_TOXIC_SPANS = "ipavlopoulos__toxic_spans/data"
_SPAN_TYPES: Final = {
    "Insult": Attribute.INSULT,
    "Identity based Attack": Attribute.IDENTITY_ATTACK,
    "Threat": Attribute.THREAT,
    "Profane/Obscene": Attribute.PROFANITY,
}
_GRAVE = (Attribute.IDENTITY_ATTACK, Attribute.THREAT, Attribute.PROFANITY)


def load_toxic_spans(data: Path) -> Iterator[Example]:
    """Read Toxic Spans; each type's probability is the share of raters that marked a span of it.

    All comments were picked as toxic, so TOXICITY is not labelled, and neither is the form's "not toxic" box, which
    raters had to tick to skip a comment. SEVERE_TOXICITY is approximate: all raters marked something and half of them
    a grave type, or three types were marked; where nobody marked a grave type it is 0, else unknown.
    """
    raters: dict[str, set[str]] = defaultdict(set)
    for row in read_table(find_file(data, f"{_TOXIC_SPANS}/annotations.csv", source="toxic-spans")):
        raters[row["comment_id"]].add(row["annotation"])
    marked: dict[str, set[Attribute]] = defaultdict(set)
    for row in read_table(find_file(data, f"{_TOXIC_SPANS}/spans.csv", source="toxic-spans")):
        if row["type"] in _SPAN_TYPES:
            marked[row["annotation"]].add(_SPAN_TYPES[row["type"]])
    for row in read_table(find_file(data, f"{_TOXIC_SPANS}/comments.csv", source="toxic-spans")):
        text, annotations = clean(row["comment_text"]), raters[row["comment_id"]]
        if text and annotations:
            votes = [marked.get(annotation, set()) for annotation in annotations]
            yield _example("toxic-spans", text, _rater_shares(votes), group=row["comment_id"])


def _rater_shares(votes: list[set[Attribute]]) -> dict[Attribute, float]:
    counts = Counter(attribute for vote in votes for attribute in vote)
    attributes = {attribute: counts[attribute] / len(votes) for attribute in _SPAN_TYPES.values()}
    grave = max(attributes[attribute] for attribute in _GRAVE)
    if all(votes) and (grave >= 0.5 or len(counts) >= 3):
        attributes[Attribute.SEVERE_TOXICITY] = 1.0
    elif grave == 0:
        attributes[Attribute.SEVERE_TOXICITY] = 0.0
    return attributes


_IMPERMIUM = "AWConant__internet-hate-comments/train.csv"
_ESCAPE = re.compile(r"((?:\\x[0-9a-fA-F]{2})+)|\\u([0-9a-fA-F]{4})|\\([nrt\\\"'])")
_PLAIN_ESCAPES: Final = {"n": "\n", "r": "\n", "t": " "}


def unescape_python(text: str) -> str:
    """Undo the outer quotation marks and escapes of a Python literal, bytes being read as UTF-8 where they are."""

    def replacement(match: re.Match[str]) -> str:
        octets, code, plain = match.groups()
        if octets:
            raw = bytes.fromhex(octets.replace("\\x", ""))
            try:
                return raw.decode("utf-8")
            except UnicodeDecodeError:
                return raw.decode("latin-1")
        if code:
            return "\ufffd" if 0xD800 <= int(code, 16) <= 0xDFFF else chr(int(code, 16))
        return _PLAIN_ESCAPES.get(plain, plain)

    inner = text.strip()
    if len(inner) > 1 and inner[0] == inner[-1] == '"':
        inner = inner[1:-1]
    return _ESCAPE.sub(replacement, inner.replace("\\\\", "\\"))


def load_impermium(data: Path) -> Iterator[Example]:
    """Read Impermium's comments: an insult counts where it is aimed at somebody who takes part."""
    for row in read_table(find_file(data, _IMPERMIUM, source="impermium")):
        text = clean(unescape_python(row["Comment"]))
        if text and row["Insult"] in ("0", "1"):
            yield _example("impermium", text, {Attribute.ATTACK_ON_COMMENTER: float(row["Insult"])})


_INCIVILITY = "ercexpo__reddit_incivility/incivility_coded_0302.train.json"


def load_incivility(data: Path) -> Iterator[Example]:
    """Read Reddit incivility: uncivil or not."""
    for row in read_json_lines(find_file(data, _INCIVILITY, source="incivility")):
        text = clean(row["comment"])
        if text:
            yield _example("incivility", text, {Attribute.TOXICITY: float(row["label"])})


_HATEMOJI = "HannahKirk__Hatemoji/HatemojiBuild"


def load_hatemoji(data: Path) -> Iterator[Example]:
    """Read HatemojiBuild: hate with emoji, by type; hate that threatens is severe."""
    splits: tuple[tuple[str, Split], ...] = (("train", "train"), ("validation", "dev"))
    for part, split in splits:
        for row in read_table(find_file(data, f"{_HATEMOJI}/{part}.csv", source="hatemoji")):
            text, hateful = clean(row["text"]), float(row["label_gold"])
            threatening = float(row["type"] == "threateninglanguage")
            attributes = {
                Attribute.TOXICITY: hateful,
                Attribute.IDENTITY_ATTACK: hateful,
                Attribute.THREAT: threatening,
            }
            if threatening or not hateful:
                attributes[Attribute.SEVERE_TOXICITY] = threatening
            if text:
                yield _example("hatemoji", text, attributes, split=split)


_OLID = "idontflow__OLID/olid-training-v1.0.tsv"


def load_olid(data: Path) -> Iterator[Example]:
    """Read OLID: offensive or not, and of the offensive, aimed at somebody (TIN) or only profane (UNT)."""
    for row in read_table(find_file(data, _OLID, source="olid"), delimiter="\t", quoted=False):
        text, offensive, aimed = clean(row["tweet"]), row["subtask_a"] == "OFF", row["subtask_b"]
        attributes = {Attribute.TOXICITY: 1.0}
        if not offensive:
            attributes = {**_HARMLESS, Attribute.PROFANITY: 0.0}
        elif aimed in ("TIN", "UNT"):
            attributes[Attribute.INSULT] = float(aimed == "TIN")
            if aimed == "UNT":
                attributes[Attribute.PROFANITY] = 1.0
        if text:
            yield _example("olid", text, attributes, group=row["id"])


_DAVIDSON = "t-davidson__hate-speech-and-offensive-language/data/labeled_data.csv"
_DAVIDSON_PER_CLASS = 1000
_DAVIDSON_CLASSES: Final[Mapping[str, Mapping[Attribute, float]]] = {
    "0": {Attribute.IDENTITY_ATTACK: 1.0, Attribute.TOXICITY: 1.0},
    "1": {Attribute.IDENTITY_ATTACK: 0.0, Attribute.PROFANITY: 1.0},
    "2": {Attribute.IDENTITY_ATTACK: 0.0, Attribute.PROFANITY: 0.0},
}


def load_davidson(data: Path) -> Iterator[Example]:
    """Read Davidson et al. (2017): hate against mere profanity; the lexicon it was drawn by calls for few rows."""
    by_class: dict[str, list[Example]] = defaultdict(list)
    for row in read_table(find_file(data, _DAVIDSON, source="davidson")):
        text = clean(row["tweet"])
        if text:
            by_class[row["class"]].append(_example("davidson", text, _DAVIDSON_CLASSES[row["class"]]))
    for examples in by_class.values():
        dev = sorted((e for e in examples if e.split == "dev"), key=lambda example: fraction_of(example.text))
        yield from take((e for e in examples if e.split == "train"), at_most=_DAVIDSON_PER_CLASS)
        yield from dev[: _DAVIDSON_PER_CLASS // 10]


_GUEST = "ellamguest__online-misogyny-eacl2021/data/final_labels.csv"


def load_guest(data: Path) -> Iterator[Example]:
    """Read Guest et al. (2021): misogyny on Reddit; only the published training rows."""
    labels = {"Misogynistic": 1.0, "Nonmisogynistic": 0.0}
    for row in read_table(find_file(data, _GUEST, source="guest")):
        text = clean(row["body"])
        if text and row["level_1"] in labels and row["split"] == "train":
            attributes = {Attribute.IDENTITY_ATTACK: labels[row["level_1"]]}
            yield _example("guest", text, attributes, group=row["link_id"])


_PARADETOX = "s-nlp__paradetox/paradetox/paradetox.tsv"
_PARADETOX_MOST = 4000


def load_paradetox(data: Path) -> Iterator[Example]:
    """Read ParaDetox: a toxic sentence and its civil rewrite, written alike so that style cannot tell them apart."""
    pairs: list[tuple[str, str]] = []
    for row in read_table(find_file(data, _PARADETOX, source="paradetox"), delimiter="\t", quoted=False):
        toxic, civil = (_plain_style(row[column]) for column in ("toxic", "neutral1"))
        if toxic and civil and toxic != civil:
            pairs.append((toxic, civil))
    pairs.sort(key=lambda pair: fraction_of(pair[0]))
    dev = {pair for pair in pairs if split_of(f"paradetox {pair[0]}") == "dev"}
    train = [pair for pair in pairs if pair not in dev][:_PARADETOX_MOST]
    for toxic, civil in [*train, *sorted(dev)[: _PARADETOX_MOST // 10]]:
        split: Split = "dev" if (toxic, civil) in dev else "train"
        yield _example("paradetox", toxic, {Attribute.TOXICITY: 1.0}, split=split, group=toxic)
        yield _example("paradetox", civil, {Attribute.TOXICITY: 0.0}, split=split, group=toxic)


def _plain_style(text: str) -> str:
    return detokenise(clean(text).lower()).rstrip(" .")


_SURGE = "surge-ai__toxicity/toxicity_en.csv"


def load_surge(data: Path) -> Iterator[Example]:
    """Read Surge's thousand comments, all for development."""
    for row in read_table(find_file(data, _SURGE, source="surge")):
        text = clean(row["text"])
        if text:
            yield _example("surge", text, {Attribute.TOXICITY: float(row["is_toxic"] == "Toxic")}, split="dev")


_DEBIASING = "conversationai__unintended-ml-bias-analysis/data/toxicity_debiasing_data.tsv"


def load_debiasing(data: Path) -> Iterator[Example]:
    """Read harmless sentences that name identities; the published test rows are left out."""
    splits: Mapping[str, Split] = {"train": "train", "dev": "dev"}
    for row in read_table(find_file(data, _DEBIASING, source="debiasing"), delimiter="\t"):
        text, split = clean(row["comment"]), splits.get(row["split"])
        if text and split:
            yield _example("debiasing", text, _HARMLESS, split=split)


_COUNTER = "xinchenyu__counter_context/data/gold"


def load_counter_context(data: Path) -> Iterator[Example]:
    """Read hate (0), neutral (1) and counter-hate (2) replies with their parents: opposing hate attacks nobody."""
    splits: tuple[tuple[str, Split], ...] = (("train", "train"), ("val", "dev"))
    for part, split in splits:
        for row in read_json_lines(find_file(data, f"{_COUNTER}/{part}.jsonl", source="counter-context")):
            text, parent = clean(row["target"]), join_context([clean(row["context"])])
            if text:
                attributes = {Attribute.IDENTITY_ATTACK: float(str(row["label"]) == "0")}
                yield _example("counter-context", text, attributes, split=split, parent=parent)


_SPAM = (
    "mdabdullahibnaharun__Youtube-Spam-Comment-Detector-FLASK/Colab-JupytereNotebook/datasets/"
    "youtube-spam-collection-v1"
)


def load_youtube_spam(data: Path) -> Iterator[Example]:
    """Read the YouTube Spam Collection; one video's comments are for development."""
    splits: tuple[tuple[str, Split], ...] = (
        ("01-Psy", "train"),
        ("02-KatyPerry", "train"),
        ("03-LMFAO", "train"),
        ("04-Eminem", "train"),
        ("05-Shakira", "dev"),
    )
    for video, split in splits:
        for row in read_table(find_file(data, f"{_SPAM}/Youtube{video}.csv", source="youtube-spam")):
            text = clean(row["CONTENT"])
            if text:
                attributes = {Attribute.SPAM: float(row["CLASS"])}
                yield _example("youtube-spam", text, attributes, split=split, group=video)


_HATE = "cardiffnlp__tweeteval/datasets/hate"
_HATE_MOST = 3000


def load_tweeteval_hate(data: Path) -> Iterator[Example]:
    """Read TweetEval's hate task, against women and immigrants."""
    yield from take(
        (
            _example("tweeteval-hate", text, {Attribute.IDENTITY_ATTACK: float(label == "1")}, split=split)
            for split, text, label in read_tweeteval(data, _HATE, source="tweeteval-hate")
        ),
        at_most=_HATE_MOST,
    )


_AD_HOMINEM = "cmv_ad_hominem/cmv_ad_hominem.jsonl"
_AD_HOMINEM_WORDS = 250


def load_cmv_ad_hominem(data: Path) -> Iterator[Example]:
    """Read Change My View comments that moderators removed as rude or hostile (rule 2), and those beside them."""
    for row in read_json_lines(find_file(data, _AD_HOMINEM, source="cmv-ad-hominem")):
        text = clean(row["body"])
        if text and len(text.split()) <= _AD_HOMINEM_WORDS and row["violated_rule"] in (0, 2):
            attributes = {Attribute.ATTACK_ON_COMMENTER: float(row["violated_rule"] == 2)}
            yield _example("cmv-ad-hominem", text, attributes, group=row["link_id"])


_UCC = "conversationai__unhealthy-conversations/corpus/val.csv"


def load_ucc(data: Path) -> Iterator[Example]:
    """Read the Unhealthy Comments Corpus, for evaluation only: its licence forbids commercial use."""
    for row in read_table(find_file(data, _UCC, source="ucc")):
        text = clean(row["comment"])
        if text:
            attributes = {Attribute.ATTACK_ON_COMMENTER: float(row["antagonize"])}
            yield _example("ucc", text, attributes, split="dev", group=row["_unit_id"])
