"""What is written can be read again, and nothing is overwritten by mistake."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stance.errors import CannotWrite, WouldOverwrite
from stance.read import WRITTEN_FORMATS, read_threads, write_threads
from stance.records import Article, Comment, Page

OUT = {"jsonl": "out.jsonl", "csv": "out.csv", "parquet": "out.parquet", "convokit": "out"}
ONE = Page(source="", article=Article(), comments=(Comment(id="1", text="a", number=1),))


def files(path):
    """The contents of a file, or of all files in a folder."""
    inner = sorted(path.iterdir()) if path.is_dir() else [path]
    return [(file.name, file.read_bytes()) for file in inner]


@pytest.mark.parametrize("form", WRITTEN_FORMATS)
def test_a_thread_comes_back_and_writing_it_again_makes_the_same_file(form, threads):
    # Words that a table or a corpus could take for its own, beside what the made-up threads hold.
    extras = st.dictionaries(
        st.sampled_from(["id", "author", "votes", "meta", "text_", "Größe"]),
        st.none() | st.integers() | st.text(st.characters(codec="utf-8", exclude_categories=("C",)), max_size=3),
        max_size=2,
    )

    @settings(max_examples=25, deadline=None)
    @given(drawn=st.lists(st.tuples(threads, extras), min_size=1, max_size=3), total=st.none() | st.integers(0, 99))
    def check(drawn, total):
        pages = [
            Page(
                source="",
                article=Article(title=f"Thread {n}", text="Words.", url="https://example.org"),
                comments=tuple(replace(one, extra={**one.extra, **extra}) for one in comments),
                stated_total=total,
                thread_id=str(n),
                notes=("1 text-direction controls removed",),
            )
            for n, (comments, extra) in enumerate(drawn)
        ]
        with tempfile.TemporaryDirectory() as name:
            first, second = Path(name) / OUT[form], Path(name) / "again" / OUT[form]
            second.parent.mkdir()
            assert write_threads(pages, first) == sum(len(page.comments) for page in pages)
            back = [replace(page, source="") for page in read_threads(first)]
            write_threads(read_threads(first), second)
            assert files(first) == files(second)
        if form == "jsonl":  # names that the row itself uses are written with `_`
            back = [replace(page, comments=tuple(replace(one, extra={}) for one in page.comments)) for page in back]
            pages = [replace(page, comments=tuple(replace(one, extra={}) for one in page.comments)) for page in pages]
        assert back == pages

    check()


def test_what_a_format_carried_is_kept_under_another_name_where_the_name_is_taken(tmp_path):
    comment = Comment(id="1", text="a", number=1, extra={"id": 7, "id_": 8, "votes": [1], "parent_id": None})
    write_threads([replace(ONE, comments=(comment,))], tmp_path / "out.jsonl")
    row = json.loads((tmp_path / "out.jsonl").read_text("ascii"))
    assert row == {"id": "1", "text": "a", "id_": 7, "id__": 8, "votes": [1], "parent_id_": None}


def test_threads_of_one_name_stay_apart(tmp_path):
    named = replace(ONE, thread_id="t")
    write_threads([ONE, named, ONE, named], tmp_path / "out.jsonl")
    assert [len(page.comments) for page in read_threads(tmp_path / "out.jsonl")] == [1, 1, 1, 1]


@pytest.mark.parametrize("form", WRITTEN_FORMATS)
def test_nothing_is_overwritten_unless_told(tmp_path, form):
    out = tmp_path / OUT[form]
    write_threads([ONE], out)
    before = files(out)
    with pytest.raises(WouldOverwrite, match="--force"):
        write_threads([replace(ONE, thread_id="t")], out)
    assert files(out) == before
    write_threads([replace(ONE, thread_id="t")], out, overwrite=True)
    assert files(out) != before


@pytest.mark.parametrize("form", WRITTEN_FORMATS)
def test_a_reading_that_fails_leaves_nothing(tmp_path, form):
    with pytest.raises(ValueError, match="this"):
        write_threads(_failing(), tmp_path / OUT[form])
    assert list(tmp_path.iterdir()) == []


def _failing():
    yield ONE
    raise ValueError("this")


def test_the_ending_names_the_format_and_a_name_goes_before_it(tmp_path):
    with pytest.raises(CannotWrite, match="Name one with --to: jsonl, csv, parquet, convokit"):
        write_threads([ONE], tmp_path / "out.xls")
    write_threads([ONE], tmp_path / "out.xls", format="jsonl")
    assert json.loads((tmp_path / "out.xls").read_text()) == {"id": "1", "text": "a"}
    with pytest.raises(ValueError, match="got 'xls'"):
        write_threads([ONE], tmp_path / "out", format="xls")


def test_what_is_no_file_is_written_to_as_it_is():
    assert write_threads([ONE], Path("/dev/null"), format="jsonl") == 1


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(CannotWrite, match="Give a file in a folder"):
        write_threads([ONE], tmp_path / "none" / "out.jsonl")
