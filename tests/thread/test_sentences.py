from itertools import pairwise

import pytest

from stance.thread import split_sentences


def sentences(text):
    return [text[start:end] for start, end in split_sentences(text)]


@pytest.mark.parametrize(
    "text",
    [
        "He lives in the U.S. | They do not.",
        "The U.S. Army came at 5 p.m. and left.",
        "Mr. Berg met J. Smith, e.g. in No. 5 of vol. 3.",
        "Roads, bridges etc. are old. | Nobody pays for roads etc. | They fall.",
        "i dont care. | he is wrong! | why?",
        "“Is it so?” he asked.",
        "“It is so.” | Then he left.",
        "Well… | Maybe so… but no... | Then go.",
        "It cost money”… – that is why.",
        "It fell (twice) in 2010. | 3 years passed. | It cost 3.5 million.",
        "Really?! | (sigh)",
        "So it is. | Nice. :)",
        "See bbc.co.uk today. | Then go.",
        "I said no. | So am I. | You too.",
        "1. Mend it. | 2. Leave it.",
        "a) first | b) second",
    ],
)
def test_sentences_end_where_a_reader_ends_them(text):
    if text.startswith("a)"):
        text = text.replace(" | ", "\n| ")
    want = [part.strip() for part in text.split("| ")]
    assert sentences(text.replace("| ", "")) == want


def test_a_missing_space_after_a_stop_is_a_slip():
    assert sentences("So it goes.Then it stops.") == ["So it goes.", "Then it stops."]


def test_every_line_is_a_sentence_of_its_own_at_least():
    assert sentences("FACTS\n\n 1. Roads are old. \n2. So are we\n") == ["FACTS", "1. Roads are old.", "2. So are we"]


@pytest.mark.parametrize("text", ["", " \n ", "\n"])
def test_nothing_has_no_sentences(text):
    assert split_sentences(text) == ()


@pytest.mark.parametrize("unit", [".", ".)", '?" ', "1. ", "a.\n", "word ", ". x", "…", "“"])
def test_every_written_character_is_in_one_sentence(unit):
    text = unit * 20_000
    spans = split_sentences(text)
    covered = "".join(text[start:end] for start, end in spans)
    assert "".join(covered.split()) == "".join(text.split())
    assert all(left[1] <= right[0] for left, right in pairwise(spans))
