"""`stance migrate`: a site's own table in, thresholds out; made-up comments, a judge whose answers are known."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stance.errors import BadColumns, BadRow, CannotWrite
from stance.protocols import Asked, Scored, TooFewScores, draw_rows, migrate, read_scored
from stance.read import refuse


def text(n: int) -> str:
    return f"The ferry of {1900 + n} was late, and nobody said why."


def write_csv(path: Path, header: list[str], rows: list[list[object]]) -> Path:
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    return path


def read(path: Path, **options) -> list[Scored]:
    return list(read_scored(path, on_reject=refuse, **options))


@pytest.fixture
def table(tmp_path) -> Path:
    """A hundred comments with scores from 0 to 0.99."""
    rows = [[text(n), n / 100, (n * 37 % 100) / 100, 0.5] for n in range(100)]
    return write_csv(tmp_path / "scores.csv", ["text", "TOXICITY", "insult", "FLIRTATION"], rows)


def scored(n: int = 100, **scores: float) -> list[Scored]:
    return [Scored(asked=Asked(text=text(one)), theirs=scores or {"TOXICITY": one / n}) for one in range(n)]


def test_columns_named_as_attributes_are_scores_in_any_spelling(table):
    rows = read(table)
    assert len(rows) == 100
    assert rows[7] == Scored(asked=Asked(text=text(7)), theirs={"TOXICITY": 0.07, "INSULT": 0.59, "FLIRTATION": 0.5})


def test_columns_of_other_names_are_named(tmp_path):
    path = write_csv(tmp_path / "a.csv", ["words", "persp", "reply_to_words"], [["No.", "0.25", "Is it late?"]])
    (row,) = read(path, columns={"text": "words", "toxicity": "persp", "parent": "reply_to_words"})
    assert row == Scored(asked=Asked(text="No.", parent="Is it late?"), theirs={"TOXICITY": 0.25})


def test_json_lines_with_whole_answers_of_perspective_are_read(tmp_path):
    answer = {"TOXICITY": {"summaryScore": {"value": 0.75, "type": "PROBABILITY"}, "spanScores": []}, "SPAM": "broken"}
    lines = [{"id": 1, "text": "Late again?"}, {"id": 2, "text": "Yes.", "parent_id": 1}]
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps({**line, "attributeScores": answer}) + "\n" for line in lines))
    assert read(path) == [
        Scored(asked=Asked(text="Late again?"), theirs={"TOXICITY": 0.75}),
        Scored(asked=Asked(text="Yes.", parent="Late again?"), theirs={"TOXICITY": 0.75}),
    ]


def test_parquet_with_flattened_names_and_gaps_is_read(tmp_path):
    path = tmp_path / "a.parquet"
    columns = {
        "comment": ["Late again?", "Yes."],
        "attributeScores.TOXICITY.summaryScore.value": [0.75, None],
        "INSULT@6": [1.0, 0.5],
    }
    pq.write_table(pa.table(columns), path)
    assert [row.theirs for row in read(path)] == [{"TOXICITY": 0.75, "INSULT": 1.0}, {"INSULT": 0.5}]


@pytest.mark.parametrize(
    ("column", "cell", "parent"),
    [
        ("parent", "Is the ferry late?", "Is the ferry late?"),
        ("parent_text", "Is the ferry late?", "Is the ferry late?"),
        ("parent", "c1", "It is late."),
        ("parent_id", "c1", "It is late."),
        ("parent_id", "c99", ""),
        ("parent", "c99", ""),
        ("parent", "", ""),
    ],
)
def test_a_parent_is_a_text_or_the_id_of_another_row(tmp_path, column, cell, parent):
    rows = [["c1", "It is late.", "", 0.1], ["c2", "No, it is not.", cell, 0.2]]
    path = write_csv(tmp_path / "a.csv", ["id", "text", column, "TOXICITY"], rows)
    assert read(path)[1].asked.parent == parent


@pytest.mark.parametrize(
    ("cells", "what"),
    [
        (["", "0.5"], "no text"),
        (["It is late.", "1.5"], "TOXICITY is not from 0 to 1"),
        (["It is late.", "-0.1"], "TOXICITY is not from 0 to 1"),
        (["It is late.", "high"], "TOXICITY is no number"),
        (["It is late.", "nan"], "TOXICITY is not from 0 to 1"),
        (["It is late.", ""], "no score of any"),
    ],
)
def test_a_row_that_cannot_be_used_is_set_aside_with_its_reason(tmp_path, cells, what):
    path = write_csv(tmp_path / "a.csv", ["text", "TOXICITY"], [["It is early.", "0.5"], cells])
    rejects: list[BadRow] = []
    assert len(list(read_scored(path, on_reject=rejects.append))) == 1
    assert what in rejects[0].what
    assert "comment '2'" in str(rejects[0])
    assert "It is" not in str(rejects[0])


@pytest.mark.parametrize(
    ("columns", "what"), [({"INSULT": "rude"}, "no column 'rude'"), ({"parent": "before"}, "no column 'before'")]
)
def test_a_column_that_is_not_there_is_told(table, columns, what):
    with pytest.raises(BadColumns, match=what):
        read(table, columns=columns)


def test_equal_comments_are_judged_once_and_others_in_portions(constant_judge):
    rows = scored(300) * 2
    found = migrate(rows, constant_judge, source="here")
    assert (found.n_rows, found.n_different, len(constant_judge.cases)) == (600, 300, 300)
    assert found.attributes[0].n == 600


def test_what_is_kept_is_not_judged_again_and_holds_no_text(constant_judge, tmp_path):
    keep = tmp_path / "kept.jsonl"
    first = migrate(scored(80), constant_judge, source="here", keep=keep)
    with keep.open("ab") as stream:
        stream.write(b'{"key": "cut of')  # as a killed run leaves it
    assert migrate(scored(90), constant_judge, source="here", keep=keep).attributes[0].n == 90
    assert len(constant_judge.cases) == 90
    assert migrate(scored(80), constant_judge, source="here", keep=keep) == first
    assert len(keep.read_text().splitlines()) == 90
    assert "ferry" not in keep.read_text()


def test_another_model_judges_anew(make_judge, tmp_path):
    one, other = make_judge(), make_judge()
    other.model_id = "other@1"
    for judge in (one, other):
        migrate(scored(60), judge, source="here", keep=tmp_path / "kept.jsonl")
    assert len(other.cases) == 60


def test_a_file_that_holds_something_else_is_not_written_to(constant_judge, table):
    before = table.read_bytes()
    with pytest.raises(CannotWrite, match="holds no kept scores"):
        migrate(scored(60), constant_judge, source="here", keep=table)
    assert table.read_bytes() == before


def test_a_threshold_of_one_attribute_leaves_the_others_out(constant_judge, table):
    found = migrate(read(table), constant_judge, source="here", thresholds={"INSULT": [0.83, 0.9]})
    assert [(one.attribute, len(one.thresholds)) for one in found.attributes] == [("INSULT", 2)]
    both = migrate(read(table), constant_judge, source="here", thresholds={"INSULT": [0.83], None: [0.5]})
    assert [(one.attribute, one.thresholds[0].there) for one in both.attributes] == [
        ("INSULT", 0.83),
        ("TOXICITY", 0.5),
    ]


def test_attributes_without_a_counterpart_and_with_too_few_scores_are_named(constant_judge, table):
    rows = [*read(table), *scored(3, THREAT=0.5)]
    found = migrate(rows, constant_judge, source="here")
    assert found.not_here == ("FLIRTATION",)
    assert found.few == {"THREAT": 3}
    assert [one.attribute for one in found.attributes] == ["INSULT", "TOXICITY"]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "0 comments have"),
        (scored(49), "49 comments have .* needs 50"),
        (scored(90, FLIRTATION=0.5), "nothing here like FLIRTATION"),
    ],
)
def test_too_few_comments_are_refused_before_any_is_judged(constant_judge, rows, words):
    with pytest.raises(TooFewScores, match=words):
        migrate(rows, constant_judge, source="here")
    assert constant_judge.cases == []


def test_rows_are_drawn_evenly_and_the_same_every_time():
    rows = scored(1000)
    drawn = draw_rows(rows, 100)
    assert drawn == draw_rows(rows, 100)
    assert len(drawn) == 100
    assert 400 < sum(rows.index(row) for row in drawn) / 100 < 600
    assert draw_rows(rows, 2000) == rows


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "stance", "migrate", *map(str, arguments)], check=False, capture_output=True, text=True
    )


def test_the_command_prints_a_table_and_json_of_the_same_figures(table, tiny_model, tmp_path):
    keep = tmp_path / "kept.jsonl"
    shown = run(table, "--model", tiny_model, "--keep", keep, "--threshold", "TOXICITY=0.8")
    assert shown.returncode == 0, shown.stderr
    assert "TOXICITY · 100 scores" in shown.stdout
    assert "INSULT ·" not in shown.stdout
    assert "FLIRTATION: nothing here answers to it" in shown.stdout
    out = tmp_path / "found.json"
    options = ("--keep", keep, "--threshold", "TOXICITY=0.8", "--format", "json", "--out", out)
    run(table, "--model", tiny_model, *options)
    found = json.loads(out.read_text())
    (one,) = found["attributes"][0]["thresholds"]
    assert one["n_there"] == 20  # 0.80 to 0.99
    assert f"{one['here']:.4f}" in shown.stdout


def test_the_command_says_what_is_wrong_and_sets_rows_aside(tmp_path, tiny_model):
    rows = [[text(n), n / 100] for n in range(100)]
    path = write_csv(tmp_path / "a.csv", ["text", "TOXICITY"], [*rows, ["It is late.", 83]])
    refused = run(path, "--model", tiny_model)
    assert (refused.returncode, "--rejects FILE" in refused.stderr) == (2, True)
    rejects = tmp_path / "rejects.jsonl"
    gone_on = run(path, "--model", tiny_model, "--rejects", rejects)
    assert gone_on.returncode == 0, gone_on.stderr
    assert "1 record set aside" in gone_on.stderr
    assert json.loads(rejects.read_text())["what"] == "the score of TOXICITY is not from 0 to 1"


@pytest.mark.parametrize("threshold", ["TOXICITY=80", "high", "FLIRTATION=0.8", "0", "1"])
def test_a_threshold_that_means_nothing_is_refused(table, threshold):
    refused = run(table, "--threshold", threshold)
    assert refused.returncode == 2
    assert "--threshold" in refused.stderr
