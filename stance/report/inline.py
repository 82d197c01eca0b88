"""A picture of matplotlib as part of a page: no style of its own, no id twice, colours by role, words beside."""

from __future__ import annotations

import re
from typing import Final

from lxml import etree
from markupsafe import Markup

from stance.report.palette import ROLES
from stance.report.picture import Picture, render_picture

_SVG: Final = "http://www.w3.org/2000/svg"
_HREF: Final = "{http://www.w3.org/1999/xlink}href"
_PIXELS_A_POINT: Final = 1.44
_REFERENCE: Final = re.compile(r"url\(#([^)]+)\)")
_DROPPED: Final = frozenset({"font", "font-family", "font-style", "font-variant", "font-stretch", "-inkscape-stroke"})
"""Fonts are the page's."""


def to_inline(picture: Picture) -> Markup:
    """Return a picture as an `svg` element that a page without inline styles may hold.

    Each property of a `style` attribute becomes an attribute, and each colour of the palette a class, so that the
    page's style sheet decides it; what looks it up is named after the picture.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, huge_tree=True)
    root = etree.fromstring(render_picture(picture, "svg"), parser)
    for element in list(root.iter(f"{{{_SVG}}}metadata", f"{{{_SVG}}}style")):
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)
    wanted = _referred(root)
    for element in root.iter(etree.Element):
        _take_style(element)
        _rename(element, picture.name, wanted)
    for name in ("height", "version"):
        root.attrib.pop(name, None)
    # A narrow picture is not blown up to the column's width: letters are of one size in all of them.
    root.set("width", f"{float(root.get('width', '0').removesuffix('pt')) * _PIXELS_A_POINT:.0f}")
    root.set("class", "picture")
    root.set("role", "img")
    root.set("aria-labelledby", f"{picture.name}-name {picture.name}-about")
    for place, (tag, part, words) in enumerate((("title", "name", picture.title), ("desc", "about", picture.about))):
        told = etree.Element(f"{{{_SVG}}}{tag}", id=f"{picture.name}-{part}")
        told.text = words
        root.insert(place, told)
    etree.cleanup_namespaces(root)
    return Markup(etree.tostring(root, encoding="unicode"))


def _referred(root: etree._Element) -> set[str]:
    found = {value[1:] for element in root.iter(etree.Element) if (value := element.get(_HREF, "")).startswith("#")}
    for element in root.iter(etree.Element):
        for value in element.attrib.values():
            found.update(_REFERENCE.findall(str(value)))
    return found


def _take_style(element: etree._Element) -> None:
    classes = []
    properties = [part.partition(":") for part in element.attrib.pop("style", "").split(";") if ":" in part]
    for name, _, value in properties:
        name, value = name.strip(), value.strip()
        if name in ("fill", "stroke") and value in ROLES:
            classes.append(f"{name}-{ROLES[value]}")
        elif name not in _DROPPED:
            element.set(name, value)
    if classes:
        element.set("class", " ".join(classes))


def _rename(element: etree._Element, name: str, wanted: set[str]) -> None:
    own = element.attrib.pop("id", None)
    if own in wanted:
        element.set("id", f"{name}-{own}")
    target = element.attrib.pop(_HREF, None)
    if target is not None:
        element.set("href", f"#{name}-{target[1:]}")
    for attribute, value in element.attrib.items():
        if "url(#" in value:
            element.set(attribute, _REFERENCE.sub(rf"url(#{name}-\1)", value))
