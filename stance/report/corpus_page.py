"""Scores of a corpus in, its report out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from stance.out import safe, snip
from stance.records import Relation
from stance.report.corpus import Corpus, count_corpus
from stance.report.corpus_pictures import draw_actors, draw_attributes, draw_beside, draw_change, draw_threads
from stance.report.limits import read_limits
from stance.report.page import Report, fill
from stance.report.picture import Table
from stance.report.story import Figure, Said
from stance.report.words import count, listed

_NAMED: Final = 3
_FEWEST: Final = 10
"""Comments toward an actor below which the story says nothing of them."""
_ID_CELLS: Final = 60


def make_corpus_report(path: Path, *, model_folder: Path) -> Report:
    """Return the report of what `stance score` left; one thread at a time is in memory.

    Args:
        path: As `read_scores` takes it.
        model_folder: Where to look for what was measured of the model that scored it.

    Raises:
        Unreadable, BadScores: As `read_scores` raises them.
    """
    corpus = count_corpus(path)
    drawn = {
        "threads": draw_threads(corpus),
        "actors": draw_actors(corpus),
        "change": draw_change(corpus),
        "beside": draw_beside(corpus),
        "attributes": draw_attributes(corpus),
    }
    tables = {"rebutted": _rebutted(corpus)}
    html = fill(
        "corpus.html",
        title=snip(path.name, 80) or "Scores",
        figures=_figures(corpus),
        story=list(_story(corpus)),
        n_forgotten=corpus.n_forgotten,
        model_id=safe(corpus.model_id),
        policy_digest=snip(listed(sorted(corpus.policies), most=4), 300),
        version=snip(listed(sorted(corpus.versions), most=4), 300),
        limits=read_limits(model_folder, model_id=corpus.model_id),
        tables=tables,
        **drawn,
    )
    return Report(html=html, pictures=tuple(one for one in drawn.values() if one is not None), tables=tables)


def _rebutted(corpus: Corpus) -> Table:
    rows = [
        (snip(held.id, _ID_CELLS), snip(held.source, _ID_CELLS), held.n, held.n_rebut, f"{held.n_rebut / held.n:.0%}")
        for held in corpus.rebutted
    ]
    return Table(columns=("thread", "source", "comments", "rebuttals", "share"), rows=rows)


def _figures(corpus: Corpus) -> list[Figure]:
    n_stances = sum(actor.n for actor in corpus.actors)
    n_sure = sum(actor.sure for actor in corpus.actors)
    share = corpus.relations[Relation.REBUT.value] / corpus.n_comments
    return [
        Figure(value=f"{corpus.n_threads:,}", what="thread" if corpus.n_threads == 1 else "threads"),
        Figure(value=f"{corpus.n_comments:,}", what="comment" if corpus.n_comments == 1 else "comments"),
        Figure(value=f"{share:.0%}", what="of comments likely rebut"),
        Figure(value=f"{len(corpus.actors):,}", what="actors spoken of"),
        Figure(value=f"{n_stances:,}", what="stances toward them"),
        Figure(value=f"{n_sure / n_stances:.0%}" if n_stances else "–", what="of stances are sure"),
    ]


def _story(corpus: Corpus) -> Iterator[Said]:
    dated = f", posted from {corpus.first:%Y-%m-%d} to {corpus.last:%Y-%m-%d}" if corpus.first else ", without dates"
    some = f" ({corpus.n_dated:,} of them have a date)" if 0 < corpus.n_dated < corpus.n_comments else ""
    yield Said(words=f"{count(corpus.n_comments, 'comment')} in {count(corpus.n_threads, 'thread')}{dated}{some}.")
    if not corpus.actors:
        yield Said(words="No comment speaks of an actor who is the same in every thread.")
        return
    most = [f"{snip(actor.name, 30)} ({actor.n:,} comments)" for actor in corpus.actors[:_NAMED]]
    yield Said(words=f"Most spoken of: {listed(most)}.")
    heard = [actor for actor in corpus.actors if actor.n >= _FEWEST]
    for words, sign in (("Opposed most clearly", -1), ("Favoured most clearly", 1)):
        sided = [actor for actor in heard if sign * (actor.favor - actor.against) > 0]
        sided.sort(key=lambda actor: -sign * (actor.favor - actor.against) / actor.n)
        if sided:
            named = [
                f"{snip(actor.name, 30)} ({actor.favor / actor.n:.0%} for, {actor.against / actor.n:.0%} against)"
                for actor in sided[:_NAMED]
            ]
            unsure = 2 * sum(actor.sure for actor in sided[:_NAMED]) < sum(actor.n for actor in sided[:_NAMED])
            yield Said(words=f"{words}, of those in {_FEWEST} comments or more: {listed(named)}.", unsure=unsure)
    n_rebut = corpus.relations[Relation.REBUT.value]
    yield Said(words=f"{n_rebut:,} comments likely rebut what they answer ({n_rebut / corpus.n_comments:.0%}).")
    if corpus.n_local:
        words = "stances are toward other commenters or the article's author, who differ from thread to thread"
        yield Said(words=f"{corpus.n_local:,} more {words}; they are counted nowhere else.")
