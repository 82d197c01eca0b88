"""The order of the queue and its reasons."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace

import pytest

from stance.queue import load_policy, rank
from stance.records import (
    ARTICLE,
    Actor,
    ActorKind,
    Article,
    Attribute,
    AttributeSpan,
    Comment,
    Device,
    Judgement,
    Mention,
    Order,
    Policy,
    PolicyLine,
    Relation,
    Reply,
    SentenceScore,
    Signal,
    Stance,
    StanceScore,
    Thread,
)

ACTORS = (
    Actor(id="Lind", name="Mayor Lind", kind=ActorKind.PERSON),
    Actor(id="Veland", name="Veland", kind=ActorKind.STATE),
    Actor(id="fishers", name="fishers", kind=ActorKind.POPULATION),
    Actor(id="commenter 1", name="commenter 1", kind=ActorKind.COMMENTER),
    Actor(id="article author", name="Ida Berg", kind=ActorKind.AUTHOR),
)


def judged(
    comment_id: str,
    attributes: Mapping[Attribute, float] | None = None,
    *,
    rebut: float = 0.0,
    against: Mapping[str, float] | None = None,
    sentences: tuple[SentenceScore, ...] = (),
    spans: tuple[AttributeSpan, ...] = (),
) -> Judgement:
    return Judgement(
        comment_id=comment_id,
        relation={Relation.REBUT: rebut, Relation.COMMENT: 1 - rebut},
        stances=tuple(
            StanceScore(actor_id=actor_id, probabilities={Stance.AGAINST: sure, Stance.FAVOR: 1 - sure})
            for actor_id, sure in (against or {}).items()
        ),
        sentences=sentences,
        attributes=attributes or {},
        attribute_spans=spans,
    )


def sentence(start: int, end: int, *, claim=0.0, check_worthy=0.0, rhetoric=0.0, name_calling=0.0) -> SentenceScore:
    devices = {Device.NAME_CALLING: name_calling}
    return SentenceScore(
        start=start, end=end, claim=claim, check_worthy=check_worthy, rhetoric=rhetoric, devices=devices
    )


def ranked(judgements, *, policy=None, texts=None, parents=None, mentions=(), order="risk"):
    """Rank comments 1, 2, ... with these judgements; without `parents` each answers the article."""
    comments = tuple(
        Comment(id=judgement.comment_id, text=(texts or {}).get(judgement.comment_id, "The pier."), number=number)
        for number, judgement in enumerate(judgements, start=1)
    )
    thread = Thread(
        id="t", article=Article(title="A pier"), comments=comments, order=Order.OLDEST_FIRST, order_probability=1.0
    )
    replies = [
        Reply(comment_id=comment.id, parent_id=(parents or {}).get(comment.id, ARTICLE), probability=1.0)
        for comment in comments
    ]
    return rank(
        judgements,
        thread=thread,
        replies=replies,
        actors=ACTORS,
        mentions=mentions,
        policy=policy or load_policy(),
        order=order,
    )


def policy_of(*lines: PolicyLine) -> Policy:
    return Policy(lines=lines, digest="made-up")


def line(looks_at, *, threshold=0.5, weight=0.5, **more) -> PolicyLine:
    words = more.pop("words", "seen")
    return PolicyLine(
        name=looks_at.value.lower(), looks_at=looks_at, threshold=threshold, weight=weight, words=words, **more
    )


def test_the_priority_is_the_noisy_or_of_weight_times_probability():
    policy = policy_of(line(Attribute.INSULT, weight=0.5), line(Attribute.THREAT, weight=1.0))
    (item,) = ranked([judged("a", {Attribute.INSULT: 0.8, Attribute.THREAT: 0.2})], policy=policy)
    # INSULT fires: 0.5 * 0.8 = 0.4. THREAT does not: a tenth of 0.2. 1 - 0.6 * 0.98 = 0.412.
    assert item.priority == pytest.approx(0.412)
    assert [reason.line for reason in item.reasons] == ["insult"]


def test_a_line_fires_on_its_threshold():
    policy = policy_of(line(Attribute.INSULT, threshold=0.5))
    (item,) = ranked([judged("a", {Attribute.INSULT: 0.5})], policy=policy)
    assert [(reason.probability, reason.weight) for reason in item.reasons] == [(0.5, 0.5)]


def test_comments_without_a_reason_are_still_told_apart():
    items = ranked([judged("a", {Attribute.INSULT: 0.1}), judged("b", {Attribute.INSULT: 0.4})])
    assert [(item.comment_id, item.rank, item.reasons) for item in items] == [("b", 1, ()), ("a", 2, ())]


def test_ties_keep_the_order_of_the_thread():
    items = ranked([judged(name) for name in "qzab"])
    assert [item.comment_id for item in items] == list("qzab")


def test_uncertainty_is_one_on_the_threshold_and_nothing_at_the_ends():
    policy = policy_of(line(Attribute.INSULT, threshold=0.4))
    told = {"on": 0.4, "below": 0.3, "above": 0.7, "zero": 0.0, "one": 1.0}
    items = ranked([judged(name, {Attribute.INSULT: p}) for name, p in told.items()], policy=policy, order="uncertain")
    # 0.3 / 0.4 = 0.75 and (1 - 0.7) / (1 - 0.4) = 0.5.
    assert [item.comment_id for item in items] == ["on", "below", "above", "zero", "one"]
    assert [item.uncertainty for item in items] == pytest.approx([1, 0.75, 0.5, 0, 0])
    assert [item.rank for item in items] == [1, 2, 3, 4, 5]


def test_an_unknown_order_is_a_programming_mistake():
    with pytest.raises(ValueError, match="want 'risk', 'uncertain' or 'hybrid'"):
        ranked([judged("a")], order="newest")


def test_judgements_out_of_step_with_the_thread_are_refused():
    judgements = [judged("a"), judged("b")]
    thread = Thread(
        id="t",
        article=Article(),
        comments=(Comment(id="a", text="", number=1),),
        order=Order.UNKNOWN,
        order_probability=0.5,
    )
    replies = [Reply(comment_id="a", parent_id=ARTICLE, probability=1.0)]
    with pytest.raises(ValueError, match="judgements: got 2, want one for each of 1"):
        rank(judgements, thread=thread, replies=replies, actors=(), mentions=(), policy=load_policy())


def random_judgement(dice: random.Random) -> Judgement:
    spots = [(0, 10), (11, 20), (21, 30)]
    return judged(
        "a",
        {attribute: dice.random() for attribute in Attribute},
        rebut=dice.random(),
        against={actor.id: dice.random() for actor in ACTORS},
        sentences=tuple(
            sentence(
                start,
                end,
                claim=dice.random(),
                check_worthy=dice.random(),
                rhetoric=dice.random(),
                name_calling=dice.random(),
            )
            for start, end in spots
        ),
    )


@pytest.mark.parametrize("seed", range(50))
def test_no_attribute_raised_ever_lowers_the_priority(seed):
    dice = random.Random(seed)
    before = random_judgement(dice)
    mentions = [Mention(comment_id="a", actor_id=dice.choice(ACTORS).id, start=at, end=at + 2) for at in (1, 12, 22)]
    texts = {"a": "x" * 30}
    was = ranked([before], texts=texts, mentions=mentions)[0].priority
    assert 0 <= was <= 1
    for attribute, probability in before.attributes.items():
        for step in (1e-9, 0.1, 1.0):
            raised = min(1.0, probability + step)
            after = replace(before, attributes={**before.attributes, attribute: raised})
            now = ranked([after], texts=texts, mentions=mentions)[0].priority
            assert was <= now <= 1, attribute


def test_an_insult_is_aimed_at_whom_its_sentence_is_against():
    text = "Veland is cold. Mayor Lind is a fool."
    spans = (AttributeSpan(attribute=Attribute.INSULT, start=32, end=36, weight=0.9),)
    judgement = judged(
        "a",
        {Attribute.INSULT: 0.9},
        against={"Veland": 0.99, "Lind": 0.8},
        sentences=(sentence(0, 15), sentence(16, 37)),
        spans=spans,
    )
    mentions = [
        Mention(comment_id="a", actor_id="Veland", start=0, end=6),
        Mention(comment_id="a", actor_id="Lind", start=16, end=26),
    ]
    (item,) = ranked([judgement], texts={"a": text}, mentions=mentions, policy=policy_of(line(Attribute.INSULT)))
    (reason,) = item.reasons
    assert reason.toward == "Lind"
    assert [text[start:end] for start, end in reason.words] == ["fool"]


def test_a_quoted_name_is_not_a_target():
    mentions = [Mention(comment_id="a", actor_id="Lind", start=0, end=4, quoted=True)]
    judgement = judged("a", {Attribute.INSULT: 0.9}, sentences=(sentence(0, 9),))
    (item,) = ranked([judgement], mentions=mentions, policy=policy_of(line(Attribute.INSULT)))
    assert item.reasons[0].toward is None


def test_a_name_the_comment_favours_is_not_a_target():
    mentions = [Mention(comment_id="a", actor_id="Lind", start=0, end=4)]
    judgement = judged("a", {Attribute.INSULT: 0.9}, against={"Lind": 0.1}, sentences=(sentence(0, 9),))
    (item,) = ranked([judgement], mentions=mentions, policy=policy_of(line(Attribute.INSULT)))
    assert item.reasons[0].toward is None


def test_an_attack_on_a_commenter_falls_to_the_one_answered():
    judgements = [judged("a"), judged("b", {Attribute.ATTACK_ON_COMMENTER: 0.9})]
    items = ranked(judgements, parents={"b": "a"}, policy=policy_of(line(Attribute.ATTACK_ON_COMMENTER)))
    assert (items[0].comment_id, items[0].reasons[0].toward) == ("b", "commenter 1")


def test_a_rebuttal_is_hot_by_its_strongest_sign():
    policy = policy_of(line(Signal.REBUTTAL_HEAT, threshold=0.1))
    hot = judged("b", rebut=0.8, against={"commenter 1": 0.5}, sentences=(sentence(0, 4, rhetoric=0.9), sentence(5, 9)))
    items = ranked([judged("a"), hot], parents={"b": "a"}, policy=policy)
    # Rhetoric share (0.9 + 0) / 2 = 0.45, against 0.5, no attack: 0.8 * 0.5.
    (reason,) = items[0].reasons
    assert reason.probability == pytest.approx(0.4)
    assert reason.toward == "commenter 1"
    assert reason.words == ((0, 4),)


def test_two_sure_accusations_are_counted_and_shown():
    accusing = {"claim": 0.9, "check_worthy": 0.8, "rhetoric": 0.5}
    judgement = judged("a", sentences=(sentence(0, 9, **accusing), sentence(10, 19, **accusing), sentence(20, 29)))
    policy = policy_of(line(Signal.UNSUPPORTED_CLAIMS, threshold=0.1, words="{n} accusations"))
    (item,) = ranked([judgement], texts={"a": "x" * 29}, policy=policy)
    # Each 0.8 * 0.5 = 0.4; both: 0.16.
    assert item.reasons[0].probability == pytest.approx(0.16)
    assert item.reasons[0].what == "2 accusations"
    assert item.reasons[0].words == ((0, 9), (10, 19))


def test_a_stance_against_somebody_makes_a_plain_claim_an_accusation():
    plain = {"claim": 1.0, "check_worthy": 1.0}
    judgement = judged("a", against={"Lind": 0.7}, sentences=(sentence(0, 9, **plain), sentence(10, 19, **plain)))
    mentions = [Mention(comment_id="a", actor_id="Lind", start=at, end=at + 2) for at in (1, 12)]
    policy = policy_of(line(Signal.UNSUPPORTED_CLAIMS, threshold=0.1))
    (item,) = ranked([judgement], texts={"a": "x" * 19}, mentions=mentions, policy=policy)
    assert item.reasons[0].probability == pytest.approx(0.49)
    assert item.reasons[0].toward == "Lind"


@pytest.mark.parametrize("source", ["https://example.org/a", "According to the pilot", "Source: the log"])
def test_an_accusation_with_a_source_after_it_does_not_count(source):
    first, second = "They sank it.", "They burned it."
    text = f"{first} {second} {source}."
    ends = [len(first), len(first) + 1 + len(second), len(text)]
    starts = [0, ends[0] + 1, ends[1] + 1]
    sure = {"claim": 1.0, "check_worthy": 1.0, "rhetoric": 1.0}
    scores = [sure, sure, {}]
    spots = zip(starts, ends, scores, strict=True)
    judgement = judged("a", sentences=tuple(sentence(start, end, **score) for start, end, score in spots))
    policy = policy_of(line(Signal.UNSUPPORTED_CLAIMS))
    sourced = ranked([judgement], texts={"a": text}, policy=policy)
    unsourced = ranked([judgement], texts={"a": "x" * len(text)}, policy=policy)
    assert (len(sourced[0].reasons), len(unsourced[0].reasons)) == (0, 1)


def test_contempt_needs_both_a_stance_and_an_insult():
    policy = policy_of(line(Signal.HOSTILE_STANCE, threshold=0.4, toward=(ActorKind.POPULATION,)))
    text = "Those fishers, thieves."
    mentions = [Mention(comment_id="a", actor_id="fishers", start=6, end=13)]

    def reasons(against: float, name_calling: float):
        judgement = judged("a", against={"fishers": against}, sentences=(sentence(0, 23, name_calling=name_calling),))
        return ranked([judgement], texts={"a": text}, mentions=mentions, policy=policy)[0].reasons

    assert reasons(0.9, 0.1) == () == reasons(0.1, 0.9)
    (reason,) = reasons(0.9, 0.9)
    assert reason.probability == pytest.approx(0.81)
    assert (reason.toward, reason.words) == ("fishers", ((0, 23),))


def test_a_line_guards_only_the_kinds_it_names():
    policy = policy_of(line(Signal.HOSTILE_STANCE, threshold=0.4, toward=(ActorKind.POPULATION,)))
    (item,) = ranked([judged("a", {Attribute.INSULT: 1.0}, against={"Lind": 1.0})], policy=policy)
    assert item.reasons == ()


def test_a_comment_of_a_hundred_thousand_sentences_is_ranked():
    n = 100_000
    sentences = tuple(sentence(2 * at, 2 * at + 1, claim=0.5, check_worthy=0.5, rhetoric=0.5) for at in range(n))
    mentions = [Mention(comment_id="a", actor_id="Lind", start=2 * at, end=2 * at + 1) for at in range(0, n, 10)]
    judgement = judged("a", {Attribute.INSULT: 0.9}, against={"Lind": 0.9}, sentences=sentences)
    (item,) = ranked([judgement], texts={"a": "x " * n}, mentions=mentions)
    assert 0 <= item.priority <= 1
    assert all(len(reason.words) <= 3 for reason in item.reasons)
