from __future__ import annotations

import json
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import Dataset, DatasetDict
from standing_judge import StandingJudge, load, make_job

import stance
from stance.batch import RecordsRejected, run_batch
from stance.batch.once import OnceJudge
from stance.errors import Unreadable
from stance.records import Case


def write_thread(path, *words):
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [{"id": f"{path.stem}{n}", "text": f"The {word} is old. You said so."} for n, word in enumerate(words)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def read(out):
    return pa.concat_tables([pq.read_table(part) for part in sorted(out.glob("part-*.parquet"))])


def ids(out):
    return read(out)["id"].to_pylist()


def test_folders_and_patterns_are_read_in_the_order_of_names(tmp_path):
    for name in ("in/b.jsonl", "in/a.jsonl", "in/deep/c.jsonl", "in/.hidden.jsonl"):
        write_thread(tmp_path / name, "bridge")
    run_batch(make_job(tmp_path / "in", out=tmp_path / "folder"))
    assert ids(tmp_path / "folder") == ["a0", "b0", "c0"]
    run_batch(make_job(tmp_path / "in" / "*.jsonl", out=tmp_path / "pattern"))
    assert ids(tmp_path / "pattern") == ["a0", "b0"]


@pytest.mark.parametrize("given", ["", "*"])
def test_the_output_within_an_input_is_not_read(tmp_path, given):
    write_thread(tmp_path / "a.jsonl", "bridge")
    for _ in range(2):
        counts = run_batch(make_job(tmp_path / given, out=tmp_path / "out", form="jsonl"))
        assert counts.comments_in == 1


def test_saved_datasets_are_read_split_by_split(tmp_path):
    one = Dataset.from_dict({"id": ["x"], "text": ["The bridge is old."]})
    two = Dataset.from_dict({"id": ["y"], "text": ["The bridge is new."]})
    DatasetDict(train=one, test=two).save_to_disk(str(tmp_path / "saved"))
    one.save_to_disk(str(tmp_path / "single"))
    run_batch(make_job(tmp_path / "saved", tmp_path / "single", out=tmp_path / "out"))
    assert ids(tmp_path / "out") == ["x", "y", "x"]
    assert read(tmp_path / "out")["source"].to_pylist()[0] == str(tmp_path / "saved" / "train")


@pytest.fixture
def hub(monkeypatch):
    """A hub of one data set; gives the commits that were loaded from it."""
    commits = []

    def load_dataset(name, *, revision):
        commits.append(revision)
        return DatasetDict(train=Dataset.from_dict({"id": ["x"], "text": [f"{name} is old."]}))

    def dataset_info(_api, name, *, revision=None):
        if name != "ida/bridges":
            raise OSError("404")
        return SimpleNamespace(sha=("b" if revision else "a") * 40)

    monkeypatch.setattr("datasets.load_dataset", load_dataset)
    monkeypatch.setattr("huggingface_hub.HfApi.dataset_info", dataset_info)
    return commits


def test_a_data_set_of_the_hub_is_read_at_the_commit_that_the_manifest_names(hub, tmp_path):
    run_batch(make_job("hf://datasets/ida/bridges", out=tmp_path / "out"))
    assert hub == ["a" * 40]
    assert read(tmp_path / "out")["text"].to_pylist() == ["ida/bridges is old."]
    assert read(tmp_path / "out")["source"].to_pylist() == ["hf://datasets/ida/bridges/train"]
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["options"]["input"] == {"hf://datasets/ida/bridges": "a" * 40}


def test_a_revision_is_resolved_and_a_commit_is_taken_as_it_is(hub, tmp_path):
    run_batch(make_job("hf://datasets/ida/bridges@old", out=tmp_path / "one"))
    run_batch(make_job(f"hf://datasets/ida/unknown@{'c' * 40}", out=tmp_path / "two"))
    assert hub == ["b" * 40, "c" * 40]


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("hf://datasets/ida/unknown", r"the hub gives no commit: OSError.*save_to_disk"),
        ("hf://datasets/", "no name of a data set.*OWNER/NAME"),
        ("hf://datasets/ida/bridges/train/more", "no name of a data set"),
        ("ida/bridges", "no such file"),
    ],
)
def test_a_word_that_is_no_file_pattern_or_data_set_is_refused(hub, tmp_path, word, why):
    with pytest.raises(Unreadable, match=why):
        run_batch(make_job(word, out=tmp_path / "out"))
    assert hub == []


def test_a_hub_that_is_not_reached_is_told_in_one_line(monkeypatch, tmp_path):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("datasets.config.HF_HUB_OFFLINE", True)
    for word, why in (("ida/bridges", "no commit: OfflineMode"), (f"ida/bridges@{'c' * 40}", "no data set that can")):
        with pytest.raises(Unreadable, match=why) as caught:
            run_batch(make_job(f"hf://datasets/{word}", out=tmp_path / "out"))
        assert "\n" not in str(caught.value)


def test_columns_are_typed_even_where_they_are_empty(tmp_path):
    run_batch(make_job(write_thread(tmp_path / "a.jsonl", "bridge"), out=tmp_path / "out"))
    schema = read(tmp_path / "out").schema
    assert schema.field("posted_at").type == pa.timestamp("us", tz="UTC")
    assert schema.field("attributes").type.field("TOXICITY").type == pa.float64()
    assert pa.types.is_struct(schema.field("stances").type.value_type)
    assert pa.types.is_list(schema.field("sentences").type)


def test_json_lines_hold_the_rows_of_parquet(tmp_path):
    source = write_thread(tmp_path / "a.jsonl", "bridge", "road")
    run_batch(make_job(source, out=tmp_path / "parquet"))
    run_batch(make_job(source, out=tmp_path / "jsonl", form="jsonl"))
    lines = [json.loads(line) for line in (tmp_path / "jsonl" / "part-00000.jsonl").read_text().splitlines()]
    for line, row in zip(lines, read(tmp_path / "parquet").to_pylist(), strict=True):
        for name in ("id", "thread_id", "text", "relation", "stances", "sentences", "attributes", "queue"):
            assert line[name] == row[name]


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_the_long_form_has_every_number_of_a_comment_once(tmp_path, form):
    out = tmp_path / form
    source = write_thread(tmp_path / "a.jsonl", "bridge")
    run_batch(make_job(source, out=out, form=form, long=True))
    run_batch(make_job(source, out=tmp_path / "wide"))
    (wide,) = read(tmp_path / "wide").to_pylist()
    if form == "parquet":
        long = read(out).to_pylist()
    else:
        long = [json.loads(line) for line in (out / "part-00000.jsonl").read_text().splitlines()]
    attributes = {row["name"]: row["probability"] for row in long if row["kind"] == "attribute"}
    assert attributes == wide["attributes"]
    sentences = [row for row in long if row["kind"] == "sentence" and row["name"] == "claim"]
    assert [(row["start"], row["probability"]) for row in sentences] == [
        (sentence["start"], sentence["claim"]) for sentence in wide["sentences"]
    ]
    keys = [(row["kind"], row["name"], row["about"], row["start"]) for row in long]
    assert len(set(keys)) == len(keys)


def test_equal_texts_and_cases_are_asked_for_once():
    judge = StandingJudge()
    asked = []
    judge.read = lambda texts: asked.extend(texts) or StandingJudge.read(judge, texts)
    once = OnceJudge(judge)
    first, second, third = once.read(["a", "b", "a"])
    assert asked == ["a", "b"]
    assert first is third
    assert first is not second
    cases = [Case(comment_id="1", text="x"), Case(comment_id="2", text="x"), Case(comment_id="3", text="x", parent="p")]
    told = [*once.judge(cases), *once.judge(cases[1:])]
    assert [case.comment_id for case in judge.cases] == ["2", "3"]
    assert [judgement.comment_id for judgement in told] == ["1", "2", "3", "2", "3"]
    assert told[0].attributes == StandingJudge().judge(cases)[0].attributes


def test_a_dataset_becomes_a_dataset_with_a_row_a_comment():
    judge, scorer = load()
    given = Dataset.from_dict({"body": ["The bridge is old.", "It is not."], "thread_id": ["s", "s"]})
    scored = stance.score_dataset(given, judge, scorer=scorer, columns={"text": "body"})
    assert isinstance(scored, Dataset)
    assert scored["text"][:] == ["The bridge is old.", "It is not."]
    assert set(scored[0]["relation"]["probabilities"]) == {"rebut", "support", "query", "comment"}


def test_a_dataset_loses_no_record_silently():
    judge, scorer = load()
    given = Dataset.from_dict({"text": ["POISON here"]})
    with pytest.raises(RecordsRejected, match="1 rejected"):
        stance.score_dataset(given, judge, scorer=scorer)


def test_the_judge_is_asked_for_all_threads_of_a_shard_together(tmp_path):
    sizes = {"read": [], "judge": []}

    class Counting(StandingJudge):
        def read(self, texts):
            sizes["read"].append(len(texts))
            return super().read(texts)

        def judge(self, cases):
            sizes["judge"].append(len(cases))
            return super().judge(cases)

    texts = [f"The bridge is number {number}." for number in range(5)]
    given = Dataset.from_dict({"text": texts, "thread_id": list("aabbc")})
    stance.score_dataset(given, Counting(), scorer=load()[1])
    # the three threads have one empty article between them
    assert sizes == {"read": [6], "judge": [5]}
