"""What every section of the terminal page needs: the console, its marks, and how comments are called."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from stance.out.plain import safe, snip, unicode_ok
from stance.records import ARTICLE, Actor, ActorKind, Analysis, Comment

_NARROWEST: Final = 40
_WIDEST: Final = 140
"""Columns past which lines of text tire the eye."""
NAME_CELLS: Final = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """The signs a page is drawn with. Each stance has a sign of its own, so that no meaning hangs on colour alone."""

    branch: str = "├─ "
    last: str = "└─ "
    deeper: str = "↳  "
    down: str = "│  "
    gap: str = "   "
    full: str = "█"
    empty: str = "░"
    rule: str = "─"
    dot: str = "·"
    favor: str = "+"
    against: str = "−"
    neutral: str = "○"
    silent: str = "·"
    open_quote: str = "“"
    close_quote: str = "”"
    arrow: str = "→"


_ASCII: Final = Marks(
    branch="|- ",
    last="`- ",
    deeper="-> ",
    down="|  ",
    full="#",
    empty=".",
    rule="-",
    dot="-",
    against="-",
    neutral="o",
    silent=".",
    open_quote='"',
    close_quote='"',
    arrow="->",
)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One analysis on its way to one console."""

    analysis: Analysis
    console: Console

    @cached_property
    def width(self) -> int:
        """Columns to fill."""
        return min(_WIDEST, max(_NARROWEST, self.console.width))

    @cached_property
    def plain_unicode(self) -> bool:
        """Whether this console takes lines, bars and curly quotes."""
        return unicode_ok(self.console.encoding)

    @cached_property
    def marks(self) -> Marks:
        """The signs that this console can show."""
        return Marks() if self.plain_unicode else _ASCII

    @cached_property
    def comments(self) -> dict[str, Comment]:
        """The comments by id."""
        return {comment.id: comment for comment in self.analysis.thread.comments}

    @cached_property
    def actors(self) -> dict[str, Actor]:
        """The actors by id."""
        return {actor.id: actor for actor in self.analysis.actors}

    def safe(self, text: str) -> str:
        """Return text that cannot steer this console."""
        return safe(text, encoding=self.console.encoding)

    def snip(self, text: str, cells: int) -> str:
        """Return the beginning of a text in at most so many cells."""
        return snip(text, cells, encoding=self.console.encoding)

    def quoted(self, text: str, cells: int) -> str:
        """Return the beginning of a text in quotation marks, in at most so many cells."""
        return f"{self.marks.open_quote}{self.snip(text, cells - 2)}{self.marks.close_quote}"

    def number(self, comment_id: str) -> str:
        """Return what a comment is called for short: #4, its number on the page."""
        return f"#{self.comments[comment_id].number}"

    def call(self, comment_id: str, *, name_cells: int = NAME_CELLS) -> str:
        """Return what a comment or the article is called: #4 and its writer, the name in at most so many cells."""
        if comment_id == ARTICLE:
            return "the article"
        author = self.comments[comment_id].author
        return f"{self.number(comment_id)} {self.snip(author, name_cells)}" if author else self.number(comment_id)

    def actor(self, actor_id: str) -> str:
        """Return what an actor is called; commenters by their comment's number, as everywhere on the page."""
        actor = self.actors.get(actor_id)
        if actor_id.startswith("commenter ") and actor_id[10:].isdecimal():
            return f"#{actor_id[10:]}"
        if actor is None or actor.kind is ActorKind.AUTHOR:
            return self.safe(actor_id)
        return self.safe(actor.name)

    def bar(self, share: float, cells: int) -> str:
        """Return a bar that is full at 1."""
        n_full = max(0, min(cells, round(share * cells)))
        return self.marks.full * n_full + self.marks.empty * (cells - n_full)

    def heading(self, words: str, *, aside: str = "") -> None:
        """Print the line that begins a section."""
        room = max(0, self.width - cell_len(words) - cell_len(aside) - 7)
        line = Text(f"{self.marks.rule * 2} ", style="dim")
        line.append(words, style="bold not dim")
        line.append(f" {self.marks.rule * room} {aside}" if aside else f" {self.marks.rule * (room + 1)}")
        self.print(Text())
        self.print(line)

    def print(self, *parts: Text) -> None:
        """Print one line; what is wider than the console is cut, never wrapped into the next."""
        line = Text.assemble(*parts)
        line.truncate(self.console.width, overflow="crop")
        line.rstrip()
        self.console.print(line, no_wrap=True, overflow="crop", highlight=False)

    def print_wrapped(self, words: str, *, style: str = "", indent: int = 0) -> None:
        """Print a paragraph, every line of it indented."""
        for line in Text(words, style=style).wrap(self.console, self.width - indent):
            self.print(Text(" " * indent), line)

    def print_notes(self) -> None:
        """Print what the reader and the thread's making have to tell."""
        for note in self.analysis.thread.notes:
            self.print_wrapped(f"note: {self.snip(note, 3 * self.width)}", style="yellow")

    def left_out(self, n: int, what: str) -> None:
        """Say that some were not shown, and where they are; nothing is left out in silence."""
        if n > 0:
            self.print(Text(f"... and {n:,} more {what}; --format json holds all of them.", style="dim"))


def listed(names: Iterable[str]) -> str:
    """Return names with commas between."""
    return ", ".join(names)
