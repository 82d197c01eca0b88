"""A circle of names with lines between them: how pictures show who is tied to whom."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from stance.report.palette import INK, PAPER, SOFT
from stance.report.picture import bare_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_REACH_A_LETTER: Final = 0.03
"""Of the circle's room, what a letter of the names outside it takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One name on the circle, with a letter in it or none."""

    key: str
    name: str
    letter: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line, from key to key; `head` is an arrow style of matplotlib."""

    start: str
    end: str
    colour: str
    width: float
    dashed: bool
    head: str


def draw_ring(figure: Figure, spots: Sequence[Spot], lines: Sequence[Line]) -> None:
    """Draw names in a circle, clockwise from the top, in the order given."""
    axes = bare_axes(figure)
    angles = [math.pi / 2 - 2 * math.pi * place / len(spots) for place in range(len(spots))]
    places = {spot.key: (math.cos(angle), math.sin(angle)) for spot, angle in zip(spots, angles, strict=True)}
    for line in lines:
        _line(axes, places[line.start], places[line.end], line)
    for spot in spots:
        _spot(axes, *places[spot.key], spot)
    reach = 1.2 / (1 - _REACH_A_LETTER * max(len(spot.name) for spot in spots))
    axes.set_xlim(-reach, reach)
    axes.set_ylim(-reach, reach)
    axes.set_aspect("equal")


def _line(axes: Axes, start: tuple[float, float], end: tuple[float, float], line: Line) -> None:
    from matplotlib.patches import FancyArrowPatch

    arrow = FancyArrowPatch(
        start,
        end,
        connectionstyle="arc3,rad=0.18",
        arrowstyle=line.head,
        linestyle=(0, (5, 3)) if line.dashed else "-",
        linewidth=line.width,
        color=line.colour,
        shrinkA=9,
        shrinkB=10,
    )
    axes.add_patch(arrow)


def _spot(axes: Axes, x: float, y: float, spot: Spot) -> None:
    if spot.letter:
        axes.plot([x], [y], marker="o", markersize=15, color=PAPER, markeredgecolor=SOFT, markeredgewidth=1.2)
        axes.text(x, y, spot.letter, color=INK, ha="center", va="center_baseline", fontsize=9, fontweight="bold")
    else:
        axes.plot([x], [y], marker="o", markersize=7, color=SOFT)
    degrees = math.degrees(math.atan2(y, x))
    left = not -90.5 <= degrees <= 90.5
    axes.text(
        1.14 * x,
        1.14 * y,
        spot.name,
        color=INK,
        rotation=degrees + 180 if left else degrees,
        rotation_mode="anchor",
        ha="right" if left else "left",
        va="center",
        fontsize=8.5,
    )
