"""The report in a browser: it asks for nothing, fits a phone, can be read by everybody, and prints whole."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from made_threads import Made, make_analysis, quarrel

from stance.report import make_report
from stance.report.palette import ROLES

STYLE = Path(__file__).parent.parent.parent / "stance" / "report" / "static" / "report.css"
SECTIONS = ["short", "replies", "stances", "camps", "claims", "queue", "method"]
BEGINS = datetime(2026, 3, 1, 8, tzinfo=UTC)
HEADINGS = "[...document.querySelectorAll('h1, h2, h3, h4')].map((one) => Number(one.localName[1]))"
UNTOLD = """[...document.querySelectorAll("svg:not([aria-hidden])")].filter((one) =>
  one.getAttribute("role") !== "img" || one.getAttribute("aria-labelledby").split(" ")
    .some((id) => !document.getElementById(id).textContent.trim())).length"""
UNSEEN = (
    "document.body.innerText === '' || [...document.querySelectorAll('section')].some((one) => one.offsetHeight < 40)"
)


def harbour() -> list[Made]:
    """A thread in which every part of the report has something to show."""
    stances = [{"Veland": "-", "Torp": "+?"}, {"Veland": "+", "Ida Berg": "o"}, {"Veland": "-?"}, {}]
    quarrelled = quarrel()
    return [
        Made(
            text=f"Veland sold pier {n} twice, and nobody was told of it. What does Torp say?",
            author=one.author,
            parent=one.parent,
            relation=one.relation,
            posted_at=BEGINS + timedelta(hours=3 * n),
            stances=stances[n % 4],
            worth=0.8,
            reason="insult" if n % 3 == 0 else "",
        )
        for n, one in enumerate(quarrelled)
    ]


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "report.html"
    path.write_text(make_report(make_analysis(harbour(), notes=["a note"])).html, encoding="utf-8")
    return path


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_word_stands_out_from_its_ground(theme, page, open_tab):
    tab = open_tab(page.as_uri(), color_scheme=theme)
    tab.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert tab.faint() == []


def test_it_asks_for_nothing_and_runs_nothing(page, open_tab):
    tab = open_tab("about:blank")
    asked = []
    tab.page.on("request", lambda request: asked.append(request.url))
    tab.page.goto(page.as_uri())
    assert [url for url in asked if not url.startswith("data:")] == [page.as_uri()]
    assert tab.page.evaluate("document.scripts.length") == 0
    # The one style sheet is let in by its digest; were it not, the ground would be white.
    assert tab.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(246, 246, 243)"
    assert tab.page.evaluate("document.querySelectorAll('[style]').length") == 0


@pytest.mark.parametrize("width", [360, 768])
def test_no_width_makes_the_page_scroll_sideways(width, page, open_tab):
    tab = open_tab(page.as_uri(), viewport={"width": width, "height": 800})
    tab.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert tab.page.evaluate("document.documentElement.scrollWidth") == width


def test_letters_in_pictures_can_be_read_on_a_phone(page, open_tab):
    tab = open_tab(page.as_uri(), viewport={"width": 360, "height": 800})
    heights = tab.page.evaluate(
        "[...document.querySelectorAll('.picture text')].filter((one) => /[a-z]{3}/i.test(one.textContent))"
        ".map((one) => parseFloat(getComputedStyle(one).fontSize) * one.ownerSVGElement.getScreenCTM().a)"
    )
    assert len(heights) > 10
    assert min(heights) > 6.5


def test_a_screen_reader_finds_headings_in_order_landmarks_and_words_for_pictures(page, open_tab):
    tab = open_tab(page.as_uri())
    levels = tab.page.evaluate(HEADINGS)
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    for role in ("main", "navigation", "banner"):
        assert tab.page.get_by_role(role).count() == 1, role
    assert tab.page.get_by_role("img").count() == 4
    assert tab.page.evaluate(UNTOLD) == 0
    assert tab.unnamed() == []
    assert tab.page.locator("html").get_attribute("lang") == "en"
    assert tab.page.locator("nav a").evaluate_all("(links) => links.map((one) => one.hash.slice(1))") == SECTIONS
    ids = tab.page.evaluate("[...document.querySelectorAll('[id]')].map((one) => one.id)")
    assert len(ids) == len(set(ids))


def test_print_has_all_sections_on_white_and_leaves_out_what_is_for_screens(page, open_tab):
    tab = open_tab(page.as_uri(), color_scheme="dark")
    tab.page.emulate_media(media="print", color_scheme="dark")
    shown = tab.page.evaluate(
        "[...document.querySelectorAll('section')].filter((s) => s.checkVisibility()).map((s) => s.id)"
    )
    assert shown == SECTIONS
    assert tab.page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--ink').trim()") == "#1d2125"
    assert not tab.page.locator("nav").is_visible()
    assert tab.page.evaluate("getComputedStyle(document.querySelector('figure')).breakInside") == "avoid"
    assert tab.page.pdf(format="A4").startswith(b"%PDF")


def test_the_empty_report_is_a_whole_page_too(tmp_path, open_tab):
    path = tmp_path / "empty.html"
    path.write_text(make_report(make_analysis([], title="")).html, encoding="utf-8")
    tab = open_tab(path.as_uri(), viewport={"width": 360, "height": 800})
    assert tab.page.evaluate(UNSEEN) is False
    assert "A thread without a title" in tab.page.locator("h1").inner_text()


def themes() -> dict[str, dict[str, str]]:
    """The style sheet's colours by name, in light and in dark."""
    light, dark = re.findall(r":root \{(.*?)\}", STYLE.read_text(encoding="utf-8"), re.DOTALL)
    return {
        name: dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", part))
        for name, part in (("light", light), ("dark", dark))
    }


def contrast(one: str, other: str) -> float:
    """WCAG's contrast of two colours."""

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    bright, dim = sorted((light(one), light(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("role", ["ink", "soft", "blue", "red", "green", "grey", "care"])
def test_signs_and_letters_of_pictures_stand_out_on_paper_and_paper_on_them(role, theme):
    colours = themes()[theme]
    assert contrast(colours[role], colours["paper"]) >= 4.5


def test_the_page_knows_every_colour_that_pictures_use_and_begins_with_the_same():
    light = themes()["light"]
    names = {"line": "line-strong"}
    assert {role: light[names.get(role, role)] for role in ROLES.values()} == {
        role: hex_ for hex_, role in ROLES.items()
    }
