"""Scores of a corpus in, its numbers out: counted thread by thread in two passes; the first finds whom to follow."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any, Final

from stance.records import Relation, Stance
from stance.report.course import cut_time
from stance.report.signed import Edge
from stance.study import ScoredThread, read_scores

MOST_FOLLOWED: Final = 14
"""Actors that are followed over time and beside one another."""
_MOST_ACTORS: Final = 200_000
"""Names that are counted at once; past them the rarest half is forgotten, so that memory has an end."""
_MOST_REBUTTED: Final = 15
_FEWEST_FOR_SHARE: Final = 5
"""Comments below which a share of rebuttals says nothing."""
_SHARE_BINS: Final = 10
_FINE_BINS: Final = 100
_LOCAL: Final = ("commenter ", "article author")
"""Actors who are somebody else in every thread."""
_SIDES: Final = (Stance.FAVOR.value, Stance.AGAINST.value)


@dataclass(slots=True, kw_only=True)
class ActorCount:
    """What a corpus says of one actor, as the model gives it: comments by label, how many sure, in how many threads."""

    name: str
    favor: int = 0
    against: int = 0
    neutral: int = 0
    sure: int = 0
    n_threads: int = 0

    @property
    def n(self) -> int:
        """Comments that show a stance, neutral ones among them."""
        return self.favor + self.against + self.neutral


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class ThreadCount:
    """How much of one thread rebuts."""

    n_rebut: int
    n: int
    id: str
    source: str


@dataclass(slots=True, kw_only=True)
class Corpus:
    """The numbers of a corpus. Histograms of attributes have 100 bins, of shares of rebuttals 10.

    `sizes` counts threads by the power of two of their comments. `course` has for each followed actor the comments
    in favour, against and all of them by stretch of time; `begins` and `length` say which.
    """

    model_id: str = ""
    versions: set[str] = field(default_factory=set)
    policies: set[str] = field(default_factory=set)
    n_threads: int = 0
    n_comments: int = 0
    n_dated: int = 0
    first: datetime | None = None
    last: datetime | None = None
    sizes: Counter[int] = field(default_factory=Counter)
    relations: Counter[str] = field(default_factory=Counter)
    rebut_shares: list[int] = field(default_factory=lambda: [0] * _SHARE_BINS)
    actors: list[ActorCount] = field(default_factory=list)
    n_local: int = 0
    n_forgotten: int = 0
    attributes: dict[str, list[int]] = field(default_factory=dict)
    rebutted: list[ThreadCount] = field(default_factory=list)
    length: timedelta = timedelta()
    step: str = ""
    begins: datetime | None = None
    course: dict[str, list[list[int]]] = field(default_factory=dict)
    pairs: dict[Edge, list[int]] = field(default_factory=dict)


def count_corpus(path: Path) -> Corpus:
    """Count a corpus; one thread at a time is in memory.

    Raises:
        Unreadable, BadScores: As `read_scores` raises them.
    """
    corpus = Corpus()
    actors: dict[str, ActorCount] = {}
    columns = ("version", "policy_digest", "posted_at", "relation", "stances", "attributes")
    for thread in read_scores(path, columns=columns):
        _count_thread(corpus, actors, thread)
    corpus.actors = sorted(actors.values(), key=lambda actor: (-actor.n, actor.name))
    corpus.rebutted.sort(key=lambda held: (-held.n_rebut, held.n, held.source, held.id))
    _follow(corpus, path)
    return corpus


def _count_thread(corpus: Corpus, actors: dict[str, ActorCount], thread: ScoredThread) -> None:
    n, n_rebut, named = len(thread.rows), 0, set()
    for row in thread.rows:
        corpus.versions.add(row["version"])
        corpus.policies.add(row["policy_digest"])
        label = row["relation"]["label"]
        corpus.relations[label] += 1
        n_rebut += label == Relation.REBUT.value
        _count_date(corpus, row["posted_at"])
        _count_attributes(corpus, row["attributes"])
        named |= _count_stances(corpus, actors, row["stances"])
    for name in named:
        actors[name].n_threads += 1
    corpus.model_id = thread.model_id
    corpus.n_threads += 1
    corpus.n_comments += n
    corpus.sizes[n.bit_length() - 1] += 1
    if n >= _FEWEST_FOR_SHARE:
        corpus.rebut_shares[min(_SHARE_BINS - 1, n_rebut * _SHARE_BINS // n)] += 1
    if n_rebut:
        heapq.heappush(corpus.rebutted, ThreadCount(n_rebut=n_rebut, n=n, id=thread.id, source=thread.source))
        if len(corpus.rebutted) > _MOST_REBUTTED:
            heapq.heappop(corpus.rebutted)
    if len(actors) > _MOST_ACTORS:
        corpus.n_forgotten += _forget(actors)


def _count_date(corpus: Corpus, moment: datetime | None) -> None:
    if moment is not None:
        corpus.n_dated += 1
        corpus.first = min(corpus.first or moment, moment)
        corpus.last = max(corpus.last or moment, moment)


def _count_attributes(corpus: Corpus, attributes: Mapping[str, float]) -> None:
    for name, probability in attributes.items():
        bins = corpus.attributes.setdefault(name, [0] * _FINE_BINS)
        bins[min(_FINE_BINS - 1, int(probability * _FINE_BINS))] += 1


def _count_stances(corpus: Corpus, actors: dict[str, ActorCount], stances: Sequence[Mapping[str, Any]]) -> set[str]:
    """Count one comment's stances, and return the actors they are toward."""
    named = set()
    for stance in stances:
        name, label = stance["actor"], stance["label"]
        if name.startswith(_LOCAL):
            corpus.n_local += 1
            continue
        actor = actors.setdefault(name, ActorCount(name=name))
        actor.sure += stance["sure"]
        if label == Stance.FAVOR.value:
            actor.favor += 1
        elif label == Stance.AGAINST.value:
            actor.against += 1
        else:
            actor.neutral += 1
        named.add(name)
    return named


def _forget(actors: dict[str, ActorCount]) -> int:
    """Drop the rarest half of the names, and return how many that were."""
    rare = sorted(actors, key=lambda name: (actors[name].n, name))[: len(actors) // 2]
    for name in rare:
        del actors[name]
    return len(rare)


def _follow(corpus: Corpus, path: Path) -> None:
    """Count the most spoken-of actors over time, and who is favoured or opposed beside whom."""
    followed = [actor.name for actor in corpus.actors[:MOST_FOLLOWED]]
    if not followed:
        return
    if corpus.first is not None and corpus.last is not None:
        corpus.length, corpus.step, corpus.begins = cut_time(corpus.first, corpus.last)
        n_bins = int((corpus.last - corpus.begins) / corpus.length) + 1
        corpus.course = {name: [[0, 0, 0] for _ in range(n_bins)] for name in followed}
    corpus.pairs = {pair: [0, 0] for pair in combinations(followed, 2)}
    place_of = {name: place for place, name in enumerate(followed)}
    for thread in read_scores(path, columns=("posted_at", "stances")):
        for row in thread.rows:
            labels = {stance["actor"]: stance["label"] for stance in row["stances"] if stance["actor"] in place_of}
            _count_course(corpus, row["posted_at"], labels)
            sided = sorted((name for name in labels if labels[name] in _SIDES), key=place_of.__getitem__)
            for one, other in combinations(sided, 2):
                corpus.pairs[one, other][labels[one] != labels[other]] += 1


def _count_course(corpus: Corpus, moment: datetime | None, labels: Mapping[str, str]) -> None:
    if moment is None or corpus.begins is None:
        return
    at = int((moment - corpus.begins) / corpus.length)
    for name, label in labels.items():
        counts = corpus.course[name][at]
        counts[2] += 1
        if label in _SIDES:
            counts[_SIDES.index(label)] += 1
