"""Strangers' text on one line."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from stance.out.plain import safe, snip


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\r\n\tlines\u2028three", "two lines three"),
        ("\x1b[31mred", "\ufffd[31mred"),
        ("a\u200bb\u00ad\ufeffc", "abc"),
        ("a\u202eb", "a\ufffdb"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("e\u0301\u0302\u0303\u0304", "e\u0301\u0302"),
        ("\ud800", "\ufffd"),
        ("  ", ""),
    ],
)
def test_what_is_seen_is_all_there_is(text, shown):
    assert safe(text) == shown


@pytest.mark.parametrize("cells", [1, 3, 4, 10, 29, 30, 31])
def test_a_snip_fits_its_cells(cells):
    for text in ("The pier was sold in one night.", "漢字" * 20, "x" * 100):
        assert cell_len(snip(text, cells)) <= cells


def test_a_snip_ends_between_words_and_says_that_more_follows():
    assert snip("The pier was sold in one night", 20) == "The pier was sold…"
    assert snip("The pier", 8) == "The pier"


def test_a_name_is_cut_at_the_letter():
    assert snip("United States", 9) == "United S…"


def test_a_long_text_behind_white_space_still_shows_that_it_goes_on():
    assert snip(" " * 5000 + "hidden", 10) == "…"
