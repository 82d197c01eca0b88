"""Text from strangers in pieces: all of it there, nothing that acts, and the marks at the right letters."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.serve.inert import Piece, excerpt, one_line, pieces


def test_plain_text_is_one_piece():
    assert pieces("Veland lied.\nTwice.") == [Piece(text="Veland lied.\nTwice.")]


def test_words_of_several_reasons_carry_all_their_numbers():
    # 0123456789
    # You fools!   reason 1 is the whole, reason 2 is "fools"
    found = pieces("You fools!", reasons=[[(0, 10)], [(4, 9)]])
    assert [(piece.text, piece.reasons, piece.ends) for piece in found] == [
        ("You ", (1,), ()),
        ("fools", (1, 2), (2,)),
        ("!", (1,), (1,)),
    ]


def test_quotations_and_actors_are_marked_beside_reasons():
    found = pieces("“Veland” no", reasons=[[(9, 11)]], quotes=[(0, 8)], actors=[(1, 7, "Veland")])
    assert [(piece.text, piece.quoted, piece.actor, piece.reasons) for piece in found] == [
        ("“", True, "", ()),
        ("Veland", True, "Veland", ()),
        ("”", True, "", ()),
        (" ", False, "", ()),
        ("no", False, "", (1,)),
    ]


@pytest.mark.parametrize(
    ("text", "sign", "name"),
    [
        ("a\u202eb", "�", "right-to-left override (U+202E)"),
        ("a\x00b", "�", "control character (U+0000)"),
        ("a\u200b\u200b\u200bb", "�×3", "zero width space (U+200B)"),
        ("a\ufeffb", "�", "zero width no-break space (U+FEFF)"),
        ("a\x1b[31mb", "�", "control character (U+001B)"),
    ],
)
def test_what_cannot_be_seen_is_named(text, sign, name):
    before, odd, after = pieces(text)
    assert (before.text, odd.text) == ("a", sign)
    assert odd.odd.startswith(name)
    assert after.text.endswith("b")


def test_a_tower_of_marks_is_cut_and_counted():
    found = pieces("Z" + "\u0300" * 100 + "x")
    assert [piece.text for piece in found] == ["Z" + "\u0300" * 4, "◌", "x"]
    assert found[1].odd == "96 more combining marks"


def test_a_column_of_empty_lines_is_cut_and_counted():
    found = pieces("a" + "\n" * 100 + "b")
    assert [piece.text for piece in found] == ["a" + "\n" * 6, "⏎", "b"]
    assert found[1].odd == "94 more line breaks"


@pytest.mark.parametrize("text", ["नमस्ते दुनिया", "می‌خواهم", "👨‍👩‍👧 ❤️", "e\u0301te\u0301", "שָׁלוֹם", "a\r\nb\tc"])
def test_what_people_write_is_left_as_it_is(text):
    assert "".join(piece.text for piece in pieces(text)) == text


@given(st.text(max_size=200), st.lists(st.tuples(st.integers(0, 210), st.integers(0, 210)), max_size=6))
def test_marks_change_no_letter_of_plain_text(text, spans):
    plain = "".join(letter for letter in text if letter.isascii() and letter.isprintable())
    found = pieces(plain, reasons=[spans], quotes=spans, actors=[(*span, "x") for span in spans])
    assert "".join(piece.text for piece in found) == plain
    marked = {place for start, end in spans for place in range(start, min(end, len(plain)))}
    at = 0
    for piece in found:
        assert all((place in marked) is bool(piece.reasons) for place in range(at, at + len(piece.text)))
        at += len(piece.text)


def test_the_beginning_is_on_one_line_and_says_that_more_follows():
    assert one_line("a\n\n b\tc", limit=80) == "a b c"
    assert one_line("word " * 100, limit=9) == "word word…"
    assert excerpt("") == []


def test_ten_megabytes_take_no_longer_than_their_beginning():
    began = time.perf_counter()
    pieces("\u0300" * 10_000_000)
    excerpt("x" * 10_000_000)
    assert time.perf_counter() - began < 1


def test_thousands_of_marks_take_linear_time():
    text = "Veland " * 2_800
    spans = [(place * 7, place * 7 + 6) for place in range(2_800)]
    began = time.perf_counter()
    found = pieces(text, reasons=[spans], quotes=spans, actors=[(*span, "Veland") for span in spans])
    assert len(found) == 5_600
    assert time.perf_counter() - began < 2
