"""Which elements of a WordPress page are its comments, and which of them stands in which."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lxml.html import HtmlElement

PINGS: Final = frozenset({"pingback", "trackback"})

_LISTS: Final = frozenset(
    "commentlist comment-list comments-list comment_list comments_list commentslist wp-block-comment-template".split()
)
# WordPress' own (with what themes put before it), the Disqus plugin's fallback, wpDiscuz' with the parent's number.
_OWN_ID = re.compile(r"(?:li-|div-|dsq-)?comment-(\d{1,20})|wpd-comm-(\d{1,20})_(\d{1,20})")
_DEPTH = re.compile(r"depth-\d{1,4}")


@dataclass(frozen=True, slots=True)
class Item:
    """An element that holds one comment and, within it, those that answer it.

    `id` is WordPress' number, None where the theme leaves it out; `above` is the place among the items of the one that
    it stands in; `answers` the number of the comment that its own id names as its parent's.
    """

    element: HtmlElement
    id: str | None
    above: int | None
    answers: str | None = None


def classes_of(element: HtmlElement) -> set[str]:
    """An element's classes, in lower case."""
    return set((element.get("class") or "").lower().split())


def find_comments(root: HtmlElement) -> tuple[list[Item], int]:
    """Return a page's comments in reading order, and how many items of their lists are none."""
    numbers: dict[HtmlElement, re.Match[str] | None] = {}
    taken: set[HtmlElement] = set()
    for element in root.iter("*"):
        found = _OWN_ID.fullmatch(element.get("id") or "")
        if found and (whole := _whole(element, found, numbers)) is not None:
            numbers[whole] = found
            taken.update(_up_to_list(whole))
    n_others = _add_unnumbered(root, numbers, taken)
    items: list[Item] = []
    places: dict[HtmlElement, int] = {}
    for element in root.iter("*"):
        if element in numbers:
            above = next((places[one] for one in element.iterancestors() if one in places), None)
            found = numbers[element]
            parent = found[3] if found and (found[3] or "0") != "0" else None
            places[element] = len(items)
            items.append(Item(element, _number(found) if found else None, above, parent))
    return items, n_others


def _number(found: re.Match[str]) -> str:
    return found[1] or found[2]


def _whole(
    element: HtmlElement, found: re.Match[str], numbers: dict[HtmlElement, re.Match[str] | None]
) -> HtmlElement | None:
    """The outermost element of the comment that an id names, None where it is known already."""
    for outer in element.iterancestors():
        if (known := numbers.get(outer)) is not None:
            if _number(known) == _number(found):
                return None
            break
    if element.tag == "li" or _is_item(element):
        return element
    item = next((outer for outer in _up_to_list(element) if outer.tag == "li" or _is_item(outer)), element)
    return element if item in numbers else item


def _up_to_list(element: HtmlElement) -> Iterator[HtmlElement]:
    """An element and those around it, until the list it stands in."""
    yield element
    for outer in element.iterancestors():
        if outer.tag in ("ul", "ol", "dl", "body", "html", "main") or not _LISTS.isdisjoint(classes_of(outer)):
            return
        yield outer


def _is_item(element: HtmlElement) -> bool:
    """Whether an element has the classes that WordPress gives a comment as a whole."""
    return any(_DEPTH.fullmatch(name) for name in classes_of(element))


def _add_unnumbered(
    root: HtmlElement, numbers: dict[HtmlElement, re.Match[str] | None], taken: set[HtmlElement]
) -> int:
    """Add list items that hold a comment without a number; return how many hold none."""
    n_others = 0
    alone = not numbers
    for element in root.iter("*"):
        if element in taken:
            continue
        classes = classes_of(element)
        if "comment" in classes and _is_item(element):
            numbers[element] = None
        elif element.tag == "li" and _in_list(element, numbers):
            if alone or not (PINGS | {"comment"}).isdisjoint(classes):
                numbers[element] = None
            else:
                n_others += 1
    return n_others


def _in_list(element: HtmlElement, numbers: dict[HtmlElement, re.Match[str] | None]) -> bool:
    """Whether a list item stands in a list of comments; menus have lists of class `children` too."""
    parent = element.getparent()
    names = classes_of(parent) if parent is not None else set()
    return not _LISTS.isdisjoint(names) or (
        "children" in names and any(one in numbers for one in parent.iterancestors())
    )
