"""The gazetteer."""

import time

import pytest

from stance.actors.known import load_gazetteer
from stance.actors.words import split_words
from stance.records import ActorKind


def phrases_in(text):
    (words,) = split_words(text)
    return [hit.known.actor for hit in load_gazetteer().index.find(words)]


@pytest.mark.parametrize(
    ("text", "actor"),
    [
        ("Norway", "Norway"),
        ("the Norwegians", "Norway"),
        ("the Republic of Iraq", "Iraq"),
        ("U.S.", "United States"),
        ("America", "United States"),
        ("the Kremlin", "Russia"),
        ("Türkiye", "Turkey"),
        ("UAE", "United Arab Emirates"),
        ("Hay’at Tahrir al-Sham", "Hay'at Tahrir al-Sham"),
        ("al Qaeda", "al-Qaeda"),
        ("labouring class", "working class"),
        ("Western countries", "West"),
        ("Chinese", "China"),
    ],
)
def test_a_spelling_stands_for_its_actor(text, actor):
    assert phrases_in(text) == [actor]


@pytest.mark.parametrize(
    "text",
    [
        "tell us",
        "a turkey",
        "polish it",
        "who is it",
        "Western Europe",
        "South America",
        "french fries",
        "the right to",
    ],
)
def test_plain_words_and_borrowed_names_are_nobody(text):
    assert [actor for actor in phrases_in(text) if actor] == []


def test_the_longest_phrase_wins():
    assert phrases_in("the Washington Post") == ["Washington Post"]


def test_shouted_words_are_no_acronyms():
    assert phrases_in("GIVE US BREAD") == []
    assert phrases_in("the US wants bread") == ["United States"]


def test_every_actor_has_one_kind():
    gazetteer = load_gazetteer()
    for known in gazetteer.index.phrases.values():
        assert not known.actor or gazetteer.kind_of[known.actor] is known.kind
    assert gazetteer.kind_of["Palestinians"] is ActorKind.POPULATION


def test_two_megabytes_take_seconds():
    text = "The Norwegian government told the press that the United States and NATO left. " * 30_000
    started = time.process_time()
    n_found = sum(1 for words in split_words(text) for _ in load_gazetteer().index.find(words))
    assert n_found == 4 * 30_000
    assert time.process_time() - started < 10
