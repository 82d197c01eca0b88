"""A judge that is told what to answer, and labelled files in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from stance.queue import load_policy
from stance.records import (
    Attribute,
    Case,
    Device,
    Judgement,
    NameSpan,
    Policy,
    Reading,
    Relation,
    SentenceScore,
    Stance,
    StanceScore,
)
from stance.replies import FEATURES, Forest, ReplyScorer


class ToldJudge:
    """Says favor, rebut, claim and the like as surely as the words "yes 0.7" in a text say; else 0.2."""

    model_id = "told@0"

    def __init__(self) -> None:
        self.thresholds = {"claim": 0.3}
        self.cases: list[Case] = []
        self.names: dict[str, NameSpan] = {}

    def read(self, texts):
        unit = np.array([1.0, 0.0], np.float32)
        return [
            Reading(embedding=unit, reply_vector=unit, parent_vector=unit, names=self._names(text)) for text in texts
        ]

    def _names(self, text: str) -> tuple[NameSpan, ...]:
        return tuple(
            NameSpan(start=text.find(name), end=text.find(name) + len(name), kind=span.kind, probability=0.9)
            for name, span in self.names.items()
            if name in text
        )

    def judge(self, cases):
        self.cases.extend(cases)
        return [self._judge(case) for case in cases]

    def _judge(self, case: Case) -> Judgement:
        sure = _told(case.text)
        rest = (1 - sure) / 3
        parent = Relation.SUPPORT if case.parent else Relation.COMMENT
        relation = dict.fromkeys(Relation, rest) | {Relation.REBUT: sure}
        relation[parent] += 1e-6
        stance = {Stance.FAVOR: sure * 0.5, Stance.AGAINST: (1 - sure) * 0.5, Stance.NEUTRAL: 0.5}
        return Judgement(
            comment_id=case.comment_id,
            relation=relation,
            stances=tuple(StanceScore(actor_id=target.actor_id, probabilities=stance) for target in case.targets),
            sentences=tuple(
                SentenceScore(
                    start=start,
                    end=end,
                    claim=_told(case.text[start:end]),
                    check_worthy=0.1,
                    rhetoric=1 - _told(case.text[start:end]),
                    devices=dict.fromkeys(Device, _told(case.text[start:end])),
                )
                for start, end in case.sentences
            ),
            attributes=dict.fromkeys(Attribute, sure),
        )


def _told(text: str) -> float:
    _, found, number = text.partition("yes ")
    return float(number.split()[0].rstrip(".")) if found else 0.2


@pytest.fixture
def told_judge() -> ToldJudge:
    return ToldJudge()


@pytest.fixture
def policy() -> Policy:
    return load_policy()


@pytest.fixture
def previous_scorer() -> ReplyScorer:
    """A scorer that always takes the comment right before."""
    column = FEATURES.index("steps")
    forest = Forest(
        feature=np.array([column, 0, 0], np.int32),
        threshold=np.array([1.5, 0.0, 0.0]),
        left=np.array([1, 1, 2], np.int32),
        right=np.array([2, 1, 2], np.int32),
        missing_left=np.array([False] * 3),
        value=np.array([0.0, 4.0, 0.0]),
        roots=np.array([0], np.int32),
        baseline=0.0,
        depth=1,
    )
    return ReplyScorer(forest=forest, temperature=1.0, notes={})


@pytest.fixture
def run(tmp_path: Path, told_judge: ToldJudge, previous_scorer: ReplyScorer, policy: Policy) -> Callable[..., dict]:
    """`run(task, row, row, ...)` evaluates these rows."""
    from stance.evaluate import run_task

    def run_rows(task: str, *rows: object, **options: object) -> dict:
        file = tmp_path / "labels.jsonl"
        file.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
        return run_task(task, file, judge=told_judge, scorer=previous_scorer, policy=policy, **options)

    return run_rows
