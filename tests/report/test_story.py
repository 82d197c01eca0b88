"""The thread's story: each sentence follows from counts, and says where the model is not sure."""

from __future__ import annotations

from datetime import UTC, datetime

from made_threads import Made, make_analysis

from stance.report.facts import Facts
from stance.report.story import tell_figures, tell_story


def tell(*made: Made) -> dict[str, bool]:
    """The sentences, each with whether it is marked as unsure."""
    return {said.words: said.unsure for said in tell_story(Facts(make_analysis(made)))}


def test_who_is_opposed_and_who_is_favoured_follows_from_counts():
    # Veland: 2 against, 1 for, so opposed; Torp: 2 for, 1 neutral, so favoured; Aas: named once, so nothing is said.
    told = tell(
        Made(stances={"Veland": "-", "Torp": "+"}),
        Made(stances={"Veland": "-", "Torp": "+"}),
        Made(stances={"Veland": "+", "Torp": "o", "Aas": "-"}),
    )
    assert told["Opposed by more comments than favour them: Veland (1 for, 2 against)."] is False
    assert told["Favoured by more comments than oppose them: Torp (2 for, 0 against)."] is False
    assert not any("Aas" in words for words in told if words.startswith(("Opposed", "Favoured")))


def test_what_rests_mostly_on_unsure_stances_is_marked():
    told = tell(Made(stances={"Veland": "-?"}), Made(stances={"Veland": "-?"}), Made(stances={"Veland": "-"}))
    assert told["Opposed by more comments than favour them: Veland (0 for, 3 against)."] is True
    assert told["The model is sure of 1 of 3 stances; the others are marked with ?."] is False


def test_a_tie_takes_no_side():
    told = tell(Made(stances={"Veland": "-"}), Made(stances={"Veland": "+"}))
    assert not any(words.startswith(("Opposed", "Favoured")) for words in told)


def test_rebuttals_are_counted_and_the_surest_is_named():
    told = tell(Made(), Made(author="Maria", parent=0, relation="x"), Made(parent=0, relation="+"))
    assert "1 of 3 comments likely rebut what they answer; support: 1." in told
    assert "The surest rebuttal: #2 Maria of #1 (0.70)." in told
    assert "Of 2 links between comments, 2 are likelier than not." in told


def test_a_thread_of_one_comment_without_actor_or_date_has_a_story():
    told = tell(Made())
    assert "1 comment, none with a writer's name." in told
    assert "The page shows them oldest first, without dates." in told
    assert "No comment speaks of an actor, so there is no stance to tell of." in told
    assert "No line of the policy fired: nothing here asks for a moderator." in told


def test_dates_with_and_without_a_zone_are_told_together():
    told = tell(Made(posted_at=datetime(2026, 3, 1, tzinfo=UTC)), Made(posted_at=datetime(2026, 2, 1)))
    assert "The page shows them oldest first; they were posted from 2026-02-01 to 2026-03-01." in told


def test_claims_are_counted_and_so_is_what_is_worth_a_check():
    # Each comment is one sentence that claims (0.6) and is no rhetoric (0.3); one of them is worth a check.
    told = tell(Made(worth=0.8), Made())
    words = (
        "Of 2 sentences, 2 claim something that could be checked (1 of public weight), and 0 persuade by other means."
    )
    assert words in told


def test_the_large_numbers_are_those_of_the_thread():
    facts = Facts(make_analysis([Made(worth=0.9, stances={"Veland": "-?"}), Made(reason="insult", relation="x")]))
    assert [(one.value, one.what) for one in tell_figures(facts)] == [
        ("2", "comments"),
        ("1", "likely rebuttals"),
        ("1", "actors spoken of"),
        ("0%", "of stances are sure"),
        ("1", "claims worth a check"),
        ("1", "comments to look at"),
    ]
