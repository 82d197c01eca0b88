import numpy as np
import pytest

from stance.records import ARTICLE, Article, Comment, EvidenceKind, Order, Quote, Reading, Thread
from stance.replies import FEATURES, Forest, ReplyScorer, link_replies


def make_scorer(feature: str, *, threshold: float = 0.5, missing_left: bool = True) -> ReplyScorer:
    """One stump: candidates with more than `threshold` of one feature are worth 4 logits, the others none."""
    column = FEATURES.index(feature)
    forest = Forest(
        feature=np.array([column, 0, 0], np.int32),
        threshold=np.array([threshold, 0.0, 0.0]),
        left=np.array([1, 1, 2], np.int32),
        right=np.array([2, 1, 2], np.int32),
        missing_left=np.array([missing_left, False, False]),
        value=np.array([0.0, 0.0, 4.0]),
        roots=np.array([0], np.int32),
        baseline=0.0,
        depth=1,
    )
    return ReplyScorer(forest=forest, temperature=1.0, notes={})


def make_thread(*texts: str, authors: str = "", parents: dict[int, str] | None = None, article: str = "") -> Thread:
    names = authors.split() or [None] * len(texts)
    comments = tuple(
        Comment(id=str(at), text=text, number=at, author=author, parent_id=(parents or {}).get(at))
        for at, (text, author) in enumerate(zip(texts, names, strict=True), start=1)
    )
    return Thread(
        id="t",
        article=Article(title="Bike lanes", text=article),
        comments=comments,
        order=Order.OLDEST_FIRST,
        order_probability=1.0,
    )


def read_flat(thread: Thread) -> dict[str, Reading]:
    unit = np.array([1.0, 0.0], np.float32)
    reading = Reading(embedding=unit, reply_vector=unit, parent_vector=unit)
    return dict.fromkeys([ARTICLE, *(comment.id for comment in thread.comments)], reading)


def link(thread: Thread, feature: str, quotes: dict[str, tuple[Quote, ...]] | None = None, **stump: float):
    return link_replies(thread, read_flat(thread), scorer=make_scorer(feature, **stump), quotes=quotes or {})


def test_a_stated_parent_stands_whatever_the_scorer_says():
    thread = make_thread("Lanes cost money.", "They save lives.", "Prove it.", parents={3: "1"})
    reply = link(thread, "is_article")[2]
    assert (reply.parent_id, reply.probability) == ("1", 1.0)
    assert [evidence.kind for evidence in reply.evidence] == [EvidenceKind.EXPLICIT]
    assert reply.alternatives == ()


def test_a_comment_stated_to_answer_the_article_does():
    thread = make_thread("Lanes cost money.", "They save lives.", parents={2: ARTICLE})
    assert link(thread, "cosine")[1].parent_id == ARTICLE


def test_the_first_comment_can_only_answer_the_article():
    reply = link(make_thread("Lanes cost money."), "cosine")[0]
    assert (reply.parent_id, reply.probability) == (ARTICLE, 1.0)


def test_probabilities_are_the_softmax_over_all_candidates():
    # Three candidates, one of them worth 4 logits: e^4 / (e^4 + 2) and 1 / (e^4 + 2) each.
    reply = link(make_thread("One.", "Two.", "Three."), "is_first")[2]
    best, other = np.exp(4) / (np.exp(4) + 2), 1 / (np.exp(4) + 2)
    assert reply.parent_id == "1"
    assert reply.probability == pytest.approx(best)
    assert [alternative.probability for alternative in reply.alternatives] == pytest.approx([other, other])


def test_a_tie_goes_to_the_comment_nearer_by():
    # No feature is over 99, so that all candidates are worth the same.
    reply = link(make_thread("One.", "Two.", "Three.", "Four."), "steps", threshold=99.0)[3]
    assert [reply.parent_id, *(other.parent_id for other in reply.alternatives)] == ["3", "2", "1", ARTICLE]


def test_the_quoted_comment_is_the_parent_and_the_quotation_is_told():
    thread = make_thread("Lanes cost far too much money.", "Fine by me.", '"cost far too much money" - for whom?')
    quotes = {"3": (Quote(start=0, end=25, source_id="1", similarity=1.0),)}
    reply = link(thread, "quoted_longest", quotes)[2]
    assert reply.parent_id == "1"
    assert reply.evidence[0].words == "quotes 5 words of comment 1"
    assert reply.quotes == quotes["3"]


def test_a_quotation_of_the_article_leads_to_the_article():
    thread = make_thread("Fine.", '"a lane for all" is a slogan.', article="They promise a lane for all.")
    quotes = {"2": (Quote(start=0, end=16, source_id=ARTICLE, similarity=1.0),)}
    reply = link(thread, "quoted_first", quotes)[1]
    assert reply.parent_id == ARTICLE
    assert reply.evidence[0].words == "quotes 4 words of the article"


@pytest.mark.parametrize("call", ["No, @Anna that is wrong.", "Well, anna, no.", "I think Anna has it right."])
def test_whoever_is_called_by_name_is_answered(call):
    thread = make_thread("Lanes cost money.", "They save lives.", call, authors="Anna Bo Cem")
    reply = link(thread, "named")[2]
    assert reply.parent_id == "1"
    assert (EvidenceKind.NAME, "names its author") in [(one.kind, one.words) for one in reply.evidence]


def test_a_name_within_a_word_calls_nobody():
    thread = make_thread("Lanes cost money.", "They save lives.", "Savanna grass.", authors="Anna Bo Cem")
    assert "names its author" not in [one.words for one in link(thread, "named")[2].evidence]


def test_shared_rare_words_are_told_and_common_ones_are_not():
    thread = make_thread("The kerbs are the worst.", "The trams are fine.", "The kerbs again.", "The end.", "The rain.")
    reply = link(thread, "words", threshold=0.05)[2]
    assert reply.parent_id == "1"
    assert reply.evidence[0].words == "shares the word kerbs"


def test_a_comment_right_after_its_parent_says_how_it_opens():
    reply = link(make_thread("Lanes cost money.", "That's not true."), "is_first")[1]
    assert reply.evidence[-1].words == "comes right after comment 1 and opens by pointing back"


def test_a_quotation_is_not_the_comments_own_wording():
    thread = make_thread("Kerbs kill.", "Rain falls.", '"Kerbs" they say', "So?", "Eh?")
    quotes = {"3": (Quote(start=0, end=7, source_id=None, similarity=0.0),)}
    words = [one.words for reply in link(thread, "is_first", quotes) for one in reply.evidence]
    assert "shares the word kerbs" not in words


def test_a_comment_that_is_only_a_quotation_is_linked_to_its_source():
    thread = make_thread("Kerbs kill people.", "Rain falls.", "> Kerbs kill people.")
    quotes = {"3": (Quote(start=0, end=20, source_id="1", similarity=1.0),)}
    assert link(thread, "quoted_share", quotes, threshold=0.1)[2].parent_id == "1"


def test_texts_without_a_word_are_linked_to_something():
    replies = link(make_thread("", "\u200b\u202e", "???"), "words")
    assert all(0 < reply.probability <= 1 for reply in replies)


def test_a_thread_without_comments_has_no_replies():
    assert link(make_thread(), "words") == ()


def test_missing_readings_are_no_error():
    thread = make_thread("One.", "Two.")
    replies = link_replies(thread, {}, scorer=make_scorer("is_first"), quotes={})
    assert replies[1].parent_id == "1"


def test_candidates_stay_bounded_in_a_long_thread_and_none_is_younger():
    thread = make_thread(*(f"Comment about kerb{at % 40} and tram{at % 7}." for at in range(300)))
    from stance.replies import measure_thread

    board, measured = measure_thread(
        thread, read_flat(thread), quotes={}, comment_ids=[comment.id for comment in thread.comments]
    )
    assert max(map(len, measured.candidates)) <= 40
    for at, candidates in enumerate(measured.candidates, start=1):
        assert candidates[0] == 0
        assert candidates[-1] == at - 1
        assert len(set(candidates.tolist())) == len(candidates)
    assert board.n == 301


def test_a_quoted_source_far_back_is_a_candidate():
    thread = make_thread("Kerbs kill people.", *(f"Rain {at}." for at in range(100)), "> Kerbs kill people.")
    quotes = {"102": (Quote(start=0, end=20, source_id="1", similarity=1.0),)}
    assert link(thread, "quoted_first", quotes)[-1].parent_id == "1"
