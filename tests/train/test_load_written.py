import re
from itertools import chain

import pytest

from stance.records import Attribute, Device, Relation, Stance
from stance.train.errors import SourceUnreadable
from stance.train.load_written import load_written, read_written, written_threads

WHOLE = """
## The pool
A The council closes the pool. By Ann Reed.
#1 > A rebut
cw The pool made money in 2019.
s Of course the Council only loves us.
/
" "it was losing money, council or no council"
. I hope they vote again.
AGA: the council | Council
NEU: Ann Reed
ATT: insult
#2 > 1 support
q Who else?
"""


@pytest.fixture
def read(tmp_path):
    def read(text, name="threads.txt"):
        path = tmp_path / name
        path.write_text(text)
        return list(read_written(path))

    return read


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    return list(load_written(tmp_path_factory.mktemp("no-data")))


def test_a_thread_is_read_with_all_its_labels(read):
    first, second = read(WHOLE)
    assert first.text == (
        "The pool made money in 2019. Of course the Council only loves us.\n\n"
        '"it was losing money, council or no council" I hope they vote again.'
    )
    assert first.parent == "The pool\nThe council closes the pool. By Ann Reed."
    assert second.parent == first.text
    assert (first.relation, second.relation) == ({Relation.REBUT: 1.0}, {Relation.SUPPORT: 1.0})
    assert [(s.claim, s.check_worthy, s.rhetoric) for s in first.sentences] == [(1, 1, 0), (0, 0, 1), (0, 0, 0)]
    assert first.sentences[1].devices[Device.SARCASM] == 1.0
    assert second.sentences[0].devices[Device.RHETORICAL_QUESTION] == 1.0
    assert [first.text[s.start : s.end] for s in first.sentences][2] == "I hope they vote again."
    assert first.attributes[Attribute.INSULT] == 1.0
    assert second.attributes[Attribute.INSULT] == 0.0
    assert Attribute.SPAM not in first.attributes


def test_a_target_is_found_in_the_writers_own_words_alone(read):
    first, _ = read(WHOLE)
    council, author = first.targets
    assert [first.text[start:end] for start, end in council.spans] == ["the Council"]
    assert council.probabilities[Stance.AGAINST] == 1.0
    assert author.spans == ()


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("#2 > 1", "#2 > 3", "answers 3, which is not above it"),
        ("#2 > 1", "#1 > A", "its number stands twice"),
        ("q Who", "z Who", "is no line of this format"),
        ("ATT: insult", "ATT: rude", "'rude' is none of"),
        ("NEU: Ann Reed", "NEU: the council", "has two stances"),
    ],
)
def test_a_wrong_line_is_told_with_its_number(read, old, new, what):
    with pytest.raises(SourceUnreadable, match=rf"line \d+: .*{re.escape(what)}"):
        read(WHOLE.replace(old, new))


def test_a_held_back_file_is_for_development_whole(read):
    assert {example.split for example in read(WHOLE, "held_back_more.txt")} == {"dev"}


def test_the_threads_that_ship_are_whole(shipped):
    assert len(shipped) > 1500
    assert all(example.text and example.parent and example.relation for example in shipped)
    # An actor that the writer's words don't name could not be asked for.
    assert [target.name for example in shipped for target in example.targets if not target.spans] == []


def test_no_thread_that_ships_speaks_of_what_the_seed_page_is_about(shipped):
    text = " ".join(chain.from_iterable((example.text, example.parent) for example in shipped))
    assert re.findall(r"\b(?:idlib|syria|jihad|aleppo|assad\b|saudi|erdo[gğ]an)\w*", text, re.IGNORECASE) == []


def test_training_and_development_share_no_thread(shipped):
    sides = {split: {example.group for example in shipped if example.split == split} for split in ("train", "dev")}
    assert sides["train"]
    assert sides["dev"]
    assert sides["train"] & sides["dev"] == set()


def test_the_threads_that_train_can_teach_a_reply_scorer(shipped):
    threads = list(written_threads())
    assert {thread.id for thread in threads} == {example.group for example in shipped if example.split == "train"}
    for thread in threads:
        opening, *posts = thread.posts
        ids = [post.id for post in thread.posts]
        assert (opening.parent_id, opening.quoting) == (None, False)
        assert all(post.parent_id in ids[: ids.index(post.id)] for post in posts)
    quoting = next(
        post for thread in threads for post in thread.posts if post.text_without_quotes != post.text_with_quotes
    )
    assert len(quoting.text_without_quotes) < len(quoting.text_with_quotes)
