from __future__ import annotations

import json

import numpy as np
import pytest

from stance.study import Allocation, Design, NoSuchActor, NoUnits, draw_sample, parse_what

RUSSIA = parse_what("stance:Russia")


@pytest.fixture
def threads(row):
    """Ten threads of six comments; every second speaks of Russia, one a thread of `Moscow`, which means Russia."""
    parts = []
    for number in range(10):
        rows = []
        for at in range(6):
            parent = "article" if at == 0 else f"{number}-{at - 1}"
            share = (number + 1) / 12
            stances = {"Russia": (share, 0.9 - share, 0.1)} if at % 2 == 0 else {}
            rows.append(row(f"{number}-{at}", thread=f"t{number}", parent=parent, stances=stances))
        rows[0]["mentions"].append({**rows[0]["mentions"][0], "text": "Moscow"})
        parts.append(rows)
    return parts


def units(sample):
    return [row.unit for row in sample.rows]


@pytest.mark.parametrize("design", list(Design))
def test_the_same_seed_draws_the_same_in_whatever_order_threads_stand(write_scores, threads, design):
    one = write_scores(threads[:5] + threads[5:], name="one")
    other = write_scores(threads[::-1], name="other", form="parquet")
    assert units(draw_sample(one, RUSSIA, n=8, design=design)) == units(draw_sample(other, RUSSIA, n=8, design=design))
    assert units(draw_sample(one, RUSSIA, n=8, design=design)) != units(
        draw_sample(one, RUSSIA, n=8, design=design, seed=1)
    )


def test_a_row_has_all_that_labelling_needs_and_nothing_of_the_model(write_scores, threads):
    drawn = draw_sample(write_scores(threads), RUSSIA, n=99, design=Design.STRATIFIED)
    assert len(drawn.rows) == 30
    last = next(row for row in drawn.rows if row.unit.id == "3-4")
    assert last.text == "Russia"
    assert last.target == "Russia"
    assert last.mentions == ((0, 6),)
    assert last.context == ("Comment 3-1.", "Russia", "Comment 3-3.")
    assert last.inclusion_probability == 1
    # The stratum's name is a number: the model's label would sway who labels.
    assert set(json.loads(json.dumps(last.to_row()))) == {
        *("what", "source", "thread", "id", "text", "target", "mentions", "context"),
        *("inclusion_probability", "stratum", "design"),
    }
    assert {row.stratum for row in drawn.rows} == {"1", "2"}


def test_probabilities_are_those_of_the_design(write_scores, threads):
    path = write_scores(threads)
    assert {row.inclusion_probability for row in draw_sample(path, RUSSIA, n=6).rows} == {0.2}
    equal = draw_sample(path, RUSSIA, n=8, design=Design.STRATIFIED, allocation=Allocation.EQUAL)
    for stratum in equal.strata:
        inside = {row.inclusion_probability for row in equal.rows if row.stratum == stratum.name}
        assert list(inside) == [pytest.approx(stratum.n_drawn / stratum.n_units)]
    unequal = draw_sample(path, RUSSIA, n=8, design=Design.UNCERTAINTY)
    assert len({row.inclusion_probability for row in unequal.rows}) > 1
    # 1 / probability estimates how many units there are.
    seeds = [draw_sample(path, RUSSIA, n=8, design=Design.UNCERTAINTY, seed=seed) for seed in range(40)]
    sizes = [sum(1 / row.inclusion_probability for row in one.rows) for one in seeds]
    assert np.mean(sizes) == pytest.approx(30, rel=0.05)


def test_an_actor_is_found_by_case_and_by_what_comments_call_it(write_scores, threads):
    path = write_scores(threads)
    for name in ("russia", "moscow"):
        drawn = draw_sample(path, parse_what(f"stance:{name}"), n=5)
        assert str(drawn.population.what) == "stance:Russia"
        assert len(drawn.rows) == 5


def test_an_unknown_actor_is_told_with_the_commonest(write_scores, threads):
    with pytest.raises(NoSuchActor, match=r"'Atlantis': no comment .* Commonest are 'Russia' \(30\)"):
        draw_sample(write_scores(threads), parse_what("stance:Atlantis"), n=5)


def test_a_spelling_of_several_actors_is_told(write_scores, row):
    two = row("a", stances={"Congo (Kinshasa)": (0.2, 0.3, 0.5), "Congo (Brazzaville)": (0.2, 0.3, 0.5)})
    for mention in two["mentions"]:
        mention["text"] = "Congo"
    with pytest.raises(
        NoSuchActor, match=r"several actors so: 'Congo \(Brazzaville\)' \(1\), 'Congo \(Kinshasa\)' \(1\)"
    ):
        draw_sample(write_scores([[two]]), parse_what("stance:Congo"), n=5)


def test_sentences_are_drawn_one_by_one_with_their_neighbours(write_scores, row):
    rows = [row("a", claims=[("It fell.", 0.9), ("Sad!", 0.1), ("Who knew?", 0.4)])]
    drawn = draw_sample(write_scores([rows]), parse_what("claim"), n=9)
    middle = next(row for row in drawn.rows if row.text == "Sad!")
    assert (middle.unit.start, middle.end, middle.before, middle.after) == (9, 13, "It fell.", "Who knew?")


def test_of_relation_only_comments_that_answer_a_comment_are_drawn(write_scores, threads):
    drawn = draw_sample(write_scores(threads), parse_what("relation"), n=99)
    assert len(drawn.rows) == 50
    assert all(row.parent for row in drawn.rows)


def test_a_ring_of_replies_ends(write_scores, row):
    rows = [row("a", parent="b"), row("b", parent="a")]
    drawn = draw_sample(write_scores([rows]), parse_what("relation"), n=2)
    assert {len(row.context) for row in drawn.rows} == {3}


def test_nothing_to_ask_of_is_told(write_scores, row):
    with pytest.raises(NoUnits, match="nothing in it that 'relation' can be asked of"):
        draw_sample(write_scores([[row("a")]]), parse_what("relation"), n=5)
    bare = row("a", attributes={})
    with pytest.raises(NoUnits, match="attribute:SPAM"):
        draw_sample(write_scores([[bare]], name="bare"), parse_what("attribute:SPAM"), n=5)
    with pytest.raises(NoSuchActor, match="toward anybody"):
        draw_sample(write_scores([[bare]], name="nobody"), RUSSIA, n=5)


def test_no_number_below_one_is_taken(write_scores, threads):
    with pytest.raises(ValueError, match="n: got 0, want at least 1"):
        draw_sample(write_scores(threads), RUSSIA, n=0)
