"""Words and their offsets."""

import pytest

from stance.actors.words import fold, fold_phrase, split_words


def test_offsets_point_into_the_whole_text():
    text = "Türkiye’s al-Qaeda\n\n" + "x " * 80_000 + "the U.S. left."
    pieces = list(split_words(text))
    assert len(pieces) > 1  # longer than one piece
    assert [text[pieces[0].starts[at] : pieces[0].ends[at]] for at in range(4)] == ["Türkiye", "s", "al", "Qaeda"]
    last = pieces[-1]
    assert [last.surface(at) for at in range(len(last) - 3, len(last))] == ["the", "U.S.", "left"]


@pytest.mark.parametrize(
    ("word", "folded"), [("Erdoğan", "erdogan"), ("U.S.A.", "usa"), ("TÜRKİYE", "turkiye"), ("Straße", "strasse")]
)
def test_case_accents_and_dots_are_folded_away(word, folded):
    assert fold(word) == folded


def test_a_phrase_folds_to_words_with_single_spaces():
    assert fold_phrase("Hay’at  Tahrir al-Sham") == "hay at tahrir al sham"


@pytest.mark.parametrize(
    ("text", "joined"),
    [("Saudi Arabia", True), ("Saudi\nArabia", True), ("Saudi-Arabia", True), ("Saudi. Arabia", False),
     ("St. Lucia", True), ("Saudi, Arabia", False)],
)  # fmt: skip
def test_only_spaces_hyphens_and_apostrophes_join_words(text, joined):
    (words,) = split_words(text)
    assert words.joined(0) is joined


def test_an_empty_text_has_no_words():
    assert list(split_words("")) == []
