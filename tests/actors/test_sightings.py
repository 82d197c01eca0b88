"""What a phrase means where it stands."""

import pytest

from stance.actors.sightings import Regions, Sighting, keep_longest
from stance.records import ActorKind


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Polish government and Danish troops", {"Poland": ["Polish"], "Denmark": ["Danish"]}),
        ("Polish settlers and Danish land squatters", {
            "Polish settlers": ["Polish settlers"], "Danish squatters": ["Danish land squatters"]}),
        ("A Dutch pipeline", {"Netherlands": ["Dutch"]}),
        ("Dutch aid for refugees", {"Netherlands": ["Dutch"], "refugees": ["refugees"]}),
        ("Danish bombs kill civilians", {"Denmark": ["Danish"]}),
        ("Turkish military police", {"Turkey": ["Turkish"]}),
        ("Libyan rebels", {"rebels": ["Libyan rebels"]}),
        ("US operatives fled", {"United States": ["US"]}),
        ("UK voters chose", {"British voters": ["UK voters"]}),
        ("Kurdish militants", {"Kurds": ["Kurdish"], "militants": ["militants"]}),
    ],
)  # fmt: skip
def test_the_noun_after_a_demonym_tells_state_from_people(found, text, expected):
    assert found(text) == expected


@pytest.mark.parametrize(
    "text", ["He lives in Oslo.", "She speaks Danish.", "Written in Polish, sadly.", "Swiss restaurants"]
)
def test_places_languages_and_dishes_are_no_actors(found, text):
    assert found(text) == {}


def test_a_capital_stands_for_its_government(found):
    assert found("Oslo denies it, and the streets of Oslo are calm.") == {"Norway": ["Oslo"]}


@pytest.mark.parametrize("text", ["I met Michael Jordan there", "We love Paris Hilton", "Big fan of Chad Ellery here"])
def test_a_place_name_beside_a_first_or_last_name_is_a_person(found, text):
    assert found(text) == {}


def test_a_ruled_army_is_the_leaders_state(found):
    assert found("the Lukashenko regime") == {"Alexander Lukashenko": ["Lukashenko"], "Belarus": ["regime"]}


def test_an_unknown_acronym_in_a_list_of_actors_stays_itself(find, actor):
    roster = find("Egypt, Sudan, QZX and Libya disagree. The PDF is here.")
    assert actor(roster, "QZX").kind is ActorKind.UNKNOWN
    assert {actor.id for actor in roster.actors} == {"Egypt", "Sudan", "QZX", "Libya"}


def test_a_shouted_list_holds_no_acronyms(found):
    assert found("NORWAY, SHAME ON THEM") == {"Norway": ["NORWAY"]}


def test_of_overlapping_sightings_the_longest_stays_and_of_equals_the_first():
    def seen(start, end, name):
        return Sighting(start=start, end=end, name=name, kind=ActorKind.UNKNOWN)

    kept = keep_longest([seen(0, 4, "a"), seen(2, 12, "b"), seen(10, 13, "c"), seen(20, 22, "d"), seen(20, 22, "e")])
    assert [one.name for one in kept] == ["b", "d"]


def test_regions_merge_and_end_exclusive():
    regions = Regions([(5, 8), (0, 3), (2, 4)])
    assert regions.spans == ((0, 4), (5, 8))
    assert [regions.holds(place) for place in (0, 3, 4, 5, 8)] == [True, True, False, True, False]
