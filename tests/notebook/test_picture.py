"""What a notebook shows of an analysis."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

from stance.notebook import to_html
from stance.notebook.picture import MOST_IN_MATRIX, MOST_IN_TREE, MOST_QUEUED


class Outline(HTMLParser):
    """Counts tags, checks that they close, and gathers the text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def outline(markup: str) -> Outline:
    found = Outline()
    found.feed(markup)
    found.close()
    assert found.open == []
    return found


def test_it_shows_the_queue_the_tree_and_the_stances(analysis):
    shown = outline(analysis._repr_html_())
    assert "The old bridge" in shown.text
    assert "To read first" in shown.text
    assert "Who answers whom" in shown.text
    assert "Russia" in shown.text
    assert "Writer 1" in shown.text


def test_what_strangers_wrote_is_only_text(analyze_texts):
    texts = ("<script>alert(1)</script> Russia <img src=x onerror=alert(1)>", "\u202ereversed\u0000 Turkey \x1b[31m")
    markup = to_html(analyze_texts(*texts, title='"><script>1</script>'))
    shown = outline(markup)
    assert {"script", "img"} & set(shown.tags) == set()
    assert "<script>alert(1)</script>" in shown.text
    assert not {"\u202e", "\u0000", "\x1b"} & set(markup)


def test_a_long_thread_is_shown_in_part_and_what_is_left_is_counted(analyze_texts):
    long = analyze_texts(*["Russia has sold the bridge to Turkey. You know nothing."] * 600)
    shown = outline(to_html(long))
    n_rows = sum(tag == "tr" for tag in shown.tags)
    assert n_rows <= MOST_QUEUED + MOST_IN_TREE + MOST_IN_MATRIX + 1
    assert f"… and {600 - MOST_IN_TREE:,} more" in shown.text
    assert f"… and {600 - MOST_IN_MATRIX:,} more" in shown.text


def test_a_thread_of_nothing_in_particular_still_has_its_tree(analyze_texts):
    quiet = analyze_texts("...")
    shown = outline(to_html(replace(quiet, queue=tuple(replace(item, reasons=()) for item in quiet.queue))))
    assert "To read first" not in shown.text
    assert "Stances" not in shown.text
    assert "Who answers whom" in shown.text
