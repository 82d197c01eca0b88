from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stance.errors import EmptyInput, NoComments
from stance.read import read_page
from stance.read.saved_page import read_saved_page

HEAD = "A bridge for the old town\n\nBy Ida Berg: @idaberg\n\nThe council meets on Monday.\n\n"


def read(text, source="page.txt"):
    return read_saved_page(text, source=source)


def test_the_seed_page_is_read_whole(seed_page):
    page = read_page(seed_page)
    assert [comment.id for comment in page.comments] == [str(number) for number in range(1, 12)]
    assert page.stated_total == 39
    assert page.notes == ("the page states 39 comments and holds 11",)
    assert page.article.title == "The Liberation of Idlib: Turkey is in the way, with Russia slowing down"
    assert page.article.author == "Elijah J. Magnier"
    assert page.article.text.startswith("Turkey is pushing")
    assert page.article.text.endswith("Thank you.")
    assert "\n5. Supply Yemen" in page.comments[2].text
    assert page.comments[10].text.endswith("populate the Middle-East.")


def test_title_author_and_body_are_told_apart():
    article = read(HEAD + "2 comments\n\n 1. Yes.\n\n 2. No.\n").article
    assert (article.title, article.author, article.text) == (
        "A bridge for the old town",
        "Ida Berg",
        "The council meets on Monday.",
    )


def test_a_sentence_that_begins_with_by_is_no_author():
    article = read("Bridges\n\nBy Monday the council will have met.\n\n1 comment\n\n1. Good.").article
    assert article.author is None
    assert article.text == "By Monday the council will have met."


@pytest.mark.parametrize(
    ("line", "total"),
    [
        ("39 thoughts on “A bridge", 39),
        ("One thought on “A bridge”", 1),
        ("1,204 Comments", 1204),
        ("2 responses to “A bridge”", 2),
        ("Comments (7)", 7),
        ("3 Replies", 3),
        ("Comments:", None),
    ],
)
def test_the_stated_total_is_read_and_a_difference_is_a_note(line, total):
    page = read(f"{HEAD}{line}\n\n1. Yes.\n\n2. No.\n")
    assert page.stated_total == total
    assert len(page.comments) == 2
    assert bool(page.notes) == (total not in (None, 2))


def test_an_indented_list_stays_inside_its_comment():
    page = read(HEAD + "3 comments\n\n  1. Do this:\n    1. dig\n    2. build\n\n  2. No.\n\n  3. Why?\n")
    assert [comment.text for comment in page.comments] == ["Do this:\n1. dig\n2. build", "No.", "Why?"]


def test_a_list_at_the_comments_own_level_stays_inside_where_the_numbering_says_so():
    # Greedy reading would take the list's 3 and 4 for comments 3 and 4.
    page = read("4 comments\n\n1. One.\n\n2. Do this:\n1. a\n2. b\n3. c\n4. d\n\n3. Three.\n\n4. Four.\n")
    assert [comment.text for comment in page.comments] == [
        "One.",
        "Do this:\n1. a\n2. b\n3. c\n4. d",
        "Three.",
        "Four.",
    ]


def test_right_aligned_numbers_are_one_level():
    lines = "\n\n".join(f"{number:>4}. Comment." for number in range(1, 13))
    assert len(read(f"12 comments\n\n{lines}\n").comments) == 12


def test_a_numbered_list_in_the_article_is_not_taken_for_comments():
    page = read("Bridges\n\nThree ways:\n1. stone\n2. wood\n3. steel\n\n2 comments\n\n1. Stone.\n\n2. Steel.\n")
    assert [comment.text for comment in page.comments] == ["Stone.", "Steel."]
    assert "3. steel" in page.article.text


def test_comments_are_found_without_a_heading():
    page = read(HEAD + "1. Yes.\n\n2. No.\n\n3. Why?\n")
    assert [comment.id for comment in page.comments] == ["1", "2", "3"]
    assert page.stated_total is None


def test_the_pages_trailer_is_cut_off_and_a_comments_own_words_are_not():
    comments = "  1. Leave a reply\n    on my page!\n\n  2. Leave a Reply\n    is what it says.\n\n"
    trailer = "Leave a Reply\n\nThis site uses Akismet to reduce spam. Learn how.\n"
    text = f"{HEAD}2 comments\n\n{comments}{trailer}"
    assert [comment.text for comment in read(text).comments] == [
        "Leave a reply\non my page!",
        "Leave a Reply\nis what it says.",
    ]


def test_paragraphs_and_lines_are_kept_without_the_lists_indentation():
    page = read("1 comment\n\n  1. First line\n    second line\n\n    New paragraph\n      indented\n")
    assert page.comments[0].text == "First line\nsecond line\n\nNew paragraph\n  indented"


MOMENT = datetime(2018, 9, 14, 15, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "header",
    [
        "Jane Roe says:\nSeptember 14, 2018 at 3:04 pm",
        "Jane Roe says:\n\n14 Sep 2018, 15:04",
        "[Jane Roe]/2018-09-14 15:04",
        "[Jane Roe]\n2018-09-14T15:04:00Z",
        "Jane Roe on September 14, 2018 at 3:04 pm said:".replace(" said:", ":"),
        "Jane Roe / 14.09.2018 15:04",
        "Jane Roe wrote on Sept. 14, 2018 at 3:04 p.m.",
    ],
)
def test_a_header_gives_author_and_time_and_leaves_the_text(header):
    comment = read(f"1 comment\n\n1. {header}\n\nStone lasts.\n\nReply\n").comments[0]
    assert (comment.author, comment.posted_at, comment.text) == ("Jane Roe", MOMENT, "Stone lasts.")


@pytest.mark.parametrize(
    "text",
    ["Everybody says:\nstone lasts.", "Stone / 03/04/2018", "[sic] stone", "On May 3 it fell.", "Jane on Monday"],
)
def test_words_that_are_no_header_stay_in_the_text(text):
    comment = read(f"1 comment\n\n1. {text}\n").comments[0]
    assert (comment.author, comment.text) == (None, text)


def test_a_page_without_numbers_is_read_by_its_headers():
    first = "Jane says:\nMay 3, 2020 at 1:00 am\n\nYes.\n\nReply"
    second = "Joe says:\nMay 4, 2020 at 1:00 am\nNo."
    page = read(f"{HEAD}2 responses\n\n{first}\n\n{second}\n")
    assert [(comment.id, comment.author, comment.text) for comment in page.comments] == [
        ("1", "Jane", "Yes."),
        ("2", "Joe", "No."),
    ]


def test_an_empty_comment_is_kept():
    assert [comment.text for comment in read("2 comments\n\n1.\n\n2. Yes.").comments] == ["", "Yes."]


def test_a_page_with_no_comments_is_refused_with_what_was_looked_for():
    with pytest.raises(NoComments, match=r"page\.txt: no comments found; looked for comments numbered"):
        read("A bridge\n\nNobody has anything to say.\n")


def test_an_empty_page_is_refused():
    with pytest.raises(EmptyInput):
        read(" \n\n\t")


@pytest.mark.parametrize("filler", ["lorem ipsum ", "1. a\n", "\n"])
def test_a_comment_of_many_characters_is_read(filler):
    text = filler * (300_000 // len(filler))
    page = read(f"2 comments\n\n1. Before.\n\n2. {text}end")
    assert page.comments[0].text == "Before."
    assert sum(len(comment.text) for comment in page.comments) > 0


QUICK = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
WORDS = st.lists(
    st.sampled_from("Größe, bridge steel; “quoted” @kim and: No! 1998 日本 (so)".split()), min_size=1, max_size=9
)
SAID = WORDS.map(lambda words: "So " + " ".join(words))


@settings(max_examples=60, **QUICK)
@given(texts=st.lists(st.lists(SAID, min_size=1, max_size=3).map("\n\n".join), min_size=1, max_size=8))
def test_texts_written_and_read_are_the_same(texts, read_file):
    numbered = "\n\n".join(f"{number}. {text}" for number, text in enumerate(texts, start=1))
    (page,), rejects = read_file(f"{HEAD}{len(texts)} comments\n\n{numbered}\n")
    assert ([comment.text for comment in page.comments], rejects) == (texts, [])
    assert page.stated_total == len(page.comments)


@settings(max_examples=60, **QUICK)
@given(data=st.data())
def test_a_damaged_page_is_at_worst_an_error_of_ours(data, read_damaged):
    read_damaged(data, HEAD + "3 comments\n\n1. Größe?\n\n2. “Größe?” No:\n   1. No.\n\n3. [deleted]\n", "page")
