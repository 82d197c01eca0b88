"""The tree as a picture: valid, whole, safe, and read without colour."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from stance.out import to_svg
from stance.records import ARTICLE, Comment, Judgement, Relation, Reply

SVG = "{http://www.w3.org/2000/svg}"


def parse(text):
    return ET.fromstring(text)


def edges(root):
    return [path for path in root.iter(f"{SVG}path") if path.find(f"{SVG}title") is not None]


def nodes(root):
    return [group for group in root.iter(f"{SVG}g") if group.get("class") == "node"]


def words(element):
    return " ".join("".join(element.itertext()).split())


def places(root):
    """Across and down of each comment's sign, by its title's first word."""
    found = {}
    for group in nodes(root):
        circle = group.find(f"{SVG}circle")
        if circle is not None:
            name = group.find(f"{SVG}title").text.split()[0]
            found[name] = (int(circle.get("cx")), int(circle.get("cy")))
    return found


def test_every_comment_and_every_line_has_a_title_and_a_description(analysis):
    root = parse(to_svg(analysis))
    assert len(nodes(root)) == 8
    assert len(edges(root)) == 7
    for element in [root, *nodes(root), *edges(root)]:
        assert element[0].tag == f"{SVG}title"
        assert element.find(f"{SVG}title").text
        assert element.find(f"{SVG}desc").text
    titles = [edge.find(f"{SVG}title").text for edge in edges(root)]
    assert titles[:2] == ["#1 comments the article", "#2 rebuts #1"]
    assert edges(root)[1].find(f"{SVG}desc").text == "relation 0.93, link 0.91; quotes 6 words of comment 1"


def test_relations_differ_by_line_by_sign_and_by_word(analysis):
    text = to_svg(analysis)
    lines = {relation: re.search(rf"\.{relation.value} {{ (.*?) }}", text)[1] for relation in Relation}
    without_colour = {re.sub(r"stroke: #\w+;? ?", "", line) for line in lines.values()}
    assert len(without_colour) == len(Relation)
    by_number = {words(group): group for group in nodes(parse(text))}
    row = next(group for name, group in by_number.items() if name.startswith("#3 "))
    assert row.find(f"{SVG}text[@class='sign']").text == "+"
    assert "supports 0.88" in words(row)


def test_the_picture_says_what_its_lines_mean(analysis):
    key = parse(to_svg(analysis)).find(f"{SVG}g[@id='key']")
    assert [text.text for text in key.iter(f"{SVG}text")] == [
        *("×", "rebuts", "+", "supports", "?", "asks", "·", "comments")
    ]


def test_answers_stand_below_and_to_the_right_of_what_they_answer(analysis):
    at = places(parse(to_svg(analysis)))
    for reply in analysis.replies:
        names = {comment.id: f"#{comment.number}" for comment in analysis.thread.comments}
        if reply.parent_id != ARTICLE:
            (x, y), (parent_x, parent_y) = at[names[reply.comment_id]], at[names[reply.parent_id]]
            assert x > parent_x
            assert y > parent_y
    assert len({y for _, y in at.values()}) == 7


def test_nothing_lies_outside_the_picture(analysis, deep):
    for picture in (analysis, deep(60)):
        root = parse(to_svg(picture))
        width, height = int(root.get("width")), int(root.get("height"))
        assert root.get("viewBox") == f"0 0 {width} {height}"
        assert all(0 < x < width and 0 < y < height for x, y in places(root).values())


def test_a_deep_chain_does_not_run_off_and_says_its_level(deep):
    root = parse(to_svg(deep(500)))
    assert int(root.get("width")) < 1500
    assert "level 500, answers #499" in words(nodes(root)[-1])
    # Where a line cannot step right it bows from the comment to the one below.
    assert "C" in edges(root)[-1].get("d")


def test_what_the_depth_hides_is_counted(analysis):
    root = parse(to_svg(analysis, depth=1))
    assert len(edges(root)) == 3
    assert "4 more below" in words(nodes(root)[1])
    assert root.find(f"{SVG}desc").text.startswith("Who answers whom in 7 comments, 3 of them drawn: ")


@pytest.mark.parametrize(
    "text",
    [
        "</text><script>alert(1)</script>",
        "<image href='http://example.org/x.png'/>",
        "]]> & &amp; &#x0; \"'",
        "\x00\x0b\x1b\ufffe\uffff\ud800",
        "a\u202eb",
        "漢字" * 300,
        "x" * 100_000,
        "",
    ],
)
def test_text_from_a_comment_stays_text(analysis, say, text):
    picture = to_svg(say(analysis, text, author=text))
    root = parse(picture.encode("utf-8"))
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags <= {"svg", "title", "desc", "style", "rect", "g", "path", "circle", "text", "tspan"}
    assert len(picture) < 40_000


def test_the_picture_points_nowhere(analysis, say):
    picture = to_svg(say(analysis, "see https://example.org"))
    for element in parse(picture).iter():
        assert not [name for name in element.keys() if name.endswith("href") or name.startswith("on")]  # noqa: SIM118
    assert "url(" not in picture
    assert "@import" not in picture


def test_ten_thousand_comments_are_drawn(analysis):
    n = 10_000
    comments = tuple(Comment(id=f"c{at}", text="No, that is not so.", number=at + 1) for at in range(n))
    replies = tuple(
        Reply(comment_id=f"c{at}", parent_id=f"c{(at - 1) // 2}" if at else ARTICLE, probability=0.5) for at in range(n)
    )
    judgement = Judgement(comment_id="", relation={Relation.QUERY: 1.0}, stances=(), sentences=(), attributes={})
    big = replace(
        analysis,
        thread=replace(analysis.thread, comments=comments),
        replies=replies,
        judgements=(judgement,) * n,
    )
    picture = to_svg(big)
    assert picture.count('<path class="edge query" d=') == n + 1  # and one in the key
    assert picture.endswith("</svg>\n")


def test_a_thread_without_comments_is_a_picture_of_the_article(analysis):
    thread = replace(analysis.thread, comments=())
    root = parse(to_svg(replace(analysis, thread=thread, replies=(), judgements=())))
    assert len(nodes(root)) == 1
