"""A web page saved as plain text: an article, a line that counts the comments, the comments, the page's own trailer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from stance.errors import EmptyInput, NoComments
from stance.read.decode import clean, cleaning_notes
from stance.read.header import Header, read_header
from stance.read.numbering import find_items, number_comments
from stance.read.row import OnReject
from stance.read.source import Source
from stance.records import Article, Comment, Page

_MARKUP: Final = re.compile(r"<(?:!doctype|html|head|\?xml|rss|feed|body|div|p)\b", re.IGNORECASE)
WANTED: Final = "comments numbered 1., 2., 3., or lines such as “NAME says:” with a date"
MAX_LINE_CHARS: Final = 300
"""Headings, titles and trailers are short; longer lines are never tried as one."""

_COUNT = re.compile(
    r"(?P<total>\d{1,3}(?:[,.\u202f\u00a0 ]\d{3})+|\d{1,7}|one)\s+"
    r"(?:thoughts?\s+on\b.*|(?:comments?|responses?|replies|reply)(?:\s+(?:on|to|for)\b.*|\s*[:.]?))"
    r"|(?:comments?|responses?|replies)\s*\(\s*(?P<listed>\d{1,7})\s*\)\s*:?"
    r"|(?:comments|responses|replies|discussion)\s*:?",
    re.IGNORECASE,
)
_COUNTED_TITLE = re.compile(r"(?:on|to|for)\s+[“\"«„‘'](.{1,280}?)[”\"»“’']?$", re.IGNORECASE)
_TRAILER = re.compile(
    r"(?:leave|post|add|write|submit)\s+an?\s+(?:reply|comment|response)\b.{0,60}"
    r"|this\s+site\s+uses\s+akismet\b.*"
    r"|comments\s+are\s+(?:now\s+)?closed\b.{0,40}"
    r"|(?:you\s+must\s+be\s+)?logged\s+in\s+to\s+(?:post|comment|reply)\b.{0,40}"
    r"|you\s+must\s+be\s+logged\s+in\s+to\s+.{0,40}"
    r"|(?:post|comment)\s+navigation"
    r"|(?:←|«|<<)\s*(?:older|previous)\s+comments.{0,40}"
    r"|(?:older|newer)\s+comments\s*(?:→|»|>>)?",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"\d{1,6}[.)](?:\s|$)")
_REPLY_LINK = re.compile(r"(?:reply|reply to .{1,60}|permalink)\s*[↓→]?", re.IGNORECASE)
_BY = re.compile(
    r"(?:written\s+)?by\s+(?P<name>[^\s:@].{0,118}?)(?:\s*[:|,(]?\s*(?P<handle>@\w{1,40})\)?)?", re.IGNORECASE
)


def recognise(source: Source) -> bool:
    """Whether a source is plain text: neither markup nor JSON."""
    start = source.beginning
    return bool(start) and not _MARKUP.match(start) and not start.startswith(("{", "[{", "[\n", "[\r\n"))


def read(source: Source, _: OnReject) -> Iterator[Page]:
    """Read a page saved as plain text; it is one thread.

    Raises:
        NoComments: No numbered comment and no "NAME says:" line with a date was found.
    """
    page = read_saved_page(source.text(), source=source.name)
    yield replace(page, notes=(*source.notes, *page.notes))


def read_saved_page(text: str, *, source: str) -> Page:
    """Read the text of a saved page.

    Raises:
        EmptyInput: There is nothing but white space.
        NoComments: No numbered comment and no "NAME says:" line with a date was found.
    """
    counts: Counter[str] = Counter()
    lines = clean(text, counts).split("\n")
    if not any(line.strip() for line in lines):
        raise EmptyInput(source)
    heading, stated_total = _find_heading(lines)
    starts = _find_starts(lines, heading, stated_total)
    if not starts:
        raise NoComments(source, wanted=WANTED)
    comments = tuple(_read_comments(lines, starts))
    above, counted = (starts[0][0], "") if heading is None else (heading, lines[heading])
    article = _read_article(lines[:above], counted)
    notes = cleaning_notes(counts)
    if stated_total is not None and stated_total != len(comments):
        notes += (f"the page states {stated_total} comments and holds {len(comments)}",)
    return Page(source=source, article=article, comments=comments, stated_total=stated_total, notes=notes)


def _find_heading(lines: Sequence[str]) -> tuple[int | None, int | None]:
    """Return the line that heads the comments and the total it states.

    Best is a total with a numbered line below it, then a bare "Comments" with one, then a total alone; among equals the
    first on the page, for a comment may hold such a line of its own.
    """
    following = ""
    best: tuple[int, int | None, int | None] = (0, None, None)
    for index in range(len(lines) - 1, -1, -1):
        line = lines[index].strip()
        if not line:
            continue
        if len(line) <= MAX_LINE_CHARS and (found := _COUNT.fullmatch(line)):
            total = found["total"] or found["listed"]
            worth = 2 * bool(_NUMBERED.match(following)) + bool(total)
            if worth and worth >= best[0]:
                best = worth, index, _read_total(total) if total else None
        following = line
    return best[1:]


def _read_total(words: str) -> int:
    return 1 if words.lower() == "one" else int(re.sub(r"\D", "", words))


def _find_starts(lines: Sequence[str], heading: int | None, stated_total: int | None) -> list[tuple[int, int, str]]:
    """Return (line, column where the text starts, id) of each comment."""
    first = 0 if heading is None else heading + 1
    items = find_items(lines, first=first)
    numbered = number_comments(items, headed=heading is not None, stated_total=stated_total)
    if numbered:
        return [(item.line, item.body, str(item.number)) for item in numbered]
    says = [
        index for index in range(first, len(lines)) if lines[index].strip() and read_header(lines[index : index + 4])
    ]
    # The date line below "NAME says:" must not start a comment of its own.
    return [(index, 0, str(number)) for number, index in enumerate(says, start=1)]


def _read_comments(lines: Sequence[str], starts: Sequence[tuple[int, int, str]]) -> Iterator[Comment]:
    ends = [line for line, _, _ in starts[1:]] + [len(lines)]
    for number, ((start, column, comment_id), end) in enumerate(zip(starts, ends, strict=True), start=1):
        head, rest = lines[start][column:], lines[start + 1 : end]
        if number == len(starts):
            rest = _cut_trailer(rest)
        body = [head, *_dedent(rest)]
        header = read_header(body)
        yield Comment(
            id=comment_id,
            text=_join(body, header),
            number=number,
            author=header.author if header else None,
            posted_at=header.posted_at if header else None,
        )


def _join(body: Sequence[str], header: Header | None) -> str:
    stop = len(body)
    while header and stop > header.n_lines:
        line = body[stop - 1].strip()
        if line and (len(line) > MAX_LINE_CHARS or not _REPLY_LINK.fullmatch(line)):
            break
        stop -= 1
    return "\n".join(line.rstrip() for line in body[header.n_lines if header else 0 : stop]).strip()


def _cut_trailer(rest: Sequence[str]) -> Sequence[str]:
    """Cut off the page's own words after the last comment.

    Where the comment's further lines are indented, only a line that is not can be the page's.
    """
    written = [line for line in rest if line.strip()]
    indented = bool(written) and written[0][0].isspace()
    for index, line in enumerate(rest):
        if len(line) > MAX_LINE_CHARS or (indented and line[:1].isspace()):
            continue
        if _TRAILER.fullmatch(line.strip()):
            return rest[:index]
    return rest


def _dedent(rest: Sequence[str]) -> list[str]:
    depths = [len(line) - len(line.lstrip()) for line in rest if line.strip()]
    depth = min(depths, default=0)
    return [line[depth:] for line in rest]


def _read_article(lines: Sequence[str], heading: str) -> Article:
    written = [index for index, line in enumerate(lines) if line.strip()]
    title, author, body_from = "", None, 0
    counted = _COUNTED_TITLE.search(heading.strip()) if len(heading) <= MAX_LINE_CHARS else None
    if not written:
        return Article(title=counted[1].strip() if counted else "")
    first = lines[written[0]].strip()
    by_line = next((index for index in written[:3] if _author_of(lines[index]) is not None), None)
    if (
        len(first) <= MAX_LINE_CHARS
        and by_line != written[0]
        and (by_line is not None or _stands_alone(lines, written))
    ):
        title, body_from = first, written[0] + 1
    elif counted:
        title = counted[1].strip()
    if by_line is not None:
        author, body_from = _author_of(lines[by_line]), by_line + 1
    body = "\n".join(line.rstrip() for line in lines[body_from:])
    return Article(title=title, text=re.sub(r"\n{3,}", "\n\n", body).strip(), author=author)


def _stands_alone(lines: Sequence[str], written: Sequence[int]) -> bool:
    return len(written) == 1 or not lines[written[0] + 1].strip()


def _author_of(line: str) -> str | None:
    line = line.strip()
    found = _BY.fullmatch(line) if len(line) <= 160 else None
    # A sentence that opens with "By" is no author's line: names end without a full stop and have few words.
    if not found or found["name"].endswith((".", "?", "!", "…")) or len(found["name"].split()) > 8:
        return None
    return found["name"].rstrip(" :,|")
