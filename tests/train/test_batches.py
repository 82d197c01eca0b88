import random

import pytest

from stance.judge import ATTRIBUTES, RELATIONS, SENTENCE_LABELS, STANCES
from stance.judge.model import TAGS
from stance.records import Attribute, Relation, Stance
from stance.train.batches import UNKNOWN, batches
from stance.train.examples import SentenceLabel, TargetLabel


@pytest.fixture
def step(maker, all_labels):
    return maker.step(all_labels, random.Random(0))


def test_stances_land_on_their_targets_rows(step):
    assert step.batch.targets.rows.tolist() == [0, 0]
    column = {label: place for place, label in enumerate(STANCES)}
    berg, moss = step.stances.tolist()
    assert berg[column[Stance.AGAINST]] == 1
    assert berg[column[Stance.NEUTRAL]] == UNKNOWN
    assert moss[column[Stance.FAVOR]] == 0.75
    assert step.stance_weights.tolist() == [1.0, 0.5]


def test_mentions_are_the_tokens_of_the_name(step):
    mentions = step.batch.targets.mentions
    # [CLS], then the seven letters of Ida Berg. Moss is not named.
    assert mentions[0].nonzero().flatten().tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert not mentions[1].any()


def test_names_stand_behind_the_window(step):
    ids, names = step.batch.ids[0], step.batch.targets.names
    end = step.batch.mask[0].sum().item()
    # Seven letters and four, a [SEP] behind each.
    assert names[0].nonzero().flatten().tolist() == list(range(end, end + 7))
    assert names[1].nonzero().flatten().tolist() == list(range(end + 8, end + 12))
    assert ids[names[0]].tolist() == ids[1:8].tolist()


def test_a_relation_lands_on_its_window(step):
    assert step.relation_rows.tolist() == [2]
    wanted = {Relation.REBUT: 0.75, Relation.QUERY: 0.25}
    assert step.relations.tolist() == [[wanted.get(label, 0.0) for label in RELATIONS]]
    assert step.relation_weights.tolist() == [0.5]
    assert step.batch.other[2].any()


def test_sentences_land_on_their_words_and_unknown_labels_stay_unknown(step):
    assert step.sentence_rows.tolist() == [1, 1]
    # It is so. - seven visible letters; Or is it? - seven more.
    assert step.sentence_tokens[0].nonzero().flatten().tolist() == list(range(1, 8))
    assert step.sentence_tokens[1].nonzero().flatten().tolist() == list(range(8, 15))
    first, second = (dict(zip(SENTENCE_LABELS, row, strict=True)) for row in step.sentences.tolist())
    assert {label: value for label, value in first.items() if value != UNKNOWN} == {"claim": 1.0, "sarcasm": 0.0}
    assert {label: value for label, value in second.items() if value != UNKNOWN} == {"rhetoric": 0.25}


def test_attributes_land_on_their_rows(step):
    row = dict(zip(ATTRIBUTES, step.attributes[3].tolist(), strict=True))
    assert {label: value for label, value in row.items() if value != UNKNOWN} == {
        Attribute.INSULT: 1.0,
        Attribute.THREAT: 0.0,
    }
    others = [0, 1, 2, 4, 5]
    assert (step.attributes[others] == UNKNOWN).all()


def test_the_first_letter_of_a_name_begins_it_and_the_rest_goes_on(step):
    # [CLS] I s a w I d a B e r g [SEP]: the name's tokens are 5 to 11.
    begins, inside = TAGS.index("B-person"), TAGS.index("I-person")
    assert step.tags[4].tolist()[:13] == [-100, 0, 0, 0, 0, begins, *[inside] * 6, -100]
    assert (step.tags[[0, 1, 2, 3, 5]] == -100).all()


def test_a_text_known_to_hold_no_names_is_outside_throughout(maker, make_example):
    step = maker.step([make_example("It sank", names=())], random.Random(0))
    assert step.tags.tolist() == [[-100, *[0] * 6, -100]]


def test_a_step_without_targets_or_relations_has_empty_rows(maker, make_example):
    step = maker.step([make_example("It sank")], random.Random(0))
    assert step.batch.targets is None
    assert step.stances.shape == (0, 3)
    assert step.relations.shape == (0, len(RELATIONS))
    assert step.sentences.shape == (0, len(SENTENCE_LABELS))


def test_of_a_long_text_one_window_is_drawn_with_the_labels_in_it(maker, make_example):
    words = "boat " * 100
    sentences = tuple(SentenceLabel(start=at, end=at + 4, claim=1.0) for at in range(0, len(words), 5))
    target = TargetLabel(name="boat", probabilities={Stance.FAVOR: 1.0}, spans=((0, 4),))
    long = make_example(words, sentences=sentences, targets=(target,))
    drawn = [maker.step([long], random.Random(seed)) for seed in range(40)]
    # Windows of 96 letters begin every 64, between words: each holds 24 of them.
    assert {len(step.sentence_rows) for step in drawn} == {24}
    assert {step.batch.targets is None for step in drawn} == {False, True}
    assert all(step.sentence_tokens.any(dim=1).all() for step in drawn)


def test_links_are_rows_beside_rows(maker, make_example):
    step = maker.link_step([make_example("ab", answered="cde"), make_example("f", answered="g")])
    assert step.replies.own.sum(dim=1).tolist() == [2, 1]
    assert step.parents.own.sum(dim=1).tolist() == [3, 1]


def test_every_example_stands_in_one_batch_and_budgets_are_kept(make_example):
    rng = random.Random(1)
    # 4.3 letters are counted as a token, and three marks are added.
    examples = [make_example(f"{number} " + "x" * rng.randrange(1, 800)) for number in range(400)]
    made = list(batches(examples, token_budget=512, comment_tokens=96, rng=rng))
    assert sorted(example.text for group in made for example in group) == sorted(example.text for example in examples)
    for group in made:
        longest = max(min(96, len(example.text) * 10 // 43) + 3 for example in group)
        assert len(group) == 1 or longest * len(group) <= 512


def test_batches_are_shuffled_by_the_seed_alone(make_example):
    examples = [make_example("x" * number) for number in range(1, 200)]
    first, again, other = (
        list(batches(examples, token_budget=256, comment_tokens=96, rng=random.Random(seed))) for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_no_examples_no_batches():
    assert [group for group in batches([], token_budget=64, comment_tokens=64, rng=random.Random(0)) if group] == []
