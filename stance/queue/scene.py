"""One comment with all that the policy's lines look at: whom it names where, and what it holds of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from stance.records import ARTICLE, Actor, ActorKind, Comment, Judgement, Mention, Reply, Stance, Thread


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One comment as the policy sees it.

    `answered` is the actor id of whoever it answers, `mentions` are those in its writer's own words, `kinds` gives the
    kind of every actor in the thread.
    """

    comment: Comment
    judgement: Judgement
    answered: str | None = None
    mentions: tuple[Mention, ...] = ()
    kinds: Mapping[str, ActorKind] = field(default_factory=dict)

    @cached_property
    def judged_ids(self) -> tuple[str, ...]:
        """The actors that the judge gave a stance toward."""
        return tuple(score.actor_id for score in self.judgement.stances)

    @cached_property
    def _against(self) -> Mapping[str, float]:
        return {score.actor_id: score.probabilities.get(Stance.AGAINST, 0.0) for score in self.judgement.stances}

    @cached_property
    def _most_against(self) -> frozenset[str]:
        return frozenset(score.actor_id for score in self.judgement.stances if score.label is Stance.AGAINST)

    @cached_property
    def _places(self) -> tuple[int, ...]:
        """The sentence that each mention stands in, -1 where it stands in none."""
        starts = [sentence.start for sentence in self.judgement.sentences]
        places = (bisect_right(starts, mention.start) - 1 for mention in self.mentions)
        ends = [sentence.end for sentence in self.judgement.sentences]
        return tuple(
            place if place >= 0 and mention.start < ends[place] else -1
            for place, mention in zip(places, self.mentions, strict=True)
        )

    @cached_property
    def _actors_by_place(self) -> Mapping[int, tuple[str, ...]]:
        actors: dict[int, dict[str, None]] = {}
        for place, mention in zip(self._places, self.mentions, strict=True):
            actors.setdefault(place, {})[mention.actor_id] = None
        return {place: tuple(ids) for place, ids in actors.items()}

    @cached_property
    def _places_by_actor(self) -> Mapping[str, tuple[int, ...]]:
        places: dict[str, dict[int, None]] = {}
        for place, mention in zip(self._places, self.mentions, strict=True):
            if place >= 0:
                places.setdefault(mention.actor_id, {})[place] = None
        return {actor_id: tuple(sorted(found)) for actor_id, found in places.items()}

    def against(self, actor_id: str) -> float:
        """Return the probability that the comment is against an actor, 0 where it was not judged."""
        return self._against.get(actor_id, 0.0)

    def actors_in(self, place: int) -> tuple[str, ...]:
        """Return the actors that the sentence at `place` names or addresses."""
        return self._actors_by_place.get(place, ())

    def sentences_naming(self, actor_id: str) -> tuple[int, ...]:
        """Return the places of the sentences that name or address an actor."""
        return self._places_by_actor.get(actor_id, ())

    def aimed_at(self, words: Iterable[tuple[int, int]], *, kinds: Sequence[ActorKind]) -> str | None:
        """Return whom some words are aimed at, None where nobody is in sight.

        Looks first at who is named or addressed in the sentences that hold the words, then at who is addressed
        anywhere, then at every actor judged; among these at the one most surely judged against. A mere name counts
        only where the comment is likelier against it than not; an address counts always.
        """
        spans = tuple(words)
        near = [
            mention
            for place, mention in zip(self._places, self.mentions, strict=True)
            if any(self._touches(place, mention, span) for span in spans)
        ]
        addressed = {mention.actor_id for mention in self.mentions if mention.addressed}
        for ids in ([mention.actor_id for mention in near], sorted(addressed), self.judged_ids):
            fitting = [
                actor_id
                for actor_id in ids
                if self.kinds.get(actor_id) in kinds and (actor_id in addressed or actor_id in self._most_against)
            ]
            if fitting:
                return max(fitting, key=self.against)
        return None

    def _touches(self, place: int, mention: Mention, span: tuple[int, int]) -> bool:
        """Say whether a mention stands in the span, or in a sentence that the span reaches into."""
        start, end = span
        if place >= 0:
            sentence = self.judgement.sentences[place]
            return sentence.start < end and start < sentence.end
        return mention.start < end and start < mention.end


def set_scenes(
    thread: Thread,
    *,
    replies: Sequence[Reply],
    actors: Sequence[Actor],
    mentions: Sequence[Mention],
    judgements: Sequence[Judgement],
) -> tuple[Scene, ...]:
    """Return a scene for every comment, in thread order.

    Raises:
        ValueError: `replies` or `judgements` are not one for each comment, in thread order.
    """
    ids = [comment.id for comment in thread.comments]
    for name, found in (("replies", replies), ("judgements", judgements)):
        if [record.comment_id for record in found] != ids:
            raise ValueError(f"{name}: got {len(found)}, want one for each of {len(ids)} comments, in thread order")
    own: dict[str, list[Mention]] = {comment_id: [] for comment_id in ids}
    for mention in mentions:
        if not mention.quoted and mention.comment_id in own:
            own[mention.comment_id].append(mention)
    numbers = {comment.id: comment.number for comment in thread.comments}
    kinds = {actor.id: actor.kind for actor in actors}
    author = next((actor.id for actor in actors if actor.kind is ActorKind.AUTHOR), None)
    return tuple(
        Scene(
            comment=comment,
            judgement=judgement,
            answered=author if reply.parent_id == ARTICLE else f"commenter {numbers[reply.parent_id]}",
            mentions=tuple(own[comment.id]),
            kinds=kinds,
        )
        for comment, reply, judgement in zip(thread.comments, replies, judgements, strict=True)
    )
