"""The guidelines on the page are those of the papers."""

from __future__ import annotations

from pathlib import Path

import pytest

from stance.label import make_question
from stance.label.guide import GUIDE, guidelines
from stance.records import Attribute
from stance.study import parse_what

PAPER = Path(__file__).parent.parent.parent / "docs" / "labels.md"
WHATS = ["stance:Veland", "relation", "claim", "rhetoric", *(f"attribute:{one.value}" for one in Attribute)]


def test_the_page_s_guide_is_the_paper_byte_for_byte():
    assert GUIDE.read_bytes() == PAPER.read_bytes(), "docs/labels.md was changed: copy it to stance/label/labels.md"


@pytest.mark.parametrize("what", WHATS)
def test_every_answer_or_its_question_is_defined_by_the_guide(what):
    question = make_question(parse_what(what))
    assert question.means or all(choice.means for choice in question.choices)
    assert [choice.key for choice in question.choices] == [str(n + 1) for n in range(len(question.choices))]
    assert {choice.label for choice in question.choices} in ({0.0, 1.0}, set(question.what.choices))
    shown = guidelines(question.what)
    assert "<p>" in shown
    assert "\n#" not in shown


def test_markup_in_an_actor_s_name_stays_words():
    assert "�" in make_question(parse_what("stance:Ve\u202eland")).words
