"""The tree in Graphviz' language."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from stance.out import to_dot
from stance.records import Relation

QUOTED = r'"(?:[^"\\]|\\.)*"'
LINE = re.compile(
    rf"  (?:graph|node|edge|article|c\d+|c\d+ -> (?:article|c\d+)) \[(?:\w+={QUOTED} ?)+\];",
)


def test_an_edge_leads_from_each_comment_to_what_it_answers(analysis):
    dot = to_dot(analysis)
    assert re.findall(r"c\d -> \w+", dot) == [
        *("c0 -> article", "c1 -> c0", "c3 -> c1", "c5 -> c3", "c2 -> c0", "c4 -> article", "c6 -> article")
    ]


def test_relations_differ_by_line_by_head_and_by_sign(analysis):
    dot = to_dot(analysis)
    looks = {}
    for edge in re.findall(r"c\d -> .*", dot):
        sign = re.search(r'label="  (.) (\w+) 0', edge)
        looks[sign.groups()] = (re.search(r'style="(\w+)"', edge)[1], re.search(r'arrowhead="(\w+)"', edge)[1])
    assert set(looks) == {("×", "rebuts"), ("+", "supports"), ("?", "asks"), ("·", "comments")}
    assert len({style for style, _ in looks.values()}) == len(Relation)
    assert len({head for _, head in looks.values()}) == len(Relation)


def test_what_the_depth_hides_is_counted(analysis):
    dot = to_dot(analysis, depth=1)
    assert dot.count(" -> ") == 3
    assert dot.count("more below") == 1
    assert "\\n4 more below" in dot


@pytest.mark.parametrize(
    "text",
    ['"]; evil [label="x', "ends in a backslash \\", '\\"', "\\N \\G \\l", "&quot;&amp;", "<b>x</b>", "a\nb\x00c", ""],
)
def test_text_from_a_comment_stays_inside_its_quotes(analysis, say, text):
    lines = to_dot(say(analysis, text, author=text)).splitlines()
    assert (lines[0], lines[-1]) == ("digraph replies {", "}")
    assert [line for line in lines[1:-1] if not LINE.fullmatch(line)] == []
    assert len(lines) == 2 + 4 + 2 * 7


def test_a_backslash_and_an_entity_are_shown_as_they_were_written(analysis, say):
    assert r"back\\Nslash &amp;lt;" in to_dot(say(analysis, r"back\Nslash &lt;"))


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_reads_it(analysis, say):
    for text in ('"]; evil [label="x', "ends in \\", "&amp; <b>"):
        done = subprocess.run(
            ["dot", "-Tplain"], input=to_dot(say(analysis, text)), capture_output=True, text=True, check=True
        )
        assert done.stdout.count("\nnode ") == 8
