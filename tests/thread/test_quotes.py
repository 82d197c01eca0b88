import pytest

from stance.records import ARTICLE, Article, Comment
from stance.thread import find_quotes

OWN = "The harbour needs a second crane before the winter storms begin, and soon."
ARTICLE_TEXT = Article(title="Cranes for the harbour", text="Ida Berg told the council that cranes rust in salt air.")


def quotes_of(*texts, article=ARTICLE_TEXT, authors=None):
    """(source, words) of every quotation in the last text."""
    comments = [
        Comment(id=chr(ord("a") + index), text=text, number=index + 1, author=authors[index] if authors else None)
        for index, text in enumerate(texts)
    ]
    found = find_quotes(comments, article)
    assert list(found) == [comment.id for comment in comments]
    return [(quote.source_id, texts[-1][quote.start : quote.end]) for quote in found[comments[-1].id]]


@pytest.mark.parametrize("marks", ["“%s”", '"%s"', "«%s»", "„%s“", "»%s«", "“%s“", "”%s”", '“%s"', "‘%s’", "'%s'"])
def test_marks_of_any_make_are_part_of_the_quotation(marks):
    quoted = marks % "needs a second crane before the winter"
    assert quotes_of(OWN, f"You say it {quoted}. Why?") == [("a", quoted)]


@pytest.mark.parametrize(
    "quoted",
    [
        "THE HARBOUR NEEDS A SECOND CRANE",
        "the harbour needs a second crane..",
        "The harbour … before the winter storms",
        "The harbour needs [...] before the winter storms begin",
        "harbour needs a crane before the winter storms begin",
        "The harbour needs second crane before winter storms begin",
    ],
)
def test_a_quotation_may_differ_a_little_from_its_source(quoted):
    assert quotes_of(OWN, f"“{quoted}” Why?") == [("a", f"“{quoted}”")]


def test_similarity_is_the_share_of_words_found():
    comments = [Comment(id="a", text=OWN, number=1), Comment(id="b", text="“harbour needs a third crane”", number=2)]
    # harbour, needs, a and crane of five words.
    assert find_quotes(comments, Article())["b"][0].similarity == pytest.approx(0.8)


def test_quoted_lines_are_one_quotation_with_their_marks():
    text = "> The harbour needs\n> a second crane\n\nWhy?"
    assert quotes_of(OWN, text) == [("a", "> The harbour needs\n> a second crane")]


def test_deeper_lines_are_somebody_elses():
    text = ">> Ida Berg told the council\n> The harbour needs a second crane\nWhy?"
    assert quotes_of(OWN, text) == [
        (ARTICLE, ">> Ida Berg told the council"),
        ("a", "> The harbour needs a second crane"),
    ]


def test_the_title_and_the_article_can_be_quoted():
    assert quotes_of("So “cranes rust in salt air”, in “Cranes for the harbour”?") == [
        (ARTICLE, "“cranes rust in salt air”"),
        (ARTICLE, "“Cranes for the harbour”"),
    ]


@pytest.mark.parametrize(
    "text", ["A ‘second crane’ indeed.", "So “very”.", "It is 5'10\" or so.", "Don't, won't, can't."]
)
def test_short_marked_words_are_no_quotation(text):
    assert quotes_of(OWN, text) == []


def test_long_marked_words_found_nowhere_are_somebody_elses():
    assert quotes_of(OWN, "“Nothing will come of nothing” is my answer.") == [(None, "“Nothing will come of nothing”")]


def test_three_marked_words_count_only_word_for_word():
    assert quotes_of(OWN, "“a second crane” and “a third crane”") == [("a", "“a second crane”")]


def test_a_comment_can_be_a_quotation_and_nothing_else():
    assert quotes_of(OWN, f"“{OWN}”") == [("a", f"“{OWN}”")]


def test_the_source_is_who_has_the_words_as_its_own_not_who_quotes_them():
    quoted = f"“{OWN}”"
    assert quotes_of(f"{quoted} says my neighbour", "No.", OWN, quoted)[0][0] == "c"
    assert quotes_of(OWN, f"{quoted} Nonsense.", quoted)[0][0] == "a"


def test_only_older_comments_are_sources():
    comments = [Comment(id="a", text=f"“{OWN}”", number=1), Comment(id="b", text=OWN, number=2)]
    found = find_quotes(comments, Article())
    assert found["a"][0].source_id is None
    assert found["b"] == ()


def test_an_unclosed_quotation_reaches_as_far_as_its_source():
    text = "“The harbour needs a second crane but I do not see why it should."
    assert quotes_of(OWN, text) == [("a", "“The harbour needs a second crane")]


def test_an_unclosed_quotation_does_not_swallow_the_next_paragraph():
    text = "“The harbour needs a second crane\n\nNo. “cranes rust in salt air” though."
    assert quotes_of(OWN, text) == [
        ("a", "“The harbour needs a second crane"),
        (ARTICLE, "“cranes rust in salt air”"),
    ]


def test_a_long_passage_without_marks_is_a_quotation():
    passage = "needs a second crane before the winter storms begin"
    assert quotes_of(OWN, f"It {passage}? I never heard such a thing.") == [("a", passage)]
    assert quotes_of(OWN, "It needs a second crane before the end. I never heard such a thing.") == []


def test_the_same_comment_posted_twice_quotes_nobody():
    assert quotes_of(OWN, OWN) == []


def test_an_author_who_repeats_themselves_quotes_nobody():
    text = f"Again: {OWN} Do you hear me now?"
    assert quotes_of(OWN, text, authors=["jane", "jane"]) == []
    assert quotes_of(OWN, text, authors=["jane", "joe"]) != []


@pytest.mark.parametrize("unit", ['"', "“", ' "a', "> ", ">a\n", "'a ", "“a b c d ", "a b. ", "\n\n", "… ", "”"])
def test_hostile_text_is_read_and_its_spans_lie_inside(unit):
    text = unit * 3000
    comments = [Comment(id="a", text=text, number=1), Comment(id="b", text=text + " more of my own", number=2)]
    for quotes in find_quotes(comments, Article()).values():
        places = [place for quote in quotes for place in (quote.start, quote.end)]
        assert places == sorted(places)
        assert not places or (places[0] >= 0 and places[-1] <= len(text) + 15)


def test_no_comments_have_no_quotations():
    assert find_quotes([], Article()) == {}
    assert quotes_of("", "", article=Article()) == []
