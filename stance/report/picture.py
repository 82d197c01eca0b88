"""A picture with what a reader who cannot see it needs: words, and its data as a table."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from stance.report.palette import INK, LINE, PAPER

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ImageForm = Literal["svg", "png", "pdf"]
IMAGE_FORMS: Final[tuple[ImageForm, ...]] = ("svg", "png", "pdf")
"""The forms of a picture beside its table, by the ends of their files."""
WIDTH_INCHES: Final = 4.8
"""Narrow enough that its letters can be read on a phone, where it is not scrolled."""
_PNG_DPI: Final = 200
_STYLE: Final[Mapping[Any, object]] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "stance",
    "pdf.fonttype": 42,
    "font.family": ["DejaVu Sans"],
    "font.size": 9.5,
    "text.color": INK,
    "text.parse_math": False,
    "axes.edgecolor": LINE,
    "axes.labelcolor": INK,
    "axes.facecolor": PAPER,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "figure.facecolor": PAPER,
    "xtick.color": LINE,
    "xtick.labelcolor": INK,
    "ytick.color": LINE,
    "ytick.labelcolor": INK,
    "lines.scale_dashes": False,
    "savefig.bbox": "tight",
    "savefig.pad_inches": 0.04,
}
_NO_DATES: Final[Mapping[ImageForm, Mapping[str, None]]] = {
    "svg": {"Date": None, "Creator": None},
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "ModDate": None, "Creator": None, "Producer": None},
}

Cell = str | int | float | None
Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under the names of their columns."""

    columns: tuple[str, ...]
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What is drawn and told of one thing.

    `name` is that of its files; `about` is the text alternative; `note` says what was left out of the picture, "" where
    nothing was; `table` holds everything, also what was left out. `draw` fills an empty figure of matplotlib.
    """

    name: str
    title: str
    about: str
    table: Table
    draw: Callable[[Figure], None]
    note: str = ""
    height_inches: float = 3.0


def render_picture(picture: Picture, form: ImageForm) -> bytes:
    """Return a picture's bytes: the same for the same picture, whatever the user's settings of matplotlib are.

    Letters that matplotlib's own font lacks are boxes in PNG and PDF; in SVG they are text.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    stream = io.BytesIO()
    with mpl.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from font", category=UserWarning)
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        figure = Figure(figsize=(WIDTH_INCHES, picture.height_inches))
        FigureCanvasAgg(figure)
        picture.draw(figure)
        figure.savefig(stream, format=form, dpi=_PNG_DPI, metadata=dict(_NO_DATES[form]))
    return stream.getvalue()


def bare_axes(figure: Figure, **options: Any) -> Axes:
    """Return axes without frame or ticks."""
    axes: Axes = figure.add_subplot(**options)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    return axes
