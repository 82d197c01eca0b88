"""Named people and organisations."""

import pytest

from stance.records import ARTICLE, ActorKind, Article, NameSpan


def tagged(text, name, kind=ActorKind.PERSON, probability=0.9):
    start = text.index(name)
    return NameSpan(start=start, end=start + len(name), kind=kind, probability=probability)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Senator Quillby lied.", {"Quillby": ["Senator Quillby"]}),
        ("the Secretary of Transport Odwin Marsh", {"Odwin Marsh": ["Secretary of Transport Odwin Marsh"]}),
        ("Dr. Lenna van der Huyt agreed", {"Lenna van der Huyt": ["Dr. Lenna van der Huyt"]}),
        ("I miss Quillby and the general is late", {}),
        ("Ask the judge. Quillby knows. So does Prof. Odd", {"Odd": ["Prof. Odd"]}),
        ("The president of Norway", {"Norway": ["Norway"]}),
        ("President Macron left", {"Emmanuel Macron": ["President Macron"]}),
    ],
)
def test_a_title_before_capitals_makes_a_person(found, text, expected):
    assert found(text) == expected


def test_a_misspelt_name_stays_itself(found):
    assert found("Chancellor Merkle said so") == {"Merkle": ["Chancellor Merkle"]}


def test_all_forms_of_a_name_are_one_actor_with_the_longest_as_its_name(find, actor):
    roster = find(
        "Coach Ruiz must go.",
        "Ruiz is fine, blame the others.",
        article=Article(title="Manager Pablo Ruiz under fire", text="It was a bad week."),
    )
    assert [(mention.comment_id, mention.actor_id) for mention in roster.mentions[:2]] == [
        ("c1", "Pablo Ruiz"), ("c2", "Pablo Ruiz"),
    ]  # fmt: skip
    assert actor(roster, "Pablo Ruiz").aliases == ("Coach Ruiz", "Ruiz")


def test_the_text_tells_whose_leader_somebody_is(find, actor):
    roster = find("The Norwegian minister Hagebak and Peru’s President Quispe met; so did Mr Stale.")
    assert actor(roster, "Hagebak").member_of == "Norway"
    assert actor(roster, "Quispe").member_of == "Peru"
    assert actor(roster, "Stale").member_of is None


def test_a_known_leader_belongs_to_a_state(find, actor):
    assert actor(find("putin again"), "Vladimir Putin").member_of == "Russia"


def test_another_first_name_is_another_person(found):
    assert found("They blame Wilma Trump, not Donald Trump.") == {
        "Wilma Trump": ["Wilma Trump"],
        "Donald Trump": ["Donald Trump"],
    }


def test_the_taggers_names_become_people_and_organisations(find, actor):
    text = "Ask Ilse Grunwald of Northfield Dynamics about it. Grunwald knows."
    spans = (tagged(text, "Ilse Grunwald"), tagged(text, "Northfield Dynamics", ActorKind.ORGANISATION))
    roster = find(text, names={"c1": spans})
    assert actor(roster, "Ilse Grunwald").kind is ActorKind.PERSON
    assert actor(roster, "Northfield Dynamics").kind is ActorKind.ORGANISATION
    ilse = [mention for mention in roster.mentions if mention.actor_id == "Ilse Grunwald"]
    assert [text[mention.start : mention.end] for mention in ilse] == ["Ilse Grunwald", "Grunwald"]


def test_names_in_the_article_help_to_read_the_comments(find):
    title = "Zoning vote: Marta Osei resigns"
    spans = (tagged(title, "Marta Osei"),)
    roster = find("Good for Osei.", article=Article(title=title), names={ARTICLE: spans})
    assert [actor.id for actor in roster.actors] == ["Marta Osei"]


def test_a_name_of_neither_a_person_nor_an_organisation_is_an_actor_too(find, actor):
    text = "They say that Quillhaven never paid."
    roster = find(text, names={"c1": (tagged(text, "Quillhaven", ActorKind.UNKNOWN),)})
    assert actor(roster, "Quillhaven").kind is ActorKind.UNKNOWN


@pytest.mark.parametrize(
    ("text", "span", "names"),
    [
        ("Ask Ilse Grunwald. Marta Osei knows.", "Ilse Grunwald. Marta Osei", ["Ilse Grunwald", "Marta Osei"]),
        ("With Ilse Grunwald, Marta Osei came.", "Ilse Grunwald, Marta Osei", ["Ilse Grunwald", "Marta Osei"]),
        (
            "The new ferries of Northfield Dynamics sank.",
            "ferries of Northfield Dynamics sank",
            ["Northfield Dynamics"],
        ),
        ("It was the Board of Ferries that paid.", "the Board of Ferries that", ["Board of Ferries"]),
        ("I saw Minister of Transport Grunwald there.", "Minister of Transport Grunwald", ["Grunwald"]),
        ("I met J. Grunwald (again)…", "J. Grunwald (again)…", ["J. Grunwald"]),
        ("all of it in small letters", "all of it in small letters", []),
    ],
)
def test_of_a_span_that_is_too_long_the_names_are_kept(find, text, span, names):
    roster = find(text, names={"c1": (tagged(text, span),)})
    assert sorted(actor.id for actor in roster.actors) == names


@pytest.mark.parametrize(("probability", "n"), [(0.7, 0), (0.9, 1)])
@pytest.mark.parametrize("text", ["Nobody came. Grumble about it!", "- “Grumble, then.”"])
def test_a_single_word_that_begins_a_sentence_must_be_a_surer_name(find, text, probability, n):
    assert len(find(text, names={"c1": (tagged(text, "Grumble", probability=probability),)}).actors) == n


def test_a_verb_before_a_known_actor_makes_no_name_of_both(find):
    text = "Supply Denmark with ferries."
    roster = find(text, names={"c1": (tagged(text, "Supply Denmark", ActorKind.ORGANISATION, probability=0.7),)})
    assert [actor.id for actor in roster.actors] == ["Denmark"]


def test_a_span_that_the_gazetteer_explains_adds_nobody(find):
    text = "The Danish Army and Jordan Quell met."
    spans = (tagged(text, "Danish Army", ActorKind.ORGANISATION), tagged(text, "Jordan Quell"))
    assert {actor.id for actor in find(text, names={"c1": spans}).actors} == {"Denmark", "Jordan Quell"}


@pytest.mark.parametrize("span", [(-3, 2), (5, 5), (4, 900), (900, 910)])
def test_a_span_beyond_the_text_is_ignored(find, span):
    wild = NameSpan(start=span[0], end=span[1], kind=ActorKind.PERSON, probability=0.9)
    assert find("Some words.", names={"c1": (wild,)}).actors == ()
