import pytest

from stance.judge.language import language_uncertain


@pytest.mark.parametrize(
    "text",
    [
        "I do not think that the ferry should be paid for by those who never go to the island at all.",
        "",
        "12345 !!! 😀😀",
        "Danke, sehr gut",
        "lol",
        "The word Мир means both peace and world in Russian, and that is a nice name for a space station to have.",
    ],
)
def test_english_and_texts_too_short_to_tell_are_not_flagged(text):
    assert not language_uncertain(text)


@pytest.mark.parametrize(
    "text",
    [
        "Die Fähre kommt jeden Morgen viel zu spät, und niemand im Hafen weiß, warum das schon wieder passiert ist.",
        "Паром опять опоздал, и никто не знает почему",
        "Le bateau arrive chaque matin beaucoup trop tard et personne au port ne sait pourquoi cela recommence encore.",
        "渡轮今天早上又晚点了",
    ],
)
def test_other_languages_are_flagged(text):
    assert language_uncertain(text)


def test_a_huge_text_is_judged_by_its_beginning():
    english = "The people of the island say that they have had it with the ferry. " * 100
    assert not language_uncertain(english + "ж" * 10_000_000)
