from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from stance.errors import BadLabelRow, BinaryInput, Unreadable
from stance.evaluate import run_task
from stance.queue import load_policy
from stance.study import BadLabels, BadWhat, LabelRow, Unit, What, parse_what, read_label_rows, write_label_rows
from stance.train.load_own import load_own

UNIT = Unit("a.jsonl", "t", "7")


def make_rows():
    drawn = {"inclusion_probability": 0.25, "stratum": "against", "design": "stratified"}
    done = {"annotator": "Ida", "seconds": 3.5, "labelled_at": datetime(2024, 5, 2, tzinfo=UTC)}
    return {
        "stance": LabelRow(
            what=parse_what("stance:Russia"),
            unit=UNIT,
            label="against",
            text="Russia lies.",
            target="Russia",
            mentions=((0, 6),),
            context=("It began.", "Who?"),
            extra={"note": "irony"},
            **drawn,
            **done,
        ),
        "relation": LabelRow(
            what=parse_what("relation"), unit=UNIT, label="rebut", text="No.", parent="Yes.", **drawn, **done
        ),
        "attributes": LabelRow(
            what=parse_what("attribute:insult"), unit=UNIT, label=1.0, text="Fool.", parent="Yes.", **done
        ),
        "sentence": LabelRow(
            what=parse_what("claim"), unit=Unit(*UNIT[:3], 4), label=0.0, text="It is.", end=10, before="So?", **drawn
        ),
    }


@pytest.mark.parametrize("task", ["stance", "relation", "attributes", "sentence"])
def test_rows_are_read_as_they_were_written(tmp_path, task):
    row = make_rows()[task]
    path = tmp_path / "labels.jsonl"
    assert write_label_rows([row, replace(row, label=None)], path) == 2
    assert list(read_label_rows(path, with_text=True)) == [row, replace(row, label=None)]


@pytest.mark.parametrize("task", ["stance", "relation", "attributes", "sentence"])
def test_the_file_goes_straight_into_evaluate_and_train(tmp_path, task, constant_judge, scorer):
    row = make_rows()[task]
    path = tmp_path / "labels.jsonl"
    write_label_rows([row], path)
    assert row.what.task == task
    assert run_task(task, path, judge=constant_judge, scorer=scorer, policy=load_policy())["n"] == 1
    assert len(load_own(task, path)) == 1


def test_a_table_with_labels_alone_is_read(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text(
        "source,thread,id,label,inclusion_probability,annotator\n"
        "a.jsonl,t,7,against,0.25,Ida\n"
        "a.jsonl,t,8,,0.25,\n"
    )  # fmt: skip
    first, second = read_label_rows(path, what=parse_what("stance:Russia"))
    assert (first.unit, first.label, first.inclusion_probability, first.annotator) == (UNIT, "against", 0.25, "Ida")
    assert (second.label, second.annotator) == (None, None)


@pytest.mark.parametrize(("cell", "label"), [("1", 1.0), ("no", 0.0), ("TRUE", 1.0), ("0.5", 0.5), ("", None)])
def test_yes_and_no_may_be_words_in_a_table(tmp_path, cell, label):
    path = tmp_path / "labels.tsv"
    path.write_text(f"what\tid\tstart\tlabel\nclaim\t7\t4\t{cell}\n")
    (row,) = read_label_rows(path)
    assert row.label == label
    assert row.unit == Unit("", "", "7", 4)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"what": "mood"}, "field 'what' is none that can be asked"),
        ({"what": None}, "field 'what' is missing"),
        ({"id": None}, "field 'id' is missing"),
        ({"label": "angry"}, "field 'label' is not one of favor, against, neutral"),
        ({"inclusion_probability": 0}, "'inclusion_probability' is 0"),
        ({"inclusion_probability": 1.5}, "'inclusion_probability' is not a number from 0 to 1"),
        ({"seconds": -1}, "field 'seconds' is not a number of seconds"),
        ({"labelled_at": "noon"}, "field 'labelled_at' is neither"),
        ({"mentions": [[0, 99]]}, "field 'mentions'"),
        ({"text": None}, "field 'text' is missing"),
        ({"what": "claim"}, "field 'start' is missing"),
        ({"what": "claim", "start": -1}, "field 'start' is not a whole number"),
        ({"what": "claim", "start": 1, "label": "perhaps"}, "field 'label' is neither yes, no nor a number"),
    ],
)
def test_a_wrong_field_is_told_with_line_and_mend(tmp_path, change, said):
    good = {"what": "stance:Russia", "id": "7", "text": "Russia lies.", "label": "against"}
    path = tmp_path / "labels.jsonl"
    path.write_text(json.dumps(good) + "\n" + json.dumps({**good, **change}))
    with pytest.raises(BadLabelRow, match=said) as caught:
        list(read_label_rows(path, with_text=True))
    assert "labels.jsonl:2" in str(caught.value)
    assert "lies" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", BadLabels),
        (b"\xff", BinaryInput),
        (b'id,label\n7,"against', BadLabelRow),
        (b"id,label\n7,against,more\n", BadLabelRow),
        (b"id,label\n7,%b\n" % (b"x" * (1 << 25)), BadLabelRow),
    ],
)
def test_a_table_that_cannot_be_read_is_told(tmp_path, content, error):
    path = tmp_path / "labels.csv"
    path.write_bytes(content)
    with pytest.raises(error, match=r"labels\.csv"):
        list(read_label_rows(path))
    with pytest.raises(Unreadable):
        list(read_label_rows(tmp_path / "none.csv"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("mood", "nothing that comments are scored for. Give one of stance:ACTOR, relation"),
        ("stance", "toward whom"),
        ("attribute:nice", "no such attribute. Give one of attribute:TOXICITY"),
        ("claim:x", "has no name"),
    ],
)
def test_what_cannot_be_asked_is_told_with_what_can(words, said):
    with pytest.raises(BadWhat, match=said):
        parse_what(words)


def test_what_is_said_as_it_was_asked():
    assert [str(parse_what(words)) for words in ("stance: Russia ", "attribute:toxicity", "claim")] == [
        "stance:Russia",
        "attribute:TOXICITY",
        "claim",
    ]
    assert parse_what("rhetoric").choices == ("no", "yes")
    assert isinstance(parse_what("relation"), What)
