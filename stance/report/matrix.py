"""Comments against actors: a picture of who shows what toward whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stance.out import snip
from stance.records import Stance
from stance.report.facts import Facts
from stance.report.palette import LINE, PAPER, STANCE_COLOURS, STANCE_SIGNS
from stance.report.picture import WIDTH_INCHES, Picture, Table, bare_axes
from stance.report.words import count

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_ROWS: Final = 40
_MOST_COLUMNS: Final = 10
_HEAD_CELLS: Final = 18
_LABEL_CELLS: Final = 14
_CELL_INCHES: Final = 0.32
_SIDE: Final = 0.8
"""Of a cell's square."""


def draw_matrix(facts: Facts) -> Picture | None:
    """Return the picture, or None where no comment shows a stance.

    Of a long thread it has the comments that show most stances, in thread order; of many actors the most spoken of.
    """
    tallies = facts.tallies
    if not tallies:
        return None
    heads = tallies[:_MOST_COLUMNS]
    column_of = {tally.actor_id: column for column, tally in enumerate(heads)}
    by_comment = {
        place: {column_of[score.actor_id]: score for score in judgement.stances if score.actor_id in column_of}
        for place, judgement in enumerate(facts.analysis.judgements)
    }
    spoken = [place for place, scores in by_comment.items() if scores]
    kept = sorted(sorted(spoken, key=lambda place: -len(by_comment[place]))[:_MOST_ROWS])
    labels = [snip(facts.call(facts.comments[place].id), _LABEL_CELLS) for place in kept]

    def draw(figure: Figure) -> None:
        axes = bare_axes(figure)
        # Cells are of one size however many there are; the names around them widen the picture when it is saved.
        axes.set_position((0, 0, len(heads) * _CELL_INCHES / WIDTH_INCHES, 1))
        for row, place in enumerate(kept):
            for column in range(len(heads)):
                score = by_comment[place].get(column)
                if score is None:
                    axes.text(column, row, "·", color=LINE, ha="center", va="center_baseline")
                    continue
                _cell(axes, column, row, score.label, sure=score.sure)
        axes.set_xlim(-0.5, len(heads) - 0.5)
        axes.set_ylim(len(kept) - 0.5, -0.5)
        axes.set_yticks(range(len(kept)), labels)
        names = [snip(tally.name, _HEAD_CELLS) for tally in heads]
        axes.set_xticks(range(len(heads)), names, rotation=50, ha="left", rotation_mode="anchor")
        axes.tick_params(length=0, pad=3, labeltop=True, labelbottom=False)

    n_left = len(spoken) - len(kept)
    notes = []
    if n_left:
        notes.append(f"The picture has the {len(kept):,} comments that show most stances; {n_left:,} are left out.")
    if len(tallies) > len(heads):
        notes.append(f"It has the {len(heads):,} actors most spoken of; {len(tallies) - len(heads):,} are left out.")
    leans = [
        f"{tally.name}: {tally.counts[Stance.FAVOR]} in favour, {tally.counts[Stance.AGAINST]} against, "
        f"{tally.counts[Stance.NEUTRAL]} neutral"
        for tally in heads
    ]
    return Picture(
        name="stances",
        title="What each comment shows toward whom",
        about=f"A table of {count(len(kept), 'comment')} by {count(len(heads), 'actor')}. {'; '.join(leans)}.",
        note=" ".join(notes),
        table=_table(facts),
        draw=draw,
        height_inches=_CELL_INCHES * len(kept),
    )


def _cell(axes: Axes, column: int, row: int, label: Stance, *, sure: bool) -> None:
    from matplotlib.patches import FancyBboxPatch

    colour = STANCE_COLOURS[label]
    corner = (column - _SIDE / 2, row - _SIDE / 2)
    filled = sure and label is not Stance.NEUTRAL
    box = FancyBboxPatch(
        corner,
        _SIDE,
        _SIDE,
        boxstyle="round,pad=0,rounding_size=0.14",
        facecolor=colour if filled else PAPER,
        edgecolor=colour,
        linewidth=1,
        linestyle="-" if sure else (0, (2, 2)),
    )
    axes.add_patch(box)
    sign = STANCE_SIGNS[label] + ("" if sure else "?")
    axes.text(
        column,
        row,
        sign,
        color=PAPER if filled else colour,
        ha="center",
        va="center_baseline",
        fontweight="bold",
        fontsize=9,
    )


def _table(facts: Facts) -> Table:
    columns = ("comment", "author", "actor", "stance", "sure", "favor", "against", "neutral")
    return Table(
        columns=columns,
        rows=[
            (
                one.comment.number,
                snip(one.comment.author or "", 80),
                snip(facts.call_actor(one.score.actor_id), 80),
                one.score.label.value,
                "yes" if one.score.sure else "no",
                *(round(one.score.probabilities[label], 4) for label in Stance),
            )
            for one in facts.stances
        ],
    )
