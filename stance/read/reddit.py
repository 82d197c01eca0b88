"""Reddit: a submission's page as listing JSON, listings of comments, and archived dumps of comments and submissions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from stance.read.dates import read_unix
from stance.read.decode import clean, cleaning_notes
from stance.read.documents import MEND, Found, as_list, as_mapping, find_values, keep, make_page, place_of, shallow
from stance.read.gather import Gatherer
from stance.read.row import OnReject, Row, kind_of, take
from stance.read.source import Source, open_parts, sparing
from stance.records import ARTICLE, Article, Comment, Page

WANTED: Final = "Reddit comments (objects with `body` and `link_id`)"
COMMENT, SUBMISSION, MORE = "t1", "t3", "more"
# A tuple, not a set: a hostile file has lists for words, and a list is in no set.
_THINGS: Final = (COMMENT, SUBMISSION, MORE)
_EXTRA: Final = (
    "score ups downs controversiality edited distinguished stickied gilded is_submitter permalink author_fullname "
    "author_flair_text subreddit collapsed collapsed_reason"
).split()
_KEPT: Final = (
    "id name body author created_utc created parent_id title selftext url num_comments count".split() + _EXTRA
)
_KIND: Final = re.compile(r'"kind"\s*:\s*"(?:Listing|t1|t3)"')
_DUMP: Final = re.compile(
    r"(?:r[cs]_.+|.+_(?:comments|submissions|posts))(?:\.(?:zst|gz|json|jsonl|ndjson|txt))*", re.IGNORECASE
)

_GONE: Final = re.compile(r"\s*\[\s*(?P<how>deleted|removed)(?:\s+by\s+[^\]]{1,40})?\s*\]\s*", re.IGNORECASE)
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_PREFIXES: Final = (f"{COMMENT}_", f"{SUBMISSION}_")
_NUMBER: Final = re.compile(r"\d{1,12}(?:\.\d{1,9})?")


def recognise(source: Source) -> bool:
    """Whether a source is a listing, a dump, or a folder of dumps (RC_2012-01.zst, bridges_comments.jsonl)."""
    if source.path is not None and not source.head:
        return any(_dumps_in(source.path))
    start = source.beginning
    if not start.startswith(("{", "[")):
        return False
    in_dump = '"subreddit"' in start and any(key in start for key in ('"link_id"', '"selftext"', '"num_comments"'))
    return in_dump or bool(_KIND.search(start))


def read(source: Source, on_reject: OnReject) -> Iterator[Page]:
    """Read comments joined with their submissions by link, one page a submission; those without comments are left out.

    Raises:
        BadRow: A record is neither, or broken, and `on_reject` raises.
        NoComments: There is no comment.
    """
    with Gatherer(source.name) as gatherer:
        dumps = list(_dumps_in(source.path)) if source.path is not None and not source.head else []
        for part in open_parts(dumps, on_reject) if dumps else [source]:
            with sparing(part, on_reject, others=len(dumps) > 1):
                _gather(part, gatherer, on_reject, folder=part is not source)
            if part is not source:
                source.notes += part.notes
        yield from gatherer.pages(partial(_read_thread, source=source, on_reject=on_reject), wanted=WANTED)


def _dumps_in(folder: Path) -> Iterator[Path]:
    try:
        yield from sorted(path for path in folder.iterdir() if _DUMP.fullmatch(path.name) and path.is_file())
    except OSError:
        return


def _gather(source: Source, gatherer: Gatherer, on_reject: OnReject, *, folder: bool) -> None:
    link = ""
    counts: Counter[str] = Counter()
    for found in find_values(source, on_reject, apart=""):
        for kind, values, place in _walk(found):
            if folder and isinstance(place, int):
                place = f"{Path(source.name).name}, line {place}"
            row = Row(source.name, place, {"kind": kind, "link": link, "values": values}, counts)
            link = take(partial(_add, gatherer), row, on_reject) or link


def _add(gatherer: Gatherer, row: Row) -> str:
    link = _link_of(row)
    values = shallow(as_mapping(row.values["values"]), _KEPT)
    gatherer.add(link, {"kind": row.values["kind"], **values}, place=row.place)
    return link


def _walk(found: Found) -> Iterator[tuple[str, object, int | str]]:
    """Give what a value holds, with its kind: a listing's things and the replies nested in them, in page order."""
    waiting: list[tuple[object, str | None]] = [(found.value, None)]
    nested = False
    while waiting:
        value, parent = waiting.pop()
        data = as_mapping(value)
        kind = data.get("kind")
        if isinstance(value, list):
            waiting += [(member, parent) for member in reversed(value)]
            continue
        if kind == "Listing":
            nested = True
            waiting += [(child, parent) for child in reversed(as_list(as_mapping(data.get("data")).get("children")))]
            continue
        if kind in _THINGS and isinstance(data.get("data"), dict):
            nested = True
            data = as_mapping(data["data"])
        else:
            kind = _kind_of(data)
        if parent is not None and "parent_id" not in data:
            data = {**data, "parent_id": parent}
        replies = data.get("replies")
        if isinstance(replies, dict | list) and replies:
            own = data.get("id")
            waiting.append((replies, f"t1_{own}" if isinstance(own, str) else None))
        yield (
            str(kind),
            data if isinstance(value, dict) else value,
            (place_of("record", data.get("id"), found.place) if nested else found.place),
        )


def _kind_of(data: Mapping[str, object]) -> str:
    if "body" in data or "link_id" in data:
        return COMMENT
    return SUBMISSION if data.keys() & {"selftext", "title", "num_comments"} else ""


def _link_of(row: Row) -> str:
    """Return the id of the submission that a record belongs to.

    Raises:
        BadRow: It is no record of Reddit's, or names no submission.
    """
    kind, values = row.values["kind"], row.values["values"]
    if not isinstance(values, dict):
        row.refuse(f"{kind_of(values)} where an object should be", MEND)
    inner = row.of(values)
    if kind == SUBMISSION:
        return _short_id(inner, "id") or _short_id(inner, "name") or inner.needed_id("id")
    if kind == COMMENT:
        parent = inner.values.get("parent_id")
        top = _short_id(inner, "parent_id") if isinstance(parent, str) and parent.startswith("t3_") else None
        link = _short_id(inner, "link_id") or top or str(row.values["link"])
        if not link:
            row.refuse("field 'link_id' is missing", "Give each comment the id of its submission.")
        return link
    if kind != MORE:
        row.refuse("neither a comment nor a submission", "Give `body` and `link_id`, or `title`.")
    return str(row.values["link"])


def _short_id(row: Row, key: str) -> str | None:
    """An id without its kind (t1_, t3_); some dumps give it as a number, which is the same in base 36."""
    value = row.values.get(key)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 64:
        digits = ""
        while value or not digits:
            value, digit = divmod(value, 36)
            digits = _DIGITS[digit] + digits
        return digits
    found = row.id(key)
    return found[3:] if found and found.startswith(_PREFIXES) else found


def _read_thread(
    thread_id: str, rows: Iterator[Row], counts: Counter[str], *, source: Source, on_reject: OnReject
) -> Page:
    comments: list[Comment] = []
    article: Article | None = None
    stated_total: object = None
    n_more = n_again = 0
    for row in rows:
        kind = row.values["kind"]
        if kind == MORE:
            count = row.values.get("count")
            n_more += count if isinstance(count, int) and count > 0 else 0
        elif kind == SUBMISSION and article is not None:
            n_again += 1
        elif kind == SUBMISSION:
            article, stated_total = take(_read_article, row, on_reject), row.values.get("num_comments")
        else:
            comment = take(partial(_read_comment, thread_id=thread_id), row, on_reject)
            comments += [comment] if comment else []
    notes = [f"{n_more:,} comments are folded away as “more” and not in the file"] if n_more else []
    notes += [f"{n_again:,} repeated submissions left out"] if n_again else []
    return make_page(
        source,
        article=article or Article(),
        comments=comments,
        thread_id=thread_id or None,
        stated_total=stated_total,
        notes=(*notes, *cleaning_notes(counts)),
    )


def _read_article(row: Row) -> Article:
    text, link, url = _words(row, "selftext"), row.text("permalink"), row.text("url")
    return Article(
        title=_words(row, "title"),
        text="" if _GONE.fullmatch(text) else text,
        author=_author_of(row),
        url=f"https://www.reddit.com{link}" if link and link.startswith("/") else link or url or None,
    )


def _read_comment(row: Row, *, thread_id: str) -> Comment:
    if row.values.get("body") is None:
        row.refuse("field 'body' is missing", "Give the comment's text, or an empty string.")
    text = _words(row, "body")
    extra = keep(row, _EXTRA)
    if gone := _GONE.fullmatch(text):
        extra["deleted"] = True
        if gone["how"].lower() == "removed":
            extra["removed"] = True
    return Comment(
        id=_short_id(row, "id") or _short_id(row, "name") or row.needed_id("id"),
        text="" if gone else text,
        number=0,
        author=_author_of(row),
        posted_at=_time_of(row),
        parent_id=_parent_of(row, thread_id),
        extra=extra,
    )


def _parent_of(row: Row, thread_id: str) -> str:
    stated = row.values.get("parent_id")
    parent = _short_id(row, "parent_id")
    # A comment and a submission may have one number: only the kind before it tells them apart.
    top = isinstance(stated, str) and stated.startswith("t3_")
    return ARTICLE if parent is None or top or (isinstance(stated, int) and parent == thread_id) else parent


def _author_of(row: Row) -> str | None:
    author = row.words("author")
    return None if author is None or _GONE.fullmatch(author) else author


def _time_of(row: Row) -> datetime | None:
    """The time, a number or in older dumps a string of digits."""
    key = "created_utc" if row.values.get("created_utc") is not None else "created"
    stated = row.values.get(key)
    if isinstance(stated, str) and _NUMBER.fullmatch(stated):
        return read_unix(float(stated))
    return row.time(key)


def _words(row: Row, key: str) -> str:
    """A text with its entities undone: Reddit escapes three characters, and its editor leaves two more in the text."""
    text = row.text(key) or ""
    if "&" not in text:
        return text
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"), ("&#x200B;", ""), ("&nbsp;", " ")):
        text = text.replace(entity, character)
    return clean(text, row.counts)
