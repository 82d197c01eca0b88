"""What each policy line sees in a comment: a probability, the words that carry it, and whom it is aimed at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from stance.queue.scene import Scene
from stance.records import (
    ActorKind,
    Attribute,
    Device,
    PolicyLine,
    Relation,
    SentenceScore,
    Signal,
)

_SOURCE: Final = re.compile(
    r"https?://|www\.|\b(?:according to|as reported (?:by|in)|reported (?:by|in)|source\s*:|cited (?:by|in)|cf\.)",
    re.IGNORECASE,
)
_PEOPLE_HERE: Final = (ActorKind.COMMENTER, ActorKind.AUTHOR)
_AIMED_AT: Final[Mapping[Attribute, tuple[ActorKind, ...]]] = {
    Attribute.ATTACK_ON_COMMENTER: _PEOPLE_HERE,
    Attribute.IDENTITY_ATTACK: (ActorKind.POPULATION, ActorKind.STATE, ActorKind.UNKNOWN),
    Attribute.SPAM: (),
}
"""Kinds of actor that an attribute can be aimed at; an attribute not named here can be aimed at any."""
_MOST_WORDS: Final = 3
"""Spans of words that one reason shows."""
_LIKELY: Final = 0.5

Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one line saw in one comment; it fires or not by its probability."""

    probability: float
    what: str
    toward: str | None = None
    words: tuple[Span, ...] = ()


def find(line: PolicyLine, scene: Scene) -> Finding | None:
    """Return what a line sees in a comment, None where the judge gave nothing to see it by."""
    match line.looks_at:
        case Signal.REBUTTAL_HEAT:
            return _rebuttal_heat(line, scene)
        case Signal.UNSUPPORTED_CLAIMS:
            return _unsupported_claims(line, scene)
        case Signal.HOSTILE_STANCE:
            return _hostile_stance(line, scene)
        case Attribute() as attribute:
            return _attribute(line, attribute, scene)


def _attribute(line: PolicyLine, attribute: Attribute, scene: Scene) -> Finding | None:
    """See one attribute: the spans that carry it, or else the most rhetorical sentence."""
    if attribute not in scene.judgement.attributes:
        return None
    spans = [span for span in scene.judgement.attribute_spans if span.attribute is attribute]
    spans = sorted(spans, key=lambda span: -span.weight)[:_MOST_WORDS]
    words = tuple(sorted((span.start, span.end) for span in spans)) or _hottest(scene.judgement.sentences, n=1)
    kinds = _AIMED_AT.get(attribute, tuple(ActorKind))
    toward = scene.aimed_at(words, kinds=kinds)
    if toward is None and attribute is Attribute.ATTACK_ON_COMMENTER:
        toward = scene.answered
    return Finding(probability=scene.judgement.attributes[attribute], what=line.words, toward=toward, words=words)


def _rebuttal_heat(line: PolicyLine, scene: Scene) -> Finding:
    """See a rebuttal made hot: P(rebut) times the strongest sign of heat."""
    judgement = scene.judgement
    share = sum(sentence.rhetoric for sentence in judgement.sentences) / max(1, len(judgement.sentences))
    against = scene.against(scene.answered) if scene.answered is not None else 0.0
    heat = max(share, against, judgement.attributes.get(Attribute.ATTACK_ON_COMMENTER, 0.0))
    return Finding(
        probability=judgement.relation.get(Relation.REBUT, 0.0) * heat,
        what=line.words,
        toward=scene.answered,
        words=_hottest(judgement.sentences, n=2),
    )


def _unsupported_claims(line: PolicyLine, scene: Scene) -> Finding:
    """See accusations stated as fact: the probability that at least `at_least` sentences are such.

    A sentence is one with the smaller of its `claim` and `check_worthy` (what is worth checking is a claim, so the two
    do not multiply) times the larger of its rhetoric and its stance against an actor it names; 0 where it, or the
    sentence after it, gives a source.
    """
    sentences = scene.judgement.sentences
    serious = [_seriousness(scene, place) for place in range(len(sentences))]
    n_sentences = max(line.at_least, round(sum(serious)))
    places = sorted(range(len(sentences)), key=lambda place: -serious[place])[:n_sentences]
    words = tuple((sentences[place].start, sentences[place].end) for place in sorted(places[:_MOST_WORDS]))
    return Finding(
        probability=at_least_probability(serious, n=line.at_least),
        what=line.words.replace("{n}", str(n_sentences)),
        toward=scene.aimed_at(words, kinds=tuple(ActorKind)),
        words=words,
    )


def _seriousness(scene: Scene, place: int) -> float:
    """Return the probability that one sentence is a serious accusation without a source."""
    sentences = scene.judgement.sentences
    sentence, after = sentences[place], sentences[min(place + 1, len(sentences) - 1)]
    if _SOURCE.search(scene.comment.text, sentence.start, after.end):
        return 0.0
    against = max((scene.against(actor_id) for actor_id in scene.actors_in(place)), default=0.0)
    return min(sentence.claim, sentence.check_worthy) * max(sentence.rhetoric, against)


def at_least_probability(probabilities: Iterable[float], *, n: int) -> float:
    """Return the probability that at least `n` of some independent events happen (a Poisson binomial's tail)."""
    counts = [1.0] + [0.0] * n
    for probability in probabilities:
        counts[n] += counts[n - 1] * probability
        for count in range(n - 1, 0, -1):
            counts[count] = counts[count] * (1 - probability) + counts[count - 1] * probability
        counts[0] *= 1 - probability
    return counts[n]


def _hostile_stance(line: PolicyLine, scene: Scene) -> Finding | None:
    """See contempt for one actor: P(against it) times the strongest sign of insult, for the worst-hit actor."""
    seen = [
        Finding(
            probability=scene.against(actor_id) * _insult(scene, actor_id),
            what=line.words,
            toward=actor_id,
            words=_name_calling_first(scene, actor_id),
        )
        for actor_id in scene.judged_ids
        if scene.kinds.get(actor_id) in line.toward
    ]
    return max(seen, key=lambda finding: finding.probability, default=None)


def _insult(scene: Scene, actor_id: str) -> float:
    """Return how surely the comment insults: as a whole, or in a sentence that names the actor."""
    attributes = scene.judgement.attributes
    signs = [attributes.get(Attribute.INSULT, 0.0)]
    if scene.kinds.get(actor_id) is ActorKind.POPULATION:
        signs.append(attributes.get(Attribute.IDENTITY_ATTACK, 0.0))
    sentences = scene.judgement.sentences
    signs += [sentences[place].devices.get(Device.NAME_CALLING, 0.0) for place in scene.sentences_naming(actor_id)]
    return max(signs)


def _name_calling_first(scene: Scene, actor_id: str) -> tuple[Span, ...]:
    """Return the sentences that name the actor, those with the most name calling first kept."""
    sentences = [scene.judgement.sentences[place] for place in scene.sentences_naming(actor_id)]
    sentences.sort(key=lambda sentence: -max(sentence.devices.get(Device.NAME_CALLING, 0.0), sentence.rhetoric))
    return tuple(sorted((sentence.start, sentence.end) for sentence in sentences[:_MOST_WORDS]))


def _hottest(sentences: Sequence[SentenceScore], *, n: int) -> tuple[Span, ...]:
    """Return the `n` most rhetorical sentences, in order; past the first only those that likely are."""
    ranked = sorted(sentences, key=lambda sentence: -sentence.rhetoric)[:n]
    kept = ranked[:1] + [sentence for sentence in ranked[1:] if sentence.rhetoric >= _LIKELY]
    return tuple(sorted((sentence.start, sentence.end) for sentence in kept))
