"""Forum discussions in, threads with their recorded parents out: what reply recovery learns from.

The Internet Argument Corpus (Walker et al. 2012) marks which words of a post are quoted. A post that quotes shows what
its writer answers; one that does not mostly carries the forum's own default, the post before it. So only quoting
posts are gold, and their quoted words must be cut before anything is learned from them. Paragraphs that stand word for
word in an earlier post are quoted too, marked or not: one in six quoting posts has such an unmarked one.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stance.train.errors import SourceMissing
from stance.train.examples import Example, Split
from stance.train.origins import clean, find_file, normalise, split_of

IAC = "sl-m-lab__Internet-Argument-Corpus/v1/data/fourforum"
_DEV_SHARE = 0.2
_LINK_CHARACTERS = 800
_COPIED_WORDS = 4
_EMOTICON = re.compile(r"\bemoticon_\w+")
_GAPS = re.compile(r"[ \t]*\n\s*\n\s*")
_TITLE_PREFIX = re.compile(r"^4Forums\.com[^-]*-\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ForumPost:
    """One post. `parent_id` is what the forum recorded; it is honest where `quoting`.

    `text_with_quotes` shows quoted words as lines that begin with `>`; `text_without_quotes` lacks them.
    `quoted_ids` are the posts of this discussion whose words it quotes, first quoted first.
    """

    id: str
    author: str
    text_without_quotes: str
    text_with_quotes: str
    posted_at: datetime
    parent_id: str | None
    quoting: bool
    quoted_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ForumThread:
    """One discussion, posts oldest first; authors are numbered `a1`, `a2`, ... in the order in which they speak."""

    id: str
    topic: str
    title: str
    split: Split
    posts: tuple[ForumPost, ...]


def tidy_post(text: str) -> str:
    """Clean a post of the forum's markers and of runs of empty lines."""
    return _GAPS.sub("\n\n", clean(_EMOTICON.sub("", text)))


def _cut_quotes(text: str, spans: Sequence[tuple[int, int]]) -> tuple[str, str]:
    """Return the text without its quotations, and with them as `>` lines."""
    without, shown, at = [], [], 0
    for start, end in sorted(spans):
        if end <= at:
            continue
        start = max(start, at)
        quoted = "\n".join(f"> {line.strip()}" for line in text[start:end].splitlines() if line.strip())
        without += [text[at:start], "\n"]
        shown += [text[at:start], f"\n{quoted}\n" if quoted else "\n"]
        at = end
    without.append(text[at:])
    shown.append(text[at:])
    return tidy_post("".join(without)), tidy_post("".join(shown))


def _read_ranges(path: Path) -> dict[int, list[tuple[int, int, int | None]]]:
    """Return start, end and the quoted post's id of each quotation, by post; there is no file where nobody quotes."""
    if not path.is_file():
        return {}
    rows = json.loads(path.read_text(encoding="utf-8"))
    return {post: [(start, end, about.get("quote_id")) for start, end, about in spans] for post, *spans in rows}


def read_topics(data: Path) -> dict[str, str]:
    """Return the topic of each annotated discussion."""
    path = find_file(data, f"{IAC}/annotations/topic.csv", source="iac")
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines, skipinitialspace=True))[1:]
    return {row[0]: row[1].strip(' "') for row in rows if len(row) > 1}


def read_discussion(path: Path, *, topic: str) -> tuple[ForumThread, dict[str, str]]:
    """Read one discussion, and who its numbered authors are in the corpus's other files."""
    rows, _, about = json.loads(path.read_text(encoding="utf-8"))
    ranges = _read_ranges(path.parent.parent / "ranges" / "quotes" / path.name)
    rows.sort(key=lambda row: (row[-1], row[0]))
    ids = {row[0] for row in rows}
    authors: dict[str, str] = {}
    words_of: dict[str, str] = {}
    posts: list[ForumPost] = []
    for row in rows:
        post = _read_post(row, ranges.get(row[0], []), ids=ids, authors=authors)
        posts.append(_cut_unmarked(post, words_of))
        words_of[post.id] = f" {normalise(row[3])} "
    title = clean(_TITLE_PREFIX.sub("", about.get("title") or ""))
    split = split_of(f"iac-{path.stem}", dev_share=_DEV_SHARE)
    return ForumThread(id=path.stem, topic=topic, title=title, split=split, posts=tuple(posts)), authors


def _cut_unmarked(post: ForumPost, words_of: dict[str, str]) -> ForumPost:
    """Take paragraphs that stand in an earlier post for quotations of it, as the corpus does with marked ones.

    Args:
        post: The post, its marked quotations cut.
        words_of: The normalised words of each earlier post, padded with a space.
    """
    kept: list[str] = []
    copied: dict[str, str] = {}
    for paragraph in post.text_without_quotes.split("\n"):
        words = normalise(paragraph)
        source: str | None = None
        if len(words.split()) >= _COPIED_WORDS:
            source = next((key for key in reversed(words_of) if f" {words} " in words_of[key]), None)
        if source is None:
            kept.append(paragraph)
        else:
            copied[paragraph] = source
    if not copied:
        return post
    shown = "\n".join(f"> {line}" if line in copied else line for line in post.text_with_quotes.split("\n"))
    return replace(
        post,
        text_without_quotes=tidy_post("\n".join(kept)),
        text_with_quotes=shown,
        quoting=post.parent_id is not None,
        quoted_ids=tuple(dict.fromkeys([*post.quoted_ids, *copied.values()])),
    )


def _read_post(
    row: Sequence[Any], ranges: Sequence[tuple[int, int, int | None]], *, ids: set[int], authors: dict[str, str]
) -> ForumPost:
    post_id, _, author, text, _, parent, *_, posted = row
    without, shown = _cut_quotes(text, [(start, end) for start, end, _ in ranges])
    quoted = dict.fromkeys(str(quote) for _, _, quote in sorted(ranges, key=lambda r: r[:2]) if quote in ids)
    parent_id = str(parent) if parent in ids and parent != post_id else None
    return ForumPost(
        id=str(post_id),
        author=authors.setdefault(str(author), f"a{len(authors) + 1}"),
        text_without_quotes=without,
        text_with_quotes=shown,
        posted_at=datetime.fromtimestamp(posted, UTC),
        parent_id=parent_id,
        quoting=bool(ranges) and parent_id is not None,
        quoted_ids=tuple(quoted),
    )


def find_discussions(data: Path) -> list[Path]:
    """Return the discussions' files in the order of their numbers.

    Raises:
        SourceMissing: There is none.
    """
    folder = data / IAC / "discussions"
    found = sorted(folder.glob("*.json"), key=lambda path: (len(path.stem), path.stem))
    if not found:
        raise SourceMissing(folder, source="iac")
    return found


def load_iac(data: Path) -> Iterator[ForumThread]:
    """Read the discussions of the Internet Argument Corpus."""
    topics = read_topics(data)
    for path in find_discussions(data):
        thread, _ = read_discussion(path, topic=topics.get(path.stem, ""))
        if thread.posts:
            yield thread


def iac_links(data: Path) -> Iterator[Example]:
    """Return each quoting post, its quotations cut, with the text of the post it answers."""
    for thread in load_iac(data):
        texts = {post.id: post.text_without_quotes for post in thread.posts}
        for post in thread.posts:
            answered = texts.get(post.parent_id or "", "")
            if post.quoting and answered and post.text_without_quotes:
                yield Example(
                    source="iac-links",
                    split=thread.split,
                    group=thread.id,
                    text=post.text_without_quotes[:_LINK_CHARACTERS],
                    answered=answered[:_LINK_CHARACTERS],
                )
