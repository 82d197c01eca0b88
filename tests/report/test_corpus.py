"""The report of a corpus: counted thread by thread, with numbers that can be worked by hand."""

from __future__ import annotations

import json
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from made_scores import make_row, write_rows

from stance.batch.rows import pack_rows
from stance.report import IMAGE_FORMS, make_corpus_report, render_picture
from stance.report import corpus as counting
from stance.report.corpus import count_corpus
from stance.report.corpus_pictures import draw_actors, draw_attributes, draw_beside, draw_change, draw_threads

NOWHERE = Path("/nonexistent")
BEGINS = datetime(2026, 3, 2, tzinfo=UTC)


def harbour(n_threads: int = 12) -> list[dict[str, object]]:
    """Threads of six comments, a day apart: all take one side on Veland and Torp and the other on Aas."""
    rows = []
    for thread in range(n_threads):
        for place in range(6):
            side, other = ("favor", "against") if thread % 3 == 0 else ("against", "favor")
            rows.append(
                make_row(
                    f"t{thread}",
                    place,
                    stances={"Veland": side, "Torp": side, "Aas": f"{other}?", "commenter 4": "against"},
                    relation="rebut" if place < thread % 4 else "comment",
                    posted_at=BEGINS + timedelta(days=thread, hours=place),
                    toxicity=place / 10,
                )
            )
    return rows


@pytest.fixture
def scores(tmp_path: Path) -> Path:
    return write_rows(harbour(), tmp_path / "made.jsonl")


def test_threads_comments_and_rebuttals_are_counted(scores):
    corpus = count_corpus(scores)
    assert (corpus.n_threads, corpus.n_comments, corpus.n_dated) == (12, 72, 72)
    # Threads 0 to 11 have 0, 1, 2, 3, 0, 1, ... rebuttals: 18 in all.
    assert corpus.relations == {"comment": 54, "rebut": 18}
    # Of six: none is the first tenth, one (17 %) the second, two (33 %) the fourth, three (50 %) the sixth.
    assert corpus.rebut_shares == [3, 3, 0, 3, 0, 3, 0, 0, 0, 0]
    assert corpus.sizes == {2: 12}  # 4 to 7 comments
    assert [(held.id, held.n_rebut) for held in corpus.rebutted[:4]] == [("t11", 3), ("t3", 3), ("t7", 3), ("t10", 2)]


def test_actors_are_ranked_with_raw_shares_and_those_of_one_thread_alone_are_set_apart(scores):
    corpus = count_corpus(scores)
    assert [(actor.name, actor.n, actor.favor, actor.against) for actor in corpus.actors] == [
        ("Aas", 72, 48, 24),
        ("Torp", 72, 24, 48),
        ("Veland", 72, 24, 48),
    ]
    assert (corpus.actors[0].sure, corpus.actors[1].sure, corpus.actors[0].n_threads) == (0, 72, 12)
    assert corpus.n_local == 72
    picture = draw_actors(corpus)
    assert picture.table.rows[0] == ("Aas", 72, 12, 48, 24, 0, 0.6667, 0.3333, 0.0)
    assert "Torp: 72 comments, 67% against, 33% in favour" in picture.about


def test_who_is_taken_sides_on_alike_is_tied_and_who_is_not_is_parted(scores):
    corpus = count_corpus(scores)
    assert corpus.pairs == {("Aas", "Torp"): [0, 72], ("Aas", "Veland"): [0, 72], ("Torp", "Veland"): [72, 0]}
    about = draw_beside(corpus).about
    assert "Torp and Veland alike" in about
    assert "Aas and Torp against one another" in about


def test_change_goes_by_time(scores):
    picture = draw_change(count_corpus(scores))
    assert picture.title == "Change over time, each 12 hours a bar"
    # Thread 0 is in favour of Veland, all six on the first morning; thread 1 against.
    rows = [row for row in picture.table.rows if row[0] == "Veland"]
    assert rows[:2] == [("Veland", "03-02 00:00", 6, 0, 6), ("Veland", "03-03 00:00", 0, 6, 6)]


def test_attributes_are_told_by_their_quantiles(scores):
    # Of 0, .1, .2, .3, .4, .5 in equal parts a quarter lies at .1, half at .2, three quarters at .4, each the middle
    # of its hundredth.
    (row,) = draw_attributes(count_corpus(scores)).table.rows
    assert row == ("TOXICITY", 0.005, 0.105, 0.205, 0.405, 0.505, 0.1667, 0.0)


def test_parquet_and_json_lines_give_the_same_report(scores, tmp_path):
    rows = [json.loads(line) for line in scores.read_text(encoding="utf-8").splitlines()]
    parquet = tmp_path / "folder" / "made.jsonl.parquet"
    parquet.parent.mkdir()
    parquet.write_bytes(pack_rows(rows, form="parquet", long=False))
    first, second = (make_corpus_report(path, model_folder=NOWHERE).html for path in (scores, parquet))
    assert second.replace("made.jsonl.parquet", "made.jsonl") == first


def test_a_report_points_to_estimates_and_is_the_same_again(scores):
    report = make_corpus_report(scores, model_folder=NOWHERE)
    assert "They are no estimates" in report.html
    assert "stance estimate" in report.html
    assert make_corpus_report(scores, model_folder=NOWHERE).html == report.html
    assert {picture.name for picture in report.pictures} == {"threads", "actors", "change", "beside", "attributes"}


@pytest.mark.parametrize(
    "row",
    [
        make_row("t", 0),
        make_row("t", 0, posted_at=BEGINS),
        make_row("t", 0, stances={"commenter 2": "against"}),
        make_row("\u202e<script>\u0000", 0, stances={"$\\frac{\u202e<b>" * 900: "against"}),
    ],
    ids=["nothing", "one date", "a commenter", "hostile"],
)
def test_a_corpus_of_one_comment_has_a_report(row, tmp_path):
    report = make_corpus_report(write_rows([row], tmp_path / "made.jsonl"), model_folder=NOWHERE)
    assert report.html.count("<section") == 7
    assert "<script" not in report.html
    assert "\u202e" not in report.html
    for picture in report.pictures:
        for form in IMAGE_FORMS:
            assert len(render_picture(picture, form)) > 500


def test_the_rarest_names_are_forgotten_where_there_are_too_many(tmp_path, monkeypatch):
    monkeypatch.setattr(counting, "_MOST_ACTORS", 10)
    rows = [make_row(f"t{n}", 0, stances={"Veland": "against", f"Actor {n:02}": "favor"}) for n in range(20)]
    corpus = count_corpus(write_rows(rows, tmp_path / "made.jsonl"))
    # Names are 11 with the tenth thread: the rarest five go; so again with the fifteenth and the twentieth.
    assert corpus.n_forgotten == 15
    assert (corpus.actors[0].name, corpus.actors[0].n) == ("Veland", 20)
    report = make_corpus_report(tmp_path / "made.jsonl", model_folder=NOWHERE)
    assert "15 of the rarest names were left out" in report.html


def test_many_threads_take_no_more_memory_than_some(tmp_path):
    peaks = []
    for n in (50, 300):
        path = write_rows(harbour(n), tmp_path / f"{n}.jsonl")
        tracemalloc.start()
        corpus = count_corpus(path)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert corpus.n_threads == n
    # What grows is a digest of each thread's name, by which the reader knows threads that come twice.
    assert peaks[1] < peaks[0] + 250 * 300


def test_threads_are_drawn_with_what_is_left_out(scores):
    picture = draw_threads(count_corpus(scores))
    assert picture.note == "Threads of fewer than 5 comments are left out on the right."
    assert ("comments", "4–7", 12) in picture.table.rows


def test_the_page_of_a_corpus_fits_a_phone_and_stands_out_in_the_dark(scores, tmp_path, open_tab):
    path = tmp_path / "corpus.html"
    path.write_text(make_corpus_report(scores, model_folder=NOWHERE).html, encoding="utf-8")
    tab = open_tab(path.as_uri(), viewport={"width": 360, "height": 800}, color_scheme="dark")
    tab.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert tab.page.evaluate("document.documentElement.scrollWidth") == 360
    assert tab.faint() == []
    assert tab.unnamed() == []
    assert tab.page.get_by_role("img").count() == 5
