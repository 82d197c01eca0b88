from __future__ import annotations

import numpy as np
import pytest

from stance.bench import NAMES, Words, made_up_words, make_comments, make_page, make_pages, words_of
from stance.judge import default_model_folder, load_tokenizer
from stance.records import ARTICLE
from stance.thread import build_thread

PLAIN = Words([f"w{'abcdefghij'[n % 10]}{'klmnopqrst'[n // 10]}" for n in range(100)])


def test_the_same_seed_makes_the_same_threads():
    once, again = (list(make_pages(PLAIN, n_comments=60)) for _ in range(2))
    assert once == again
    assert once != list(make_pages(PLAIN, n_comments=60, seed=8))


def test_threads_hold_as_many_comments_as_were_asked_for_under_names_of_their_own():
    pages = list(make_pages(PLAIN, n_comments=137))
    ids = [comment.id for page in pages for comment in page.comments]
    assert len(ids) == len(set(ids)) == 137
    assert len({page.thread_id for page in pages}) == len(pages) > 1
    assert [comment.id for comment in make_comments(PLAIN, n_comments=100)] == ids[:100]


def test_threads_are_sound_and_every_second_one_states_what_is_answered():
    pages = list(make_pages(PLAIN, n_comments=200))
    for page in pages:
        assert len(build_thread(page).comments) == len(page.comments)
    assert {comment.parent_id for page in pages[::2] for comment in page.comments} == {None}
    stated = [comment.parent_id for page in pages[1::2] for comment in page.comments]
    assert None not in stated
    assert {ARTICLE} < set(stated)


def test_texts_have_the_lengths_of_comments_in_the_models_own_tokens():
    tokenizer = load_tokenizer(default_model_folder())
    texts = [comment.text for comment in make_comments(words_of(tokenizer), n_comments=2000)]
    lengths = [len(tokenizer.encode(text, add_special_tokens=False)) for text in texts]
    # Log-normal: median 42, e^(0.92 x 1.2816) = 3.25 times that at nine tenths, 60 on average; quotations add a little.
    assert np.median(lengths) == pytest.approx(42, rel=0.15)
    assert np.percentile(lengths, 90) == pytest.approx(137, rel=0.15)
    assert np.mean(lengths) == pytest.approx(60, rel=0.15)
    assert len(set(texts)) > 1950


def test_comments_name_actors():
    texts = [comment.text for comment in make_comments(PLAIN, n_comments=300)]
    assert [name for name in NAMES if not any(name in text for text in texts)] == []


def test_the_commonest_word_is_drawn_by_zipfs_law():
    drawn = Words(["the", "of", "and"]).draw(np.random.default_rng(0), 11_000)
    # 1 + 1/2 + 1/3 = 11/6, so the shares are 6/11, 3/11 and 2/11.
    assert drawn.count("the") == pytest.approx(6000, rel=0.05)
    assert drawn.count("and") == pytest.approx(2000, rel=0.05)


def test_a_vocabulary_without_whole_words_gives_made_up_ones(tiny_model):
    assert words_of(load_tokenizer(tiny_model)).spellings == made_up_words(np.random.default_rng(7)).spellings


def test_a_page_quotes_and_addresses_its_own_comments():
    rng = np.random.default_rng(1)
    page = make_page(PLAIN, rng, lambda _: "One and two and three and four.", n_comments=200)
    authors = {comment.author for comment in page.comments}
    texts = [comment.text for comment in page.comments]
    addressed = [text.split()[0].removeprefix("@") for text in texts if text.startswith("@")]
    assert addressed
    assert set(addressed) <= authors
    assert any(text.startswith("“") for text in texts)
