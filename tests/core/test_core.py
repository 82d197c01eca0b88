"""What the core function asks of the judge, and what it hands back."""

from __future__ import annotations

import pytest

import stance
from stance.core import ARTICLE_PARENT_CHARACTERS, analyze, find_cast
from stance.records import ARTICLE, Article, Comment, Page


def page_of(*comments, article=None):
    made = [
        Comment(id=comment_id, text=text, number=number, parent_id=parent_id)
        for number, (comment_id, parent_id, text) in enumerate(comments, start=1)
    ]
    return Page(
        source="made up",
        article=article or Article(title="Two bridges", text="Norway must choose."),
        comments=tuple(made),
    )


def run(page, judge, scorer):
    (analysis,) = analyze([stance.build_thread(page)], judge, policy=stance.load_policy(), scorer=scorer)
    return analysis, {case.comment_id: case for case in judge.cases}


def test_a_comment_is_judged_beside_the_text_it_answers(chain, constant_judge, scorer):
    page = chain("a b>a c>b")
    _, cases = run(page, constant_judge, scorer)
    texts = {comment.id: comment.text for comment in page.comments}
    assert cases["b"].parent == texts["a"]
    assert cases["c"].parent == texts["b"]


def test_the_article_is_answered_by_its_title_and_beginning(constant_judge, scorer):
    article = Article(title="Two bridges", text="x" * 5000)
    _, cases = run(page_of(("a", ARTICLE, "Neither is any good."), article=article), constant_judge, scorer)
    assert cases["a"].parent == "Two bridges\n\n" + "x" * ARTICLE_PARENT_CHARACTERS


def test_quoted_words_are_marked_and_their_sentences_are_not_scored(constant_judge, scorer):
    text = "“The new bridge will cost forty million before it is done.” Nobody has shown that. Prove it."
    page = page_of(("a", ARTICLE, "The new bridge will cost forty million before it is done."), ("b", "a", text))
    _, cases = run(page, constant_judge, scorer)
    assert [text[start:end] for start, end in cases["b"].sentences] == ["Nobody has shown that.", "Prove it."]
    assert any(text[start:end].startswith("“The new bridge") for start, end in cases["b"].quotes)


def test_a_sentence_that_goes_on_after_a_quotation_is_the_writers(constant_judge, scorer):
    text = "Why do you say “the new bridge will cost forty million before it is done”, of all things?"
    page = page_of(("a", ARTICLE, "The new bridge will cost forty million before it is done."), ("b", "a", text))
    _, cases = run(page, constant_judge, scorer)
    assert [text[start:end] for start, end in cases["b"].sentences] == [text]


def test_an_actor_named_only_in_a_quotation_is_no_target(constant_judge, scorer):
    said = "Sweden has paid for every bridge on this river since the war."
    page = page_of(("a", ARTICLE, said), ("b", "a", f"“{said}” No, Norway paid for two of them."))
    analysis, cases = run(page, constant_judge, scorer)
    assert {target.name for target in cases["a"].targets} == {"Sweden"}
    # Who is quoted is spoken to, and so a target too, under the name the judge was taught.
    assert {target.name for target in cases["b"].targets} == {"Norway", "you"}
    assert {score.actor_id for score in analysis.judgements[1].stances} == {
        target.actor_id for target in cases["b"].targets
    }


def test_a_target_carries_every_place_that_names_it(constant_judge, scorer):
    text = "Norway builds slowly, but Norway builds well."
    _, cases = run(page_of(("a", ARTICLE, text)), constant_judge, scorer)
    (target,) = cases["a"].targets
    assert [text[start:end] for start, end in target.spans] == ["Norway", "Norway"]


def test_results_stand_in_thread_order_with_what_made_them(chain, constant_judge, scorer):
    analysis, _ = run(chain("a b>a c>b"), constant_judge, scorer)
    ids = [comment.id for comment in analysis.thread.comments]
    assert [reply.comment_id for reply in analysis.replies] == ids
    assert [judgement.comment_id for judgement in analysis.judgements] == ids
    assert sorted(item.comment_id for item in analysis.queue) == ids
    assert analysis.model_id == constant_judge.model_id
    assert analysis.policy_digest == stance.load_policy().digest
    assert analysis.version == stance.__version__


def test_finding_the_cast_judges_nothing(chain, constant_judge, scorer):
    replies, _ = find_cast(stance.build_thread(chain("a b>a")), constant_judge, scorer=scorer)
    assert [reply.parent_id for reply in replies][1] == "a"
    assert constant_judge.cases == []


def test_no_thread_is_touched_before_it_is_asked_for(chain, constant_judge, scorer):
    def threads():
        yield stance.build_thread(chain("a b>a"))
        pytest.fail("the second thread was asked for too early")

    stream = analyze(threads(), constant_judge, policy=stance.load_policy(), scorer=scorer)
    assert [reply.comment_id for reply in next(stream).replies] == ["a", "b"]


def test_ten_thousand_quotations_in_one_comment_are_no_trouble(constant_judge, scorer):
    text = "\n".join("> one line of somebody else's words\nNo." for _ in range(10_000))
    _, cases = run(page_of(("a", ARTICLE, text)), constant_judge, scorer)
    assert {text[start:end] for start, end in cases["a"].sentences} <= {"No.", "No.\n"} | {"No."}
