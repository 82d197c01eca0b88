"""What every part of a thread's report counts, counted once; and how comments and actors are called there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Final

from stance.out import snip
from stance.records import (
    ARTICLE,
    Actor,
    ActorKind,
    Analysis,
    Comment,
    Judgement,
    QueueItem,
    Relation,
    SentenceScore,
    Stance,
    StanceScore,
)

LIKELY: Final = 0.5
NAME_CELLS: Final = 28
_COMMENTER: Final = "commenter "


def utc(moment: datetime) -> datetime:
    """Return a time in UTC; one without a zone is taken to be in UTC."""
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


@dataclass(slots=True, kw_only=True)
class ActorTally:
    """How the comments of a thread stand toward one actor: by likeliest label, and how many of them surely."""

    actor_id: str
    name: str
    counts: dict[Stance, int] = field(default_factory=lambda: dict.fromkeys(Stance, 0))
    sure: dict[Stance, int] = field(default_factory=lambda: dict.fromkeys(Stance, 0))

    @property
    def n(self) -> int:
        """Comments that show a stance, neutral ones among them."""
        return sum(self.counts.values())

    @property
    def n_sure(self) -> int:
        """Those of them that the model is sure of."""
        return sum(self.sure.values())

    @property
    def lean(self) -> int:
        """Comments in favour less comments against."""
        return self.counts[Stance.FAVOR] - self.counts[Stance.AGAINST]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence with what it stands in and what it says; its words are the comment's own."""

    comment: Comment
    score: SentenceScore

    @property
    def text(self) -> str:
        """The sentence's words."""
        return self.comment.text[self.score.start : self.score.end]


@dataclass(frozen=True, slots=True, kw_only=True)
class StanceOf:
    """What one comment shows toward one actor."""

    comment: Comment
    score: StanceScore


@dataclass(frozen=True)
class Facts:
    """One thread's analysis, looked up and counted."""

    analysis: Analysis

    @property
    def comments(self) -> tuple[Comment, ...]:
        """The comments, oldest first."""
        return self.analysis.thread.comments

    @cached_property
    def place_of(self) -> Mapping[str, int]:
        """Where each comment stands in the thread."""
        return {comment.id: place for place, comment in enumerate(self.comments)}

    @cached_property
    def queue_of(self) -> Mapping[str, QueueItem]:
        """The queue's item of each comment."""
        return {item.comment_id: item for item in self.analysis.queue}

    @cached_property
    def actors(self) -> Mapping[str, Actor]:
        """The actors by id."""
        return {actor.id: actor for actor in self.analysis.actors}

    @cached_property
    def tallies(self) -> Sequence[ActorTally]:
        """The actors whom any comment shows a stance toward, most spoken of first."""
        tallies: dict[str, ActorTally] = {}
        for judgement in self.analysis.judgements:
            for score in judgement.stances:
                tally = tallies.get(score.actor_id)
                if tally is None:
                    tally = tallies[score.actor_id] = ActorTally(
                        actor_id=score.actor_id, name=self.call_actor(score.actor_id)
                    )
                tally.counts[score.label] += 1
                tally.sure[score.label] += score.sure
        return sorted(tallies.values(), key=lambda tally: -tally.n)

    @cached_property
    def stances(self) -> Sequence[StanceOf]:
        """All stances, in thread order."""
        return [
            StanceOf(comment=comment, score=score)
            for comment, judgement in self.judged()
            for score in judgement.stances
        ]

    @cached_property
    def sentences(self) -> Sequence[Sentence]:
        """All sentences that were scored, in thread order."""
        return [
            Sentence(comment=comment, score=score)
            for comment, judgement in self.judged()
            for score in judgement.sentences
        ]

    @cached_property
    def n_by_relation(self) -> Mapping[Relation, int]:
        """How many comments most likely do what to what they answer."""
        counts = dict.fromkeys(Relation, 0)
        for judgement in self.analysis.judgements:
            counts[judgement.relation_label] += 1
        return counts

    def judged(self) -> Iterable[tuple[Comment, Judgement]]:
        """Give each comment with its judgement, in thread order."""
        return zip(self.comments, self.analysis.judgements, strict=True)

    def number(self, comment_id: str) -> str:
        """Return what a comment or the article is called for short."""
        return "the article" if comment_id == ARTICLE else f"#{self.comments[self.place_of[comment_id]].number}"

    def call(self, comment_id: str) -> str:
        """Return what a comment is called: its number and its writer."""
        if comment_id == ARTICLE:
            return "the article"
        author = snip(self.comments[self.place_of[comment_id]].author or "", NAME_CELLS)
        return f"{self.number(comment_id)} {author}".rstrip()

    def call_actor(self, actor_id: str) -> str:
        """Return what an actor is called; commenters by their comment's number."""
        if actor_id.startswith(_COMMENTER) and actor_id[len(_COMMENTER) :].isdecimal():
            return f"#{snip(actor_id[len(_COMMENTER) :], NAME_CELLS)}"
        actor = self.actors.get(actor_id)
        named = actor is not None and actor.kind is not ActorKind.AUTHOR
        return snip(actor.name if actor is not None and named else actor_id, NAME_CELLS) or "(no name)"
