"""Which words are said to carry an attribute or a stance."""

import numpy as np

from stance.judge.carriers import find_carriers, find_stance_carriers
from stance.judge.encoding import Window
from stance.records import Attribute

# "they are rascals here": the third word is cut in two pieces.
TEXT = "they are rascals here"
WINDOW = Window(
    ids=[0, 1, 2, 3, 4, 5, 0],
    types=[0] * 7,
    own=[False, True, True, True, True, True, False],
    offsets=[(-1, -1), (0, 4), (5, 8), (9, 13), (13, 16), (17, 21), (-1, -1)],
    capitals=[3] * 7,
    n_comment=5,
)


def attention(*, row: int, weights: list[float]) -> np.ndarray:
    paid = np.zeros((len(Attribute), 7), dtype=np.float32)
    paid[row] = weights
    return paid


def test_a_word_in_pieces_is_shown_whole_with_the_attention_of_all_its_pieces():
    # Four words, so a word needs 2 / 4 of the attention; neither piece alone has it, together they have 0.8.
    insult = list(Attribute).index(Attribute.INSULT)
    (span,) = find_carriers(TEXT, WINDOW, attention(row=insult, weights=[0, 0.1, 0.05, 0.4, 0.4, 0.05, 0]))
    assert TEXT[span.start : span.end] == "rascals"
    assert span.attribute is Attribute.INSULT
    assert round(span.weight, 3) == 0.8


def test_even_attention_singles_out_no_word():
    threat = list(Attribute).index(Attribute.THREAT)
    assert find_carriers(TEXT, WINDOW, attention(row=threat, weights=[0, 0.25, 0.25, 0.125, 0.125, 0.25, 0])) == []


def test_neighbouring_words_are_one_span():
    long = "a b c d e f"
    window = Window(
        ids=list(range(6)),
        types=[0] * 6,
        own=[True] * 6,
        offsets=[(place * 2, place * 2 + 1) for place in range(6)],
        capitals=[0] * 6,
        n_comment=6,
    )
    paid = np.zeros((len(Attribute), 6), dtype=np.float32)
    paid[0] = [0, 0.5, 0.5, 0, 0, 0]
    (span,) = find_carriers(long, window, paid)
    assert long[span.start : span.end] == "b c"


def test_quoted_words_carry_nothing():
    quoted = Window(
        ids=WINDOW.ids,
        types=[0, 1, 1, 1, 1, 1, 0],
        own=[False] * 7,
        offsets=WINDOW.offsets,
        capitals=WINDOW.capitals,
        n_comment=5,
    )
    assert find_carriers(TEXT, quoted, attention(row=0, weights=[1, 0, 0, 0, 0, 0, 0])) == []


def test_a_quotation_between_two_words_parts_them():
    window = Window(
        ids=WINDOW.ids,
        types=[0, 0, 1, 0, 0, 0, 0],
        own=[False, True, False, True, True, True, False],
        offsets=WINDOW.offsets,
        capitals=WINDOW.capitals,
        n_comment=5,
    )
    # Three own words, so a word needs two thirds: "they" and "rascals" are given that much, and "are" is quoted.
    spans = find_carriers(TEXT, window, attention(row=0, weights=[0, 0.7, 0, 0.4, 0.4, 0, 0]))
    assert [TEXT[span.start : span.end] for span in spans] == ["they", "rascals"]


def test_a_stance_is_carried_by_words_that_do_not_name_its_target():
    weights = np.array([0, 0.3, 0.02, 0.3, 0.3, 0.08, 0], dtype=np.float32)
    # Beside the name 0.7 is left for three words, so a carrier needs two thirds of that.
    (span,) = find_stance_carriers(TEXT, WINDOW, weights, naming=frozenset({1}))
    assert TEXT[span.start : span.end] == "rascals"
    assert round(span.weight, 3) == 0.6


def test_a_stance_that_is_read_from_nothing_is_carried_by_nothing():
    assert find_stance_carriers(TEXT, WINDOW, np.zeros(7, dtype=np.float32), naming=frozenset()) == []
