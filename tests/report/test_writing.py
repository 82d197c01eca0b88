"""Where reports go: whole or not at all, and never over what is read."""

from __future__ import annotations

import csv

import pytest
from made_threads import Made, make_analysis

from stance.errors import CannotWrite
from stance.report import Table, check_places, make_report, write_report
from stance.report.writing import to_csv


@pytest.fixture
def report():
    return make_report(make_analysis([Made(stances={"Veland": "-"}), Made(parent=0, relation="x")]))


def test_the_page_and_every_picture_in_three_forms_and_every_table_are_written(report, tmp_path):
    out, figures = tmp_path / "report.html", tmp_path / "new" / "figures"
    write_report(report, out, figures=figures)
    assert out.read_text(encoding="utf-8") == report.html
    pictures = {
        f"{name}.{end}" for name in ("stances", "course", "camps", "speech") for end in ("svg", "png", "pdf", "csv")
    }
    assert {path.name for path in figures.iterdir()} == pictures | {"replies.csv", "queue.csv"}
    assert (figures / "stances.png").read_bytes().startswith(b"\x89PNG")
    assert (figures / "stances.pdf").read_bytes().startswith(b"%PDF")
    with (figures / "stances.csv").open(encoding="utf-8", newline="") as stream:
        assert next(csv.DictReader(stream))["actor"] == "Veland"


def test_an_old_report_is_replaced_and_the_same_bytes_come_again(report, tmp_path):
    out, figures = tmp_path / "report.html", tmp_path / "figures"
    write_report(report, out, figures=figures)
    first = {path.name: path.read_bytes() for path in [out, *figures.iterdir()]}
    out.write_text("old", encoding="utf-8")
    write_report(report, out, figures=figures)
    assert {path.name: path.read_bytes() for path in [out, *figures.iterdir()]} == first


def test_a_folder_is_not_written_over(tmp_path):
    with pytest.raises(CannotWrite, match=r"it is a folder.*name of a file"):
        check_places(tmp_path, None, source=tmp_path / "page.txt")


def test_what_is_read_is_not_written_over(tmp_path):
    page = tmp_path / "page.txt"
    page.write_text("read me", encoding="utf-8")
    link = tmp_path / "link.html"
    link.symlink_to(page)
    for out in (page, link):
        with pytest.raises(CannotWrite, match="it is what is read"):
            check_places(out, None, source=page)


def test_nothing_is_written_into_a_folder_of_scores(tmp_path):
    scores = tmp_path / "scored"
    scores.mkdir()
    with pytest.raises(CannotWrite, match="it is what is read"):
        check_places(scores / "report.html", None, source=scores)
    for figures in (scores, scores / "figures"):
        with pytest.raises(CannotWrite, match="it is what is read"):
            check_places(tmp_path / "report.html", figures, source=scores)


def test_figures_do_not_go_beside_a_table_that_is_read(tmp_path):
    table = tmp_path / "replies.csv"
    table.write_text("id,text\na,words\n", encoding="utf-8")
    with pytest.raises(CannotWrite, match="what is read stands in it"):
        check_places(tmp_path / "report.html", tmp_path, source=table)
    check_places(tmp_path / "report.html", tmp_path, source=tmp_path / "page.txt")


def test_figures_want_a_folder(tmp_path):
    file = tmp_path / "figures"
    file.write_text("", encoding="utf-8")
    with pytest.raises(CannotWrite, match=r"it is a file.*--figures"):
        check_places(tmp_path / "report.html", file, source=tmp_path / "page.txt")


def test_where_the_page_cannot_be_written_nothing_of_it_is_left(report, tmp_path):
    with pytest.raises(CannotWrite):
        write_report(report, tmp_path / "missing" / "report.html")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)"])
def test_no_cell_is_a_formula_to_a_spreadsheet(cell):
    written = to_csv(Table(columns=("name", "number"), rows=[(cell, -1)])).decode()
    assert written == f"name,number\n'{cell},-1\n"
