"""Streams and files."""

from __future__ import annotations

import io
import json
import os
import stat
from pathlib import Path

import pytest

from stance.errors import CannotWrite
from stance.out import FORMATS, to_comment_rows, to_row, write, write_atomically


def written(analyses, form: str) -> str:
    stream = io.StringIO()
    write(analyses, to=stream, form=form)
    return stream.getvalue()


def test_json_is_the_row_of_the_thread(analysis):
    assert json.loads(written([analysis], "json")) == to_row(analysis)


def test_jsonl_is_a_line_a_comment(analysis):
    lines = written([analysis, analysis], "jsonl").splitlines()
    assert [json.loads(line) for line in lines] == to_comment_rows(analysis) * 2


def test_json_holds_no_letter_that_could_steer_a_terminal_or_break_a_line(analysis, say):
    hostile = "\x1b[2J\x9b \u2028 \u202e \ud800 \x00"
    for form in ("json", "jsonl"):
        text = written([say(analysis, hostile)], form)
        assert text.isascii()
        assert "\x1b" not in text
        assert "\x00" not in text
    assert [json.loads(line)["text"] for line in text.splitlines()] == [hostile] * 7


def test_text_is_the_page(analysis):
    assert "── Queue " in written([analysis], "text")


def test_another_form_is_a_programming_mistake(analysis):
    with pytest.raises(ValueError, match="want one of " + ", ".join(FORMATS)):
        written([analysis], "xml")


def test_a_file_is_replaced_whole_and_keeps_its_permissions(tmp_path):
    path = tmp_path / "page.txt"
    path.write_text("old")
    path.chmod(0o640)
    write_atomically(path, "new “page”\n")
    assert path.read_text(encoding="utf-8") == "new “page”\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_can_be_read_by_those_the_umask_allows(tmp_path):
    path = tmp_path / "page.txt"
    before = os.umask(0o027)
    try:
        write_atomically(path, "new")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_is_followed_and_stays(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    write_atomically(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_a_device_is_written_to_and_not_replaced():
    write_atomically(Path(os.devnull), "gone")
    assert not Path(os.devnull).is_file()


def test_half_a_surrogate_pair_is_no_traceback(tmp_path):
    write_atomically(tmp_path / "page.txt", "half \ud800")
    assert (tmp_path / "page.txt").read_text() == "half \\ud800"


@pytest.mark.parametrize("name", ["missing/page.txt", "", "a\0b"])
def test_a_place_that_cannot_be_written_is_named_and_nothing_is_left(tmp_path, name):
    with pytest.raises(CannotWrite, match="Give a file in a folder that you may write to"):
        write_atomically(tmp_path / name, "new")
    assert not list(tmp_path.iterdir())
