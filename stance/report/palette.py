"""Colours of pictures, by what they mean: after Okabe and Ito (2008), which colour-blind readers can tell apart.

Every picture carries its meaning by signs, letters or lines as well, so that it can be read in grey.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from stance.records import Relation, Stance

INK: Final = "#1d2125"
SOFT: Final = "#565e66"
LINE: Final = "#c4c4bb"
PAPER: Final = "#ffffff"
SUNK: Final = "#efefea"
BLUE: Final = "#0072b2"
VERMILION: Final = "#b84700"
"""Darker than Okabe and Ito's: white signs on it must be read."""
GREEN: Final = "#00795a"
GREY: Final = "#6f767c"

ROLES: Final[Mapping[str, str]] = {
    INK: "ink",
    SOFT: "soft",
    LINE: "line",
    PAPER: "paper",
    SUNK: "sunk",
    BLUE: "blue",
    VERMILION: "red",
    GREEN: "green",
    GREY: "grey",
}
"""What a colour is called in the page's style sheet, which has another for each in the dark."""
STANCE_COLOURS: Final[Mapping[Stance, str]] = {Stance.FAVOR: BLUE, Stance.AGAINST: VERMILION, Stance.NEUTRAL: GREY}
STANCE_SIGNS: Final[Mapping[Stance, str]] = {Stance.FAVOR: "+", Stance.AGAINST: "−", Stance.NEUTRAL: "○"}
RELATION_COLOURS: Final[Mapping[Relation, str]] = {
    Relation.REBUT: VERMILION,
    Relation.SUPPORT: BLUE,
    Relation.QUERY: GREEN,
    Relation.COMMENT: GREY,
}
