"""A judge that is asked for equal things once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from stance.errors import StanceError
from stance.records import Case, Judgement, Reading

if TYPE_CHECKING:
    from stance.judge import Judge

POISON: Final = (StanceError, ValueError, ArithmeticError, LookupError, TypeError, RuntimeError)
"""What one thread can raise without the fault being the machine's; a night's work must not end over it."""


class OnceJudge:
    """Another judge's answers, kept by what they depend on: a text alone, or a case but for its comment's id.

    One serves one shard, so that what is kept stays small and the rows of a shard depend on that shard alone.
    """

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._readings: dict[str, Reading] = {}
        self._judgements: dict[Case, Judgement] = {}
        self.model_id = judge.model_id

    def read_ahead(self, texts: Sequence[str]) -> None:
        """Read texts of many threads together, in batches of like length.

        What the judge fails on is kept for the thread that holds it: nothing is raised here.
        """
        with suppress(*POISON):
            self.read(texts)

    def judge_ahead(self, cases: Sequence[Case]) -> None:
        """Judge cases of many threads together, as `read_ahead` reads."""
        with suppress(*POISON):
            self.judge(cases)

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """Read each text that was not read before."""
        new = [text for text in dict.fromkeys(texts) if text not in self._readings]
        if new:
            self._readings.update(zip(new, self._judge.read(new), strict=True))
        return [self._readings[text] for text in texts]

    def judge(self, cases: Sequence[Case]) -> list[Judgement]:
        """Judge each case that was not judged before."""
        keys = [replace(case, comment_id="") for case in cases]
        new = {key: case for key, case in zip(keys, cases, strict=True) if key not in self._judgements}
        if new:
            self._judgements.update(zip(new, self._judge.judge(list(new.values())), strict=True))
        return [
            replace(self._judgements[key], comment_id=case.comment_id) for key, case in zip(keys, cases, strict=True)
        ]
