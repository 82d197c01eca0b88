"""A thread's story: sentences that are made from its numbers by plain rules, doubtful ones marked as such.

No sentence says more than a count: who is favoured is where more comments favour than oppose, and so on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from stance.out import snip
from stance.records import ARTICLE, Order, Relation, Stance
from stance.report.facts import LIKELY, ActorTally, Facts, utc
from stance.report.words import count, listed

_FEWEST: Final = 2
"""Comments toward an actor below which a thread says nothing of them."""
_NAMED: Final = 3
_TITLE_CELLS: Final = 80
_ORDERS: Final = {
    Order.OLDEST_FIRST: "The page shows them oldest first",
    Order.NEWEST_FIRST: "The page shows them newest first",
    Order.UNKNOWN: "The page's order is not known",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One sentence, and whether the model is unsure of most of what it rests on."""

    words: str
    unsure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number that is shown large, with what it counts."""

    value: str
    what: str


def tell_figures(facts: Facts) -> list[Figure]:
    """Return the numbers that a reader wants first."""
    stances = facts.stances
    n_sure = sum(one.score.sure for one in stances)
    n_check = sum(sentence.score.check_worthy >= LIKELY for sentence in facts.sentences)
    n_fired = sum(bool(item.reasons) for item in facts.analysis.queue)
    return [
        Figure(value=f"{len(facts.comments):,}", what="comment" if len(facts.comments) == 1 else "comments"),
        Figure(value=f"{facts.n_by_relation[Relation.REBUT]:,}", what="likely rebuttals"),
        Figure(value=f"{len(facts.tallies):,}", what="actors spoken of"),
        Figure(value=f"{n_sure / len(stances):.0%}" if stances else "–", what="of stances are sure"),
        Figure(value=f"{n_check:,}", what="claims worth a check"),
        Figure(value=f"{n_fired:,}", what="comments to look at"),
    ]


def tell_story(facts: Facts) -> list[Said]:
    """Return the story, one sentence after the other."""
    return [
        *_tell_thread(facts),
        *_tell_stances(facts),
        *_tell_replies(facts),
        *_tell_claims(facts),
        *_tell_queue(facts),
    ]


def _tell_thread(facts: Facts) -> Iterator[Said]:
    thread = facts.analysis.thread
    n, stated = len(thread.comments), thread.stated_total
    beside = f" of {stated:,} that the page states" if stated not in (None, n) else ""
    writers = {comment.author for comment in thread.comments if comment.author}
    by = f", by {count(len(writers), 'writer')} with a name" if writers else ", none with a writer's name"
    yield Said(words=f"{count(n, 'comment')}{beside}{by}.")
    dates = sorted(utc(comment.posted_at) for comment in thread.comments if comment.posted_at)
    when = f"; they were posted from {dates[0]:%Y-%m-%d} to {dates[-1]:%Y-%m-%d}" if dates else ", without dates"
    unsure = thread.order_probability < 0.8 or thread.order is Order.UNKNOWN
    yield Said(words=f"{_ORDERS[thread.order]}{when}.", unsure=unsure and n > 1)


def _tell_stances(facts: Facts) -> Iterator[Said]:
    tallies = facts.tallies
    if not tallies:
        yield Said(words="No comment speaks of an actor, so there is no stance to tell of.")
        return
    most = [f"{tally.name} ({count(tally.n, 'comment')})" for tally in tallies[:_NAMED]]
    yield Said(words=f"Most spoken of: {listed(most)}.")
    heard = [tally for tally in tallies if tally.n >= _FEWEST]
    opposed = sorted((tally for tally in heard if tally.lean < 0), key=lambda tally: tally.lean)
    favoured = sorted((tally for tally in heard if tally.lean > 0), key=lambda tally: -tally.lean)
    yield from _tell_side(opposed, "Opposed by more comments than favour them", "Nobody is opposed by more comments")
    yield from _tell_side(favoured, "Favoured by more comments than oppose them", "Nobody is favoured by more comments")
    n, n_sure = sum(tally.n for tally in tallies), sum(tally.n_sure for tally in tallies)
    yield Said(words=f"The model is sure of {n_sure:,} of {count(n, 'stance')}; the others are marked with ?.")


def _tell_side(tallies: Sequence[ActorTally], words: str, nobody: str) -> Iterator[Said]:
    """Tell of those on one side; of those whom one comment alone speaks of, nothing is told."""
    if not tallies:
        yield Said(words=f"{nobody} than the other way round, among those whom two comments or more speak of.")
        return
    named = [
        f"{tally.name} ({tally.counts[Stance.FAVOR]:,} for, {tally.counts[Stance.AGAINST]:,} against)"
        for tally in tallies[:_NAMED]
    ]
    more = f" and {len(tallies) - _NAMED:,} more" if len(tallies) > _NAMED else ""
    sides = (Stance.FAVOR, Stance.AGAINST)
    n = sum(tally.counts[side] for tally in tallies[:_NAMED] for side in sides)
    n_sure = sum(tally.sure[side] for tally in tallies[:_NAMED] for side in sides)
    yield Said(words=f"{words}: {listed(named) if not more else ', '.join(named) + more}.", unsure=2 * n_sure < n)


def _tell_replies(facts: Facts) -> Iterator[Said]:
    analysis = facts.analysis
    n, n_rebut = len(analysis.replies), facts.n_by_relation[Relation.REBUT]
    n_support = facts.n_by_relation[Relation.SUPPORT]
    pairs = list(zip(analysis.replies, analysis.judgements, strict=True))
    rebuttals = [(judgement.relation[Relation.REBUT], reply) for reply, judgement in pairs]
    rebuttals = [pair for pair, (_, one) in zip(rebuttals, pairs, strict=True) if one.relation_label is Relation.REBUT]
    words = f"{n_rebut:,} of {count(n, 'comment')} likely rebut what they answer; support: {n_support:,}."
    sure = sum(probability >= LIKELY for probability, _ in rebuttals)
    yield Said(words=words, unsure=2 * sure < len(rebuttals))
    if rebuttals:
        probability, reply = max(rebuttals, key=lambda pair: pair[0])
        one, other = facts.call(reply.comment_id), facts.call(reply.parent_id)
        yield Said(words=f"The surest rebuttal: {one} of {other} ({probability:.2f}).", unsure=probability < LIKELY)
    open_links = [reply.probability for reply in analysis.replies if reply.parent_id != ARTICLE]
    n_likely = sum(probability >= LIKELY for probability in open_links)
    if open_links:
        words = f"Of {count(len(open_links), 'link')} between comments, {n_likely:,} are likelier than not."
        yield Said(words=words, unsure=2 * n_likely < len(open_links))


def _tell_claims(facts: Facts) -> Iterator[Said]:
    scores = [sentence.score for sentence in facts.sentences]
    if not scores:
        yield Said(words="No sentence stands in a writer's own words, so there is no claim to check.")
        return
    n_claim = sum(score.claim >= LIKELY for score in scores)
    n_check = sum(score.check_worthy >= LIKELY for score in scores)
    n_rhetoric = sum(score.rhetoric >= LIKELY for score in scores)
    words = (
        f"Of {count(len(scores), 'sentence')}, {n_claim:,} claim something that could be checked "
        f"({n_check:,} of public weight), and {n_rhetoric:,} persuade by other means."
    )
    yield Said(words=words)


def _tell_queue(facts: Facts) -> Iterator[Said]:
    first = [item for item in facts.analysis.queue[:_NAMED] if item.reasons]
    if not first:
        yield Said(words="No line of the policy fired: nothing here asks for a moderator.")
        return
    named = [f"{facts.number(item.comment_id)} ({snip(item.reasons[0].what, _TITLE_CELLS)})" for item in first]
    yield Said(words=f"To look at first: {listed(named)}.", unsure=first[0].uncertainty >= 0.9)
