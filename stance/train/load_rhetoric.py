"""Rhetoric sources in, examples out: persuasion without evidence, and the devices that are named.

These sources label a whole short text. It is taken as one sentence where it is short enough to be read as one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from stance.records import Attribute, Device
from stance.train.examples import Example, SentenceLabel, Split
from stance.train.load_threads import tidy_post
from stance.train.origins import clean, find_file, join_context, read_json_lines, read_table, split_of

_SENTENCE_ENDS = re.compile(r"[.!?…]+[\"'”’)]*(?=\s|$)")

_SEMEVAL = "Media-Bias-Group__magpie-multi-task/datasets/120_SemEval2023Task3/preprocessed.csv"
_SEMEVAL_SENTENCES = 2
_SEMEVAL_DEVICES: Final = {
    "Loaded_Language": Device.LOADED_LANGUAGE,
    "Name_Calling-Labeling": Device.NAME_CALLING,
    "Exaggeration-Minimisation": Device.EXAGGERATION,
    "Appeal_to_Fear-Prejudice": Device.APPEAL_TO_FEAR,
}
_SEMEVAL_OTHER = ("text", "label", "")

_ISARCASM = "iabufarha__iSarcasmEval/train/train.En.csv"
_IRONY = "cardiffnlp__tweeteval/datasets/irony"
_FIGLANG = "EducationalTestingService__sarcasm/reddit/sarcasm_detection_shared_task_reddit_training.jsonl"
_IAC_QR = "iac_qr_joined/iac_qr_joined.csv"
_IAC_QR_WORDS = 60


def _whole(
    text: str, *, rhetoric: float | None = None, devices: Mapping[Device, float] | None = None
) -> tuple[SentenceLabel, ...]:
    return (SentenceLabel(start=0, end=len(text), rhetoric=rhetoric, devices=devices or {}),)


def load_semeval23(data: Path) -> Iterator[Example]:
    """Read SemEval-2023 task 3's English paragraphs; those of more than two sentences are passed over.

    Rhetoric is any of the task's techniques; only the four that single sentences show are named as devices.
    """
    for row in read_table(find_file(data, _SEMEVAL, source="semeval23")):
        text = clean(row["text"])
        if not text or len(_SENTENCE_ENDS.findall(text)) > _SEMEVAL_SENTENCES:
            continue
        techniques = {key: float(value or 0) for key, value in row.items() if key not in _SEMEVAL_OTHER}
        devices = {device: techniques[key] for key, device in _SEMEVAL_DEVICES.items()}
        labels = _whole(text, rhetoric=max(techniques.values()), devices=devices)
        yield Example(source="semeval23", split=split_of(text), group=text, text=text, sentences=labels)


def load_isarcasm(data: Path) -> Iterator[Example]:
    """Read iSarcasmEval: tweets whose own writers said whether they were sarcastic.

    Rhetorical questions were asked about in sarcastic tweets only; another tweet has none for sure where it has no
    question mark, and whether it persuades is unknown.
    """
    for row in read_table(find_file(data, _ISARCASM, source="isarcasm")):
        text = clean(row["tweet"])
        if not text:
            continue
        sarcastic = float(row["sarcastic"])
        devices = {Device.SARCASM: sarcastic}
        if sarcastic:
            devices[Device.RHETORICAL_QUESTION] = float(row["rhetorical_question"] or 0)
        elif "?" not in text:
            devices[Device.RHETORICAL_QUESTION] = 0.0
        labels = _whole(text, rhetoric=1.0 if sarcastic else None, devices=devices)
        yield Example(source="isarcasm", split=split_of(text), group=text, text=text, sentences=labels)


def load_tweeteval_irony(data: Path) -> Iterator[Example]:
    """Read TweetEval's irony task as sarcasm."""
    for split, text, label in read_tweeteval(data, _IRONY, source="tweeteval-irony"):
        labels = _whole(text, devices={Device.SARCASM: float(label == "1")})
        yield Example(source="tweeteval-irony", split=split, group=text, text=text, sentences=labels)


def read_tweeteval(data: Path, folder: str, *, source: str) -> Iterator[tuple[Split, str, str]]:
    """Read one TweetEval task: text and label stand on the same line of two files, so empty lines count."""
    splits: tuple[tuple[str, Split], ...] = (("train", "train"), ("val", "dev"))
    for part, split in splits:
        texts = find_file(data, f"{folder}/{part}_text.txt", source=source).read_text(encoding="utf-8").split("\n")
        labels = find_file(data, f"{folder}/{part}_labels.txt", source=source).read_text(encoding="utf-8").split("\n")
        for text, label in zip(texts, labels, strict=False):
            if clean(text) and label.strip():
                yield split, clean(text), label.strip()


def load_figlang(data: Path) -> Iterator[Example]:
    """Read the Reddit half of FigLang 2020: sarcastic replies with what they answer."""
    for row in read_json_lines(find_file(data, _FIGLANG, source="figlang")):
        text, context = clean(row["response"]), [clean(turn) for turn in row["context"]]
        if text:
            opening = context[0] if context else text
            yield Example(
                source="figlang",
                split=split_of(opening),
                group=opening,
                text=text,
                parent=join_context(context),
                sentences=_whole(text, devices={Device.SARCASM: float(row["label"] == "SARCASM")}),
            )


def _mean(row: Mapping[str, str], column: str) -> float | None:
    return float(row[column]) if row[column] else None


def _persuades(row: Mapping[str, str]) -> float | None:
    """Read rhetoric off the raters' means; what lies between clear cases is unknown."""
    fact, sarcasm, nice = _mean(row, "fact-feeling"), _mean(row, "sarcasm"), _mean(row, "nicenasty")
    if (
        (fact is not None and fact <= -1)
        or (sarcasm is not None and sarcasm >= 0.5)
        or (nice is not None and nice <= -1)
    ):
        return 1.0
    if fact is not None and fact >= 1 and sarcasm == 0 and (nice is None or nice >= 0):
        return 0.0
    return None


def _attacks(row: Mapping[str, str]) -> float | None:
    means = [mean for mean in (_mean(row, "attack"), _mean(row, "nicenasty")) if mean is not None]
    if not means:
        return None
    if min(means) <= -2:
        return 1.0
    return 0.0 if min(means) >= 1 else None


def load_iac_qr(data: Path) -> Iterator[Example]:
    """Read the responses of the Internet Argument Corpus that raters judged: sarcasm, feeling, attack.

    A response of more than 60 words keeps only what was said of it as a whole, not as one sentence.
    """
    for row in read_table(find_file(data, _IAC_QR, source="iac-qr")):
        text = tidy_post(row["response_text"])
        sarcasm, rhetoric, attack = _mean(row, "sarcasm"), _persuades(row), _attacks(row)
        devices = {}
        if sarcasm is not None and (sarcasm >= 0.5 or sarcasm == 0):
            devices[Device.SARCASM] = float(sarcasm >= 0.5)
        labelled = len(text.split()) <= _IAC_QR_WORDS and (rhetoric is not None or devices)
        if text and (labelled or attack is not None):
            yield Example(
                source="iac-qr",
                # The same cut as load_threads has, so that no discussion is on both sides.
                split=split_of(f"iac-{row['discussion_id']}", dev_share=0.2),
                group=row["discussion_id"],
                text=text,
                sentences=_whole(text, rhetoric=rhetoric, devices=devices) if labelled else (),
                attributes={} if attack is None else {Attribute.ATTACK_ON_COMMENTER: attack},
            )
