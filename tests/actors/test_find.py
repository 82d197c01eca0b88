"""Whole threads from several fields."""

import time

from stance.records import ActorKind, Article


def ids_in(roster, comment_id):
    return {mention.actor_id for mention in roster.mentions if mention.comment_id == comment_id and not mention.quoted}


def test_a_thread_on_home_politics(find):
    roster = find(
        "Senator Brandt takes money from Wall Street, and the GOP lets her.",
        "Agreed. But Democrats do it too; President Obama bailed out the banks. The working class paid.",
        "The media and Fox News sleep. Congress should subpoena Brandt.",
        article=Article(title="Money in Congress"),
    )
    assert ids_in(roster, "c1") == {"Brandt", "Wall Street", "Republican Party"}
    assert ids_in(roster, "c2") == {"commenter 1", "Democratic Party", "Barack Obama", "banks", "working class"}
    assert ids_in(roster, "c3") == {"media", "Fox News", "Congress", "Brandt"}


def test_a_thread_on_a_football_club(find):
    roster = find(
        "Coach Ibarra has lost the players. The board must act!",
        "Wrong. Ibarra has no budget: the owners sold everybody. Fans should protest.",
        "The referee robbed us anyway, and FIFA looks away. Turkey was no better.",
    )
    assert ids_in(roster, "c1") == {"Ibarra", "players", "board"}
    assert ids_in(roster, "c2") == {"commenter 1", "Ibarra", "management", "fans"}
    assert ids_in(roster, "c3") == {"referees", "FIFA", "Turkey"}


def test_a_thread_on_software(find):
    roster = find(
        "The maintainers broke the build again. Google pays them to.",
        "@kit you never read the change log. Microsoft does the same; us users suffer.",
        authors=["Kit", "Lou"],
    )
    assert ids_in(roster, "c1") == {"developers", "Google"}
    assert ids_in(roster, "c2") == {"commenter 1", "Microsoft"}


def test_words_in_a_quotation_are_not_the_writers_own(find):
    roster = find("Peru did it.", "“Peru did it.” No: Chile did.", quotes=[(2, "“Peru did it.”", "c1")])
    second = {one.actor_id: one.quoted for one in roster.mentions if one.comment_id == "c2"}
    assert second == {"Peru": True, "Chile": False, "commenter 1": False}


def test_only_whoever_is_mentioned_is_in_the_roster_and_the_most_mentioned_comes_first(find):
    roster = find("Peru, Chile, Bolivia.", "Chile!", article=Article(title="Brazil", text="Brazil and Cuba"))
    assert [actor.id for actor in roster.actors] == ["Chile", "Bolivia", "Peru"]


def test_aliases_are_the_words_of_the_thread(find, actor):
    roster = find("The Peruvians and Lima?", "PERU and the Peruvian army. Lima has no plan")
    assert actor(roster, "Peru").aliases == ("Lima", "Peruvian", "Peruvians")
    assert actor(roster, "Peru").kind is ActorKind.STATE


def test_the_same_thread_gives_the_same_roster(find):
    texts = ("Peru, the US and al-Qaeda.", "You and Senator Vole: no.")
    assert find(*texts) == find(*texts)


def test_hostile_text_is_read(find):
    texts = (
        "",
        "\x00\u202e\u200b",
        "you " * 5_000,
        "@" * 5_000,
        "your " + " " * 50_000 + "x",
        "President " * 3_000,
        "U." * 20_000,
    )
    assert find(*texts, article=Article(title="A", author="@")).mentions


def test_one_very_long_comment_takes_seconds(find):
    text = "The Norwegian government and Senator Vole told you so, said Vole. In Oslo the press slept.\n" * 5_000
    started = time.process_time()
    roster = find("It leaks.", text)
    assert len(roster.mentions) == 5 * 5_000  # Norway, Vole twice, you, the press
    assert time.process_time() - started < 10
