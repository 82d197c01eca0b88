from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.protocols.sent_text import MOST_SENTENCES, take_html, take_plain

MARKUP = st.lists(
    st.sampled_from(
        ["<p>", "</p>", "<b>", "</b>", "<br>", "<!--", "-->", "&amp;", "&#x1F600;", "&", "<", ">", "'", '"', "\n", " ",
         "<script>", "</script>", "<a href='", "<![CDATA[", "]]>", "<?", "</", "Oh.", "😀", "é", "You lie!", "<img/>"]
    )
).map("".join)  # fmt: skip


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>You <b>l</b>ie.</p>", "\nYou lie.\n"),
        ("a<br/>b", "a\nb"),
        ("", ""),
        ("a &lt;b&gt; &eacute;&#233;&#xe9; &nosuch; & c", "a <b> ééé &nosuch; & c"),
        ("<!-- hidden -->a<!DOCTYPE html><?php hidden ?>b", "ab"),
        ("<script>hidden < a</script>a<style>hidden{}</style>", "\n\na\n\n"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("I <3 you", "I <3 you"),
        ("one\nsentence\r\nin lines", "one sentence  in lines"),
        # What is not closed is no tag and no comment: it would be a way to hide what a reader sees.
        ("a <!-- you liar", "a <!-- you liar"),
        ("a <b you liar", "a <b you liar"),
        (f"&#{'9' * 5000};", f"&#{'9' * 5000};"),
    ],
)
def test_html_says_what_a_reader_sees(markup, text):
    assert take_html(markup).text == text


def units(text, span):
    return text.encode("utf-16-le")[2 * span[0] : 2 * span[1]].decode("utf-16-le")


def test_places_are_those_of_the_markup_in_utf_16_units():
    sent = take_html("<p>😀 Oh &amp; <i>no</i>.</p>\n<p>You&#x21;</p>")
    assert [units(sent.sent, sent.sent_units(span)) for span in sent.sentences()] == [
        "😀 Oh &amp; <i>no</i>.",
        "You&#x21;",
    ]
    assert units(sent.sent, sent.whole_units()) == sent.sent


@given(MARKUP)
def test_every_place_is_within_the_markup_and_begins_and_ends_between_characters(markup):
    sent = take_html(markup)
    ends = 0
    for span in sent.sentences():
        start, end = sent.sent_units(span)
        assert ends <= start < end <= sent.whole_units()[1]
        units(markup, (start, end))  # no half of a pair
        ends = end


@given(st.text(alphabet="ab.! \n😀é", max_size=60))
def test_plain_text_is_its_own_place(text):
    sent = take_plain(text)
    assert [units(text, sent.sent_units((start, end))) for start, end in sent.sentences()] == [
        text[start:end] for start, end in sent.sentences()
    ]


def test_of_very_many_sentences_neighbours_are_taken_together():
    text = " ".join(f"Number {number} lies." for number in range(1000))
    sentences = take_plain(text).sentences()
    assert MOST_SENTENCES // 2 < len(sentences) <= MOST_SENTENCES
    assert (sentences[0][0], sentences[-1][1]) == (0, len(text))
    # Nothing but the space between two is left out.
    assert {text[first[1] : second[0]] for first, second in pairwise(sentences)} == {" "}


@pytest.mark.parametrize(
    "piece", ["<", "<!--", "<a ", "<a/", "<a href='", "&", "&#", "</", "<![CDATA[", "<script>", "<a>"]
)
@pytest.mark.parametrize("end", ["", ">", "-->", "'>"])
def test_twenty_kilobytes_of_broken_markup_take_no_time(piece, end):
    markup = (piece * 20_480)[: 20_480 - len(end)] + end
    begun = time.perf_counter()
    take_html(markup).sentences()
    # Squared, the worst took five seconds.
    assert time.perf_counter() - begun < 2
