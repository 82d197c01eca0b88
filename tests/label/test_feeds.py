"""What was labelled goes straight into measuring and training."""

from __future__ import annotations

import pytest
from made_units import make_units

from stance.errors import BadLabelRow
from stance.evaluate import run_task
from stance.label import Answer, Sitting, make_question, open_book
from stance.queue import load_policy
from stance.study import read_label_rows
from stance.train.load_own import load_own

WHATS = ["stance:Veland", "relation", "attribute:INSULT", "claim", "rhetoric"]


def label(out, what, n_skipped=1):
    """Label twelve units: some cannot be told, the others get each answer in turn."""
    units = make_units(12, what)
    with open_book(out) as book:
        sitting = Sitting(units, question=make_question(units[0].what), book=book, annotator="Anna")
        words = [choice.word for choice in sitting.question.choices]
        for number in range(1, 13):
            word = None if number <= n_skipped else words[number % len(words)]
            sitting.answer(number, Answer(word=word, seconds=1), version="")


@pytest.mark.parametrize("what", WHATS)
def test_labels_are_measured_and_taught_without_the_skipped(what, out, make_judge, tmp_path):
    label(out, what)
    task = make_units(1, what)[0].what.task
    figures = run_task(task, out, judge=make_judge(), scorer=None, policy=load_policy())
    assert figures["n"] == 11
    examples = load_own(task, out)
    assert len(examples) == 11
    taught = {
        "stance": lambda one: one.targets[0].name == "Veland",
        "relation": lambda one: len(one.relation) == 1 and one.parent == "Who sold it?",
        "attributes": lambda one: set(one.attributes) == {"INSULT"},
        "sentence": lambda one: getattr(one.sentences[0], what) in (0.0, 1.0),
    }[task]
    assert all(map(taught, examples))
    assert len(list(read_label_rows(out))) == 11


def test_a_file_of_which_nobody_could_tell_anything_says_so(out):
    label(out, "relation", n_skipped=12)
    with pytest.raises(BadLabelRow, match="nobody could tell, and no label is left"):
        load_own("relation", out)
