"""Stance sources in, examples out: what a text shows toward the targets that its raters were given.

Every loader takes the data folder and reads its origins' files as they were published.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from stance.records import Stance
from stance.train.examples import Example, Split, TargetLabel
from stance.train.origins import (
    clean,
    find_file,
    find_mentions,
    find_quoted_lines,
    join_context,
    read_json_lines,
    read_table,
    shares,
    split_of,
)

_BY_WORD: Final = {"FAVOR": Stance.FAVOR, "AGAINST": Stance.AGAINST, "NONE": Stance.NEUTRAL}

_NEWSMTSC = "fhamborg__NewsMTSC/NewsSentiment/experiments/default/datasets"
_NEWSMTSC_POLARITY: Final = {6.0: Stance.FAVOR, 4.0: Stance.NEUTRAL, 2.0: Stance.AGAINST}

_VAST_TRAIN = "HITSZ-HLT__JointCL/datasets/VAST/vast_train.zip"
_VAST_DEV = "chenyez__ZeroStance/data/vast/raw_val_all_onecol.csv"
_VAST_LABELS: Final = {"0": Stance.AGAINST, "1": Stance.FAVOR, "2": Stance.NEUTRAL}
_VAST_SYNTHETIC = "4"
_VAST_TOPIC_WORDS = 8

_PSTANCE = "chenyez__ZeroStance/data/pstance"
_MT_CSD = "nfq729__MT-CSD/data"
_SPINOS = "caisa-lab__SPINOS-dataset"
_MULTI_TARGET = "BinLiang-NLP__TPDG/raw_data/multi_target_stance.csv"

_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "Donald Trump": ("Donald Trump", "DonaldTrump", "Trump"),
    "Joe Biden": ("Joe Biden", "JoeBiden", "Biden"),
    "Bernie Sanders": ("Bernie Sanders", "BernieSanders", "Bernie", "Sanders"),
    "Hillary Clinton": ("Hillary Clinton", "HillaryClinton", "Hillary", "Clinton"),
    "Ted Cruz": ("Ted Cruz", "TedCruz", "Cruz"),
    "Bitcoin": ("Bitcoin", "BTC"),
    "SpaceX": ("SpaceX", "Space X"),
    "Tesla": ("Tesla",),
}
_FULL_NAMES: Final = {"Biden": "Joe Biden", "Trump": "Donald Trump", "Hilary Clinton": "Hillary Clinton"}


def _target(
    name: str,
    text: str,
    stances: Mapping[Stance, float],
    *,
    weight: float = 1.0,
    offered: Collection[Stance] = tuple(Stance),
) -> TargetLabel:
    full = _FULL_NAMES.get(name, name)
    return TargetLabel(
        name=full,
        probabilities=dict.fromkeys(offered, 0.0) | shares(stances),
        spans=find_mentions(text, _NAMES.get(full, (full,))),
        weight=weight,
    )


def _newsmtsc_file(path: Path, *, source: str, split: Split) -> Iterator[Example]:
    for row in read_json_lines(path):
        # Not cleaned: the spans speak of the sentence as it was published.
        yield Example(
            source=source,
            split=split,
            group="_".join(row["primary_gid"].split("_")[:3]),
            text=row["sentence_normalized"],
            targets=tuple(
                TargetLabel(
                    name=target["mention"],
                    probabilities=dict.fromkeys(Stance, 0.0) | {_NEWSMTSC_POLARITY[target["polarity"]]: 1.0},
                    spans=((target["from"], target["to"]),),
                )
                for target in row["targets"]
            ),
        )


def load_newsmtsc(data: Path) -> Iterator[Example]:
    """Read NewsMTSC: its training split, and the development split drawn as news is (`rw`)."""
    name = "newsmtsc"
    train = find_file(data, f"{_NEWSMTSC}/newsmtsc-mt/train.jsonl", source=name)
    dev = find_file(data, f"{_NEWSMTSC}/newsmtsc-rw/dev.jsonl", source=name)
    yield from _newsmtsc_file(train, source=name, split="train")
    yield from _newsmtsc_file(dev, source=name, split="dev")


def load_newsmtsc_mt(data: Path) -> Iterator[Example]:
    """Read NewsMTSC's development split of sentences with two or more targets."""
    name = "newsmtsc-mt"
    path = find_file(data, f"{_NEWSMTSC}/newsmtsc-mt/dev.jsonl", source=name)
    yield from _newsmtsc_file(path, source=name, split="dev")


class _Post:
    """A VAST post while its rows, one a topic, come in."""

    def __init__(self, group: str) -> None:
        self.group = group
        self.votes: dict[str, Counter[Stance]] = defaultdict(Counter)

    def example(self, text: str, *, split: Split) -> Example:
        targets = tuple(_target(topic, text, votes) for topic, votes in self.votes.items())
        return Example(source="vast", split=split, group=self.group, text=text, targets=targets)


def _surface_forms(rows: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the commonest wording of each lemmatised topic, from pairs of lemmas and wording."""
    wordings: dict[str, Counter[str]] = defaultdict(Counter)
    for lemmas, wording in rows:
        wordings[lemmas][clean(wording)] += 1
    return {lemmas: counts.most_common(1)[0][0] for lemmas, counts in wordings.items()}


def _examples_of_posts(rows: Iterable[tuple[str, str, Stance, str]], *, split: Split) -> Iterator[Example]:
    """Return one example a post from rows of post, topic, stance and group."""
    posts: dict[str, _Post] = {}
    for text, topic, stance, group in rows:
        if text and topic and len(topic.split()) <= _VAST_TOPIC_WORDS:
            post = posts.setdefault(text, _Post(group))
            post.votes[topic][stance] += 1
    for text, post in posts.items():
        yield post.example(text, split=split)


def _vast_train(path: Path) -> Iterator[tuple[str, str, Stance, str]]:
    with zipfile.ZipFile(path) as archive, archive.open(archive.namelist()[0]) as raw:
        table = list(csv.DictReader(io.TextIOWrapper(raw, encoding="utf-8", newline="")))
    surface = _surface_forms(
        (row["topic_str"], row["new_topic"]) for row in table if row["type_idx"] != _VAST_SYNTHETIC
    )
    for row in table:
        synthetic = row["type_idx"] == _VAST_SYNTHETIC
        # A synthetic row's new_topic is the post's own; the topic it was paired with stands in topic_str only.
        topic = surface.get(row["topic_str"], row["topic_str"]) if synthetic else clean(row["new_topic"])
        yield clean(row["post"]), topic, _VAST_LABELS[row["label"]], row["arc_id"]


def _vast_dev(path: Path) -> Iterator[tuple[str, str, Stance, str]]:
    table = list(read_table(path))
    surface = _surface_forms((row["Target 1"], row["new_topic"]) for row in table if row["Stance 1"] != "NONE")
    for row in table:
        stance, topic = _BY_WORD[row["Stance 1"]], clean(row["new_topic"])
        if stance is Stance.NEUTRAL and not _same_topic(row["Target 1"], topic):
            topic = surface.get(row["Target 1"], row["Target 1"])
        text = clean(row["Tweet"])
        yield text, topic, stance, text[:40]


def _same_topic(lemmas: str, wording: str) -> bool:
    starts = {word[:3] for word in wording.lower().split()}
    return all(word[:3] in starts for word in lemmas.lower().split())


def load_vast(data: Path) -> Iterator[Example]:
    """Read VAST: one example a post with all its topics.

    Most of its neutral rows pair a post with a topic drawn at random: they teach that a target which a text does not
    touch gets no stance, while what is named without judgement is learned elsewhere. A topic with rows of different
    labels gets their shares.
    """
    train = _vast_train(find_file(data, _VAST_TRAIN, source="vast"))
    dev = _vast_dev(find_file(data, _VAST_DEV, source="vast"))
    yield from _examples_of_posts(train, split="train")
    yield from _examples_of_posts(dev, split="dev")


def load_pstance(data: Path) -> Iterator[Example]:
    """Read P-Stance, whose raters were offered favor and against only."""
    splits: tuple[tuple[str, Split], ...] = (("train", "train"), ("val", "dev"))
    for part, split in splits:
        for person in ("trump", "biden", "bernie"):
            path = find_file(data, f"{_PSTANCE}/raw_{part}_{person}.csv", source="pstance")
            for row in read_table(path):
                text = clean(row["Tweet"])
                if text:
                    stance = {_BY_WORD[row["Stance"]]: 1.0}
                    target = _target(row["Target"], text, stance, offered=(Stance.FAVOR, Stance.AGAINST))
                    yield Example(source="pstance", split=split, group=person, text=text, targets=(target,))


def _mt_csd_split(path: Path, texts: Mapping[str, str], *, target: str, split: Split) -> Iterator[Example]:
    votes: dict[tuple[str, ...], Counter[Stance]] = defaultdict(Counter)
    for row in json.loads(path.read_text(encoding="utf-8")):
        votes[tuple(row["index"])][_BY_WORD[row["stance"].upper()]] += 1
    for index, stances in votes.items():
        *before, text = (texts.get(node, "") for node in index)
        if text:
            yield Example(
                source="mt-csd",
                split=split,
                group=f"{target}-{index[0]}",
                text=text,
                parent=join_context(before),
                quotes=find_quoted_lines(text),
                targets=(_target(target, text, stances),),
            )


def load_mt_csd(data: Path) -> Iterator[Example]:
    """Read MT-CSD: the last node of each path is the labelled comment, the nodes before it are what it answers."""
    splits: tuple[tuple[str, Split], ...] = (("train", "train"), ("valid", "dev"))
    for target in ("Biden", "Bitcoin", "SpaceX", "Tesla", "Trump"):
        table = find_file(data, f"{_MT_CSD}/{target}/text.csv", source="mt-csd")
        texts = {row["id"]: clean(row["text"]) for row in read_table(table)}
        for part, split in splits:
            path = find_file(data, f"{_MT_CSD}/{target}/{part}.json", source="mt-csd")
            yield from _mt_csd_split(path, texts, target=target, split=split)


_SPINOS_STANCES: Final = {
    "favor": Stance.FAVOR,
    "s_favor": Stance.FAVOR,
    "against": Stance.AGAINST,
    "s_against": Stance.AGAINST,
    "stance_not_inferrable": Stance.NEUTRAL,
}
_SPINOS_TOPICS: Final = {
    "brexit": "Brexit",
    "climate-change": "man-made climate change",
    "nuclear-energy": "nuclear energy",
}


def _spinos_text(row: Mapping[str, Any]) -> str:
    title, body = clean(row.get("title") or ""), clean(row.get("content") or "")
    return body if body.startswith(title) else f"{title}\n{body}".strip()


def load_spinos(data: Path) -> Iterator[Example]:
    """Read SPINOS; its raters could not decide on some rows, which are left out."""
    context = find_file(data, f"{_SPINOS}/SPINOS_context_for_annotators.jsonl", source="spinos")
    posts = {row["id"]: row for row in read_json_lines(context)}
    path = find_file(data, f"{_SPINOS}/SPINOS_official_dataset.jsonl", source="spinos")
    for row in read_json_lines(path):
        stance, text = _SPINOS_STANCES.get(row["annotation"]), _spinos_text(row)
        if stance is None or not text:
            continue
        topic = _SPINOS_TOPICS.get(row["topic"], row["topic"])
        group = row["top_level_post_id"] or row["id"]
        answered = [posts[parent] for parent in row["parent_ids"] or () if parent in posts]
        if not answered and group in posts and group != row["id"]:
            answered = [posts[group]]
        answered.sort(key=lambda post: post["timestamp"] or "")
        yield Example(
            source="spinos",
            split=split_of(group),
            group=group,
            text=text,
            parent=join_context([_spinos_text(post) for post in answered]),
            quotes=find_quoted_lines(text),
            targets=(_target(topic, text, {stance: 1.0}),),
        )


def load_multi_target(data: Path) -> Iterator[Example]:
    """Read the multi-target tweets of Sobhani et al. (2017): two candidates a tweet."""
    path = find_file(data, _MULTI_TARGET, source="multi-target")
    splits: Mapping[str, Split] = {"Train": "train", "Dev": "dev"}
    for row in read_table(path, encoding="latin-1"):
        split, text = splits.get(row["Test/Train/Dev"].strip()), clean(row["Tweet"])
        if split and text:
            targets = tuple(
                _target(row[f"Target {number}"].strip(), text, {_BY_WORD[row[f"Stance {number}"].strip()]: 1.0})
                for number in (1, 2)
            )
            pair = " / ".join(target.name for target in targets)
            yield Example(source="multi-target", split=split, group=pair, text=text, targets=targets)
