"""Answers on the disk: kept, changed, taken back, each person's apart, and whole whatever ends the process."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from made_units import make_units, rows_of

from stance.errors import BadLabelRow, CannotWrite
from stance.label import (
    Answer,
    Labelling,
    LabelsAreSample,
    LabelsInUse,
    NothingToLabel,
    Sitting,
    make_question,
    open_book,
    read_units,
    serve_labelling,
)
from stance.label.errors import NothingToTakeBack, StaleAnswer
from stance.study import parse_what, read_label_rows, write_label_rows

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def sit(book, units=None, annotator="Anna") -> Sitting:
    units = units or make_units()
    question = make_question(units[0].what)
    return Sitting(units, question=question, book=book, annotator=annotator, clock=lambda: NOON)


def answer(sitting, number, word, **more) -> None:
    sitting.answer(number, Answer(word=word, seconds=2.5, **more), version=sitting.place(number).version)


def test_a_row_holds_the_sample_s_fields_and_the_answer_s(out):
    with open_book(out) as book:
        sitting = sit(book)
        answer(sitting, 1, "against", note="irony")
        drawn = sitting.place(1).row
    (row,) = read_label_rows(out)
    assert (row.label, row.annotator, row.seconds, row.labelled_at) == ("against", "Anna", 2.5, NOON)
    assert (row.unit, row.text, row.context, row.mentions) == (drawn.unit, drawn.text, drawn.context, drawn.mentions)
    assert (row.inclusion_probability, row.stratum, row.extra) == (0.25, "1", {"note": "irony"})


def test_the_same_command_goes_on_where_it_ended(out):
    with open_book(out) as book:
        for number in (1, 2):
            answer(sit(book), number, "favor")
    with open_book(out) as book:
        sitting = sit(book)
        assert sitting.next_open().number == 3
        assert sitting.take_back().number == 2
        assert sitting.progress().n_done == 1


def test_a_changed_answer_replaces_the_row_and_adds_the_time(out):
    with open_book(out) as book:
        sitting = sit(book)
        answer(sitting, 1, "against", capped=True)
        answer(sitting, 2, "favor")
        answer(sitting, 1, None)
        assert sitting.place(1).skipped
    assert [(row.get("label"), row["seconds"], row.get("skipped")) for row in rows_of(out)] == [
        ("favor", 2.5, None),
        (None, 5.0, True),
    ]
    assert rows_of(out)[1]["seconds_capped"] is True


def test_an_answer_to_what_was_answered_meanwhile_is_refused(out):
    with open_book(out) as book:
        sitting = sit(book)
        answer(sitting, 1, "favor")
        with pytest.raises(StaleAnswer, match="another window"):
            sitting.answer(1, Answer(word="against", seconds=1), version="")
    assert [row["label"] for row in rows_of(out)] == ["favor"]


def test_two_people_on_one_file_have_rows_and_an_order_of_their_own(out):
    with open_book(out) as book:
        anna, bo = sit(book), sit(book, annotator="Bo")
        orders = [[one.place(n).row.unit for n in range(1, 13)] for one in (anna, bo)]
        assert orders[0] != orders[1]
        assert sorted(orders[0]) == sorted(orders[1])
        answer(anna, 1, "favor")
        answer(bo, bo.next_open().number, "against")
        bo.take_back()
        with pytest.raises(NothingToTakeBack):
            bo.take_back()
    assert [(row["annotator"], row["label"]) for row in rows_of(out)] == [("Anna", "favor")]


def test_the_order_of_old_ones_stays_where_more_are_drawn(out):
    with open_book(out) as book:
        few, more = sit(book, make_units(12)), sit(book, make_units(30))
        kept = [more.place(n).row.unit for n in range(1, 31)]
        first = [few.place(n).row.unit for n in range(1, 13)]
    assert [unit for unit in kept if unit in set(first)] == first


def test_a_row_that_was_half_written_is_cut_and_the_rest_stays(out):
    with open_book(out) as book:
        for number in (1, 2):
            answer(sit(book), number, "favor")
    whole = out.read_bytes()
    for cut in random.Random(8).sample(range(1, len(whole) // 2 - 2), 5):
        out.write_bytes(whole[:-cut])
        with open_book(out) as book:
            assert sit(book).progress().n_done == 1
            answer(sit(book), 5, "neutral")
        assert [row["label"] for row in rows_of(out)] == ["favor", "neutral"]


def test_a_last_row_without_a_line_break_is_a_row(out):
    with open_book(out) as book:
        answer(sit(book), 1, "favor")
    out.write_bytes(b"\xef\xbb\xbf" + out.read_bytes().removesuffix(b"\n"))
    with open_book(out) as book:
        answer(sit(book), 2, "against")
        answer(sit(book), 2, "neutral")
    assert [row["label"] for row in rows_of(out)] == ["favor", "neutral"]


def test_what_is_no_file_of_labels_is_refused_and_left(out):
    out.write_text("a diary\nof mine\n")
    with pytest.raises(BadLabelRow, match="is not JSON"), open_book(out):
        pass
    assert out.read_text() == "a diary\nof mine\n"


def test_a_second_process_on_one_file_is_refused(out):
    with open_book(out):
        script = f"from stance.label import open_book\nwith open_book(__import__('pathlib').Path({str(out)!r})): pass"
        done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
        assert done.returncode == 1
        assert "another `stance label` has it open" in done.stderr
        with pytest.raises(LabelsInUse, match="give another --out"), open_book(out):
            pass
    with open_book(out):
        pass


def test_a_full_disk_is_told_and_leaves_whole_rows(out, monkeypatch):
    with open_book(out) as book:
        sitting = sit(book)
        answer(sitting, 1, "favor")
        before = out.read_bytes()
        monkeypatch.setattr(os, "fsync", _no_space)
        with pytest.raises(CannotWrite, match="No space left"):
            answer(sitting, 2, "against")
        with pytest.raises(CannotWrite, match="No space left"):
            answer(sitting, 1, "against")
        assert out.read_bytes() == before
        assert sitting.progress().n_done == 1
        assert sitting.place(2).version == ""


def _no_space(_: int) -> None:
    raise OSError(28, "No space left on device")


def test_another_s_labels_are_labelled_again_without_their_answers(out, tmp_path):
    with open_book(out) as book:
        answer(sit(book), 1, "favor", note="sure")
        answer(sit(book), 2, None)
    units = read_units(out)
    assert len(units) == 2
    assert all(row.label is None and row.annotator is None and row.seconds is None for row in units)
    assert all(row.extra == {} for row in units)


def test_a_file_of_two_questions_wants_one_chosen(tmp_path):
    path = tmp_path / "both.jsonl"
    write_label_rows([*make_units(2), *make_units(3, "relation")], path)
    with pytest.raises(NothingToLabel, match=r"asks 2 questions.*--what 'relation'"):
        read_units(path)
    assert len(read_units(path, what=parse_what("relation"))) == 3
    with pytest.raises(NothingToLabel, match="no row asks claim"):
        read_units(path, what=parse_what("claim"))


def test_the_sample_itself_is_no_file_for_labels(sample):
    with pytest.raises(LabelsAreSample, match="Give another --out"):
        serve_labelling(Labelling(source=sample, out=sample, annotator="Anna"), read_units(sample), tell=print)


def test_a_hostile_sample_is_an_error_with_its_line(tmp_path):
    path = tmp_path / "sample.jsonl"
    write_label_rows(make_units(1), path)
    for bad, field in (("mentions", [[0, 10**9]]), ("text", None), ("context", "x"), ("id", {"a": 1})):
        row = json.loads(path.read_text().splitlines()[0]) | {bad: field}
        path.write_text(path.read_text().splitlines()[0] + "\n" + json.dumps(row) + "\n")
        with pytest.raises(BadLabelRow, match=rf"sample.jsonl:2: field '{bad}'"):
            read_units(path)
