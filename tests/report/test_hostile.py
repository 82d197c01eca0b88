"""What strangers wrote cannot act, hide, turn or run over; and a long thread makes a page of bounded size."""

from __future__ import annotations

import time

import pytest
from made_threads import Made, make_analysis

from stance.report import make_report

MARKUP = '<script>alert(1)</script><img src=x onerror="alert(2)">{{ 7 * 7 }}</style><!--'
TURNED = "\u202eevil\u2066 \u0000 \u001b[31m \ud800 \u200b \ufeff"


def hostile(text: str) -> list[Made]:
    return [
        Made(text=text, author=text, stances={text: "-"}, worth=0.9, reason=text),
        Made(text=text, author=f"{text}b", parent=0, relation="x", stances={text: "+"}, worth=0.9),
    ]


def test_markup_from_strangers_is_shown_as_text(tmp_path, open_tab):
    path = tmp_path / "report.html"
    path.write_text(make_report(make_analysis(hostile(MARKUP), title=MARKUP, notes=[MARKUP])).html, encoding="utf-8")
    tab = open_tab(path.as_uri())
    assert tab.page.evaluate("document.scripts.length + document.images.length") == 0
    assert tab.page.locator("h1").inner_text() == MARKUP
    assert "49" not in tab.page.locator("h1").inner_text()
    assert tab.page.evaluate("[...document.querySelectorAll('section')].length") == 7


def test_no_control_character_and_no_turn_of_the_writing_direction_reaches_the_page():
    report = make_report(make_analysis(hostile(TURNED), title=TURNED, notes=[TURNED]))
    found = {hex(ord(letter)) for letter in TURNED if not letter.isprintable() and letter in report.html}
    assert found == set()
    assert "\ufffdevil" in report.html
    report.html.encode("utf-8")  # no half of a surrogate pair


def test_a_name_or_text_of_megabytes_is_cut_short():
    report = make_report(make_analysis(hostile("W" * 3_000_000), title="W" * 3_000_000))
    assert len(report.html) < 400_000
    assert "W" * 500 not in report.html


def test_words_without_a_space_make_no_phone_scroll(tmp_path, open_tab):
    path = tmp_path / "report.html"
    path.write_text(make_report(make_analysis(hostile("W" * 9000), title="W" * 9000)).html, encoding="utf-8")
    tab = open_tab(path.as_uri(), viewport={"width": 360, "height": 800})
    assert tab.page.evaluate("document.documentElement.scrollWidth") == 360


@pytest.mark.parametrize(
    "made",
    [
        [],
        [Made()],
        [Made(text="")],
        [Made(stances={"Veland": "o"})],
        [Made(stances={"Veland": "-"})],
        [Made(), Made(parent=0, relation="+")],
    ],
    ids=["nothing", "one", "no words", "neutral", "one stance", "one support"],
)
def test_a_thread_with_little_in_it_has_a_report(made):
    report = make_report(make_analysis(made))
    assert report.html.count("<section") == 7


def test_the_same_analysis_gives_the_same_text():
    made = [*hostile("Veland"), *hostile("Torp")]
    assert make_report(make_analysis(made)).html == make_report(make_analysis(made)).html


def crowd(n: int) -> list[Made]:
    """All answer the first or one another, a thousand names, and everybody takes sides on three of thirty actors."""
    return [
        Made(
            text=f"Veland sold pier {place} twice, and nobody was told of it for {place} years." * 3,
            author=f"writer {place % 1000}",
            parent=None if place == 0 else (0 if place % 2 else place - 1),
            relation="x+"[place % 3 == 0],
            stances={f"actor {(place + k) % 30}": "-+"[(place + k) % 2] for k in range(3)},
            worth=0.7,
            reason="insult",
        )
        for place in range(n)
    ]


def test_a_thread_of_two_thousand_comments_makes_a_page_of_less_than_five_megabytes_in_linear_time():
    make_report(make_analysis(crowd(20)))  # imports and fonts are not counted
    taken = {}
    for n in (1000, 4000):
        analysis = make_analysis(crowd(n))
        begun = time.process_time()
        report = make_report(analysis)
        taken[n] = time.process_time() - begun
        assert len(report.html.encode()) < 5_000_000
        assert "more comments are not drawn" in report.html
    # Four times the comments: sixteen times the time if anything were quadratic.
    assert taken[4000] < 8 * taken[1000]
