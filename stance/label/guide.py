"""What the labels mean, in: the words of docs/labels.md, so that people label by what the model is measured by."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from stance.study import Kind, What

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

GUIDE: Final = Path(__file__).with_name("labels.md")
"""The same bytes as docs/labels.md, which a wheel does not hold; a test says so."""
_HEADINGS: Final = {
    Kind.STANCE: "Actors",
    Kind.RELATION: "Who answers whom",
    Kind.ATTRIBUTE: "Attributes",
    Kind.CLAIM: "Sentences",
    Kind.RHETORIC: "Sentences",
}


def guidelines(what: What) -> str:
    """Return the part of the guide that a question needs, as HTML."""
    section = _section(what)
    if what.kind is Kind.STANCE:
        # The section says first what an actor is; who labels has been told whom, and needs the labels.
        actors, stance, labels = section.partition("**Stance**")
        section = f"{stance}{labels}\n{actors}"
    rendered: str = _markdown().render(section)
    return rendered


def define(what: What, label: str) -> str:
    """Return what a label means, as plain words; "" where the guide has no line for it."""
    name = re.escape(f"`{label}`")
    found = re.search(rf"^\| {name} \| (.+) \|$|^- \*\*{name}\*\*: ((?:.+\n)(?:  .+\n)*)", _section(what), re.MULTILINE)
    return "" if found is None else " ".join((found[1] or found[2]).replace("`", "").split())


def _section(what: What) -> str:
    """Return the lines below a heading, up to the next one."""
    _, _, after = GUIDE.read_text(encoding="utf-8").partition(f"\n## {_HEADINGS[what.kind]}\n")
    return after.partition("\n## ")[0].strip() + "\n"


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable("table")
