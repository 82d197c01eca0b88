import random

import pytest

from stance.actors import ADDRESSED
from stance.records import ActorKind, Attribute, Relation, Stance
from stance.train.augment import PACKED_CHARACTERS, Augmenter, address, pack, quote, rename, shift, spread
from stance.train.examples import Example, NameLabel, SentenceLabel, TargetLabel

PEOPLE = ["Ida Berg", "Moss", "Harbour Board", "Tove Lind"]
REST = "the ferry was late and nobody at the quay knew why it is always so".split()


def make_example(rng, **fields):
    """Made-up words that mention one or two of four people, who are targets, in two sentences, one word quoted."""
    words = rng.sample(REST, 6)
    for name in rng.sample(PEOPLE, 2):
        words.insert(rng.randrange(len(words)), name)
    half = rng.randrange(1, len(words))
    first, second = " ".join(words[:half]) + ".", " ".join(words[half:]) + "!"
    text = f"{first} {second}"
    targets = tuple(
        TargetLabel(
            name=name,
            probabilities={rng.choice(list(Stance)): 1.0},
            spans=((text.index(name), text.index(name) + len(name)),),
        )
        for name in PEOPLE
        if name in text
    )
    at = text.index(words[-1])
    return Example(
        source="made-up",
        split="train",
        group="g",
        text=text,
        targets=targets,
        sentences=(
            SentenceLabel(start=0, end=len(first), claim=1.0),
            SentenceLabel(start=len(first) + 1, end=len(text), claim=0.0),
        ),
        quotes=((at, at + len(words[-1])),),
        **fields,
    )


def marked(example):
    """What an example's labels speak of, in words."""
    text = example.text
    return (
        [(target.name, [text[start:end] for start, end in target.spans]) for target in example.targets],
        [(text[item.start : item.end], item.claim) for item in example.sentences],
        [text[start:end] for start, end in example.quotes],
    )


@pytest.mark.parametrize("seed", range(10))
def test_packed_labels_stay_on_their_words(seed):
    rng = random.Random(seed)
    examples = [make_example(rng) for _ in range(4)]
    packed = pack(examples)
    for got, parts in zip(marked(packed), zip(*map(marked, examples), strict=True), strict=True):
        assert got == [item for part in parts for item in part]
    assert all(example.text in packed.text for example in examples)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("at_end", [False, True])
def test_a_quotation_is_added_and_moves_no_label_off_its_words(seed, at_end):
    rng = random.Random(seed)
    example = make_example(rng)
    quoting = quote(example, "somebody  else\nsaid so", at_end=at_end)
    targets, sentences, quotes = marked(quoting)
    was_targets, was_sentences, was_quotes = marked(example)
    assert (targets, sentences) == (was_targets, was_sentences)
    added = '"somebody else said so"'
    assert quotes == ([*was_quotes, added] if at_end else [added, *was_quotes])


def test_a_long_quotation_is_cut_to_24_words():
    quoting = quote(make_example(random.Random(0)), "word " * 99, at_end=True)
    start, end = quoting.quotes[-1]
    assert quoting.text[start:end] == '"' + "word " * 23 + 'word"'


def test_shifting_moves_names_too():
    example = Example(
        source="s",
        split="train",
        group="g",
        text="Moss left",
        names=(NameLabel(start=0, end=4, kind=ActorKind.PERSON),),
    )
    (name,) = shift(example, 7).names
    assert (name.start, name.end) == (7, 11)
    unlabelled = make_example(random.Random(0))
    assert shift(unlabelled, 7).names is None


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("name", ["Bo", "The Association of Ferry Passengers"])
def test_a_renamed_target_keeps_every_label_on_its_words(seed, name):
    rng = random.Random(seed)
    example = make_example(rng)
    place = rng.randrange(len(example.targets))
    old = example.targets[place].name
    renamed = rename(example, place=place, name=name)
    assert renamed.text == example.text.replace(old, name)
    targets, sentences, quotes = marked(example)
    wanted = [(name, [name]) if target == old else (target, words) for target, words in targets]
    assert marked(renamed) == (
        wanted,
        [(words.replace(old, name), claim) for words, claim in sentences],
        [words.replace(old, name) for words in quotes],
    )


@pytest.mark.parametrize(
    ("relation", "stance"),
    [
        (Relation.REBUT, Stance.AGAINST),
        (Relation.SUPPORT, Stance.FAVOR),
        (Relation.QUERY, Stance.NEUTRAL),
        (Relation.COMMENT, Stance.NEUTRAL),
    ],
)
def test_a_relation_is_a_stance_toward_whom_it_answers(relation, stance):
    text = "You are right, but your ferry is not, YOU know. Young or old."
    example = Example(source="s", split="train", group="g", text=text, relation={relation: 1.0}, relation_weight=0.8)
    (target,) = address(example).targets
    assert target.name == ADDRESSED
    assert max(target.probabilities, key=lambda label: target.probabilities[label]) is stance
    assert sum(target.probabilities.values()) == pytest.approx(1)
    assert target.weight == pytest.approx(0.4)
    assert [text[start:end] for start, end in target.spans] == ["You", "your", "YOU"]


def test_a_mixed_relation_is_shared_out():
    example = Example(
        source="s",
        split="train",
        group="g",
        text="Is it so?",
        relation={Relation.REBUT: 0.5, Relation.QUERY: 0.25, Relation.COMMENT: 0.25},
    )
    (target,) = address(example).targets
    assert dict(target.probabilities) == {Stance.FAVOR: 0.0, Stance.AGAINST: 0.5, Stance.NEUTRAL: 0.5}


def test_without_a_relation_nobody_is_addressed():
    example = make_example(random.Random(0))
    assert address(example) == example


def test_a_label_of_a_whole_text_spreads_to_its_sentences_with_less_certainty():
    text = "The ferry is late. Nobody knows why."
    example = Example(
        source="s",
        split="train",
        group="g",
        text=text,
        sentences=(SentenceLabel(start=0, end=len(text), rhetoric=1.0),),
    )
    parts = spread(example).sentences
    assert [text[part.start : part.end] for part in parts] == ["The ferry is late.", "Nobody knows why."]
    assert all(part.claim is None and 0.5 < part.rhetoric < 1 for part in parts)


def test_labels_of_single_sentences_are_not_spread():
    example = make_example(random.Random(0))
    assert spread(example) == example


def test_a_pass_is_drawn_alike_from_the_same_seed_and_loses_nothing():
    pool = [make_example(random.Random(seed)) for seed in range(60)]
    first, second = (Augmenter(pool, rng=random.Random(7)).all(pool) for _ in range(2))
    assert first == second
    assert sum(len(example.targets) for example in first) == sum(len(example.targets) for example in pool)
    assert len(first) < len(pool)
    # A packed comment may be framed by one quotation of 24 words besides.
    assert all(len(example.text) < 2 * PACKED_CHARACTERS for example in first)
    for example in first:
        for target in example.targets:
            assert all(example.text[start:end] == target.name for start, end in target.spans)


def test_only_short_examples_of_stance_or_sentences_are_packed():
    rng = random.Random(2)
    pool = [
        make_example(rng, parent="Why?"),
        make_example(rng, attributes={Attribute.INSULT: 1.0}),
        make_example(rng, relation={Relation.REBUT: 1.0}),
        make_example(rng, names=()),
        make_example(rng, answered="Why?"),
    ] * 8
    assert len(Augmenter(pool, rng=rng).all(pool)) == len(pool)


def test_texts_with_labelled_names_and_links_stay_as_they_are():
    bare = [
        Example(source="s", split="train", group="g", text="Moss left", names=()),
        Example(source="s", split="train", group="g", text="So do I", answered="I left"),
    ]
    assert Augmenter(bare, rng=random.Random(2)).all(bare * 30) == bare * 30
