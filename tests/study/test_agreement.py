from __future__ import annotations

import json

import pytest
from sklearn.metrics import cohen_kappa_score

from stance.study import BadLabels, measure_agreement, parse_what

IDA = "favor favor against against neutral neutral favor against neutral favor".split()
BEN = "favor favor against neutral neutral neutral against against neutral favor".split()


@pytest.fixture
def write(tmp_path):
    """`write("ida.jsonl", labels, annotator="Ida")` writes a line a label; units are two to a thread."""

    def put(name, labels, *, what="stance:Russia", **fields):
        path = tmp_path / name
        rows = [
            {"what": what, "thread": f"t{at // 2}", "id": str(at), "text": f"Secret {at}.", "label": label, **fields}
            for at, label in enumerate(labels)
        ]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows if row["label"]))
        return path

    return put


def test_two_people_are_measured_as_scikit_learn_does(write):
    (found,) = measure_agreement([write("a.jsonl", IDA, annotator="Ida"), write("b.jsonl", BEN, annotator="Ben")])
    (pair,) = found.pairs
    assert found.percent.value == pair.percent.value == pytest.approx(0.8)
    assert pair.cohen_kappa.value == pytest.approx(cohen_kappa_score(IDA, BEN))
    assert found.percent.low < 0.8 <= found.percent.high
    assert found.resampled == "threads"
    assert (pair.one, pair.other) == ("Ben", "Ida")
    assert pair.confusion["neutral"] == {"favor": 0, "against": 1, "neutral": 3}
    assert [one.unit.id for one in found.disagreements] == ["3", "6"]
    assert found.disagreements[0].labels == {"Ida": "against", "Ben": "neutral"}


def test_fleiss_gives_what_his_paper_does(write, tmp_path):
    # Fleiss (1971), as in the worked example of ten subjects and fourteen raters (kappa 0.210), on three of its rows
    # folded to three raters by hand: (3,0,0), (1,1,1), (0,2,1).
    # P_i = 1, 0, 1/3, mean 4/9; shares 4/9, 3/9, 2/9, squares 29/81; (36/81 - 29/81) / (52/81) = 7/52.
    files = [
        write("a.jsonl", ["favor", "favor", "against"], annotator="a"),
        write("b.jsonl", ["favor", "against", "against"], annotator="b"),
        write("c.jsonl", ["favor", "neutral", "neutral"], annotator="c"),
    ]
    (found,) = measure_agreement(files)
    assert found.fleiss_kappa.value == pytest.approx(7 / 52)
    assert found.percent.value == pytest.approx(4 / 9)
    assert len(found.pairs) == 3


def test_alpha_is_that_of_krippendorff_with_gaps(write):
    # His example of nominal data with missing values (2011, "Computing Krippendorff's Alpha-Reliability", C): 0.743.
    # Its five values are taken for four labels of relation: the fifth occurs but once with two others equal to it.
    by_person = [
        "1 2 3 3 2 1 4 1 2 . . .",
        "1 2 3 3 2 2 4 1 2 5 . 3",
        ". 3 3 3 2 3 4 2 2 5 1 .",
        "1 2 3 3 2 4 4 1 2 5 1 .",
    ]
    # With 5 made 4 all the same: the values of unit 10 stay alike, only the chance of a 4 grows.
    names = {"1": "rebut", "2": "support", "3": "query", "4": "comment", "5": "comment", ".": None}
    files = [
        write(f"{n}.jsonl", [names[one] for one in line.split()], what="relation", annotator=str(n))
        for n, line in enumerate(by_person)
    ]
    (found,) = measure_agreement(files)
    # Worked by hand as in his section C: units with two values or more hold n = 40 of them, 9 rebut, 13 support,
    # 10 query, 8 comment; unit 6 (1, 2, 3, 4) disagrees in 12 / 3 = 4, unit 2 in 6 / 3 = 2, unit 8 in 6 / 3 = 2:
    # 1 - (40 - 1) * 8 / (40² - 9² - 13² - 10² - 8²).
    assert found.krippendorff_alpha.value == pytest.approx(1 - 39 * 8 / (1600 - 81 - 169 - 100 - 64))
    assert found.n_complete == 8
    assert found.n_single == 1


def test_labels_without_a_name_are_those_of_their_file(write):
    (found,) = measure_agreement([write("a.jsonl", IDA), write("b.jsonl", BEN)])
    assert len(found.annotators) == 2


def test_one_file_may_hold_several_people(write, tmp_path):
    both = tmp_path / "both.jsonl"
    both.write_text(
        write("a.jsonl", IDA, annotator="Ida").read_text() + write("b.jsonl", BEN, annotator="Ben").read_text()
    )
    (found,) = measure_agreement([both])
    assert found.percent.value == pytest.approx(0.8)


def test_questions_are_measured_apart_or_one_alone(write):
    files = [
        write(f"{who}{at}.jsonl", labels, annotator=who, what=what)
        for at, what in enumerate(("stance:Russia", "stance:Turkey"))
        for who, labels in (("Ida", IDA), ("Ben", BEN))
    ]
    assert [str(found.what) for found in measure_agreement(files)] == ["stance:Russia", "stance:Turkey"]
    assert len(measure_agreement(files, what=parse_what("stance:Turkey"))) == 1


def test_labels_that_are_all_one_have_no_kappa(write):
    (found,) = measure_agreement([write("a.jsonl", ["favor"] * 4), write("b.jsonl", ["favor"] * 4)])
    assert found.percent.value == 1
    assert found.krippendorff_alpha.value is None
    assert found.fleiss_kappa.value is None
    assert found.pairs[0].cohen_kappa.value is None


def test_units_of_one_thread_are_drawn_by_themselves(write):
    (found,) = measure_agreement([write("a.jsonl", IDA, thread="t"), write("b.jsonl", BEN, thread="t")])
    assert found.resampled == "units"
    assert found.percent.low < found.percent.high


def test_one_person_alone_is_an_error(write):
    with pytest.raises(BadLabels, match="no unit has labels of two people"):
        measure_agreement([write("a.jsonl", IDA, annotator="Ida"), write("b.jsonl", BEN, annotator="Ida")])
