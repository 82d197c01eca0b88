"""Analyses made by hand: every number in them is stated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from stance.records import (
    ARTICLE,
    Actor,
    ActorKind,
    Analysis,
    Article,
    Comment,
    Device,
    Judgement,
    Order,
    QueueItem,
    Reason,
    Relation,
    Reply,
    SentenceScore,
    Stance,
    StanceScore,
    StanceSpan,
    Thread,
)

SIGNS = {"+": Stance.FAVOR, "-": Stance.AGAINST, "o": Stance.NEUTRAL}
RELATIONS = {"x": Relation.REBUT, "+": Relation.SUPPORT, "?": Relation.QUERY, ".": Relation.COMMENT}


@dataclass(frozen=True, kw_only=True)
class Made:
    """One comment: `parent` is the place of the comment it answers (None: the article), `relation` a sign of it.

    `stances` are as in {"Veland": "-"}, with "?" behind the sign where the model is not sure. `worth` is how worth a
    check the comment's one sentence, all of its text, is.
    """

    text: str = "The council sold the pier twice."
    author: str | None = None
    posted_at: datetime | None = None
    parent: int | None = None
    relation: str = "."
    stances: Mapping[str, str] = field(default_factory=dict)
    worth: float = 0.2
    reason: str = ""


def make_analysis(made: Sequence[Made], *, title: str = "Who owns the harbour?", notes: Sequence[str] = ()) -> Analysis:
    """Return the analysis in which each comment is what it was made to be, with probability 0.7."""
    comments = tuple(
        Comment(id=f"c{n}", text=one.text, number=n + 1, author=one.author, posted_at=one.posted_at)
        for n, one in enumerate(made)
    )
    actors = dict.fromkeys(name for one in made for name in one.stances)
    items = sorted(range(len(made)), key=lambda place: not made[place].reason)
    return Analysis(
        thread=Thread(
            id="harbour",
            article=Article(title=title, author="Jon Berg"),
            comments=comments,
            order=Order.OLDEST_FIRST,
            order_probability=1.0,
            notes=tuple(notes),
        ),
        replies=tuple(
            Reply(
                comment_id=comment.id,
                parent_id=ARTICLE if one.parent is None else f"c{one.parent}",
                probability=0.9,
            )
            for comment, one in zip(comments, made, strict=True)
        ),
        actors=tuple(Actor(id=name, name=name, kind=ActorKind.STATE) for name in actors),
        mentions=(),
        judgements=tuple(_judge(comment, one) for comment, one in zip(comments, made, strict=True)),
        queue=tuple(
            QueueItem(
                rank=rank,
                comment_id=f"c{place}",
                priority=0.5,
                uncertainty=0.3,
                reasons=_reasons(made[place]),
            )
            for rank, place in enumerate(items, start=1)
        ),
        model_id="made@0",
        policy_digest="0123456789abcdef",
        version="0.0.0",
    )


def _judge(comment: Comment, made: Made) -> Judgement:
    relation = RELATIONS[made.relation]
    end = len(comment.text)
    return Judgement(
        comment_id=comment.id,
        relation={label: 0.7 if label is relation else 0.1 for label in Relation},
        stances=tuple(_stance(name, sign, end) for name, sign in made.stances.items()),
        sentences=(
            SentenceScore(
                start=0,
                end=end,
                claim=0.6,
                check_worthy=made.worth,
                rhetoric=0.3,
                devices={Device.SARCASM: 0.8, Device.NAME_CALLING: 0.1},
            ),
        )
        if end
        else (),
        attributes={},
    )


def _stance(name: str, sign: str, end: int) -> StanceScore:
    label = SIGNS[sign[0]]
    return StanceScore(
        actor_id=name,
        probabilities={one: 0.7 if one is label else 0.15 for one in Stance},
        sure="?" not in sign,
        spans=(StanceSpan(start=0, end=min(3, end), weight=0.5),) if end and label is not Stance.NEUTRAL else (),
    )


def _reasons(made: Made) -> tuple[Reason, ...]:
    if not made.reason:
        return ()
    words = ((0, min(11, len(made.text))),)
    return (Reason(line="line", what=made.reason, toward="Veland", words=words, probability=0.6, weight=0.5),)


def quarrel(n_a_side: int = 4) -> list[Made]:
    """Two camps: each of the one rebuts each of the other, and backs the next of their own."""
    made = [Made(author=f"A{n}") for n in range(n_a_side)] + [Made(author=f"B{n}") for n in range(n_a_side)]
    for one in range(n_a_side):
        made += [Made(author=f"A{one}", parent=n_a_side + other, relation="x") for other in range(n_a_side)]
        made.append(Made(author=f"A{one}", parent=(one + 1) % n_a_side, relation="+"))
        made.append(Made(author=f"B{one}", parent=n_a_side + (one + 1) % n_a_side, relation="+"))
    return made
