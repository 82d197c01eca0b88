"""`stance report` as a command."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_scores import make_row, write_rows
from typer.testing import CliRunner

from stance.cli import app
from stance.errors import CannotWrite, SeveralThreads
from stance.study import BadScores

PAGE = '{"id": "a", "text": "Russia lied about the pier."}\n{"id": "b", "text": "It did not.", "parent_id": "a"}\n'


def report(*arguments: object):
    """What came of a command; an error of the package's own is raised, as `main` would meet it."""
    result = CliRunner().invoke(app, ["report", *map(str, arguments)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.jsonl"
    path.write_text(PAGE, encoding="utf-8")
    return path


def test_a_page_becomes_one_file_and_its_pictures(page, tiny_model, tmp_path):
    out, figures = tmp_path / "report.html", tmp_path / "figures"
    assert report(page, "--out", out, "--figures", figures, "--model", tiny_model).exit_code == 0
    text = out.read_text(encoding="utf-8")
    assert "2 comments, none with a writer" in text
    assert "no <code>evaluation.json</code> of it stands with the weights" in text
    assert (figures / "replies.csv").read_text(encoding="utf-8").startswith("comment,author,answers,link,relation,")
    again = tmp_path / "again.html"
    report(page, "--out", again, "--model", tiny_model)
    assert again.read_bytes() == out.read_bytes()


def test_scores_become_the_report_of_a_corpus_without_a_model(tmp_path):
    scores = write_rows([make_row("t", n, stances={"Veland": "against"}) for n in range(3)], tmp_path / "made.jsonl")
    out = tmp_path / "report.html"
    assert report(scores, "--out", out, "--model", tmp_path).exit_code == 0
    assert "Veland (3 comments)" in out.read_text(encoding="utf-8")


@pytest.mark.parametrize("option", [["--from", "jsonl"], ["--thread", "t"], ["--order", "uncertain"]])
def test_options_of_reading_are_refused_for_scores(option, tmp_path):
    scores = write_rows([make_row("t", 0)], tmp_path / "made.jsonl")
    result = report(scores, "--out", tmp_path / "report.html", *option)
    assert result.exit_code == 2
    assert "are scores" in " ".join(result.output.split())
    assert not (tmp_path / "report.html").exists()


def test_a_file_of_several_threads_wants_one_named(tmp_path, tiny_model):
    path = tmp_path / "threads.csv"
    path.write_text("id,thread_id,text\na,one,Russia lied.\nb,two,It did not.\n", encoding="utf-8")
    with pytest.raises(SeveralThreads, match="--thread"):
        report(path, "--out", tmp_path / "report.html", "--model", tiny_model)
    assert report(path, "--out", tmp_path / "report.html", "--model", tiny_model, "--thread", "two").exit_code == 0


def test_nothing_is_read_before_it_is_known_where_to_write(page, tmp_path):
    with pytest.raises(CannotWrite, match="it is what is read"):
        report(page, "--out", page, "--model", tmp_path / "missing")
    with pytest.raises(CannotWrite, match="it is a folder"):
        report(page, "--out", tmp_path, "--model", tmp_path / "missing")


def test_a_broken_folder_of_scores_is_told_and_leaves_no_report(tmp_path):
    folder = tmp_path / "scored"
    folder.mkdir()
    (folder / "manifest.json").write_text("{}", encoding="utf-8")
    with pytest.raises(BadScores):
        report(folder, "--out", tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists()


@pytest.mark.gold
def test_the_shipped_model_reports_on_the_seed_with_what_was_measured_of_it(seed_page, tmp_path):
    out = tmp_path / "report.html"
    report(seed_page, "--out", out)
    text = out.read_text(encoding="utf-8")
    assert "11 comments of 39 that the page states" in text
    assert "Relation to what is answered" in text
    assert "Too few ties to speak of camps" in text
