"""What the writers of corpora and tables put down, the readers give back the same."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stance.errors import CannotWrite
from stance.read import read_threads, write_convokit, write_table
from stance.read.columns import LARGEST_CELL
from stance.read.decode import clean
from stance.records import ARTICLE, Article, Comment, Page

WRITERS = {
    "corpus": write_convokit.write,
    "table.csv": write_table.write_csv,
    "table.tsv": write_table.write_csv,
    "table.parquet": write_table.write_parquet,
}
NASTY = [
    '"',
    '\\"',
    "\\",
    ",",
    ";",
    "\t",
    "> ",
    "=1+1",
    "[deleted]",
    "[removed]",
    "[unknown]",
    "&amp;",
    "&gt;",
    "0",
    "t1_a",
]
NASTY += ["1.0", "nan", "null", "\u0646\u200c\u0645", "\N{GRINNING FACE}", "e\u0301", "article_text", "#", "'", "sep=;"]
ZONES = [UTC, timezone(timedelta(hours=5, minutes=45)), timezone(timedelta(hours=-11))]

parts = st.sampled_from(NASTY) | st.text(max_size=6)
texts = st.lists(parts | st.just("\n"), max_size=6).map("".join).map(lambda text: clean(text, Counter()))
words = texts.map(lambda text: " ".join(text.split())).filter(bool)
ids = words.filter(lambda word: word != ARTICLE)
times = st.datetimes(datetime(3, 1, 1), datetime(9990, 1, 1), timezones=st.sampled_from(ZONES))
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
keys = st.sampled_from(["deleted", "subreddit", "stance_kept", "ai_meta", "extra", "text", "timestamp"]) | st.text(
    max_size=4
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)
extras = st.dictionaries(keys, values | st.just("<##bin{0}&&@**>"), max_size=3)


@st.composite
def pages(draw):
    """Threads with everything a page can hold, also ids used twice, rings and parents that are missing."""
    thread_ids = draw(st.lists(st.none() | ids, min_size=1, max_size=3, unique=True))
    made = []
    for thread_id in thread_ids:
        own = draw(st.lists(ids, min_size=1, max_size=5))
        parents = st.none() | st.just(ARTICLE) | st.sampled_from(own) | ids
        made.append(
            Page(
                source="",
                thread_id=thread_id,
                article=Article(
                    title=draw(words | st.just("")),
                    text=draw(words | st.just("")),
                    author=draw(st.none() | words),
                    url=draw(st.none() | words),
                ),
                stated_total=draw(st.none() | st.integers(0, 10**6)),
                notes=tuple(draw(st.lists(words, max_size=2))),
                comments=tuple(
                    Comment(
                        id=comment_id,
                        number=number,
                        text=draw(texts),
                        author=draw(st.none() | words),
                        posted_at=draw(st.none() | times),
                        parent_id=draw(parents),
                        extra=draw(extras),
                    )
                    for number, comment_id in enumerate(own, start=1)
                ),
            )
        )
    return made


@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=60, deadline=None)
@given(written=pages())
def test_everything_that_a_page_holds_comes_back(name, written):
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / name
        n_comments = WRITERS[name](written, out)
        back = [replace(page, source="") for page in read_threads(out)]
    assert back == written
    assert n_comments == sum(len(page.comments) for page in written)


@pytest.mark.parametrize("name", WRITERS)
def test_threads_of_one_name_stay_apart(tmp_path, name):
    alone = Page(source="", article=Article(), comments=(Comment(id="1", text="a", number=1),))
    named = replace(alone, thread_id="t")
    WRITERS[name]([alone, alone, named, named], tmp_path / name)
    assert [len(page.comments) for page in read_threads(tmp_path / name)] == [1, 1, 1, 1]


@pytest.mark.parametrize("name", WRITERS)
def test_a_source_that_breaks_off_leaves_nothing_behind_and_what_was_there_stays(tmp_path, name):
    page = Page(source="", article=Article(), comments=(Comment(id="1", text="old", number=1),))
    WRITERS[name]([page], tmp_path / name)

    def broken():
        yield replace(page, comments=(Comment(id="2", text="new", number=1),))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        WRITERS[name](broken(), tmp_path / name)
    assert [page.comments[0].text for page in read_threads(tmp_path / name)] == ["old"]
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", WRITERS)
def test_what_is_there_is_replaced(tmp_path, name):
    for text in ("old", "new"):
        page = Page(source="", article=Article(), comments=(Comment(id="1", text=text, number=1),))
        WRITERS[name]([page], tmp_path / name)
    assert [page.comments[0].text for page in read_threads(tmp_path / name)] == ["new"]
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("path", ["missing/{}", "nul\0{}"])
def test_a_place_that_is_none_is_one_line(tmp_path, name, path):
    with pytest.raises(CannotWrite):
        WRITERS[name]([], tmp_path / path.format(name))


def test_a_corpus_replaces_no_folder_of_something_else_and_no_file(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.png").touch()
    (tmp_path / "file").touch()
    for name in ("photos", "file"):
        with pytest.raises(CannotWrite, match="is there"):
            write_convokit.write([], tmp_path / name)
    assert (tmp_path / "photos" / "cat.png").exists()


def test_half_a_surrogate_pair_is_escaped_and_not_refused(tmp_path):
    page = Page(source="", article=Article(), comments=(Comment(id="1", text="a\ud800b", number=1),))
    for name, write in WRITERS.items():
        assert write([page], tmp_path / name) == 1


def test_what_a_cell_cannot_hold_is_told_before_a_table_is_left(tmp_path):
    fits = Comment(id="1", text='"' * LARGEST_CELL, number=1)
    page = Page(source="", article=Article(), comments=(fits,))
    write_table.write_csv([page], tmp_path / "table.csv")
    assert [one.text for read in read_threads(tmp_path / "table.csv") for one in read.comments] == [fits.text]
    long = replace(page, comments=(fits, Comment(id="b", text="a" * (LARGEST_CELL + 1), number=2)))
    with pytest.raises(CannotWrite, match=r"comment 2, id 'b': text has 16,777,217 .*Write Parquet"):
        write_table.write_csv([long], tmp_path / "long.csv")
    assert not (tmp_path / "long.csv").exists()
    write_table.write_parquet([long], tmp_path / "long.parquet")
    assert [
        len(one.text) - LARGEST_CELL for read in read_threads(tmp_path / "long.parquet") for one in read.comments
    ] == [
        0,
        1,
    ]
