"""How stances toward the most spoken-of actors go through a thread: by time, or by order where there are no dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from stance.records import Stance
from stance.report.facts import Facts, utc
from stance.report.palette import BLUE, INK, LINE, PAPER, SOFT, VERMILION
from stance.report.picture import Picture, Table
from stance.report.words import count

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_ACTORS: Final = 4
_MOST_BINS: Final = 24
_INCHES_AN_ACTOR: Final = 0.85
_LEFT: Final = 0.17
"""Of the width, what the words beside the axis take; past it a picture grows, and its letters shrink on a phone."""
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_STEPS: Final = (
    *((_HOUR, "hour"), (3 * _HOUR, "3 hours"), (6 * _HOUR, "6 hours"), (12 * _HOUR, "12 hours"), (_DAY, "day")),
    *((7 * _DAY, "week"), (28 * _DAY, "4 weeks"), (91 * _DAY, "13 weeks"), (364 * _DAY, "52 weeks")),
)
SIDES: Final = (Stance.FAVOR, Stance.AGAINST)

Counts = dict[tuple[Stance, bool], list[int]]
"""Of each side, surely or not, how many comments fall into each stretch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """The stretches that comments fall into: `step` in words, a label for each stretch, whether they are times."""

    step: str
    labels: Sequence[str]
    dated: bool


def cut_time(first: datetime, last: datetime, *, most: int = _MOST_BINS) -> tuple[timedelta, str, datetime]:
    """Return how long a stretch is, in words too, and where the first begins, so that there are at most so many."""
    length, words = next(
        (pair for pair in _STEPS if (last - first) / pair[0] < most - 1),
        ((last - first) / (most - 1), "stretch"),
    )
    begins = first.replace(minute=0, second=0, microsecond=0)
    return length, words, begins if length < _DAY else begins.replace(hour=0)


def draw_course(facts: Facts) -> Picture | None:
    """Return the picture, or None where nobody takes a side."""
    sided = [tally for tally in facts.tallies if any(tally.counts[side] for side in SIDES)]
    drawn = sided[:_MOST_ACTORS]
    if not drawn or len(facts.comments) < 2:
        return None
    axis, bin_of = _lay_out(facts)
    ids = [tally.actor_id for tally in drawn]
    counts = {
        actor_id: {(side, sure): [0] * len(axis.labels) for side in SIDES for sure in (True, False)} for actor_id in ids
    }
    for one in facts.stances:
        at = bin_of.get(one.comment.id)
        if one.score.actor_id in counts and one.score.label in SIDES and at is not None:
            counts[one.score.actor_id][one.score.label, one.score.sure][at] += 1
    highest = max(map(_highest, counts.values()))
    n_undated = len(facts.comments) - len(bin_of)

    def draw(figure: Figure) -> None:
        panels = figure.subplots(len(drawn), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
        for panel, tally in zip(panels, drawn, strict=True):
            _panel(panel, tally.name, counts[tally.actor_id], highest=highest)
        _mark(panels[-1], axis)
        figure.subplots_adjust(left=_LEFT, right=1, hspace=0.6)

    across = f"each {axis.step} is a bar" if axis.dated else f"{axis.step}, oldest first, because dates are missing"
    told = [
        f"{tally.name}: {tally.counts[Stance.FAVOR]} in favour and {tally.counts[Stance.AGAINST]} against"
        for tally in drawn
    ]
    notes = [f"{len(sided) - len(drawn):,} more actors are left out of the picture."] if len(sided) > len(drawn) else []
    if n_undated:
        notes.append(f"{count(n_undated, 'comment')} without a date {'is' if n_undated == 1 else 'are'} left out.")
    return Picture(
        name="course",
        title="Stances over time" if axis.dated else "Stances in the order of the comments",
        about=f"Bars upward for comments in favour, downward for comments against; {across}. {'; '.join(told)}.",
        note=" ".join(notes),
        table=_table(axis, [(tally.name, counts[tally.actor_id]) for tally in drawn]),
        draw=draw,
        height_inches=0.5 + _INCHES_AN_ACTOR * len(drawn),
    )


def _lay_out(facts: Facts) -> tuple[Axis, dict[str, int]]:
    """Return the stretches, and which of them each comment falls into."""
    moments = {comment.id: utc(comment.posted_at) for comment in facts.comments if comment.posted_at}
    if 2 * len(moments) >= len(facts.comments) and len(set(moments.values())) > 1:
        length, words, begins = cut_time(min(moments.values()), max(moments.values()))
        n_bins = int((max(moments.values()) - begins) / length) + 1
        form = "%Y-%m-%d" if length >= _DAY else "%m-%d %H:%M"
        labels = [f"{begins + length * at:{form}}" for at in range(n_bins)]
        axis = Axis(step=words, labels=labels, dated=True)
        return axis, {name: int((moment - begins) / length) for name, moment in moments.items()}
    size = -(-len(facts.comments) // _MOST_BINS)
    n_bins = -(-len(facts.comments) // size)
    numbers = [[comment.number for comment in facts.comments[at * size : (at + 1) * size]] for at in range(n_bins)]
    labels = [f"#{held[0]}" if size == 1 else f"#{held[0]}–{held[-1]}" for held in numbers]
    step = "each comment is a bar" if size == 1 else f"each {size:,} comments are a bar"
    axis = Axis(step=step, labels=labels, dated=False)
    return axis, {comment.id: place // size for place, comment in enumerate(facts.comments)}


def _panel(axes: Axes, name: str, counts: Counts, *, highest: int) -> None:
    for side, colour, sign in ((Stance.FAVOR, BLUE, 1), (Stance.AGAINST, VERMILION, -1)):
        sure, unsure = ([sign * n for n in counts[side, held]] for held in (True, False))
        for heights, bottoms, filled in ((sure, [0] * len(sure), True), (unsure, sure, False)):
            # A bar without height would be drawn as a line.
            bars = [
                (at, height, bottom) for at, (height, bottom) in enumerate(zip(heights, bottoms, strict=True)) if height
            ]
            across, tall, stands = zip(*bars, strict=True) if bars else ((), (), ())
            axes.bar(
                across,
                tall,
                bottom=stands,
                width=0.8,
                color=colour if filled else PAPER,
                edgecolor=colour,
                linewidth=1,
                linestyle="-" if filled else (0, (2, 2)),
            )
    axes.set_xlim(-0.6, len(counts[Stance.FAVOR, True]) - 0.4)
    _frame(axes, name, highest, [f"{highest} against", f"{highest} for"])


def _frame(axes: Axes, name: str, highest: float, ends: Sequence[str]) -> None:
    axes.axhline(0, color=SOFT, linewidth=0.8)
    axes.set_title(name, loc="left", fontsize=9.5, fontweight="bold", pad=3)
    axes.spines["bottom"].set_visible(False)
    axes.spines["left"].set_visible(False)
    axes.set_ylim(-1.1 * highest, 1.1 * highest)
    axes.set_yticks([-highest, highest], ends, fontsize=8)
    axes.tick_params(length=0)


def _highest(counts: Counts) -> int:
    """Return the height of the tallest bar."""
    return max(sum(pair) for side in SIDES for pair in zip(counts[side, True], counts[side, False], strict=True))


def _mark(axes: Axes, axis: Axis) -> None:
    """Label so many stretches as fit."""
    n = len(axis.labels)
    room = 5 if axis.dated else 12
    step = -(-n // room)
    places = range(0, n, step)
    axes.set_xticks(places, [axis.labels[place] for place in places], fontsize=8, color=INK)
    axes.spines["bottom"].set_visible(True)
    axes.spines["bottom"].set_color(LINE)


def _table(axis: Axis, drawn: Sequence[tuple[str, Counts]]) -> Table:
    return Table(
        columns=("actor", axis.step if axis.dated else "comments", "favor", "favor_sure", "against", "against_sure"),
        rows=[
            (
                name,
                label,
                *(
                    number
                    for side in SIDES
                    for number in (counts[side, True][at] + counts[side, False][at], counts[side, True][at])
                ),
            )
            for name, counts in drawn
            for at, label in enumerate(axis.labels)
        ],
    )


def draw_strips(figure: Figure, strips: Sequence[tuple[str, list[float], list[float]]], labels: Sequence[str]) -> None:
    """Draw shares in favour upward and against downward, a strip for each name."""
    panels = figure.subplots(len(strips), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
    highest = max((share for _, *sides in strips for side in sides for share in side), default=0) or 1
    for panel, (name, favor, against) in zip(panels, strips, strict=True):
        for shares, colour, sign in ((favor, BLUE, 1), (against, VERMILION, -1)):
            bars = [(at, sign * share) for at, share in enumerate(shares) if share]
            panel.bar([at for at, _ in bars], [tall for _, tall in bars], width=0.8, color=colour, edgecolor=colour)
        panel.set_xlim(-0.6, len(labels) - 0.4)
        _frame(panel, name, highest, [f"{highest:.0%} against", f"{highest:.0%} for"])
    _mark(panels[-1], Axis(step="", labels=labels, dated=True))
    figure.subplots_adjust(left=_LEFT, right=1, hspace=0.6)
