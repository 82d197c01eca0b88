"""A thread of our own with an analysis set by hand, in the shape of a heated page under a news story."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import islice

import pytest

from stance.queue import load_policy, rank
from stance.records import (
    ARTICLE,
    Actor,
    ActorKind,
    Analysis,
    Article,
    Attribute,
    AttributeSpan,
    Candidate,
    Comment,
    Device,
    Evidence,
    EvidenceKind,
    Judgement,
    Mention,
    Order,
    QueueItem,
    Quote,
    Relation,
    Reply,
    SentenceScore,
    Stance,
    StanceScore,
    StanceSpan,
    Thread,
)

TEXTS = {
    "a": "The ferry was sold because the Harbour Guild lied about its debts. Veland paid for the dredging and Ostria "
    "took the profit, every single year since 1998.",
    "b": "“Veland paid for the dredging” is simply not true. Ostria paid 40 million in 2003, the council printed it "
    "in its yearly report. Where did you read that?",
    "c": "Agree with Maria. Mayor Lind signed the sale in one night, without a vote.",
    "d": "Oh sure, the noble Harbour Guild! You pathetic fool, go back to your cave. Those Ostrians are vermin and "
    "they steal whatever floats. They burned the old pier in 2011 and they bribed the pilot.",
    "e": "Does anybody know when the winter timetable starts?",
    "f": "Calling people vermin is not an argument. The pier burned after lightning, see https://example.org/pier for "
    "the fire brigade's report.",
    "g": "Mr Berg, your article leaves out the pilots. They warned Veland twice in March, and nobody in the capital "
    "listened.",
}
AUTHORS = {
    "a": "maria",
    "b": "Tom Ekdal",
    "c": "harbour_lights",
    "d": "TruthHammer77",
    "f": "Tom Ekdal",
    "g": "Solveig",
}
PARENTS = {"a": ARTICLE, "b": "a", "c": "a", "d": "b", "e": ARTICLE, "f": "d", "g": ARTICLE}
RELATIONS = {
    "a": (Relation.COMMENT, 0.62),
    "b": (Relation.REBUT, 0.93),
    "c": (Relation.SUPPORT, 0.88),
    "d": (Relation.REBUT, 0.81),
    "e": (Relation.QUERY, 0.9),
    "f": (Relation.REBUT, 0.77),
    "g": (Relation.REBUT, 0.55),
}
EVIDENCE = {
    "a": (EvidenceKind.POSITION, "opens without pointing back to a comment"),
    "b": (EvidenceKind.QUOTATION, "quotes 6 words of comment 1"),
    "c": (EvidenceKind.NAME, "names its author"),
    "d": (EvidenceKind.WORDING, "comes right after comment 2 and opens with a denial"),
    "e": (EvidenceKind.POSITION, "opens without pointing back to a comment"),
    "f": (EvidenceKind.WORDING, "shares the words vermin, pier"),
    "g": (EvidenceKind.NAME, "names the article's author"),
}
ACTORS = (
    Actor(id="Veland", name="Veland", kind=ActorKind.STATE),
    Actor(id="Ostria", name="Ostria", kind=ActorKind.STATE, aliases=("Ostrian",)),
    Actor(id="Harbour Guild", name="Harbour Guild", kind=ActorKind.ORGANISATION),
    Actor(id="Ostrians", name="Ostrians", kind=ActorKind.POPULATION),
    Actor(id="Mayor Lind", name="Mayor Lind", kind=ActorKind.PERSON),
    Actor(id="article author", name="Jon Berg", kind=ActorKind.AUTHOR),
    *(Actor(id=f"commenter {number}", name=f"commenter {number}", kind=ActorKind.COMMENTER) for number in (1, 2, 4)),
)
STANCES: Mapping[str, Mapping[str, tuple[str, Stance, float]]] = {
    "a": {
        "Harbour Guild": ("Harbour Guild", Stance.AGAINST, 0.94),
        "Veland": ("Veland", Stance.FAVOR, 0.71),
        "Ostria": ("Ostria", Stance.AGAINST, 0.83),
    },
    "b": {"Ostria": ("Ostria", Stance.FAVOR, 0.64), "commenter 1": ("you", Stance.AGAINST, 0.82)},
    "c": {"Mayor Lind": ("Mayor Lind", Stance.AGAINST, 0.86), "commenter 1": ("Maria", Stance.FAVOR, 0.91)},
    "d": {
        "Harbour Guild": ("Harbour Guild", Stance.AGAINST, 0.74),
        "Ostrians": ("Ostrians", Stance.AGAINST, 0.97),
        "commenter 2": ("You", Stance.AGAINST, 0.95),
    },
    "f": {"commenter 4": ("Calling people", Stance.AGAINST, 0.78)},
    "g": {"Veland": ("Veland", Stance.AGAINST, 0.58), "article author": ("your article", Stance.AGAINST, 0.61)},
}
SENTENCES = {
    "a": [(0.9, 0.8, 0.7), (0.85, 0.7, 0.4)],
    "b": [(0.96, 0.88, 0.1), (0.1, 0.05, 0.6)],
    "c": [(0.1, 0.02, 0.1), (0.93, 0.8, 0.3)],
    "d": [(0.2, 0.1, 0.95), (0.05, 0.02, 0.98), (0.6, 0.55, 0.97), (0.92, 0.9, 0.7)],
    "e": [(0.1, 0.05, 0.05)],
    "f": [(0.4, 0.2, 0.6), (0.9, 0.8, 0.1)],
    "g": [(0.7, 0.4, 0.3), (0.94, 0.85, 0.2)],
}
ATTRIBUTES: Mapping[str, Mapping[Attribute, float]] = {
    "a": {Attribute.TOXICITY: 0.42, Attribute.INSULT: 0.3},
    "d": {
        Attribute.TOXICITY: 0.97,
        Attribute.SEVERE_TOXICITY: 0.44,
        Attribute.INSULT: 0.96,
        Attribute.IDENTITY_ATTACK: 0.91,
        Attribute.ATTACK_ON_COMMENTER: 0.93,
    },
}
CARRIERS = {
    Attribute.INSULT: "pathetic fool",
    Attribute.TOXICITY: "pathetic fool",
    Attribute.IDENTITY_ATTACK: "vermin",
    Attribute.SEVERE_TOXICITY: "vermin",
    Attribute.ATTACK_ON_COMMENTER: "You pathetic fool, go back to your cave",
}


@pytest.fixture
def analysis() -> Analysis:
    """A heated page of seven comments, judged by hand."""
    return make_analysis()


@pytest.fixture
def say() -> Callable[..., Analysis]:
    """`say(analysis, text)` is the analysis with another text in every comment, title and note."""
    return with_texts


@pytest.fixture
def deep() -> Callable[[int], Analysis]:
    """`deep(n)` is a thread of n comments, each answering the one before."""
    return make_chain


def make_thread() -> Thread:
    return Thread(
        id="harbour",
        article=Article(title="Two towns and a ferry: who owns the harbour of Sund?", author="Jon Berg"),
        comments=tuple(
            Comment(id=comment_id, text=text, number=number, author=AUTHORS.get(comment_id))
            for number, (comment_id, text) in enumerate(TEXTS.items(), start=1)
        ),
        order=Order.NEWEST_FIRST,
        order_probability=0.98,
        stated_total=31,
        notes=("the page states 31 comments and holds 7",),
    )


def make_analysis() -> Analysis:
    thread = make_thread()
    replies = tuple(_reply(comment_id) for comment_id in TEXTS)
    mentions = tuple(mention for comment_id in STANCES for mention in _mentions(comment_id))
    judgements = tuple(_judgement(comment_id) for comment_id in TEXTS)
    policy = load_policy()
    return Analysis(
        thread=thread,
        replies=replies,
        actors=ACTORS,
        mentions=mentions,
        judgements=judgements,
        queue=rank(judgements, thread=thread, replies=replies, actors=ACTORS, mentions=mentions, policy=policy),
        model_id="made-up@0123abcd",
        policy_digest=policy.digest,
        version="0.0.0",
    )


def with_texts(analysis: Analysis, text: str, *, author: str | None = None) -> Analysis:
    """The same analysis, every comment of it (and the title) holding another text."""
    comments = tuple(replace(comment, text=text, author=author) for comment in analysis.thread.comments)
    article = replace(analysis.thread.article, title=text, author=author)
    return replace(analysis, thread=replace(analysis.thread, comments=comments, article=article, notes=(text,)))


def make_chain(n_comments: int) -> Analysis:
    """A thread in which each comment answers the one before."""
    ids = [f"c{number}" for number in range(n_comments)]
    thread = Thread(
        id="chain",
        article=Article(title="The old bridge"),
        comments=tuple(Comment(id=name, text="No, the bridge stands.", number=at + 1) for at, name in enumerate(ids)),
        order=Order.OLDEST_FIRST,
        order_probability=1.0,
    )
    parents = [ARTICLE, *ids]
    replies = tuple(
        Reply(comment_id=name, parent_id=parent, probability=1.0) for name, parent in zip(ids, parents, strict=False)
    )
    calm = dict.fromkeys(Relation, 0.25)
    judgements = tuple(
        Judgement(comment_id=name, relation=calm, stances=(), sentences=(), attributes={}) for name in ids
    )
    return Analysis(
        thread=thread,
        replies=replies,
        actors=(),
        mentions=(),
        judgements=judgements,
        queue=tuple(
            QueueItem(rank=at, comment_id=name, priority=0.0, uncertainty=0.0, reasons=())
            for at, name in enumerate(ids, start=1)
        ),
        model_id="made-up@0",
        policy_digest="0" * 64,
        version="0.0.0",
    )


def _reply(comment_id: str) -> Reply:
    kind, words = EVIDENCE[comment_id]
    quotes = (Quote(start=0, end=30, source_id="a", similarity=1.0),) if comment_id == "b" else ()
    return Reply(
        comment_id=comment_id,
        parent_id=PARENTS[comment_id],
        probability=0.4 if comment_id == "g" else 0.91,
        evidence=(Evidence(kind=kind, words=words),),
        alternatives=(Candidate(parent_id=ARTICLE, probability=0.05),) if PARENTS[comment_id] != ARTICLE else (),
        quotes=quotes,
    )


def _mentions(comment_id: str) -> list[Mention]:
    found = []
    for actor_id, (words, _, _) in STANCES[comment_id].items():
        start = TEXTS[comment_id].rindex(words) if actor_id != "commenter 2" else TEXTS[comment_id].index(words)
        addressed = actor_id.startswith("commenter") or actor_id == "article author"
        found.append(
            Mention(comment_id=comment_id, actor_id=actor_id, start=start, end=start + len(words), addressed=addressed)
        )
    return found


def _judgement(comment_id: str) -> Judgement:
    relation, probability = RELATIONS[comment_id]
    rest = (1 - probability) / 3
    attributes = dict.fromkeys(Attribute, 0.02) | dict(ATTRIBUTES.get(comment_id, {}))
    return Judgement(
        comment_id=comment_id,
        relation={label: probability if label is relation else rest for label in Relation},
        stances=tuple(
            StanceScore(
                actor_id=actor_id,
                probabilities={other: sure if other is label else (1 - sure) / 2 for other in Stance},
                spans=_stance_spans(TEXTS[comment_id]) if label is Stance.AGAINST else (),
            )
            for actor_id, (_, label, sure) in STANCES.get(comment_id, {}).items()
        ),
        sentences=_sentences(TEXTS[comment_id], SENTENCES[comment_id]),
        attributes=attributes,
        attribute_spans=_spans(TEXTS[comment_id]) if comment_id == "d" else (),
    )


def _stance_spans(text: str) -> tuple[StanceSpan, ...]:
    """The first three words."""
    words = islice(re.finditer(r"[^\W_]+", text), 3)
    return tuple(StanceSpan(start=word.start(), end=word.end(), weight=0.25) for word in words)


def _sentences(text: str, scores: Sequence[tuple[float, float, float]]) -> tuple[SentenceScore, ...]:
    """Sentences end at a full stop, a question or an exclamation mark before a space; the last scores win."""
    ends = [at + 1 for at, sign in enumerate(text) if sign in ".?!" and text[at + 1 : at + 2] in (" ", "")]
    starts = [0, *(end + 1 for end in ends[:-1])]
    spans = list(zip(starts, ends, strict=True))[-len(scores) :]
    return tuple(
        SentenceScore(
            start=start,
            end=end,
            claim=claim,
            check_worthy=check_worthy,
            rhetoric=rhetoric,
            devices={Device.NAME_CALLING: max(0.0, rhetoric * 2 - 1) / 2},
        )
        for (start, end), (claim, check_worthy, rhetoric) in zip(spans, scores, strict=True)
    )


def _spans(text: str) -> tuple[AttributeSpan, ...]:
    return tuple(
        AttributeSpan(attribute=attribute, start=text.index(words), end=text.index(words) + len(words), weight=0.6)
        for attribute, words in CARRIERS.items()
    )
