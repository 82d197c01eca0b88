from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from stance.records import ARTICLE, Reading
from stance.replies import link_replies
from stance.train.load_threads import ForumPost, ForumThread
from stance.train.scorer import Dress, Sample, call_names, dress_thread, fit_temperature, measure_forum, train_scorer

PLAIN = Dress(as_article=False, authors=False, times=False, quotations=False)


def read(texts):
    unit = np.array([1.0, 0.0], np.float32)
    return [Reading(embedding=unit, reply_vector=unit, parent_vector=unit) for _ in texts]


def make_forum(number: int, *, n_posts: int = 16, split: str = "train") -> ForumThread:
    """Posts about nothing in common, but that each repeats one odd word of the post that it answers."""
    rng = np.random.default_rng(number)
    posts, odd = [], [f"kerb{number}x{at}" for at in range(n_posts)]
    for at in range(n_posts):
        parent = None if at == 0 else int(rng.integers(0, at))
        echo = "" if parent is None else f" and {odd[parent]}"
        posts.append(
            ForumPost(
                id=f"{number}-{at}",
                author=f"a{rng.integers(5)}",
                text_without_quotes=f"I say {odd[at]}{echo}.",
                text_with_quotes=("" if parent is None else f"> {odd[parent]}\n\n") + f"I say {odd[at]}{echo}.",
                posted_at=datetime(2024, 5, 1, tzinfo=UTC) + timedelta(minutes=at),
                parent_id=None if parent is None else f"{number}-{parent}",
                quoting=parent is not None,
                quoted_ids=() if parent is None else (f"{number}-{parent}",),
            )
        )
    return ForumThread(id=str(number), topic="lanes", title="Bike lanes", split=split, posts=tuple(posts))


@pytest.fixture(scope="module")
def scorer():
    return train_scorer([make_forum(number) for number in range(24)], read=read, seed=5)


@pytest.mark.parametrize("as_article", [False, True])
def test_what_threads_teach_is_found_in_new_threads(scorer, as_article):
    right = []
    for forum in map(make_forum, (97, 98, 99)):
        thread = dress_thread(forum, replace(PLAIN, as_article=as_article))
        ids = [ARTICLE, *(comment.id for comment in thread.comments)]
        replies = link_replies(thread, dict(zip(ids, read(ids), strict=True)), scorer=scorer, quotes={})
        parents = {post.id: post.parent_id for post in forum.posts} | {forum.posts[0].id: None}
        gold = {key: ARTICLE if as_article and to == forum.posts[0].id else to for key, to in parents.items()}
        right += [reply.parent_id == gold[reply.comment_id] for reply in replies if gold[reply.comment_id]]
    # The echoed word gives the parent away; the previous post alone is it in about a quarter.
    assert np.mean(right) > 0.7


def test_the_same_seed_gives_the_same_scorer(scorer):
    again = train_scorer([make_forum(number) for number in reversed(range(24))], read=read, seed=5)
    assert again.temperature == scorer.temperature
    assert np.array_equal(again.forest.value, scorer.forest.value)


def test_development_threads_are_left_alone():
    def read_training(texts):
        assert not any("kerb77x" in text for text in texts)
        return read(texts)

    train_scorer([*(make_forum(n) for n in range(6)), make_forum(77, split="dev")], read=read_training, seed=1)


def test_a_dress_shows_only_what_it_says():
    forum = make_forum(3)
    bare = dress_thread(forum, PLAIN)
    assert {(comment.author, comment.posted_at, comment.parent_id) for comment in bare.comments} == {(None,) * 3}
    assert (bare.article.title, bare.article.text) == ("", "")
    full = dress_thread(forum, Dress(as_article=True, authors=True, times=True, quotations=True))
    assert full.article.text == forum.posts[0].text_with_quotes
    assert [comment.id for comment in full.comments] == [post.id for post in forum.posts[1:]]
    assert full.comments[0].text.startswith(">")
    assert full.comments[0].author == forum.posts[1].author


def test_an_answer_to_the_opening_post_answers_the_article_where_that_is_one():
    forum = make_forum(3)
    n_answers = sum(post.parent_id == forum.posts[0].id for post in forum.posts)
    sample = measure_forum(forum, replace(PLAIN, as_article=True), read=read).sample()
    gold_rows = sample.rows[sample.starts + sample.gold]
    assert gold_rows[:, 0].sum() == n_answers > 0  # column 0 is is_article
    assert measure_forum(forum, PLAIN, read=read).sample().rows[:, 0].sum() == len(forum.posts) - 1


def test_posts_that_quote_nobody_count_only_toward_the_article():
    forum = make_forum(3)
    silent = replace(forum, posts=tuple(replace(post, quoting=False) for post in forum.posts))
    assert len(measure_forum(silent, PLAIN, read=read).sample().starts) == 0
    sample = measure_forum(silent, replace(PLAIN, as_article=True), read=read).sample()
    assert set(sample.rows[sample.starts + sample.gold][:, 0]) == {1.0}
    assert max(sample.weight) < 1


def test_most_calls_by_name_are_of_the_parents_author():
    forum = make_forum(3, n_posts=400)
    thread = dress_thread(forum, replace(PLAIN, authors=True))
    parents = {post.id: post.parent_id for post in forum.posts}
    author_of = {post.id: post.author for post in forum.posts}
    called = call_names(thread, parents, seed=1)
    changed = [
        (new, author_of[parents[new.id]])
        for old, new in zip(thread.comments, called.comments, strict=True)
        if old.text != new.text
    ]
    right = [author in comment.text.split("I say")[0] for comment, author in changed]
    assert 20 < len(changed) < 70
    assert 0.7 < np.mean(right) <= 1


def test_the_temperature_softens_trees_that_are_too_sure():
    # Two candidates each, logits 4 and 0, right in three of four: the best odds are 3:1, so 4 / T = ln 3.
    sample = Sample(
        rows=np.zeros((8, 1)),
        starts=np.array([0, 2, 4, 6]),
        gold=np.array([0, 0, 0, 1]),
        weight=np.ones(4),
    )
    logits = np.tile([4.0, 0.0], 4)
    assert fit_temperature(logits, sample) == pytest.approx(4 / np.log(3), rel=1e-3)


def test_a_link_whose_parent_is_no_candidate_leaves_the_temperature_alone():
    sample = Sample(rows=np.zeros((2, 1)), starts=np.array([0]), gold=np.array([-1]), weight=np.ones(1))
    assert fit_temperature(np.array([4.0, 0.0]), sample) == 1.0
