"""The pictures of a corpus: threads, actors, time, actors beside one another, attributes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from stance.out import snip
from stance.report.corpus import MOST_FOLLOWED, ActorCount, Corpus
from stance.report.course import draw_strips
from stance.report.palette import BLUE, GREY, INK, LINE, PAPER, SOFT, VERMILION
from stance.report.picture import Picture, Row, Table
from stance.report.ring import Line, Spot, draw_ring
from stance.report.signed import letter, part
from stance.report.words import count

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_RANKED: Final = 20
_MOST_COURSES: Final = 4
_MOST_LISTED: Final = 5_000
_NAME_CELLS: Final = 22
_RING_CELLS: Final = 14
_FEWEST_TOGETHER: Final = 5
"""Comments that take sides on both of two actors, below which nothing is said of the two."""
_LINES_A_NAME: Final = 2
"""Of the ties, how many of the strongest are drawn; with all of them nothing is seen."""
_FEWEST_IN_STRETCH: Final = 5
_MARKS: Final = (0.05, 0.25, 0.5, 0.75, 0.95)


def draw_threads(corpus: Corpus) -> Picture:
    """Return how long threads are, and how much of them rebuts."""
    powers = range(max(corpus.sizes) + 1)
    sizes = [corpus.sizes[power] for power in powers]
    names = ["1" if power == 0 else f"{2**power:,}–{2 ** (power + 1) - 1:,}" for power in powers]
    shares = corpus.rebut_shares
    share_names = [f"{at * 10}–{at * 10 + 10} %" for at in range(len(shares))]

    def draw(figure: Figure) -> None:
        left, right = figure.subplots(1, 2)
        _columns(left, sizes, names, title="Comments in a thread", turned=True)
        ticks = [f"{at * 10}" if at % 2 == 0 else "" for at in range(len(shares))]
        _columns(right, shares, ticks, title="Rebuttals, % of a thread", turned=False)
        figure.subplots_adjust(wspace=0.3)

    told = ", ".join(f"{n:,} of {name}" for n, name in zip(sizes, names, strict=True) if n)
    rows = [("comments", name, n) for name, n in zip(names, sizes, strict=True)]
    rows += [("share of rebuttals", name, n) for name, n in zip(share_names, shares, strict=True)]
    return Picture(
        name="threads",
        title="Threads by length and by rebuttals",
        about=f"{count(corpus.n_threads, 'thread')} by comments: {told}; and by how much of them rebuts.",
        note="Threads of fewer than 5 comments are left out on the right.",
        table=Table(columns=("what", "from_to", "threads"), rows=rows),
        draw=draw,
        height_inches=2.4,
    )


def _columns(axes: Axes, heights: Sequence[int], names: Sequence[str], *, title: str, turned: bool) -> None:
    across = range(len(heights))
    axes.bar(across, heights, width=0.86, color=BLUE, edgecolor=BLUE)
    axes.set_title(title, loc="left", fontsize=9.5, fontweight="bold")
    axes.set_xticks(across, names, rotation=60 if turned else 0, fontsize=8, ha="right" if turned else "center")
    axes.tick_params(length=0)
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    axes.axhline(0, color=LINE, linewidth=0.8)
    most = max(*heights, 1)
    axes.set_ylim(0, most * 1.14)
    for at, height in enumerate(heights):
        if height:
            axes.text(at, height + 0.02 * most, f"{height:,}", ha="center", va="bottom", color=SOFT, fontsize=7)


def draw_actors(corpus: Corpus) -> Picture | None:
    """Return the actors by mentions with the shares of their stances, or None where there are none."""
    ranked = corpus.actors[:_MOST_RANKED]
    if not ranked:
        return None
    names = [snip(actor.name, _NAME_CELLS) for actor in ranked]

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        rows = range(len(ranked))
        against, favor = [actor.against / actor.n for actor in ranked], [actor.favor / actor.n for actor in ranked]
        axes.barh(rows, [-share for share in against], color=VERMILION, edgecolor=VERMILION, height=0.66, linewidth=0.8)
        axes.barh(rows, favor, color="none", edgecolor=BLUE, height=0.66, linewidth=0.8, hatch="/////")
        for row, actor in enumerate(ranked):
            axes.text(-against[row] - 0.02, row, f"{against[row]:.0%}", ha="right", va="center", fontsize=8, color=INK)
            axes.text(favor[row] + 0.02, row, f"{favor[row]:.0%}", ha="left", va="center", fontsize=8, color=INK)
            axes.text(1.5, row, f"{actor.n:,}", ha="right", va="center", fontsize=8, color=SOFT)
        for x, words, side in (
            (-0.02, "− against", "right"),
            (0.02, "+ in favour", "left"),
            (1.5, "comments", "right"),
        ):
            axes.text(x, -0.9, words, ha=side, va="center", fontsize=8.5, fontweight="bold", color=INK)
        axes.axvline(0, color=SOFT, linewidth=0.8)
        axes.set_xlim(-1.15, 1.5)
        axes.set_ylim(len(ranked) - 0.4, -1.4)
        axes.set_yticks(rows, names)
        axes.set_xticks([])
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        figure.subplots_adjust(left=0.36, right=1)

    told = [
        f"{name}: {actor.n:,} comments, {actor.against / actor.n:.0%} against, {actor.favor / actor.n:.0%} in favour"
        for name, actor in zip(names, ranked, strict=True)
    ]
    n_left = len(corpus.actors) - len(ranked)
    return Picture(
        name="actors",
        title="Actors by mentions, with the model's raw shares",
        about=f"A bar for each actor, to the left against, to the right in favour. {'; '.join(told)}.",
        note=f"{n_left:,} more actors are left out of the picture." if n_left else "",
        table=_actors_table(corpus.actors),
        draw=draw,
        height_inches=0.5 + 0.26 * len(ranked),
    )


def _actors_table(actors: Sequence[ActorCount]) -> Table:
    columns = (
        "actor",
        "comments",
        "threads",
        "favor",
        "against",
        "neutral",
        "favor_share",
        "against_share",
        "sure_share",
    )
    rows: list[Row] = [
        (
            snip(actor.name, 80),
            *(actor.n, actor.n_threads, actor.favor, actor.against, actor.neutral),
            *(round(n / actor.n, 4) for n in (actor.favor, actor.against, actor.sure)),
        )
        for actor in actors[:_MOST_LISTED]
    ]
    return Table(columns=columns, rows=rows)


def draw_change(corpus: Corpus) -> Picture | None:
    """Return the shares of the most spoken-of actors over time; None where dates are missing or all in one stretch."""
    if corpus.begins is None or not corpus.course:
        return None
    begins, length = corpus.begins, corpus.length
    names = list(corpus.course)[:_MOST_COURSES]
    n_bins = len(corpus.course[names[0]])
    if n_bins < 2:
        return None
    form = "%Y-%m-%d" if length.days else "%m-%d %H:%M"
    labels = [f"{begins + length * at:{form}}" for at in range(n_bins)]

    def draw(figure: Figure) -> None:
        strips = []
        for name in names:
            kept = [held if held[2] >= _FEWEST_IN_STRETCH else [0, 0, 1] for held in corpus.course[name]]
            favor, against = ([n[side] / n[2] for n in kept] for side in (0, 1))
            strips.append((snip(name, _NAME_CELLS), favor, against))
        draw_strips(figure, strips, labels)

    n_undated = corpus.n_comments - corpus.n_dated
    notes = [f"Stretches with fewer than {_FEWEST_IN_STRETCH} comments toward an actor are left empty."]
    if n_undated:
        notes.append(f"{count(n_undated, 'comment')} without a date {'is' if n_undated == 1 else 'are'} left out.")
    told = ", ".join(snip(name, _NAME_CELLS) for name in names)
    rows: list[Row] = [
        (snip(name, 80), label, *held)
        for name, course in corpus.course.items()
        for label, held in zip(labels, course, strict=True)
        if held[2]
    ]
    return Picture(
        name="change",
        title=f"Change over time, each {corpus.step} a bar",
        about=f"For {told}: bars upward for the share of comments in favour, downward for the share against.",
        note=" ".join(notes),
        table=Table(columns=("actor", "from", "favor", "against", "comments"), rows=rows),
        draw=draw,
        height_inches=0.5 + 0.85 * len(names),
    )


def draw_beside(corpus: Corpus) -> Picture | None:
    """Return who is favoured or opposed beside whom, or None where too few comments take sides on two actors."""
    ties = {
        pair: (same - other) / (same + other)
        for pair, (same, other) in corpus.pairs.items()
        if same + other >= _FEWEST_TOGETHER and same != other
    }
    if not ties:
        return None
    parting = part(ties)
    met = dict.fromkeys(name for pair in ties for name in pair)
    kept = sorted(met, key=lambda name: parting.group_of.get(name, len(met)))
    spots = [
        Spot(
            key=name,
            name=snip(name, _RING_CELLS),
            letter=letter(parting.group_of[name]) if name in parting.group_of else "",
        )
        for name in kept
    ]
    drawn = sorted(ties.items(), key=lambda tie: -abs(tie[1]))[: _LINES_A_NAME * len(kept)]
    lines = [
        Line(
            start=one,
            end=other,
            colour=BLUE if weight > 0 else VERMILION,
            width=0.6 + 1.8 * abs(weight),
            dashed=weight < 0,
            head="-",
        )
        for (one, other), weight in drawn
    ]

    def draw(figure: Figure) -> None:
        draw_ring(figure, spots, lines)

    told = [
        f"{snip(one, _RING_CELLS)} and {snip(other, _RING_CELLS)} {'alike' if weight > 0 else 'against one another'}"
        for (one, other), weight in drawn[:8]
    ]
    who = count(len(kept), "actor")
    rows: list[Row] = [
        (snip(one, 80), snip(other, 80), *held) for (one, other), held in corpus.pairs.items() if sum(held)
    ]
    return Picture(
        name="beside",
        title="Who is favoured or opposed beside whom",
        about=f"{who} in a circle, {count(len(lines), 'line')} between. Strongest: {'; '.join(told)}.",
        note=(
            f"Among the {min(MOST_FOLLOWED, len(corpus.actors)):,} actors most spoken of. Pairs in fewer than "
            f"{_FEWEST_TOGETHER} comments are left out, and all lines but the strongest. "
            f"{parting.fitting:.0%} of the ties' weight fits the letters."
        ),
        table=Table(columns=("actor", "beside", "same_side", "other_side"), rows=rows),
        draw=draw,
        height_inches=4.8,
    )


def draw_attributes(corpus: Corpus) -> Picture | None:
    """Return how each attribute's probability spreads over the comments, or None where there are none."""
    if not corpus.attributes:
        return None
    names = list(corpus.attributes)
    marks = [[_quantile(corpus.attributes[name], mark) for mark in _MARKS] for name in names]

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        for row, (low, first, middle, third, high) in enumerate(marks):
            axes.plot([low, high], [row, row], color=GREY, linewidth=1, solid_capstyle="butt")
            axes.plot([first, third], [row, row], color=BLUE, linewidth=7, solid_capstyle="butt")
            axes.plot([middle], [row], marker="|", color=PAPER, markersize=9, markeredgewidth=2)
        axes.set_yticks(range(len(names)), [name.lower().replace("_", " ") for name in names])
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.set_xlim(0, 1)
        axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"], fontsize=8)
        axes.tick_params(length=0)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x", color=LINE, linewidth=0.5)
        axes.set_axisbelow(True)
        figure.subplots_adjust(left=0.31, right=0.98)

    rows: list[Row] = []
    for name, held in zip(names, marks, strict=True):
        bins = corpus.attributes[name]
        rows.append((name, *held, *(round(sum(bins[at:]) / sum(bins), 4) for at in (50, 80))))
    told = "; ".join(
        f"{name}: half of the comments below {held[2]:.2f}" for name, held in zip(names, marks, strict=True)
    )
    return Picture(
        name="attributes",
        title="How attributes spread over the comments",
        about=f"For each attribute, from the 5th to the 95th of a hundred comments. {told}.",
        table=Table(
            columns=("attribute", "p5", "p25", "p50", "p75", "p95", "share_from_0.5", "share_from_0.8"), rows=rows
        ),
        draw=draw,
        height_inches=0.5 + 0.3 * len(names),
    )


def _quantile(bins: Sequence[int], mark: float) -> float:
    """Return a quantile to a hundredth, from counts of a hundred equal bins: the middle of the bin it falls into."""
    wanted, met = mark * sum(bins), 0
    for at, n in enumerate(bins):
        met += n
        if met >= wanted and n:
            return (at + 0.5) / len(bins)
    return 1.0
