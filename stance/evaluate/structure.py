"""The task `structure`: who answers whom, one thread a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stance.core import find_cast
from stance.errors import BadLabelRow, ThreadError
from stance.evaluate.metrics import Figure, ece, tidy
from stance.evaluate.outcome import Outcome
from stance.evaluate.rows import Row, read_rows
from stance.judge import Judge
from stance.records import ARTICLE, Article, Comment, Order, Page, Reply, Thread
from stance.replies import ReplyScorer
from stance.thread import build_thread, find_quotes

BASELINES = ("previous", "first", "quoted_else_previous")

Parents = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """One thread with its gold: `parents` of the scored comments alone, `comments` as the page shows them."""

    row: Row
    page: Page
    parents: Parents
    order: Order


def measure_structure(path: Path, judge: Judge, scorer: ReplyScorer) -> Outcome:
    """Measure reply recovery with the stated parents hidden."""
    labelled = [_read_thread(row) for row in read_rows(path)]
    guesses: dict[str, list[Parents]] = {name: [] for name in ("scorer", *BASELINES)}
    orders: list[bool] = []
    found: list[Mapping[str, Reply]] = []
    predictions: list[Mapping[str, object]] = []
    for one in labelled:
        thread = _build(one)
        replies, _ = find_cast(thread, judge, scorer=scorer)
        found.append({reply.comment_id: reply for reply in replies})
        guesses["scorer"].append({reply.comment_id: reply.parent_id for reply in replies})
        for name, parents in guess_parents(_in_gold_order(thread, one)).items():
            guesses[name].append(parents)
        if one.order is not Order.UNKNOWN and len(one.page.comments) > 1:  # a lone comment is in no order
            orders.append(thread.order is one.order)
        predictions.extend(_line(one.row, reply) for reply in replies if reply.comment_id in one.parents)
    metrics = _figures(labelled, guesses["scorer"]) | {"ece": _calibration_error(labelled, found)}
    return Outcome(
        n=sum(len(one.parents) for one in labelled),
        metrics=metrics | {"order_accuracy": tidy(sum(orders) / len(orders)) if orders else None},
        baseline={name: _figures(labelled, guesses[name]) for name in BASELINES},
        predictions=predictions,
    )


def _read_thread(row: Row) -> Labelled:
    rows = row.rows("comments")
    if not rows:
        raise row.wrong("comments", "is missing or empty")
    comments = tuple(_read_comment(one, number) for number, one in enumerate(rows, start=1))
    ids = {comment.id for comment in comments}
    if len(ids) < len(comments):
        raise row.wrong("comments", "holds an id twice")
    parents = {c.id: one.name("parent", default=ARTICLE) or ARTICLE for c, one in zip(comments, rows, strict=True)}
    if not ids | {ARTICLE} >= set(parents.values()):
        raise row.wrong("comments", "holds a parent that is no comment's id")
    scored = _scored(row, ids)
    article = row.row("article")
    return Labelled(
        row=row,
        page=Page(
            source=f"{row.source}:{row.line}",
            article=Article(title=article.text("title", default=""), text=article.text("text", default="")),
            comments=comments,
        ),
        parents={comment_id: parent for comment_id, parent in parents.items() if comment_id in scored},
        order=Order(row.choice("order", list(Order))) if row.fields.get("order") is not None else Order.UNKNOWN,
    )


def _read_comment(row: Row, number: int) -> Comment:
    comment_id = row.name("id")
    if comment_id is None or comment_id == ARTICLE:
        raise row.wrong("id", "is missing" if comment_id is None else f"may not be {ARTICLE!r}")
    return Comment(
        id=comment_id,
        text=row.text("text"),
        number=number,
        author=row.text("author", default="") or None,
        posted_at=row.moment("posted_at"),
    )


def _scored(row: Row, ids: set[str]) -> set[str]:
    value = row.fields.get("scored")
    if value is None:
        return ids
    if not isinstance(value, list) or not {str(one) for one in value} <= ids:
        raise row.wrong("scored", "is not a list of ids of this thread's comments")
    return {str(one) for one in value}


def _build(one: Labelled) -> Thread:
    try:
        return build_thread(one.page)
    except ThreadError as error:
        raise BadLabelRow(
            one.row.source, line=one.row.line, field="comments", what=f"make no thread: {error}"
        ) from error


def _in_gold_order(thread: Thread, one: Labelled) -> Thread:
    """Put the comments oldest first by the stated order, so that no baseline pays for an order wrongly found."""
    if one.order is Order.UNKNOWN:
        return thread
    step = -1 if one.order is Order.NEWEST_FIRST else 1
    return Thread(
        id=thread.id,
        article=thread.article,
        comments=one.page.comments[::step],
        order=one.order,
        order_probability=1.0,
    )


def guess_parents(thread: Thread) -> dict[str, dict[str, str]]:
    """Guess parents three simple ways: the previous comment, the first, and the longest quoted or else the previous."""
    ids = [comment.id for comment in thread.comments]
    previous = dict(zip(ids, [ARTICLE, *ids], strict=False))
    quoted = dict(previous)
    for comment_id, quotes in find_quotes(thread.comments, thread.article).items():
        longest = max((q for q in quotes if q.source_id), key=lambda q: (q.end - q.start) * q.similarity, default=None)
        if longest is not None and longest.source_id is not None:
            quoted[comment_id] = longest.source_id
    first = {comment_id: ARTICLE if place == 0 else ids[0] for place, comment_id in enumerate(ids)}
    return {"previous": previous, "first": first, "quoted_else_previous": quoted}


def _figures(labelled: Sequence[Labelled], guesses: Sequence[Parents]) -> dict[str, Figure]:
    right: list[bool] = []
    right_replies: list[bool] = []
    right_authors: list[bool] = []
    for one, guess in zip(labelled, guesses, strict=True):
        authors = {comment.id: comment.author for comment in one.page.comments}
        for comment_id, parent in one.parents.items():
            right.append(guess[comment_id] == parent)
            if parent != ARTICLE:
                right_replies.append(guess[comment_id] == parent)
                if authors[parent] is not None:
                    right_authors.append(authors.get(guess[comment_id]) == authors[parent])
    return {
        "parent_accuracy": _share(right),
        "parent_accuracy_replies": _share(right_replies),
        "author_accuracy": _share(right_authors),
    }


def _calibration_error(labelled: Sequence[Labelled], found: Sequence[Mapping[str, Reply]]) -> Figure:
    """Return the expected calibration error of the likeliest parent's probability, over ten bins."""
    scored = [
        (replies[comment_id], parent)
        for one, replies in zip(labelled, found, strict=True)
        for comment_id, parent in one.parents.items()
    ]
    right = [reply.parent_id == parent for reply, parent in scored]
    return ece([reply.probability for reply, _ in scored], right, n_bins=10)


def _share(right: Sequence[bool]) -> Figure:
    return tidy(sum(right) / len(right)) if right else None


def _line(row: Row, reply: Reply) -> Mapping[str, object]:
    likeliest = {reply.parent_id: reply.probability}
    return {
        "line": row.line,
        "id": reply.comment_id,
        "parent": reply.parent_id,
        "probabilities": likeliest | {other.parent_id: other.probability for other in reply.alternatives},
    }
