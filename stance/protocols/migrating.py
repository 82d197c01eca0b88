"""A site's own comments with the scores that Perspective gave them in; what its thresholds become here out."""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, Self

import numpy as np

from stance.core import lone_case
from stance.errors import CannotWrite, DataError
from stance.protocols.attributes import NAMES
from stance.protocols.scoring import Asked
from stance.protocols.their_scores import Scored
from stance.protocols.thresholds import LEAST_ROWS, AttributeMap, map_thresholds
from stance.read import told_of_writing

if TYPE_CHECKING:
    from stance.judge import Judge

THRESHOLDS: Final = (0.5, 0.6, 0.7, 0.8, 0.9)
_AT_ONCE: Final = 256
Tell = Callable[[int, int | None], None]


class TooFewScores(DataError):
    """There are not enough scored comments for a threshold that means anything."""

    def __init__(self, source: str, *, n_rows: int, not_here: Sequence[str] = ()) -> None:
        self.source, self.n_rows, self.not_here = source, n_rows, tuple(not_here)
        rows = "1 comment has" if n_rows == 1 else f"{n_rows} comments have"
        besides = f" (there is nothing here like {', '.join(self.not_here)})" if not_here else ""
        super().__init__(
            f"{source}: {rows} a score that can be compared{besides}, and a threshold needs {LEAST_ROWS}. "
            "Give more of them: a few thousand, drawn evenly, are best."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """What a site's thresholds become.

    `not_here` are the file's attributes that nothing here answers to, `few` how many scores those have that have too
    few.
    """

    source: str
    model_id: str
    n_rows: int
    n_different: int
    attributes: tuple[AttributeMap, ...]
    not_here: tuple[str, ...] = ()
    few: Mapping[str, int] = field(default_factory=dict)


def migrate(
    rows: Sequence[Scored],
    judge: Judge,
    *,
    source: str,
    thresholds: Mapping[str | None, Sequence[float]] | None = None,
    keep: Path | None = None,
    tell: Tell | None = None,
) -> Migration:
    """Judge comments, and map thresholds of each attribute that both know.

    Args:
        rows: The comments.
        judge: Says what their scores are here.
        source: For messages.
        thresholds: By attribute, under None those for every attribute that is not named; None for the usual ones.
        keep: Where scores are kept as they come, without any text, so that the next call need not judge again.
        tell: Told of how many of how many different comments are judged.

    Raises:
        TooFewScores: No attribute has enough.
        CannotWrite: `keep` cannot be written, or holds something else.
    """
    wanted = thresholds or {None: THRESHOLDS}
    n_scores = Counter(name for row in rows for name in row.theirs)
    asked = {
        name: chosen
        for name in sorted({*n_scores, *(name for name in wanted if name)})
        if name in NAMES and (chosen := wanted.get(name, wanted.get(None, ())))
    }
    few = {name: n_scores[name] for name in asked if n_scores[name] < LEAST_ROWS}
    not_here = tuple(sorted(name for name in n_scores if name not in NAMES))
    # Before the judging, which can take hours.
    if len(few) == len(asked):
        raise TooFewScores(source, n_rows=max(few.values(), default=0), not_here=not_here)
    ours = _judge_all([row.asked for row in rows], judge, keep=keep, tell=tell)
    maps = []
    for name in asked.keys() - few.keys():
        mine = NAMES[name].value
        pairs = [(row.theirs[name], scores[mine]) for row, scores in zip(rows, ours, strict=True) if name in row.theirs]
        theirs, here = np.array(pairs, dtype=np.float64).T
        maps.append(map_thresholds(name, theirs, here, asked[name]))
    return Migration(
        source=source,
        model_id=judge.model_id,
        n_rows=len(rows),
        n_different=len({row.asked for row in rows}),
        attributes=tuple(sorted(maps, key=lambda one: one.attribute)),
        not_here=not_here,
        few=few,
    )


def draw_rows(rows: Sequence[Scored], n_rows: int) -> list[Scored]:
    """Draw so many rows evenly, the same ones of the same rows every time; all of them where there are no more."""
    if len(rows) <= n_rows:
        return list(rows)
    return [rows[at] for at in sorted(random.Random(0).sample(range(len(rows)), n_rows))]


def _judge_all(
    asked: Sequence[Asked], judge: Judge, *, keep: Path | None, tell: Tell | None
) -> list[Mapping[str, float]]:
    """Judge equal comments once, in portions of which each is kept when it is done."""
    with ExitStack() as stack:
        kept = stack.enter_context(_Kept.opened(keep, judge.model_id)) if keep else None
        known = {one: scores for one in dict.fromkeys(asked) if kept and (scores := kept.scores.get(kept.key(one)))}
        open_ones = [one for one in dict.fromkeys(asked) if one not in known]
        total = len(known) + len(open_ones)
        for start in range(0, len(open_ones), _AT_ONCE):
            portion = open_ones[start : start + _AT_ONCE]
            cases = [lone_case(one.text, parent=one.parent, article=one.article) for one in portion]
            for one, judgement in zip(portion, judge.judge(cases), strict=True):
                known[one] = {name.value: float(probability) for name, probability in judgement.attributes.items()}
            if kept:
                kept.add(portion, known)
            if tell:
                tell(len(known), total)
    return [known[one] for one in asked]


class _Kept:
    """A file of scores, each by a hash of what was judged and by which model."""

    def __init__(self, stream: IO[bytes], path: Path, model_id: str) -> None:
        self._stream = stream
        self._path = path
        self._model_id = model_id
        self.scores: dict[str, Mapping[str, float]] = {}
        whole = 0
        stream.seek(0)
        for line in stream:
            if line.endswith(b"\n"):
                self._take(line)
                whole += len(line)
        # A line that a killed run left unfinished would swallow the next.
        stream.truncate(whole)

    @classmethod
    @contextmanager
    def opened(cls, path: Path, model_id: str) -> Iterator[Self]:
        with told_of_writing(path):
            stream = path.open("a+b")
        with stream:
            yield cls(stream, path, model_id)

    def key(self, one: Asked) -> str:
        words = json.dumps([self._model_id, one.text, one.parent, one.article])
        return hashlib.sha256(words.encode()).hexdigest()

    def add(self, portion: Sequence[Asked], known: Mapping[Asked, Mapping[str, float]]) -> None:
        lines = [json.dumps({"key": self.key(one), "scores": known[one]}) + "\n" for one in portion]
        with told_of_writing(self._path):
            self._stream.write("".join(lines).encode())
            self._stream.flush()

    def _take(self, line: bytes) -> None:
        try:
            row = json.loads(line)
            self.scores[str(row["key"])] = {str(name): float(score) for name, score in row["scores"].items()}
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            why = "it is there and holds no kept scores"
            raise CannotWrite(self._path, why=why, mend="Name another file.") from None
