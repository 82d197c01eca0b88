"""Threads as deep and as wide as they come, from the file through everything to the drawing."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from stance.core import analyze
from stance.out import render_tree, to_dot, to_svg, write
from stance.queue import load_policy
from stance.read import read_page
from stance.records import ARTICLE
from stance.thread import build_thread

# Deeper than Python's stack by far; a chain is where depth bites, and at its full size it takes minutes.
DEPTHS = [1200, pytest.param(100_000, marks=pytest.mark.slow)]
WIDTHS = [1200, pytest.param(20_000, marks=pytest.mark.slow)]


def write_page(path, n, parent_of):
    lines = [{"article": {"title": "Lanes", "text": "Lanes are built."}}]
    for at in range(n):
        row = {"id": f"c{at}", "text": f"Lane {at} is late, kerb {at % 97} too.", "author": f"a{at % (n // 10)}"}
        parent = parent_of(at)
        lines.append(row if parent is None else row | {"parent_id": parent})
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")


def draw(analysis):
    """Every way in which an analysis goes out; the lines of the terminal's tree."""
    tree, rows = io.StringIO(), io.StringIO()
    render_tree(analysis, Console(file=tree, width=100))
    write([analysis], to=rows, form="json")
    n = len(analysis.replies)
    assert len(json.loads(rows.getvalue())["comments"]) == n
    assert to_dot(analysis).count(" -> ") == n
    assert to_svg(analysis).endswith("</svg>\n")
    return tree.getvalue().splitlines()


@pytest.mark.parametrize("n", DEPTHS)
def test_a_chain_of_replies_is_worked_through(n, tmp_path, constant_judge, scorer):
    write_page(tmp_path / "chain.jsonl", n, lambda at: f"c{at - 1}" if at else None)
    thread = build_thread(read_page(tmp_path / "chain.jsonl"))
    (analysis,) = analyze([thread], constant_judge, policy=load_policy(), scorer=scorer)
    assert [reply.parent_id for reply in analysis.replies] == [ARTICLE, *(f"c{at}" for at in range(n - 1))]
    assert any(f"level {n:,}" in line for line in draw(analysis)[-4:])


@pytest.mark.parametrize("n", WIDTHS)
def test_a_root_with_as_many_children_is_worked_through(n, tmp_path, constant_judge, scorer):
    write_page(tmp_path / "star.jsonl", n, lambda at: "c0" if at else None)
    thread = build_thread(read_page(tmp_path / "star.jsonl"))
    (analysis,) = analyze([thread], constant_judge, policy=load_policy(), scorer=scorer)
    assert [reply.parent_id for reply in analysis.replies] == [ARTICLE, *["c0"] * (n - 1)]
    assert sum("link 1.00" in line for line in draw(analysis)) == n


@pytest.mark.parametrize("n", WIDTHS)
def test_a_flat_thread_is_worked_through(n, tmp_path, constant_judge, scorer):
    write_page(tmp_path / "flat.jsonl", n, lambda at: None)
    thread = build_thread(read_page(tmp_path / "flat.jsonl"))
    (analysis,) = analyze([thread], constant_judge, policy=load_policy(), scorer=scorer)
    place = {comment.id: at for at, comment in enumerate(thread.comments)} | {ARTICLE: -1}
    assert all(place[reply.parent_id] < at for at, reply in enumerate(analysis.replies))
