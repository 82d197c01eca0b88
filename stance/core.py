"""The one core function: threads in, analyses out. Every door calls it, and it prints and writes nothing itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from stance import __version__
from stance.actors import ADDRESSED, Cast, Roster, find_actors
from stance.queue import load_policy, rank
from stance.read import read_page
from stance.records import (
    ARTICLE,
    Actor,
    ActorKind,
    Analysis,
    Article,
    Case,
    Comment,
    Judgement,
    Mention,
    Policy,
    Quote,
    Reading,
    Reply,
    Target,
    Thread,
)
from stance.replies import N_ALTERNATIVES, link_replies
from stance.thread import build_thread, find_quotes, split_sentences

if TYPE_CHECKING:
    from stance.judge import Judge
    from stance.replies import ReplyScorer

QueueOrder = Literal["risk", "uncertain", "hybrid"]
Span = tuple[int, int]

ARTICLE_READ_CHARACTERS: Final = 2000
"""How much of an article is read for reply recovery: its beginning, where news stories say what they are about."""
ARTICLE_PARENT_CHARACTERS: Final = 160
"""How much of an article follows its title where it is what a comment answers; the encoder keeps about 60 tokens."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A thread with all of its analysis that comes before judging; `cases` are what a judge is asked, one a comment."""

    thread: Thread
    replies: tuple[Reply, ...]
    roster: Roster
    cases: tuple[Case, ...]


def analyze(
    threads: Iterable[Thread],
    judge: Judge,
    *,
    policy: Policy,
    scorer: ReplyScorer | None = None,
    cast: Cast | None = None,
    order: QueueOrder = "risk",
    n_alternatives: int = N_ALTERNATIVES,
) -> Iterator[Analysis]:
    """Analyse threads one by one, in the order they come.

    Args:
        threads: Sound threads, as `build_thread` makes them.
        judge: Reads and judges comments.
        policy: What to look at first.
        scorer: Weighs who answers whom; None for the one that ships with the default model.
        cast: Actors a person has set down; None to find them.
        order: `risk` puts what the policy weighs most first, `uncertain` what the judge doubts most, `hybrid` both.
        n_alternatives: How many runners-up a reply lists at most, 0 or more.

    Yields:
        One analysis a thread.
    """
    for thread in threads:
        prepared = prepare(thread, judge, scorer=scorer, cast=cast, n_alternatives=n_alternatives)
        judgements = judge.judge(prepared.cases)
        yield conclude(prepared, judgements, policy=policy, order=order, model_id=judge.model_id)


def analyze_file(
    page: Path | str,
    judge: Judge | None = None,
    *,
    policy: Policy | None = None,
    scorer: ReplyScorer | None = None,
    cast: Cast | None = None,
    order: QueueOrder = "risk",
    format: str | None = None,  # noqa: A002 - the command line's word for it
) -> Analysis:
    """Analyse the one thread of a saved page, an export or a corpus folder.

    The threads of a file that holds several are `map(build_thread, read_threads(page))`, which `analyze` takes.

    Args:
        page: The file or folder, or "-" for standard input.
        judge: None for the default model.
        policy: None for the one that ships.
        scorer: None for the default model's.
        cast: None to find the actors.
        order: `risk`, `uncertain` or `hybrid`, as in `analyze`.
        format: One of `stance.read.FORMATS`; None to see from the file.

    Raises:
        ReadError: The file cannot be read as comments, or holds several threads (`SeveralThreads`).
        ThreadError: The comments do not make a thread.
        JudgeError: The default model cannot be loaded.
    """
    thread = build_thread(read_page(page, format=format))
    if judge is None:
        from stance.judge import load_judge

        judge = load_judge()
    (analysis,) = analyze([thread], judge, policy=policy or load_policy(), scorer=scorer, cast=cast, order=order)
    return analysis


def prepare(
    thread: Thread,
    judge: Judge,
    *,
    scorer: ReplyScorer | None = None,
    cast: Cast | None = None,
    n_alternatives: int = N_ALTERNATIVES,
) -> Prepared:
    """Do what comes before judging; options as in `analyze`."""
    replies, roster = find_cast(thread, judge, scorer=scorer, cast=cast, n_alternatives=n_alternatives)
    return Prepared(thread, replies, roster, tuple(_cases(thread, replies, roster)))


def conclude(
    prepared: Prepared, judgements: Sequence[Judgement], *, policy: Policy, order: QueueOrder, model_id: str
) -> Analysis:
    """Put judgements, one a case in their order, and the queue to what was prepared."""
    thread, replies, roster = prepared.thread, prepared.replies, prepared.roster
    judged = tuple(judgements)
    return Analysis(
        thread=thread,
        replies=replies,
        actors=roster.actors,
        mentions=roster.mentions,
        judgements=judged,
        queue=rank(
            thread=thread,
            replies=replies,
            actors=roster.actors,
            mentions=roster.mentions,
            judgements=judged,
            policy=policy,
            order=order,
        ),
        model_id=model_id,
        policy_digest=policy.digest,
        version=__version__,
    )


def find_cast(
    thread: Thread,
    judge: Judge,
    *,
    scorer: ReplyScorer | None = None,
    cast: Cast | None = None,
    n_alternatives: int = N_ALTERNATIVES,
) -> tuple[tuple[Reply, ...], Roster]:
    """Find who answers whom and who is spoken of; everything of an analysis that comes before judging."""
    quotes = find_quotes(thread.comments, thread.article)
    readings = _read(thread, judge)
    replies = link_replies(
        thread, readings, scorer=scorer or _shipped_scorer(), quotes=quotes, n_alternatives=n_alternatives
    )
    names = {comment_id: reading.names for comment_id, reading in readings.items()}
    return replies, find_actors(thread, replies, names=names, cast=cast)


@cache
def _shipped_scorer() -> ReplyScorer:
    """One for all threads: to load and to check it takes longer than a thread of twenty comments."""
    from stance.judge import default_model_folder
    from stance.replies import load_scorer

    return load_scorer(default_model_folder())


def texts_of(thread: Thread) -> list[str]:
    """What a judge reads of a thread: the article's beginning, then every comment."""
    return [_beginning(thread.article, ARTICLE_READ_CHARACTERS), *(comment.text for comment in thread.comments)]


def _read(thread: Thread, judge: Judge) -> Mapping[str, Reading]:
    ids = [ARTICLE, *(comment.id for comment in thread.comments)]
    return dict(zip(ids, judge.read(texts_of(thread)), strict=True))


def _beginning(article: Article, n_characters: int) -> str:
    """Title and beginning, joined as `find_actors` joins them, so that the places of names agree."""
    return f"{article.title}\n\n{article.text[:n_characters]}"


def _cases(thread: Thread, replies: Sequence[Reply], roster: Roster) -> list[Case]:
    text_of = {comment.id: comment.text for comment in thread.comments}
    text_of[ARTICLE] = _beginning(thread.article, ARTICLE_PARENT_CHARACTERS)
    actors = {actor.id: actor for actor in roster.actors}
    mentions: dict[str, list[Mention]] = {comment.id: [] for comment in thread.comments}
    for mention in roster.mentions:
        if mention.comment_id in mentions and not mention.quoted:
            mentions[mention.comment_id].append(mention)
    return [
        _case(
            comment,
            parent=text_of[reply.parent_id],
            quotes=reply.quotes,
            targets=_targets(mentions[comment.id], actors, quotes=[(quote.start, quote.end) for quote in reply.quotes]),
        )
        for comment, reply in zip(thread.comments, replies, strict=True)
    ]


def lone_case(text: str, *, parent: str = "", article: str = "") -> Case:
    """Return the case of a comment that comes without its thread: no actors are asked for.

    Args:
        text: The comment's.
        parent: The text of the comment it answers, "" where it answers the article or nothing is known.
        article: The article's text.
    """
    comment = Comment(id="comment", text=text, number=2)
    answered = Comment(id="parent", text=parent, number=1)
    quotes = find_quotes((answered, comment), Article(text=article))[comment.id]
    return _case(
        comment,
        parent=parent or _beginning(Article(text=article), ARTICLE_PARENT_CHARACTERS),
        quotes=quotes,
        targets=(),
    )


def _case(comment: Comment, *, parent: str, quotes: Sequence[Quote], targets: tuple[Target, ...]) -> Case:
    quoted = tuple((quote.start, quote.end) for quote in quotes)
    return Case(
        comment_id=comment.id,
        text=comment.text,
        parent=parent,
        quotes=quoted,
        sentences=_own_sentences(comment.text, quoted),
        targets=targets,
    )


def _targets(mentions: Sequence[Mention], actors: Mapping[str, Actor], *, quotes: Sequence[Span]) -> tuple[Target, ...]:
    """Every actor that a comment speaks of, with the places that name it in its writer's own words."""
    spans: dict[str, list[Span]] = {}
    for mention in mentions:
        places = spans.setdefault(mention.actor_id, [])
        # Whoever is quoted is spoken to, but the quotation is not where the writer speaks of them.
        if not any(start < mention.end and end > mention.start for start, end in quotes):
            places.append((mention.start, mention.end))
    return tuple(
        Target(actor_id=actor_id, name=_asked_name(actors[actor_id]), spans=tuple(found))
        for actor_id, found in spans.items()
    )


def _asked_name(actor: Actor) -> str:
    """The name under which the judge is asked for an actor; whoever is spoken to is "you", as in its training."""
    return ADDRESSED if actor.kind in {ActorKind.COMMENTER, ActorKind.AUTHOR} else actor.name


def _own_sentences(text: str, quotes: Sequence[Span]) -> tuple[Span, ...]:
    """Sentences that hold at least one word of the writer's own; the others are quotations.

    Linear in the text, and not in sentences times quotes: one comment can hold thousands of both.
    """
    own = list(text)
    for start, end in quotes:
        own[start:end] = " " * (end - start)
    left = "".join(own)
    return tuple((start, end) for start, end in split_sentences(text) if any(map(str.isalnum, left[start:end])))
