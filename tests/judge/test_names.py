import numpy as np
import pytest

from stance.judge.model import TAGS
from stance.judge.names import NamePiece, join_names
from stance.records import ActorKind


def piece(text, word, tag, *, probability=0.9, after=0):
    start = text.index(word, after)
    tags = np.full(len(TAGS), (1 - probability) / (len(TAGS) - 1), np.float32)
    tags[TAGS.index(tag)] = probability
    return NamePiece(start, start + len(word), tags)


def spelled(text, names):
    return [(text[name.start : name.end], name.kind) for name in names]


def test_words_that_go_on_are_one_name_with_the_least_probability():
    text = "Ida Berg left"
    names = join_names(
        text,
        [[piece(text, "Ida", "B-person"), piece(text, "Berg", "I-person", probability=0.6), piece(text, "left", "O")]],
    )
    assert spelled(text, names) == [("Ida Berg", ActorKind.PERSON)]
    # One minus the share of O: 0.4 is spread over six other tags.
    assert names[0].probability == pytest.approx(1 - 0.4 / 6, abs=1e-6)


def test_words_side_by_side_are_one_name_of_the_kind_that_most_speaks_for():
    text = "Ida Harbour Board"
    pieces = [
        piece(text, "Ida", "B-person"),
        piece(text, "Harbour", "B-organisation"),
        piece(text, "Board", "I-organisation"),
    ]
    assert spelled(text, join_names(text, [pieces])) == [("Ida Harbour Board", ActorKind.ORGANISATION)]


@pytest.mark.parametrize("mark", [", ", " and ", "\n"])
def test_a_mark_a_word_or_a_new_line_parts_two_names(mark):
    text = f"Ida{mark}Berg"
    between = [piece(text, mark.strip(), "O")] if mark.strip() else []
    names = join_names(text, [[piece(text, "Ida", "B-person"), *between, piece(text, "Berg", "B-person")]])
    assert [text[name.start : name.end] for name in names] == ["Ida", "Berg"]


@pytest.mark.parametrize(("least", "found"), [(0.3, ["Ida Berg"]), (0.5, ["Ida"]), (0.99, [])])
def test_a_word_belongs_to_a_name_from_the_probability_asked_for(least, found):
    text = "Ida Berg"
    doubtful = piece(text, "Berg", "O", probability=0.6)
    names = join_names(text, [[piece(text, "Ida", "B-person"), doubtful]], least=least)
    assert [text[name.start : name.end] for name in names] == found


def test_a_word_takes_the_tag_of_its_first_piece():
    text = "Oslofjord is cold"
    pieces = [piece(text, "Oslo", "B-unknown"), piece(text, "fjord", "O"), piece(text, "is", "O")]
    assert spelled(text, join_names(text, [pieces])) == [("Oslofjord", ActorKind.UNKNOWN)]


def test_a_full_stop_is_no_part_of_the_word_before_it():
    text = "Berg."
    assert spelled(text, join_names(text, [[piece(text, "Berg", "B-person"), piece(text, ".", "O")]])) == [
        ("Berg", ActorKind.PERSON)
    ]


def test_windows_that_overlap_name_nobody_twice():
    text = "aa Ida bb cc Berg dd ee"
    tag_of = {"Ida": "B-person", "Berg": "B-person"}
    words = text.split()
    pieces = [piece(text, word, tag_of.get(word, "O")) for word in words]
    names = join_names(text, [pieces[:5], pieces[1:6], pieces[2:]])
    assert [text[name.start : name.end] for name in names] == ["Ida", "Berg"]


@pytest.mark.parametrize("cut", [1, 2, 3, 4])
def test_a_name_across_the_edge_of_a_window_stays_whole(cut):
    text = "aa Ida van Berg ee"
    tags = ["O", "B-person", "I-person", "I-person", "O"]
    pieces = [piece(text, word, tag) for word, tag in zip(text.split(), tags, strict=True)]
    names = join_names(text, [pieces[:cut], pieces[max(0, cut - 1) :]])
    assert [text[name.start : name.end] for name in names] == ["Ida van Berg"]


def test_where_windows_overlap_the_nearer_one_is_heard():
    text = "aa bb cc dd ee ff"
    words = text.split()
    # The overlap is bb to ee; its middle lies between cc and dd. Each window errs beyond it.
    first = [piece(text, word, "B-person" if word in {"dd", "ee"} else "O") for word in words[:5]]
    second = [piece(text, word, "B-person" if word in {"bb", "cc"} else "O") for word in words[1:]]
    assert join_names(text, [first, second]) == ()


def test_no_text_holds_no_names():
    assert join_names("", [[]]) == ()
