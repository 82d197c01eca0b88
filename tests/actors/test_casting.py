"""An edited cast goes back in."""

import pytest

from stance.actors import parse_cast, write_cast
from stance.records import Article

TEXTS = (
    "Norway and the Danish government pay, says Senator Quillby. The terrorists laugh; the rich too.",
    "You are wrong: Quillby lies, the Norwegians pay. In Oslo nobody pays. The government of Denmark is broke.",
    "“the Norwegians pay” – who says so? Danish settlers and the QRF-2 board decide with the levee board.",
)
ABOUT = {
    "article": Article(title="Who pays?", author="Ann Orrin"),
    "authors": ["Will", "Sol", "Ada"],
    "quotes": [(3, "“the Norwegians pay”", "c2")],
}


@pytest.fixture
def cast_text(find):
    return write_cast(find(*TEXTS, **ABOUT).actors)


@pytest.fixture
def recast(find):
    return lambda text: find(*TEXTS, **ABOUT, cast=parse_cast(text, source="cast"))


def words_of(roster, actor_id):
    text_of = {f"c{number}": text for number, text in enumerate(TEXTS, 1)}
    return [text_of[one.comment_id][one.start : one.end] for one in roster.mentions if one.actor_id == actor_id]


def test_an_unedited_cast_gives_the_same_roster(find, cast_text, recast):
    assert recast(cast_text) == find(*TEXTS, **ABOUT)


def test_a_removed_actor_is_not_found(cast_text, recast):
    start = cast_text.index('[[actor]]\nname = "Norway"')
    end = cast_text.find("[[actor]]", start + 1)
    assert words_of(recast(cast_text[:start] + cast_text[end:]), "Norway") == []


def test_a_renamed_actor_keeps_its_mentions(find, cast_text, recast):
    before = words_of(find(*TEXTS, **ABOUT), "Norway")
    assert words_of(recast(cast_text.replace('name = "Norway"', 'name = "The neighbour"')), "The neighbour") == before


def test_a_word_moved_to_another_actor_counts_there(recast):
    roster = recast('[[actor]]\nname = "Nordics"\naliases = ["Norway", "Norwegians", "Danish", "Denmark"]\n')
    assert words_of(roster, "Nordics") == ["Norway", "Danish", "Norwegians", "Denmark", "Norwegians"]
    assert [actor.id for actor in roster.actors] == ["Nordics"]


def test_an_alias_taken_out_is_not_found(cast_text, recast):
    assert "Danish" not in words_of(recast(cast_text.replace('"Danish"', '"Danes"')), "Denmark")


def test_an_added_name_is_found_as_it_is_written(cast_text, recast):
    roster = recast(
        cast_text + '\n[[actor]]\nname = "levee board"\nkind = "organisation"\naliases = ["QRF-2 board", "Oslo"]\n'
    )
    assert words_of(roster, "levee board") == ["Oslo", "QRF-2 board", "levee board"]


def test_a_name_with_signs_in_it_is_found_only_with_them(find):
    cast = parse_cast('[[actor]]\nname = "C++"\n', source="cast")
    assert len(find("C and c++ and C+ and (C++)", cast=cast).mentions) == 2


def test_ignored_words_are_nobody(cast_text, recast):
    roster = recast(cast_text.replace("ignore = []", 'ignore = ["Norwegians", "commenter 2"]'))
    assert words_of(roster, "Norway") == ["Norway"]
    assert words_of(roster, "commenter 2") == []


def test_commenters_stay_spoken_to_and_their_names_are_not_looked_for(find):
    cast = parse_cast('[[actor]]\nname = "commenter 1"\nkind = "commenter"\naliases = ["Will"]\n', source="cast")
    roster = find("It leaks.", "You say so. Will it rain?", authors=["Will", "Sol"], cast=cast)
    assert [(one.actor_id, one.addressed) for one in roster.mentions] == [("commenter 1", True)]
