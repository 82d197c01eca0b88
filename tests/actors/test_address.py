"""Who a comment speaks to."""

import pytest

from stance.records import ActorKind, Article

HALE = Article(title="The dam", text="It holds.", author="Robin A. Hale: @rhale")


def spoken_to(roster, comment_id):
    return [mention.actor_id for mention in roster.mentions if mention.comment_id == comment_id and mention.addressed]


def test_you_is_whoever_the_comment_answers(find):
    roster = find("You forgot the spillway.", "No, you forgot it.", article=HALE)
    assert spoken_to(roster, "c1") == ["article author"]
    assert spoken_to(roster, "c2") == ["commenter 1"]


@pytest.mark.parametrize(
    "text", ["You can build it in a year.", "Your average voter sleeps.", "Thank you all.", "When you dig, it leaks."]
)
def test_the_you_of_everybody_addresses_nobody(find, text):
    assert spoken_to(find("It leaks.", text, article=HALE), "c2") == []


@pytest.mark.parametrize(
    "text",
    ["Your fine article misleads.", "Great piece.", "The author is right.", "@rhale why?", "Mr. Hale is right.",
     "OP is asleep.", "Robin Hale never went there."],
)  # fmt: skip
def test_the_articles_author_is_spoken_of_in_many_ways(find, actor, text):
    roster = find("It leaks.", text, article=HALE)
    assert spoken_to(roster, "c2") == ["article author"]
    author = actor(roster, "article author")
    assert (author.kind, author.aliases) == (ActorKind.AUTHOR, ("Robin A. Hale",))


def test_without_an_article_there_is_no_author(find):
    assert find("You forgot the spillway. Great piece.").actors == ()


@pytest.mark.parametrize(
    "text", ["Agreed, it leaks.", "That's simply not true.", "Nonsense! It holds.", "Exactly: it leaks."]
)
def test_an_opening_verdict_speaks_to_the_comment_answered(find, text):
    assert spoken_to(find("It leaks.", text), "c2") == ["commenter 1"]


def test_a_verdict_later_on_speaks_to_nobody(find):
    assert spoken_to(find("It leaks.", "They said it was nonsense, and the sign is wrong."), "c2") == []


def test_a_name_after_an_at_sign_is_the_last_comment_by_that_name(find):
    roster = find("One.", "Two.", "Three.", "@mira no", authors=["Mira", "Mira", "Sol", "Ada"])
    assert spoken_to(roster, "c4") == ["commenter 2"]


def test_a_name_before_a_comma_is_a_commenter(find, actor):
    roster = find("It leaks.", "It holds.", "Old Mira, it does leak.", authors=["Old Mira", "Sol", "Ada"])
    assert spoken_to(roster, "c3") == ["commenter 1"]
    assert actor(roster, "commenter 1").aliases == ("Old Mira",)


def test_a_quoted_comments_writer_is_spoken_to_and_the_quotation_marks_where(find):
    text = "“It leaks badly.” Where?"
    roster = find("It leaks badly.", "Fine.", text, quotes=[(3, "“It leaks badly.”", "c1")])
    (mention,) = [mention for mention in roster.mentions if mention.comment_id == "c3"]
    assert (mention.actor_id, mention.addressed, mention.quoted) == ("commenter 1", True, False)
    assert text[mention.start : mention.end] == "“It leaks badly.”"


def test_you_inside_a_quotation_addresses_nobody(find):
    text = "“You fools” was uncalled for."
    roster = find("You fools", text, quotes=[(2, "“You fools”", None)])
    assert spoken_to(roster, "c2") == []


def test_nobody_speaks_to_themselves(find):
    assert find("@mira is me", authors=["Mira"]).actors == ()
