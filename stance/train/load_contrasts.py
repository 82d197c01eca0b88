"""Templated minimal contrasts of our own: texts that differ in little and mean the opposite.

A template is a thread in `load_written`'s format with slots: `{NAME} = one | another` lists what fills a slot, the nth
filling taking the nth words of each, from the beginning again where a slot has fewer. Its title is `KIND | WHAT`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Final

from stance.train.errors import SourceUnreadable
from stance.train.examples import Example, Split
from stance.train.load_written import read_threads

CONTRASTS: Final = "contrasts"
_SLOT: Final = re.compile(r"\{([A-Z]+)\}")
_FILLERS: Final = re.compile(r"\{(?P<slot>[A-Z]+)\} = (?P<words>\S.*)")
_FILES: Final[Mapping[str, Split]] = {"train.txt": "train", "held_back.txt": "dev"}

Line = tuple[int, str]


def load_contrasts(_: Path) -> Iterator[Example]:
    """Read the templates that ship with this package; the data folder has no part in it."""
    folder = resources.files("stance.train") / CONTRASTS
    for name, split in _FILES.items():
        yield from read_contrasts(Path(str(folder / name)), split=split)


def read_contrasts(path: Path, *, split: Split) -> Iterator[Example]:
    """Read one file of templates, filled; an example's `group` is its template's title.

    Raises:
        SourceUnreadable: A line is not in the format, or has a slot that nothing fills; it is told with its number.
    """

    def side(_: str) -> Split:
        return split

    return read_threads(path, _filled(path), source=CONTRASTS, split=side)


def _filled(path: Path) -> Iterator[Line]:
    template: list[Line] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith("## "):
            yield from _fill(path, template)
            template = []
        template.append((number, line))
    yield from _fill(path, template)


def _fill(path: Path, template: Sequence[Line]) -> Iterator[Line]:
    slots: dict[str, list[str]] = {}
    lines: list[Line] = []
    for number, line in template:
        if found := _FILLERS.fullmatch(line.strip()):
            slots[found["slot"]] = [words.strip() for words in found["words"].split("|")]
        else:
            lines.append((number, line))
    for turn in range(max(map(len, slots.values()), default=1)):
        words = {slot: fillers[turn % len(fillers)] for slot, fillers in slots.items()}
        for number, line in lines:
            if unknown := [slot for slot in _SLOT.findall(line) if slot not in words]:
                raise SourceUnreadable(path, source=CONTRASTS, what=f"line {number}: nothing fills {unknown[0]}")
            yield number, _put(line, words)


def _put(line: str, words: Mapping[str, str]) -> str:
    """Fill a line's slots; a sentence that begins with one begins with a capital."""
    code, gap, rest = line.partition(" ")
    filled = _SLOT.sub(lambda found: words[found[1]], rest)
    if rest.startswith("{") and not code.endswith(":"):
        filled = filled[:1].upper() + filled[1:]
    return f"{code}{gap}{filled}"
