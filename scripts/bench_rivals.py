"""What others would write today, timed beside the judge: a call for each question, and one BERT-base with six outputs.

Both get random heads, which cost what trained ones do, and the size of batch that suits them best on this machine.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast, pipeline

from stance.bench import NAMES, Measured, Stopwatch, Words, make_comments, take_turns, timed
from stance.judge import LONGEST_WINDOW, load_judge, load_model
from stance.records import Case, Target
from stance.thread import split_sentences

BATCH_SIZES = (1, 4, 8, 32)
N_ACTORS, FEW_ACTORS, MANY_ACTORS = 6, 2, 20
TUNED_ON = 32
"""Texts on which the size of batches is chosen."""


def make_cases(words: Words, *, n_comments: int, n_actors: int) -> list[Case]:
    """Return generated comments, each answering the one before and asked about the same actors."""
    texts = [comment.text for comment in make_comments(words, n_comments=n_comments)]
    return [
        Case(
            comment_id=str(at),
            text=text,
            parent=texts[at - 1] if at else "",
            sentences=tuple(split_sentences(text)),
            targets=tuple(_target(name, text) for name in NAMES[:n_actors]),
        )
        for at, text in enumerate(texts)
    ]


def _target(name: str, text: str) -> Target:
    return Target(actor_id=name, name=name, spans=tuple(found.span() for found in re.finditer(re.escape(name), text)))


def measure_calls(folder: Path, words: Words, *, n_comments: int) -> Measured:
    """Time a cross-encoder with the same base that is called for each actor, relation, sentence and attribute set."""
    judge = load_judge(folder)
    cases = make_cases(words, n_comments=n_comments, n_actors=N_ACTORS)
    few, many = (make_cases(words, n_comments=n_comments, n_actors=n) for n in (FEW_ACTORS, MANY_ACTORS))
    judge.judge(many)  # so that names are known before the clock starts, as after the first comments of a run
    classify = _classifier(folder)
    stances = [{"text": case.text, "text_pair": target.name} for case in cases for target in case.targets]
    relations = [{"text": case.text, "text_pair": case.parent} for case in cases]
    sentences = [case.text[start:end] for case in cases for start, end in case.sentences]
    texts = [case.text for case in cases]
    size, tuning = _best_size(lambda some, size: classify(some, batch_size=size), texts)

    def call_all() -> None:
        for asked in (stances, relations, sentences, texts):
            classify(asked, batch_size=size)

    theirs = timed(call_all)
    ours, two, twenty, read = take_turns(
        lambda: judge.judge(cases), lambda: judge.judge(few), lambda: judge.judge(many), lambda: judge.read(texts)
    )
    return Measured(
        ratios={
            "calls": theirs.processor_seconds / ours.processor_seconds,
            "calls_all": theirs.processor_seconds / (ours.processor_seconds + read.processor_seconds),
            "actors": twenty.processor_seconds / two.processor_seconds,
        },
        seen={
            "comments": n_comments,
            "calls": len(stances) + len(relations) + len(sentences) + len(texts),
            "batch_size": size,
            **tuning,
            **_seconds(calls=theirs, judging=ours, reading=read, two_actors=two, twenty_actors=twenty),
        },
    )


def measure_detoxify(folder: Path, words: Words, *, n_comments: int) -> Measured:
    """Time what Detoxify does, a BERT-base with six sigmoid outputs over each text, beside all that the judge does."""
    judge = load_judge(folder)
    cases = make_cases(words, n_comments=n_comments, n_actors=N_ACTORS)
    texts = [case.text for case in cases]
    tokenizer = _tokenizer(folder)
    model = BertForSequenceClassification(BertConfig(num_labels=6)).eval()

    @torch.inference_mode()
    def score(some: Sequence[str], size: int) -> None:
        for at in range(0, len(some), size):
            batch = tokenizer(list(some[at : at + size]), return_tensors="pt", truncation=True, padding=True)
            torch.sigmoid(model(**batch)[0]).tolist()

    size, tuning = _best_size(score, texts)
    theirs = timed(lambda: score(texts, size))
    read, judged = take_turns(lambda: judge.read(texts), lambda: judge.judge(cases))
    return Measured(
        ratios={"detoxify": theirs.processor_seconds / (read.processor_seconds + judged.processor_seconds)},
        seen={
            "comments": n_comments,
            "batch_size": size,
            **tuning,
            **_seconds(detoxify=theirs, reading=read, judging=judged),
        },
    )


def _classifier(folder: Path) -> Callable[..., Any]:
    """A text-classification pipeline on the encoder of a model folder, with random heads of seven labels."""
    config = BertConfig(**json.loads((folder / "config.json").read_text(encoding="utf-8")), num_labels=7)
    model = BertForSequenceClassification(config)
    # The pooler is the pipeline's own, and stays as it was made.
    model.bert.load_state_dict(load_model(folder).encoder.state_dict(), strict=False)
    tokenizer = _tokenizer(folder)
    classify = pipeline("text-classification", model=model.eval(), tokenizer=tokenizer, device="cpu")

    def call(asked: Sequence[Any], *, batch_size: int) -> Any:
        return classify(list(asked), batch_size=batch_size, top_k=None, truncation=True, max_length=LONGEST_WINDOW)

    return call


def _tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    return PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "tokenizer.json"),
        model_max_length=512,
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        unk_token="[UNK]",
    )


def _best_size(work: Callable[[Sequence[str], int], object], texts: Sequence[str]) -> tuple[int, dict[str, float]]:
    """Which size of batch is fastest, and the seconds of each."""
    work(texts[:1], 1)
    seconds = {size: timed(partial(work, texts[:TUNED_ON], size)).processor_seconds for size in BATCH_SIZES}
    best = min(seconds, key=lambda size: seconds[size])
    return best, {f"tuning_{size}_seconds": spent for size, spent in seconds.items()}


def _seconds(**watches: Stopwatch) -> dict[str, float]:
    return {f"{name}_seconds": watch.processor_seconds for name, watch in watches.items()}
