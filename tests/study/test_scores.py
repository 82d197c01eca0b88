from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from stance.batch import Job, Model, run_batch
from stance.batch.rows import to_table
from stance.errors import BinaryInput, Unreadable
from stance.queue import load_policy
from stance.study import BadScores, holds_scores, read_scores


@pytest.fixture
def rows(row):
    timed = row("c", thread="u", posted_at="2024-05-02T12:00:00+02:00", extra={"votes": 3})
    return [
        row("a", stances={"Russia": (0.2, 0.7, 0.1)}),
        row("b", parent="a", claims=[("It fell.", 0.9), ("Sad!", 0.1)]),
        timed,
    ]


def both_forms(write_scores, rows):
    return [write_scores([rows[:2], rows[2:]], form=form, name=form) for form in ("jsonl", "parquet")]


def test_threads_come_whole_and_alike_from_both_forms(write_scores, rows):
    lines, parquet = (list(read_scores(path)) for path in both_forms(write_scores, rows))
    assert lines == parquet
    assert [(thread.source, thread.id, [row["id"] for row in thread.rows]) for thread in lines] == [
        ("a.jsonl", "t", ["a", "b"]),
        ("a.jsonl", "u", ["c"]),
    ]
    assert lines[1].rows[0]["posted_at"] == datetime(2024, 5, 2, 10, tzinfo=UTC)
    assert lines[1].rows[0]["extra"] == {"votes": 3}


def test_labels_that_the_model_lacks_are_not_there(write_scores, row):
    one = row("a", stances={"Russia": (0.2, 0.8, 0.0)})
    del one["stances"][0]["probabilities"]["neutral"]
    (thread,) = read_scores(write_scores([[one]], form="parquet"))
    assert thread.rows[0]["stances"][0]["probabilities"] == {"favor": 0.2, "against": 0.8}


def test_only_the_columns_asked_for_are_read(write_scores, rows):
    thread = next(read_scores(write_scores([rows], form="parquet"), columns=["author"]))
    assert set(thread.rows[0]) == {"source", "thread_id", "id", "model_id", "author"}
    with pytest.raises(ValueError, match="got 'auther', want some of"):
        next(read_scores(Path("any"), columns=["auther"]))


def test_what_a_run_leaves_is_read_and_known_for_scores(tmp_path, constant_judge, scorer):
    source = tmp_path / "in.jsonl"
    texts = ["Russia built a bridge. You said so.", "No, Russia did not."]
    lines = [{"id": n, "text": text, "thread_id": n} for n, text in enumerate(texts)]
    source.write_text("".join(json.dumps(line) + "\n" for line in lines))
    for form in ("jsonl", "parquet"):
        out = tmp_path / form
        model = Model(constant_judge.model_id, lambda: (constant_judge, scorer))
        run_batch(Job(inputs=(str(source),), out=out, model=model, policy=load_policy(), form=form, shard_comments=1))
        threads = list(read_scores(out))
        assert [row["text"] for thread in threads for row in thread.rows] == texts
        assert {score["actor"] for thread in threads for row in thread.rows for score in row["stances"]} >= {"Russia"}
        assert holds_scores(out)
        assert holds_scores(out / f"part-00000.{form}")
    assert not holds_scores(source)
    assert not holds_scores(tmp_path)


def test_a_file_of_stance_analyze_has_no_source(tmp_path, row):
    one = row("a")
    del one["source"]
    path = tmp_path / "analysed.jsonl"
    path.write_text(json.dumps(one))
    (thread,) = read_scores(path)
    assert thread.source == ""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"text": None}, "line 1: column 'text' is not a string"),
        ({"stances": [{"actor": "Russia"}]}, "column 'stances.label' is not a string"),
        ({"stances": None}, "column 'stances' is not a list"),
        ({"relation": {"label": "rebut", "probabilities": {"rebut": 1.5}}}, "'relation.probabilities' is not an obj"),
        ({"posted_at": "yesterday"}, "column 'posted_at' is not a time or null"),
        ({"queue": [[[[]]]]}, "column 'queue' is not an object"),
        ({"extra": "{"}, "column 'extra' is not an object or null"),
        ({"mentions": [{**dict.fromkeys(("quoted", "addressed"), False), "actor": "x", "start": 1, "end": 99,
                        "text": "y"}]}, "column 'mentions.end' is not a place in the text"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_told_with_file_row_and_column(write_scores, row, change, said):
    with pytest.raises(BadScores, match=said) as caught:
        list(read_scores(write_scores([[{**row("a"), **change}]])))
    assert "part-00000.jsonl" in str(caught.value)
    assert "score again" in str(caught.value)


def test_numbers_a_row_are_refused_with_the_mend(tmp_path, row):
    path = tmp_path / "long.parquet"
    pq.write_table(to_table([], long=True), path)
    with pytest.raises(BadScores, match="without --long"):
        list(read_scores(path))
    path = tmp_path / "long.jsonl"
    path.write_text(json.dumps({"kind": "stance", "name": "favor", "about": "x"}))
    with pytest.raises(BadScores, match="without --long"):
        list(read_scores(path))


def test_a_thread_in_two_places_is_refused(write_scores, row):
    parts = [[row("a"), row("b", thread="u")], [row("c")]]
    with pytest.raises(BadScores, match=r"part-00001.*'t' stand in two places.*together"):
        list(read_scores(write_scores(parts)))


def test_an_id_used_twice_is_refused(write_scores, row):
    with pytest.raises(BadScores, match="two comments with the id 'a'"):
        list(read_scores(write_scores([[row("a"), row("a")]])))


@pytest.mark.parametrize("thread", ["t", "u"])
def test_rows_of_two_models_are_refused(write_scores, row, thread):
    with pytest.raises(BadScores, match="rows of two models"):
        list(read_scores(write_scores([[row("a"), row("b", thread=thread, model_id="other@2")]])))


def test_a_run_that_was_ended_is_told(tmp_path):
    with pytest.raises(BadScores, match="where the run was ended, give its command again"):
        list(read_scores(tmp_path))


def test_a_part_that_was_cut_off_is_told(write_scores, rows):
    folder = write_scores([rows])
    part = folder / "part-00000.jsonl"
    part.write_text(part.read_text().split("\n")[0])
    with pytest.raises(BadScores, match=r"1 rows, where manifest.json says 3\. Copy it again"):
        list(read_scores(folder))


@pytest.mark.parametrize(
    ("name", "content", "error", "said"),
    [
        ("x.parquet", b"PAR1 not really", BadScores, "not Parquet, or damaged"),
        ("x.parquet", b"", BadScores, "not Parquet, or damaged"),
        ("x.jsonl", b"", BadScores, "no row in it"),
        ("x.jsonl", b"{", BadScores, "line 1: not JSON"),
        ("x.jsonl", b"[]", BadScores, "line 1: not a JSON object"),
        ("x.jsonl", b"[" * 100_000, BadScores, "line 1: not JSON"),
        ("x.jsonl", b'{"number": NaN}', BadScores, "line 1: not JSON"),
        ("x.jsonl", b"\xff\xfe", BinaryInput, "line 1"),
        ("x.csv", b"a,b", BadScores, "neither a folder of scores nor"),
    ],
)
def test_a_file_that_is_no_scores_is_told(tmp_path, name, content, error, said):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(error, match=said):
        list(read_scores(path))
    assert not holds_scores(path)


@pytest.mark.parametrize(
    "content", ["", "[]", '{"parts": []}', '{"parts": {"x": 3}}', '{"parts": {"x": {"rows": "y"}}}']
)
def test_a_manifest_of_something_else_is_told(tmp_path, content):
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(BadScores, match="not a manifest of `stance score`"):
        list(read_scores(tmp_path))


def test_a_part_outside_the_folder_is_not_read(tmp_path, write_scores, rows):
    folder = write_scores([rows])
    manifest = {"parts": {"../../etc/part.jsonl": {"rows": 1}}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(Unreadable, match=r"scored/part\.jsonl"):
        list(read_scores(folder))
