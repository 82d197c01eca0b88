"""A comment that says whom it answers answers one of theirs."""

import numpy as np
import pytest

from stance.records import ARTICLE, Article, Comment, EvidenceKind, Order, Reading, Thread
from stance.replies import FEATURES, Forest, ReplyScorer, link_replies


def latest_scorer() -> ReplyScorer:
    """A scorer for which each step back costs a logit: all else being equal it takes the comment right before."""
    column = FEATURES.index("steps")
    n = 12
    forest = Forest(
        feature=np.array([column] * n + [0] * n, np.int32),
        threshold=np.concatenate([np.arange(1, n + 1) + 0.5, np.zeros(n)]),
        left=np.concatenate([np.arange(n, 2 * n), np.arange(n, 2 * n)]).astype(np.int32),
        right=np.concatenate([np.arange(1, n), [2 * n - 1], np.arange(n, 2 * n)]).astype(np.int32),
        missing_left=np.zeros(2 * n, np.bool_),
        value=np.concatenate([np.zeros(n), -np.arange(n, dtype=np.float64)]),
        roots=np.array([0], np.int32),
        baseline=0.0,
        depth=n,
    )
    return ReplyScorer(forest=forest, temperature=1.0, notes={})


def link(*rows, article_author=None, **options):
    """Rows are (author, text) or (author, text, the comment's other fields)."""
    comments = tuple(
        Comment(id=str(at), number=at, author=row[0], text=row[1], **(row[2] if len(row) > 2 else {}))
        for at, row in enumerate(rows, start=1)
    )
    thread = Thread(
        id="t",
        article=Article(title="Bike lanes", author=article_author),
        comments=comments,
        order=Order.OLDEST_FIRST,
        order_probability=1.0,
    )
    unit = np.array([1.0, 0.0], np.float32)
    reading = Reading(embedding=unit, reply_vector=unit, parent_vector=unit)
    readings = dict.fromkeys([ARTICLE, *(comment.id for comment in comments)], reading)
    return link_replies(thread, readings, scorer=latest_scorer(), quotes={}, **options)


def test_without_an_address_the_test_scorer_takes_the_comment_right_before():
    assert [reply.parent_id for reply in link(("Anna", "One."), ("Bo", "Two."), ("Cem", "No."))][1:] == ["1", "2"]


@pytest.mark.parametrize(
    "text",
    [
        "@Anna no.",
        "@anna, no.",
        "@ANNA: no.",
        "  \u200b@Anna\u200b no.",
        "\u2068@Anna\u2069 no.",
        "Anna: no.",
        "anna : no.",
        "Anna： no.",
        "@Anna\nno.",
        "@Anna",
    ],
)
def test_who_is_called_at_the_start_is_answered(text):
    reply = link(("Anna", "One."), ("Bo", "Two."), ("Cem", text))[2]
    assert (reply.parent_id, reply.probability, reply.alternatives) == ("1", 1.0, ())
    assert (reply.evidence[0].kind, reply.evidence[0].words) == (EvidenceKind.NAME, "is addressed to its author")


@pytest.mark.parametrize(
    "text",
    [
        "@Annabel no.",
        "Annabel: no.",
        "I say: Anna, no.",
        "Well @Anna no.",
        "@Anna-Lena no.",
        "@Anna_1 no.",
        "@ no",
        ":",
    ],
)
def test_who_is_not_called_at_the_start_is_not(text):
    assert link(("Anna", "One."), ("Bo", "Two."), ("Cem", text))[2].parent_id == "2"


def test_the_longest_name_is_meant():
    rows = [("Anna", "One."), ("Anna Berg", "Two."), ("Bo", "Three."), ("Cem", "@Anna Berg no.")]
    assert link(*rows)[3].parent_id == "2"


def test_a_handle_with_its_sign_is_the_name_without():
    assert link(("@kim-x", "One."), ("Bo", "Two."), ("Cem", "@kim-x no."))[2].parent_id == "1"


def test_a_parent_is_inferred_among_all_older_comments_of_who_is_answered():
    rows = [("Anna", "One."), ("Bo", "Two."), ("Anna", "Three."), ("Bo", "Four."), ("Cem", "@Anna no.")]
    reply = link(*rows)[4]
    # Two candidates are left: 2 and 4 steps back, which the test scorer gives -1 and -3.
    assert (reply.parent_id, [other.parent_id for other in reply.alternatives]) == ("3", ["1"])
    assert reply.probability == pytest.approx(1 / (1 + np.exp(-2)))


def test_who_is_answered_far_back_is_found():
    rows = [("Anna", "One."), *(("Bo", f"Rain {at}.") for at in range(100)), ("Cem", "@Anna no.")]
    assert link(*rows)[-1].parent_id == "1"


def test_what_the_source_says_of_who_is_answered_decides():
    row = ("Cem", "@Bo no.", {"extra": {"answers_author": "ANNA "}})
    reply = link(("Anna", "One."), ("Bo", "Two."), row)[2]
    assert reply.parent_id == "1"
    assert reply.evidence[0].kind is EvidenceKind.NAME


@pytest.mark.parametrize("said", ["Nobody", "", None, 7, ["Anna"]])
def test_a_source_that_names_nobody_here_leaves_it_to_the_text(said):
    reply = link(("Anna", "One."), ("Bo", "Two."), ("Cem", "@Anna no.", {"extra": {"answers_author": said}}))[2]
    assert reply.parent_id == "1"


def test_who_speaks_only_later_cannot_be_answered():
    replies = link(("Bo", "One."), ("Cem", "@Anna no."), ("Anna", "Two."))
    assert replies[1].parent_id == "1"
    assert EvidenceKind.NAME not in [evidence.kind for evidence in replies[1].evidence]


def test_an_article_author_without_comments_leaves_the_choice_open():
    reply = link(("Bo", "One."), ("Cem", "@Ida no."), article_author="Ida")[1]
    assert {reply.parent_id, *(other.parent_id for other in reply.alternatives)} == {"1", ARTICLE}


def test_nobody_calls_themselves_but_a_source_may_say_that_they_answer_themselves():
    rows = [("Anna", "One."), ("Bo", "Two.")]
    assert link(*rows, ("Anna", "Anna: no."))[2].parent_id == "2"
    assert link(*rows, ("Anna", "No.", {"extra": {"answers_author": "Anna"}}))[2].parent_id == "1"


def test_a_stated_parent_wins_over_an_address():
    reply = link(("Anna", "One."), ("Bo", "Two."), ("Cem", "@Anna no.", {"parent_id": "2"}))[2]
    assert (reply.parent_id, reply.probability) == ("2", 1.0)
    assert [evidence.kind for evidence in reply.evidence] == [EvidenceKind.EXPLICIT]


def test_stated_and_open_parents_stand_side_by_side_in_one_thread():
    rows = [
        ("Anna", "One.", {"parent_id": ARTICLE}),
        ("Bo", "Two."),
        ("Cem", "Three.", {"parent_id": "1"}),
        ("Anna", "@Bo four."),
    ]
    replies = link(*rows)
    assert [reply.parent_id for reply in replies] == [ARTICLE, "1", "1", "2"]
    kinds = [reply.evidence[0].kind for reply in replies]
    assert [kinds[0], kinds[2], kinds[3]] == [EvidenceKind.EXPLICIT, EvidenceKind.EXPLICIT, EvidenceKind.NAME]


@pytest.mark.parametrize("n", [0, 1, 3, 9])
def test_as_many_runners_up_are_told_as_asked_for(n):
    rows = [("Anna", f"{at}.") for at in range(8)]
    assert len(link(*rows, n_alternatives=n)[7].alternatives) == min(n, 7)


def test_three_runners_up_are_told_unless_asked():
    assert len(link(*[("Anna", f"{at}.") for at in range(8)])[7].alternatives) == 3


def test_a_number_of_runners_up_below_none_is_the_callers_mistake():
    with pytest.raises(ValueError, match="n_alternatives: got -1, want 0 or more"):
        link(("Anna", "One."), n_alternatives=-1)


def test_a_name_of_megabytes_is_nobody():
    text = "@" + "Anna" * 1_000_000
    assert link(("Anna", "One."), ("Bo", "Two."), ("Cem", text))[2].parent_id == "2"
