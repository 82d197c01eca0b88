"""Relation sources in, examples out: what a reply does to the text that it answers."""

from __future__ import annotations

import csv
import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from stance.records import Attribute, Relation
from stance.train.errors import SourceMissing
from stance.train.examples import Example, Split
from stance.train.load_threads import IAC, ForumThread, find_discussions, read_discussion
from stance.train.origins import clean, find_file, find_quoted_lines, join_context, read_table, split_of, take

_DEV_SHARE = 0.15

_DEBAGREEMENT = "isabellelorge__contradiction/data"
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_LONG_SENTENCE_WORDS = 6


def is_mostly_question(text: str) -> bool:
    """Whether a text ends with a question and says nothing else of any length."""
    sentences = [part.strip() for part in _SENTENCE_END.split(text.strip()) if part.strip()]
    if not sentences or not sentences[-1].endswith("?"):
        return False
    return all(part.endswith("?") or len(part.split()) < _LONG_SENTENCE_WORDS for part in sentences)


def _debagreement_relation(label: str, text: str) -> Relation:
    if label == "1":
        return Relation.QUERY if is_mostly_question(text) else Relation.COMMENT
    return Relation.REBUT if label == "0" else Relation.SUPPORT


def load_debagreement(data: Path) -> Iterator[Example]:
    """Read DEBAGREEMENT; the published splits share submissions, so it is cut anew by submission.

    Its training file is read too where there is one. Of its neutral replies, those that only ask are queries.
    """
    paths = [find_file(data, f"{_DEBAGREEMENT}/dev.csv", source="debagreement")]
    full = data / _DEBAGREEMENT / "train.csv"
    for path in [*paths, full] if full.is_file() else paths:
        for row in read_table(path):
            text, parent = clean(row["body_child"]), clean(row["body_parent"])
            if text and parent:
                yield Example(
                    source="debagreement",
                    split=split_of(row["submission_id"], dev_share=_DEV_SHARE),
                    group=row["submission_id"],
                    text=text,
                    parent=join_context([parent]),
                    quotes=find_quoted_lines(text),
                    relation={_debagreement_relation(row["label"], text): 1.0},
                    relation_weight=float(row["agreement_fraction"] or 1.0),
                )


_WIKITACTICS = "christinedekock11__wikitactics/wikitactics.json"
_REBUTTALS = ("DH5", "DH6", "DH7", "DH4: Repeated")
_ATTACKS = ("DH0", "DH1")
_REMARKS = ("Conceding", "Contextualisation", "Coordinating")


def _tactics_relation(rebuttals: Sequence[str], coordinations: Sequence[str]) -> Relation | None:
    if any(label.startswith(_REBUTTALS) for label in rebuttals):
        return Relation.REBUT
    if rebuttals or not coordinations:
        return None
    if all(label == "Asking questions" for label in coordinations):
        return Relation.QUERY
    return Relation.COMMENT if all(label.startswith(_REMARKS) for label in coordinations) else None


def load_wikitactics(data: Path) -> Iterator[Example]:
    """Read WikiTactics: a talk page has no parents, so a reply's parent is the last utterance by somebody else.

    The levels of De Kock et al. (2022), by number: 4 (repeating an argument) and 5 to 7 rebut, 0 and 1 attack the
    person.
    """
    splits: Mapping[str, Split] = {"train": "train", "val": "dev"}
    path = find_file(data, _WIKITACTICS, source="wikitactics")
    for talk in json.loads(path.read_text(encoding="utf-8")):
        split = splits.get(talk["split"])
        if split:
            yield from _read_talk(talk, split=split)


def _read_talk(talk: Mapping[str, Any], *, split: Split) -> Iterator[Example]:
    last_of: dict[str, tuple[int, str]] = {}
    for number, utterance in enumerate(talk["utterances"]):
        text, author = clean(utterance["text"]), utterance["username"]
        rebuttals, coordinations = utterance["rebuttal_labels"], utterance["coordination_labels"]
        others = [last for name, last in last_of.items() if name != author]
        parent = max(others)[1] if others else ""
        if not text:
            continue
        last_of[author] = (number, text)
        relation = _tactics_relation(rebuttals, coordinations) if parent else None
        attacked = any(label.startswith(_ATTACKS) for label in rebuttals)
        yield Example(
            source="wikitactics",
            split=split,
            group=talk["conv_id"],
            text=text,
            parent=join_context([parent]),
            relation={relation: 1.0} if relation else None,
            attributes={Attribute.ATTACK_ON_COMMENTER: float(attacked)},
        )


_MODES = "chridey__change-my-view-modes/v2.0"
_AGAINST = ("rebuttal", "undercutter", "attack", "partial_attack", "disagreement", "partial_disagreement")
_WITH = ("agreement", "partial_agreement", "support")


def load_cmv_modes(data: Path) -> Iterator[Example]:
    """Read Change My View modes: a reply with any attack on an earlier turn rebuts, one with agreement only supports.

    Its parent is the turn that most of those links point to. Files that are not well-formed XML are passed over, as
    the corpus's own release has some.
    """
    paths = sorted((data / _MODES).glob("*/*.xml"))
    if not paths:
        raise SourceMissing(data / _MODES, source="cmv-modes")
    for path in paths:
        try:
            root = ET.fromstring(path.read_text(encoding="utf-8"))
        except ET.ParseError:
            continue
        yield from _read_modes(root)


def _read_modes(root: ET.Element) -> Iterator[Example]:
    group = root.get("ID") or ""
    turn_of = {"title": 0}
    texts: list[str] = []
    for element in root.iter():
        if element.tag not in ("OP", "reply"):
            continue
        number = len(texts)
        texts.append(clean("".join(element.itertext())))
        links: list[tuple[str, str]] = []
        for proposition in element.iter():
            turn_of.setdefault(proposition.get("id") or "", number)
            relations, references = (proposition.get("rel") or "").split(), (proposition.get("ref") or "").split("_")
            links += [(relation, reference) for relation in relations for reference in references]
        if element.tag == "reply":
            crossing = [(kind, turn_of[ref]) for kind, ref in links if turn_of.get(ref, number) < number]
            relation, parent = _modes_relation(crossing)
            if relation and texts[number] and texts[parent]:
                yield Example(
                    source="cmv-modes",
                    split=split_of(group, dev_share=_DEV_SHARE),
                    group=group,
                    text=texts[number],
                    parent=join_context([texts[parent]]),
                    quotes=find_quoted_lines(texts[number]),
                    relation={relation: 1.0},
                )


def _modes_relation(crossing: Sequence[tuple[str, int]]) -> tuple[Relation | None, int]:
    against = [turn for kind, turn in crossing if kind.startswith(_AGAINST)]
    agreeing = [turn for kind, turn in crossing if kind.startswith(_WITH)]
    if against:
        return Relation.REBUT, Counter(against).most_common(1)[0][0]
    return (Relation.SUPPORT, Counter(agreeing).most_common(1)[0][0]) if agreeing else (None, 0)


_IAC_WEAK_MOST = 3000
_IAC_WEAK_WEIGHT = 0.3
_OPPOSED: Final = {Relation.REBUT: 0.7, Relation.COMMENT: 0.15, Relation.QUERY: 0.1, Relation.SUPPORT: 0.05}
_ALIKE: Final = {Relation.SUPPORT: 0.6, Relation.COMMENT: 0.25, Relation.QUERY: 0.1, Relation.REBUT: 0.05}


def _read_sides(data: Path) -> dict[tuple[str, str], str]:
    """Return the side of each author in each discussion, where raters gave one side most votes."""
    path = find_file(data, f"{IAC}/annotations/author_stance.csv", source="iac-weak")
    sides: dict[tuple[str, str], str] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            votes = {side: int(row[side]) for side in ("pro", "anti", "other")}
            best = max(votes, key=lambda side: votes[side])
            if best != "other" and sorted(votes.values())[-2] < votes[best]:
                sides[row["discussion_id"], row["author"]] = best
    return sides


def load_iac_weak(data: Path) -> Iterator[Example]:
    """Read quoting replies of the Internet Argument Corpus whose authors' sides in the discussion are known.

    Two authors of opposite sides mostly rebut each other; the labels are soft and weigh little, and none is for
    development.
    """
    sides = _read_sides(data)
    annotated = {discussion for discussion, _ in sides}
    found: list[Example] = []
    for path in find_discussions(data):
        if path.stem in annotated:
            thread, authors = read_discussion(path, topic="")
            side_of = {number: sides.get((path.stem, author), "") for author, number in authors.items()}
            if thread.split == "train":
                found += _weak_pairs(thread, side_of)
    yield from take(found, at_most=_IAC_WEAK_MOST)


def _weak_pairs(thread: ForumThread, side_of: Mapping[str, str]) -> Iterator[Example]:
    posts = {post.id: post for post in thread.posts}
    for post in thread.posts:
        parent = posts.get(post.parent_id or "")
        if parent is None or not post.quoting or post.author == parent.author:
            continue
        side, other = side_of[post.author], side_of[parent.author]
        if side and other and post.text_without_quotes and parent.text_without_quotes:
            yield Example(
                source="iac-weak",
                split="train",
                group=thread.id,
                text=post.text_without_quotes,
                parent=join_context([parent.text_without_quotes]),
                relation=_ALIKE if side == other else _OPPOSED,
                relation_weight=_IAC_WEAK_WEIGHT,
            )
