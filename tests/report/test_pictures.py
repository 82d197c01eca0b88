"""Pictures: the same bytes whatever the settings, whole words beside them, and plain telling of what is left out."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import matplotlib as mpl
import pytest
from lxml import etree
from made_threads import Made, make_analysis, quarrel

from stance.report import IMAGE_FORMS, make_report, render_picture
from stance.report.camps import draw_camps, find_camps
from stance.report.claims import draw_speech, list_carriers, list_claims
from stance.report.course import draw_course
from stance.report.facts import Facts
from stance.report.inline import to_inline
from stance.report.matrix import draw_matrix

TWO = [Made(stances={"Veland": "-", "Torp": "+?"}), Made(parent=0, relation="x", stances={"Veland": "o"})]


@pytest.mark.parametrize("form", IMAGE_FORMS)
def test_a_picture_has_the_same_bytes_again_whatever_the_user_set(form):
    for picture in make_report(make_analysis(TWO)).pictures:
        first = render_picture(picture, form)
        with mpl.rc_context({"font.size": 30, "svg.hashsalt": "mine", "savefig.dpi": 31, "axes.facecolor": "red"}):
            assert render_picture(picture, form) == first
        assert not re.search(rb"20\d\d-\d\d-\d\dT|CreationDate", first)


def test_a_picture_in_the_page_has_words_classes_for_colours_and_names_of_its_own():
    picture = draw_matrix(Facts(make_analysis(TWO)))
    root = etree.fromstring(str(to_inline(picture)))
    space = "{http://www.w3.org/2000/svg}"
    assert root.get("role") == "img"
    assert root.find(f"{space}title").text == "What each comment shows toward whom"
    assert root.find(f"{space}desc").text == (
        "A table of 2 comments by 2 actors. Veland: 0 in favour, 1 against, 1 neutral; "
        "Torp: 1 in favour, 0 against, 0 neutral."
    )
    assert root.xpath("//@style") == []
    assert root.xpath("//*[local-name()='style']") == []
    assert "fill-red stroke-red" in root.xpath("//@class")
    ids = root.xpath("//@id")
    assert all(name.startswith("stances-") for name in ids)
    assert {link[1:] for link in root.xpath("//@href")} <= set(ids)


def test_signs_tell_stances_apart_without_colour():
    svg = render_picture(draw_matrix(Facts(make_analysis(TWO))), "svg").decode()
    texts = re.findall(r">([^<>]+)</text>", svg)
    assert {"−", "+?", "○", "·"} <= set(texts)


@pytest.mark.parametrize(
    "name", ["$\\frac{", "中文", "a" * 5000, "<b>&\"'", "$x$ $y$", "\u202eabc", "", "e" + "\u0301" * 900]
)
def test_no_name_breaks_or_stretches_a_picture(name):
    made = [Made(author=name, stances={name: "-"}), Made(author="Ida", parent=0, relation="x", stances={name: "+"})]
    for picture in make_report(make_analysis(made)).pictures:
        for form in IMAGE_FORMS:
            assert len(render_picture(picture, form)) > 500
        svg = etree.fromstring(render_picture(picture, "svg"))
        assert float(svg.get("width").removesuffix("pt")) < 500


def test_a_long_thread_is_drawn_in_part_and_says_so_and_the_table_has_all():
    made = [Made(stances={"Veland": "-"} if n % 2 else {"Veland": "-", "Torp": "+"}) for n in range(100)]
    picture = draw_matrix(Facts(make_analysis(made)))
    assert picture.note == "The picture has the 40 comments that show most stances; 60 are left out."
    assert len(picture.table.rows) == 150
    assert picture.height_inches < 15
    facts = Facts(make_analysis([Made(stances={f"Actor {n}": "-" for n in range(14)})]))
    assert draw_matrix(facts).note == "It has the 10 actors most spoken of; 4 are left out."


def test_without_dates_the_course_goes_by_the_order_of_the_comments():
    made = [Made(stances={"Veland": "-"}), Made(stances={"Veland": "+?"}), Made()]
    picture = draw_course(Facts(make_analysis(made)))
    assert picture.title == "Stances in the order of the comments"
    assert picture.table.columns == ("actor", "comments", "favor", "favor_sure", "against", "against_sure")
    assert list(picture.table.rows) == [
        ("Veland", "#1", 0, 0, 1, 1),
        ("Veland", "#2", 1, 0, 0, 0),
        ("Veland", "#3", 0, 0, 0, 0),
    ]


def test_with_dates_the_course_goes_by_time_and_says_who_has_none():
    begins = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    made = [Made(stances={"Veland": "-"}, posted_at=begins + timedelta(days=n)) for n in range(10)]
    picture = draw_course(Facts(make_analysis([*made, Made(stances={"Veland": "-"})])))
    # Nine days are 18 halves, and fewer than 24 stretches: the first is that from 9 o'clock.
    assert picture.title == "Stances over time"
    assert picture.note == "1 comment without a date is left out."
    assert picture.table.columns[1] == "12 hours"
    assert picture.table.rows[0] == ("Veland", "03-01 09:00", 0, 0, 1, 1)
    assert sum(row[4] for row in picture.table.rows) == 10


def test_who_quarrels_in_rings_stands_in_camps():
    camps = find_camps(Facts(make_analysis(quarrel())))
    letters = {camps.names[key]: camps.camp(key) for key in camps.camp_of}
    assert letters == {**{f"A{n}": "A" for n in range(4)}, **{f"B{n}": "B" for n in range(4)}}
    assert (
        camps.why
        == "2 camps of two or more; 100% of the ties' weight fits: supports within a camp, rebuttals between camps."
    )
    assert "8 commenters in a circle" in draw_camps(camps).about


def test_a_chain_of_rebuttals_is_too_little_to_speak_of_camps():
    made = [Made(), *(Made(parent=n, relation="x") for n in range(10))]
    camps = find_camps(Facts(make_analysis(made)))
    assert dict(camps.camp_of) == {}
    assert camps.why.startswith("Too few ties to speak of camps: 11 nodes and 0 rings of replies")
    assert camps.by_author is False
    assert camps.names["comment c0"] == "#1"


def test_ties_that_fit_no_camps_make_none():
    # Six people, each rebutting every other: of any three two must stand together, so much of it can never fit.
    people = [Made(author=f"P{n}") for n in range(6)]
    made = [*people, *(Made(author=f"P{n}", parent=m, relation="x") for n in range(6) for m in range(n))]
    camps = find_camps(Facts(make_analysis(made)))
    assert dict(camps.camp_of) == {}
    assert "part nobody into camps" in camps.why


def test_answers_to_oneself_and_to_the_article_tie_nobody():
    made = [Made(author="Ida", relation="x"), Made(author="Ida", parent=0, relation="x")]
    camps = find_camps(Facts(make_analysis(made)))
    assert camps.ties == {}
    assert draw_camps(camps) is None


def test_claims_come_by_their_worth_with_what_persuades_beside_them():
    facts = Facts(make_analysis([Made(worth=0.6), Made(worth=0.9, text="The pier burned in 1902."), Made(worth=0.4)]))
    claims, n_left = list_claims(facts)
    assert [(claim.call, claim.check_worthy, claim.devices) for claim in claims] == [
        ("#2", 0.9, ("sarcasm",)),
        ("#1", 0.6, ("sarcasm",)),
    ]
    assert n_left == 0
    assert draw_speech(facts).about == "Two bars for each comment: of 3 sentences, 3 claim and 0 are rhetoric."


def test_words_that_carry_a_stance_stand_under_their_actor():
    facts = Facts(make_analysis([Made(text="Liars, all of them", stances={"Veland": "-", "Torp": "o"})]))
    (held,) = list_carriers(facts)
    assert (held.actor, held.stances[0].sign, held.stances[0].words) == ("Veland", "−", "Lia")
