"""Scoring for many requests at once: one thread computes, and takes together what waits."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stance.core import analyze, lone_case
from stance.records import Analysis, Judgement, Policy, Thread

if TYPE_CHECKING:
    from stance.judge import Judge
    from stance.replies import ReplyScorer


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A comment that comes without its thread; `parent` is the text that it answers, `article` what it stands under."""

    text: str
    parent: str = ""
    article: str = ""


class Scoring:
    """The judge of a server."""

    def __init__(self, judge: Judge, *, policy: Policy, scorer: ReplyScorer | None = None) -> None:
        self._judge = judge
        self._scorer = scorer
        self.policy = policy
        self.model_id = judge.model_id
        self._thread = ThreadPoolExecutor(max_workers=1)

    async def judge(self, asked: Sequence[Asked]) -> list[Judgement]:
        """Judge comments; one judgement each, in order, without stances.

        Raises:
            Overloaded: Too much waits already.
        """
        cases = [lone_case(one.text, parent=one.parent, article=one.article) for one in asked]
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._judge.judge, cases)

    async def analyze(self, thread: Thread) -> Analysis:
        """Analyse a whole thread.

        Raises:
            Overloaded: Too much waits already.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._analyze, thread)

    def close(self) -> None:
        """End the thread, once what was begun is done."""
        self._thread.shutdown()

    def _analyze(self, thread: Thread) -> Analysis:
        (analysis,) = analyze([thread], self._judge, policy=self.policy, scorer=self._scorer)
        return analysis
