import re
from collections import defaultdict
from itertools import chain

import pytest

from stance.records import Attribute, Relation, Stance
from stance.train.errors import SourceUnreadable
from stance.train.load_contrasts import load_contrasts, read_contrasts
from stance.train.origins import normalise

TEMPLATE = """
## irony | never
{WHO} = the ferry | Ann Reed | the pool
{DID} = sank | swam
#1 > A comment
s Oh sure, {WHO} never {DID}.
FAV: {WHO}
#2 > 1 rebut
c {WHO} {DID}.
AGA: {WHO}
ATT: insult
"""


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "train.txt"
        path.write_text(text)
        return list(read_contrasts(path, split="train"))

    return read


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    return list(load_contrasts(tmp_path_factory.mktemp("no-data")))


def test_every_slot_is_filled_in_turn(read):
    examples = read(TEMPLATE)
    assert [example.text for example in examples] == [
        "Oh sure, the ferry never sank.",
        "The ferry sank.",
        "Oh sure, Ann Reed never swam.",
        "Ann Reed swam.",
        "Oh sure, the pool never sank.",
        "The pool sank.",
    ]
    assert {example.group for example in examples} == {"irony | never"}
    assert {example.source for example in examples} == {"contrasts"}


def test_both_sides_of_a_contrast_carry_their_labels(read):
    first, second, *_ = read(TEMPLATE)
    assert first.targets[0].probabilities[Stance.FAVOR] == second.targets[0].probabilities[Stance.AGAINST] == 1.0
    assert second.targets[0].spans == ((0, 9),)
    assert (first.attributes[Attribute.INSULT], second.attributes[Attribute.INSULT]) == (0.0, 1.0)


def test_a_comment_that_answers_nothing_has_no_relation(read):
    first, second, *_ = read(TEMPLATE)
    assert first.relation is None
    assert (second.relation, second.parent) == ({Relation.REBUT: 1.0}, first.text)


def test_a_slot_that_nothing_fills_is_told_with_its_line(read):
    with pytest.raises(SourceUnreadable, match=r"line 6: nothing fills WHO"):
        read(TEMPLATE.replace("{WHO} =", "{WHOM} ="))


def test_the_templates_that_ship_are_as_many_as_promised(shipped):
    templates = {split: {e.group for e in shipped if e.split == split} for split in ("train", "dev")}
    assert len(templates["train"]) >= 40
    assert len(templates["dev"]) >= 25
    assert all(example.targets or example.attributes for example in shipped)
    assert [target.name for example in shipped for target in example.targets if not target.spans] == []


def test_held_back_templates_share_no_text_and_no_title_with_those_that_train(shipped):
    texts, titles = defaultdict(set), defaultdict(set)
    for example in shipped:
        texts[example.split].add(normalise(example.text))
        titles[example.split].add(example.group)
    assert texts["train"] & texts["dev"] == set()
    assert titles["train"] & titles["dev"] == set()


def test_every_template_is_a_contrast(shipped):
    labels = defaultdict(set)
    for example in shipped:
        stances = tuple(max(t.probabilities, key=t.probabilities.get) for t in example.targets)
        labels[example.group].add((stances, tuple(t.spans for t in example.targets), *example.attributes.items()))
    assert [group for group, found in labels.items() if len(found) < 2] == []


def test_no_template_speaks_of_what_the_seed_page_is_about(shipped):
    text = " ".join(chain.from_iterable((example.text, example.parent) for example in shipped))
    named = r"\b(?:idlib|syria|turkey|turkish|russia|jihad|aleppo|assad\b|saudi|erdo[gğ]an|landmine|mines\b)\w*"
    assert re.findall(named, text, re.IGNORECASE) == []
