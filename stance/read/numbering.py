"""Which numbered lines of a page are its comments, and which belong to lists inside one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

MAX_STATES: Final = 16
MAX_STARTS: Final = 20

_ITEM = re.compile(r"([ \t]{0,40})(\d{1,6})[.)](?:[ \t]+|$)")


@dataclass(frozen=True, slots=True)
class Item:
    """A line that starts with a number. `indent` and `stop` are the columns of the number's start and of its dot."""

    line: int
    number: int
    indent: int
    stop: int
    body: int
    after_blank: bool

    def level_with(self, other: Item) -> bool:
        """Whether both stand at one level: lists align either the numbers' starts or, in text browsers, their dots."""
        return self.indent == other.indent or self.stop == other.stop


@dataclass(frozen=True, slots=True)
class _Way:
    """One reading of the items so far: (broken, odd) is its cost, `taken` the comments as a linked list."""

    broken: int
    odd: float
    top: int
    inner: int
    taken: tuple[int, object] | None


def find_items(lines: Sequence[str], *, first: int) -> list[Item]:
    """Return the lines from `first` on that start with a number and a dot."""
    items = []
    for index in range(first, len(lines)):
        if found := _ITEM.match(lines[index]):
            indent = len(found[1].expandtabs(4))
            after_blank = index == 0 or not lines[index - 1].strip()
            items.append(Item(index, int(found[2]), indent, indent + len(found[2]), found.end(), after_blank))
    return items


def number_comments(items: Sequence[Item], *, headed: bool, stated_total: int | None) -> list[Item]:
    """Choose the items that number the comments.

    Comments run n, n+1, n+2 at one level; a list inside a comment runs 1, 2, 3 of its own. Where both stand at one
    level, the reading is taken in which the fewest list items are left without their predecessor; among equals, the
    one that ends at the stated total, then the one whose comments follow blank lines, then the longest.

    Args:
        items: From `find_items`, after the heading where there is one.
        headed: Whether a heading ("12 comments") was found; then the first item is the first comment, else each 1 is
            tried.
        stated_total: The total that the page states.
    """
    if not items:
        return []
    if headed:
        return _read_from(items, stated_total)
    starts = [index for index, item in enumerate(items) if item.number == 1][:MAX_STARTS]
    chains = [_read_from(items[start:], stated_total) for start in starts]
    return max(reversed(chains), key=len, default=[])


def _read_from(items: Sequence[Item], stated_total: int | None) -> list[Item]:
    first = items[0]
    ways = [_Way(0, 0.0, first.number, 0, (0, None))]
    for index in range(1, len(items)):
        ways = _step(ways, items[index], index, level=items[index].level_with(first))
    best = min(ways, key=lambda way: (way.broken, way.top != stated_total, way.odd, -way.top))
    chosen = []
    link: object = best.taken
    while isinstance(link, tuple):
        chosen.append(items[link[0]])
        link = link[1]
    return chosen[::-1]


def _step(ways: Sequence[_Way], item: Item, index: int, *, level: bool) -> list[_Way]:
    """Read one more item in every way that is open: as the next comment, or as part of a list in the last one."""
    best: dict[tuple[int, int], _Way] = {}
    for way in ways:
        follows = item.number in (1, way.inner + 1)
        options = [_Way(way.broken + (level and not follows), way.odd, way.top, item.number, way.taken)]
        if level and item.number == way.top + 1:
            # A list of a single item is odd, and so is a comment that follows the line before without a blank one.
            odd = way.odd + 0.5 * (way.inner == 1) + 0.001 * (not item.after_blank)
            options.append(_Way(way.broken, odd, item.number, 0, (index, way.taken)))
        for option in options:
            key = (option.top, option.inner)
            held = best.get(key)
            if held is None or (option.broken, option.odd) < (held.broken, held.odd):
                best[key] = option
    if len(best) <= MAX_STATES:
        return list(best.values())
    return sorted(best.values(), key=lambda way: (way.broken, way.odd, -way.top))[:MAX_STATES]
