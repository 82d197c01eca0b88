"""The reply tree by itself in a terminal."""

from __future__ import annotations

import io
import re

import pytest
from rich.cells import cell_len
from rich.console import Console

from stance.out import render_tree


def drawn(analysis, *, width=100, depth=None, colour=False, encoding="utf-8") -> list[str]:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
    render_tree(analysis, Console(file=stream, width=width, force_terminal=colour), depth=depth)
    stream.flush()
    return raw.getvalue().decode(encoding).splitlines()


def test_the_whole_tree_is_drawn_with_notes_before_and_the_key_after(analysis):
    lines = drawn(analysis)
    assert lines[0] == "note: the page states 31 comments and holds 7"
    assert lines[1].startswith("the article  Two towns and a ferry")
    assert [line.split("#")[1][0] for line in lines if "link 0." in line] == list("1246357")
    assert lines[-1] == "× rebuts  + supports  ? asks  · comments"


def test_each_relation_has_its_sign_and_its_word(analysis):
    text = "\n".join(drawn(analysis))
    for part in ("#2 Tom Ekdal  × rebuts 0.93", "#3 harbour_lights  + supports 0.88", "#5  ? asks 0.90"):
        assert part in text
    assert "#1 maria  · comments 0.62" in text


def test_levels_below_the_depth_are_hidden_and_counted(analysis):
    lines = drawn(analysis, depth=1)
    # Below #1 stand #2, #3, #4 and #6.
    assert [line.split("#")[1][0] for line in lines if "link 0." in line] == ["1", "5", "7"]
    assert [line for line in lines if "more below" in line] == ["│  ↳  4 more below"]
    assert not [line for line in lines if line.startswith("...")]


@pytest.mark.parametrize("depth", [3, 4, 9])
def test_a_depth_that_hides_nothing_counts_nothing(analysis, depth):
    hidden = [line for line in drawn(analysis, depth=depth) if "more below" in line]
    assert len(hidden) == (1 if depth == 3 else 0)


@pytest.mark.parametrize("depth", [None, 2])
@pytest.mark.parametrize("width", [40, 47, 60, 80, 100, 140])
def test_no_line_is_wider_than_the_terminal_and_no_fact_is_cut(analysis, width, depth):
    lines = drawn(analysis, width=width, depth=depth)
    assert max(map(cell_len, lines)) <= width
    rows = [line for line in lines if re.search(r"#\d", line)]
    assert len(rows) == (7 if depth is None else 5)
    for row in rows:
        assert re.search(r"#\d.*  [×+?·]( [a-z]+)? 0\.\d\d  link 0\.\d\d", row)


def test_a_narrow_terminal_keeps_the_beginning_of_names(analysis):
    lines = drawn(analysis, width=40)
    assert any(re.search(r"#4 Trut\S*…  × 0\.81  link 0\.91$", line) for line in lines)
    assert "│  │     level 4  Calling people vermin…" in lines
    assert lines[-1].endswith("· comments")


def test_no_colour_is_asked_for_by_the_environment(analysis, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    shown = "\n".join(drawn(analysis, colour=True))
    assert not re.search("\x1b\\[[0-9;]*3[0-7]m", shown)
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "xterm-256color")
    assert re.search("\x1b\\[[0-9;]*31m", "\n".join(drawn(analysis, colour=True)))


def test_a_terminal_of_few_letters_gets_signs_it_can_show(analysis):
    lines = drawn(analysis, encoding="ascii")
    assert lines[-1] == "x rebuts  + supports  ? asks  . comments"
    assert any("x rebuts 0.93" in line for line in lines)


def test_more_than_a_page_shows_is_all_drawn(deep):
    lines = drawn(deep(300))
    assert sum("link 1.00" in line for line in lines) == 300
    assert max(map(cell_len, lines)) <= 100
    assert any("#300  × rebuts 0.25  link 1.00  level 300" in line for line in lines)


def test_a_chain_of_a_hundred_thousand_is_collapsed_in_little_time(deep):
    lines = drawn(deep(100_000), depth=3)
    assert sum("link 1.00" in line for line in lines) == 3
    assert "99,997 more below" in lines[-2]


@pytest.mark.parametrize("text", ["\x1b[2J\x1b]0;x\x07", "[red]x[/] :smile:", "a\u202eb", "\x00", "漢字" * 200, ""])
def test_text_from_a_comment_acts_on_nothing(analysis, say, text):
    shown = "\n".join(drawn(say(analysis, text, author=text), width=40))
    assert "\x1b" not in shown
    assert max(map(cell_len, shown.splitlines())) <= 40
