"""Scores and a question in, every unit of which it can be asked with the model's answer out: numbers, and no text."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from stance.records import ARTICLE
from stance.study.errors import NoSuchActor, NoUnits
from stance.study.label_rows import Unit
from stance.study.scores import ScoredThread, read_scores
from stance.study.what import Kind, What

Row = Mapping[str, Any]
NO_DATE: Final = "no date"
NO_AUTHOR: Final = "no author"
YES_FROM: Final = 0.5
"""From this probability on the model is counted as saying yes."""
_COLUMNS: Final = {
    Kind.STANCE: ("stances",),
    Kind.RELATION: ("relation", "reply"),
    Kind.ATTRIBUTE: ("attributes",),
    Kind.CLAIM: ("sentences",),
    Kind.RHETORIC: ("sentences",),
}


class By(StrEnum):
    """What a share can be told apart by; days are those of UTC, weeks those of ISO 8601."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    SOURCE = "source"
    THREAD = "thread"
    AUTHOR = "author"


DATED: Final = {By.DAY: "%Y-%m-%d", By.WEEK: "%G-W%V", By.MONTH: "%Y-%m", By.YEAR: "%Y"}


@dataclass(frozen=True, slots=True)
class Asked:
    """One unit: where it stands, the row of its comment, its sentence (None for a comment), and the model's answer."""

    unit: Unit
    row: Row
    sentence: int | None
    predicted: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """All units of a question, in the order of the scores.

    Args:
        what: What is asked; the actor under the name that the scores have.
        predicted: (units, labels), in the order of `what.choices`; of yes and no the column of yes alone.
        chance: (units,), in [0, 1): a hash of each unit's name and the seed.
        thread: (units,), a number for each thread.
        group: (units,), a number for each of `groups`; all 0 where nothing is told apart.
        found: Where each of the units that were looked for stands.
        n_comments: Of the scores.
        n_threads: Of the scores; one may have no unit.
    """

    what: What
    predicted: NDArray[np.float64]
    chance: NDArray[np.float64]
    thread: NDArray[np.int64]
    group: NDArray[np.int64]
    groups: tuple[str, ...]
    found: Mapping[Unit, int]
    n_comments: int
    n_threads: int
    model_id: str

    @property
    def words(self) -> str:
        """Say which units these are."""
        return {
            Kind.STANCE: f"comments that speak of {self.what.name}",
            Kind.RELATION: "comments that answer a comment",
            Kind.ATTRIBUTE: "comments",
        }.get(self.what.kind, "sentences outside quotations")


def load_population(
    path: Path, what: What, *, seed: int = 0, by: By | None = None, wanted: Collection[Unit] = ()
) -> Population:
    """Read all units of a question.

    Args:
        path: Scores, as `read_scores` takes them.
        what: The question. An actor may be given by id or, where none has it, by a spelling that comments name it by.
        seed: Makes the random numbers.
        by: What to tell apart.
        wanted: Units to look for.

    Raises:
        ReadError: The scores cannot be opened.
        BadScores: They are not as they should be.
        NoSuchActor: No comment has a stance toward the actor, or several actors have the spelling.
        NoUnits: There is nothing of which it can be asked.
    """
    gathered = _gather(path, what, seed=seed, by=by, wanted=wanted)
    if what.kind is Kind.STANCE and not gathered.thread:
        what = replace(what, name=_find_alias(path, what.name, known=gathered.actors))
        gathered = _gather(path, what, seed=seed, by=by, wanted=wanted)
    if not gathered.thread:
        raise NoUnits(str(path), what=str(what))
    if what.kind is Kind.STANCE:
        what = replace(what, name=gathered.names.most_common(1)[0][0])
    return Population(
        what=what,
        predicted=np.array(gathered.predicted).reshape(-1, len(columns_of(what))),
        chance=np.array(gathered.chance),
        thread=np.array(gathered.thread, dtype=np.int64),
        group=np.array(gathered.group, dtype=np.int64),
        groups=_group_names(gathered.groups),
        found=gathered.found,
        n_comments=gathered.n_comments,
        n_threads=gathered.n_threads,
        model_id=gathered.model_id,
    )


def columns_of(what: What) -> tuple[str, ...]:
    """The labels that have a number each; of yes and no, yes alone."""
    return what.choices if what.kind in (Kind.STANCE, Kind.RELATION) else ("yes",)


def classify(predicted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (labels,), the share that each label has among the model's likeliest answers."""
    n_labels = predicted.shape[1]
    found: NDArray[np.float64]
    if n_labels == 1:
        found = (predicted >= YES_FROM).mean(axis=0)
    else:
        found = np.bincount(predicted.argmax(axis=1), minlength=n_labels) / len(predicted)
    return found


def columns_for(what: What) -> tuple[str, ...]:
    """The columns of scores in which the units of a question stand."""
    return _COLUMNS[what.kind]


def units_of(thread: ScoredThread, what: What) -> Iterator[Asked]:
    """Give the units of a thread, in its order.

    Of stance, the comments with a stance toward the actor: those that speak of it. Of relation, those that answer
    another comment, for the article's text is not in the scores. Of claim and rhetoric, all sentences that were scored.
    """
    find = _FINDERS.get(what.kind, _sentences)
    for row in thread.rows:
        for sentence, predicted in find(row, what):
            start = None if sentence is None else int(row["sentences"][sentence]["start"])
            yield Asked(Unit(thread.source, thread.id, row["id"], start), row, sentence, predicted)


@dataclass(slots=True)
class _Gathered:
    predicted: array[float] = field(default_factory=lambda: array("d"))
    chance: array[float] = field(default_factory=lambda: array("d"))
    thread: array[int] = field(default_factory=lambda: array("q"))
    group: array[int] = field(default_factory=lambda: array("q"))
    groups: dict[tuple[str, str], int] = field(default_factory=dict)
    found: dict[Unit, int] = field(default_factory=dict)
    actors: Counter[str] = field(default_factory=Counter)
    names: Counter[str] = field(default_factory=Counter)
    n_comments: int = 0
    n_threads: int = 0
    model_id: str = ""


def _gather(path: Path, what: What, *, seed: int, by: By | None, wanted: Collection[Unit]) -> _Gathered:
    gathered = _Gathered()
    columns = [*columns_for(what), *([] if by is None else _BY[by][0])]
    sought = frozenset(wanted)
    for thread in read_scores(path, columns=columns):
        gathered.n_comments += len(thread.rows)
        gathered.model_id = thread.model_id
        if what.kind is Kind.STANCE:
            gathered.actors.update(score["actor"] for row in thread.rows for score in row["stances"])
        for asked in units_of(thread, what):
            if asked.unit in sought:
                gathered.found[asked.unit] = len(gathered.thread)
            group = ("", "") if by is None else _BY[by][1](asked.row)
            gathered.group.append(gathered.groups.setdefault(group, len(gathered.groups)))
            gathered.predicted.extend(asked.predicted)
            gathered.chance.append(chance_of(asked.unit, seed=seed))
            gathered.thread.append(gathered.n_threads)
            if what.kind is Kind.STANCE:
                gathered.names[_toward(asked.row, what.name)["actor"]] += 1
        gathered.n_threads += 1
    return gathered


def chance_of(unit: Unit | str, *, seed: int) -> float:
    """Return a number in [0, 1) that depends on the name of a unit and the seed alone, wherever it stands."""
    words = f"{seed}\0{unit}" if isinstance(unit, str) else "\0".join(map(str, (seed, *unit)))
    digest = blake2b(words.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) / (1 << 53)


def _stance(row: Row, what: What) -> Iterator[tuple[int | None, tuple[float, ...]]]:
    if score := _toward(row, what.name):
        yield None, tuple(score["probabilities"].get(label, 0.0) for label in what.choices)


def _toward(row: Row, name: str) -> Row:
    """Return the stance toward an actor, {} where there is none; case does not count where no id is the very name."""
    folded = name.casefold()
    near: Row = {}
    for score in row["stances"]:
        if score["actor"] == name:
            return dict(score)
        if not near and score["actor"].casefold() == folded:
            near = score
    return near


def _relation(row: Row, what: What) -> Iterator[tuple[int | None, tuple[float, ...]]]:
    if row["reply"]["parent"] != ARTICLE:
        yield None, tuple(row["relation"]["probabilities"].get(label, 0.0) for label in what.choices)


def _attribute(row: Row, what: What) -> Iterator[tuple[int | None, tuple[float, ...]]]:
    if what.name in row["attributes"]:
        yield None, (row["attributes"][what.name],)


def _sentences(row: Row, what: What) -> Iterator[tuple[int | None, tuple[float, ...]]]:
    for number, sentence in enumerate(row["sentences"]):
        yield number, (sentence[what.kind.value],)


_FINDERS: Final = {Kind.STANCE: _stance, Kind.RELATION: _relation, Kind.ATTRIBUTE: _attribute}


def _find_alias(path: Path, name: str, *, known: Counter[str]) -> str:
    """Find the one actor whom comments name by a spelling."""
    folded = name.casefold()
    meant: Counter[str] = Counter()
    for thread in read_scores(path, columns=("mentions",)):
        for row in thread.rows:
            for mention in row["mentions"]:
                if mention["text"].casefold() == folded and mention["actor"] in known:
                    meant[mention["actor"]] += 1
    if len(meant) != 1:
        raise NoSuchActor(name, spelled_by=meant, known=known)
    return next(iter(meant))


def _day(row: Row, form: str) -> tuple[str, str]:
    return ("", row["posted_at"].strftime(form)) if row["posted_at"] else ("", NO_DATE)


_BY: Final[Mapping[By, tuple[tuple[str, ...], Callable[[Row], tuple[str, str]]]]] = {
    **{
        by: (("posted_at",), lambda row, form=form: _day(row, form))  # type: ignore[misc]
        for by, form in DATED.items()
    },
    By.SOURCE: ((), lambda row: ("", row["source"])),
    By.THREAD: ((), lambda row: (row["source"], row["thread_id"])),
    By.AUTHOR: (("author",), lambda row: ("", row["author"] or NO_AUTHOR)),
}
"""By what is told apart: the columns needed, and a row's group, whose first word tells two of one name apart."""


def _group_names(groups: Mapping[tuple[str, str], int]) -> tuple[str, ...]:
    times = Counter(name for _, name in groups)
    return tuple(f"{where}: {name}" if times[name] > 1 else name for where, name in groups)
