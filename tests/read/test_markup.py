import time

import pytest

from stance.read.markup import parse, to_text, undo_entities

MANY = 100_000


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("", ""),
        ("plain", "plain"),
        ("  two\nlines &amp; more ", "two\nlines & more"),
        ("<p>One.</p><p>Two.</p>", "One.\n\nTwo."),
        ("<p>One,\n   still one.</p>", "One, still one."),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("foo <b> bar</b> <i>baz</i>", "foo bar baz"),
        ("<ul><li>one</li><li>two</li></ul>after", "- one\n- two\n\nafter"),
        ("<blockquote><p>Said.</p></blockquote><p>Answer.</p>", "> Said.\n\nAnswer."),
        ("<blockquote>a<blockquote>b</blockquote>c</blockquote>d", "> a\n\n> > b\n\n> c\n\nd"),
        ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n\n> b"),
        ("<pre>if x:\n    y</pre>", "if x:\n    y"),
        ("x<script>alert(1)</script><style>p{}</style>y", "xy"),
        ("x<!-- hidden -->y<?php hidden ?>z", "xyz"),
        ('<a href="http://example.org">link</a>', "link"),
        ('<img src="x.png" alt="a bridge">seen', "seen"),
        ('well <img class="emoji" alt="\N{GRINNING FACE}" src="x.png">', "well \N{GRINNING FACE}"),
        ("1 &lt; 2 &#38; 3 &gt; 2 &eacute;", "1 < 2 & 3 > 2 é"),
        ("<p>Größe \N{GRINNING FACE}</p>", "Größe \N{GRINNING FACE}"),
        ("a < b and b > c", "a < b and b > c"),
        ("<p>a\0b\x01c</p>", "a\ufffdbc"),
        ("<b><i>unclosed", "unclosed"),
        ("</div></p>stray", "stray"),
        ("<", "<"),
    ],
)
def test_markup_says_what_a_reader_sees(markup, text):
    assert to_text(markup) == text


def test_elements_can_be_left_out_and_what_follows_them_stays():
    markup = '<p>kept</p><div class="sig">gone<p>too</p></div>after<span class="sig">x</span>!'
    assert to_text(markup, drop=['//*[@class="sig"]']) == "kept\n\nafter!"


@pytest.mark.parametrize("markup", ["", "   ", "<!-- -->"])
def test_nothing_is_parsed_as_nothing(markup):
    assert to_text(markup) == ""
    assert parse("") is None


@pytest.mark.parametrize(
    ("text", "undone"),
    [
        ("&amp;lt;", "&lt;"),
        ("&#39;&#x27;&quot;", "''\""),
        ("&#" + "9" * 5000 + ";", "\ufffd"),
        ("&#x" + "f" * 5000 + "!", "\ufffd!"),
        ("AT&T", "AT&T"),
    ],
)
def test_entities_are_undone_once(text, undone):
    assert undo_entities(text) == undone


HOSTILE = {
    "nested divs": "<div>" * MANY + "x" + "</div>" * MANY,
    "nested quotations": "<blockquote>" * MANY + "x" + "</blockquote>" * MANY,
    "unclosed bold": "<b>x" * MANY,
    "unclosed everything": "".join(f"<{tag}>x" for tag in "b i a span ul li table td p div".split()) * (MANY // 10),
    "list in list": "<ul><li>x" * MANY,
    "attributes": "<p " + " ".join(f"a{n}=1" for n in range(MANY)) + ">x</p>",
    "attributes without spaces": "<p" + "".join(f'/a{n}=""' for n in range(MANY)) + ">x</p>",
    "white space in a tag": "<p" + " " * MANY * 5 + ">x</p>",
    "tags that are cut off": "x" + ("<a" + " " * 50) * (MANY // 10),
    "null bytes": "x\0<b>\0</b>" * MANY,
    "stray ends": "x" + "</div>" * MANY,
    "angle brackets": "<" * MANY * 5 + "x",
    "ampersands": "&" * MANY * 5 + "x<p>",
    "comments that never end": "x" + "<!--" * MANY,
    "one long name": "x<" + "a" * MANY * 5 + ">",
    "one long entity": "x<p>&#" + "9" * MANY + ";",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_markup_takes_bounded_time(kind):
    started = time.process_time()
    text = to_text(HOSTILE[kind])
    # Each takes about half a second; what is not linear takes minutes.
    assert time.process_time() - started < 10
    assert "x" in text or "<" in text


def test_much_that_is_left_out_takes_bounded_time():
    started = time.process_time()
    assert to_text("<i>gone</i>kept " * MANY, drop=["//i"]).count("kept") == MANY
    assert time.process_time() - started < 10


def test_quotations_deeper_than_any_reader_follows_keep_their_text():
    text = to_text("<blockquote>" * 1000 + "deep" + "</blockquote>" * 1000)
    assert text == "> " * 9 + "deep"


@pytest.mark.parametrize(
    "fragment",
    [
        "<p>One.</p>",
        "<p>One,<br>two,<br />three.</p>\n\n<p>  Four  five. </p>\n",
        "<p></p><p>\n</p><p>a > b</p>",
        "<p>\u00a0a\u2028b\u3000</p>",
        "<p>caf\u00e9 \N{GRINNING FACE}</p>",
    ],
)
def test_paragraphs_of_mere_words_are_laid_out_as_a_parser_finds_them(fragment):
    # A comment makes the parser look at the same paragraphs.
    assert to_text(fragment) == to_text(f"{fragment}<!-- -->")
