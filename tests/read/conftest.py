"""What the tests of the formats share: made-up threads, a file read whole, and files damaged at random."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import strategies as st

from stance.errors import BadRow, StanceError
from stance.read import read_threads
from stance.records import ARTICLE, Comment, Page

# Characters that a reader neither removes nor takes for space.
WORD = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=8)
LINE = st.lists(WORD, min_size=1, max_size=5).map(" ".join)
PARAGRAPH = st.tuples(st.booleans(), LINE).map(lambda drawn: f"> {drawn[1]}" if drawn[0] else drawn[1])
START = datetime(2018, 9, 14, 15, 4, tzinfo=UTC)


@st.composite
def made_up(draw: st.DrawFn) -> tuple[Comment, ...]:
    """Comments that nest, quote (paragraphs of one line that begin with `> `) and are deleted; ids are numbers."""
    ids = draw(st.lists(st.integers(1, 10**9), min_size=1, max_size=8, unique=True))
    comments = []
    for number, comment_id in enumerate(ids, start=1):
        deleted = draw(st.integers(0, 5)) == 0
        text = "" if deleted else "\n\n".join(draw(st.lists(PARAGRAPH, min_size=1, max_size=3)))
        parent = draw(st.sampled_from([ARTICLE, *map(str, ids[: number - 1])]))
        comments.append(
            Comment(
                id=str(comment_id),
                text=text,
                number=number,
                author=None if deleted else draw(LINE),
                posted_at=START + timedelta(minutes=number),
                parent_id=parent,
                extra={"deleted": True} if deleted else {},
            )
        )
    return tuple(comments)


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """A file cut, with a part repeated, moved or overwritten."""
    data = bytearray(whole)
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 200)))
        kind = draw(st.sampled_from(["cut", "end", "repeat", "write"]))
        if kind == "cut":
            del data[start:end]
        elif kind == "end":
            del data[start:]
        elif kind == "repeat":
            data[end:end] = data[start:end] * draw(st.integers(1, 3))
        else:
            data[start:end] = draw(st.binary(max_size=20) | st.sampled_from(NASTY))
    return bytes(data)


NASTY = [b"\0", b"]]>", b"<![CDATA[", b"<", b"&", b"&#0;", b'"', b"}", b"null", b"[[[[", b"\xff\xfe", "\u202e".encode()]


@pytest.fixture(scope="session")
def threads() -> st.SearchStrategy[tuple[Comment, ...]]:
    return made_up()


@pytest.fixture(scope="session")
def read_file(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., tuple[list[Page], list[BadRow]]]:
    """`read_file(content, format=None)` gives the pages and the rejects of a file; `strict` refuses instead."""
    folder = tmp_path_factory.mktemp("inputs")
    numbers = itertools.count()

    def read(
        content: str | bytes,
        *,
        format: str | None = None,  # noqa: A002 - the word users say
        strict: bool = False,
    ) -> tuple[list[Page], list[BadRow]]:
        path: Path = folder / f"input-{next(numbers)}"
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        rejects: list[BadRow] = []
        try:
            pages = list(read_threads(path, format=format, **({} if strict else {"on_reject": rejects.append})))
        finally:
            path.unlink()
        return pages, rejects

    return read


@pytest.fixture(scope="session")
def damage() -> Callable[[bytes], st.SearchStrategy[bytes]]:
    return damaged


@pytest.fixture(scope="session")
def read_damaged(
    read_file: Callable[..., tuple[list[Page], list[BadRow]]],
) -> Callable[[st.DataObject, str, str], None]:
    """`read_damaged(data, text, format)` damages and reads a file: it has comments, or our own error says why not."""

    def read(data: st.DataObject, text: str, form: str) -> None:
        try:
            pages, _ = read_file(data.draw(damaged(text.encode())), format=form)
        except StanceError as error:
            assert str(error)  # noqa: PT017
        else:
            assert pages
            assert all(page.comments for page in pages)

    return read


@pytest.fixture(scope="session")
def told() -> Callable[..., list[tuple[object, ...]]]:
    """What two readings of one thread must have in common, in the order of ids; parents where the format has any."""

    def tell(comments: Sequence[Comment], *, parents: bool = True) -> list[tuple[object, ...]]:
        kept = [
            (
                one.id,
                one.parent_id if parents else None,
                one.author,
                one.text,
                one.posted_at,
                one.extra.get("deleted", False),
            )
            for one in comments
        ]
        return sorted(kept, key=str)

    return tell
