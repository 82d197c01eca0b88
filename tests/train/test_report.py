import json

import pytest

from stance.judge import load_judge
from stance.records import Attribute, Relation, Stance
from stance.replies import load_scorer
from stance.train.examples import SentenceLabel, TargetLabel
from stance.train.report import measure_model, write_evaluation


@pytest.fixture
def rows(make_example):
    """Development rows of four tasks, enough for some to be held out, and training rows for the baselines."""
    made = []
    for n in range(24):
        yes = float(n % 2)
        split = "train" if n < 8 else "dev"
        target = TargetLabel(name="Moss", probabilities={Stance.AGAINST: yes, Stance.FAVOR: 1 - yes}, spans=((0, 4),))
        relation = {Relation.REBUT: yes, Relation.SUPPORT: 1 - yes}
        word = "bad" if yes else "good"
        made += [
            make_example(f"Moss is {word} {n} {word}.", split=split, source="vast", targets=(target,)),
            make_example(
                f"So {word} {n} {word}.", split=split, source="debagreement", parent="Yes.", relation=relation
            ),
            make_example(
                f"It {word} is {n} {word}.",
                split=split,
                source="ct24",
                sentences=(SentenceLabel(start=0, end=10, check_worthy=yes),),
            ),
            make_example(f"You {word} {n} {word}", split=split, source="olid", attributes={Attribute.INSULT: yes}),
        ]
    return made


@pytest.fixture
def measured(rows, tiny_model):
    return measure_model(load_judge(tiny_model), load_scorer(tiny_model), rows, [])


def test_everything_that_the_card_shows_is_measured(measured):
    assert measured["tasks"].keys() == {"stance/vast", "relation/debagreement", "sentence/ct24", "attributes/olid"}
    assert measured["held_out"].keys() == measured["tasks"].keys()
    assert measured["reliability"].keys() == {"stance", "relation", "check_worthy", "INSULT"}
    assert measured["fairness"]["actor_swap"]["templates"]["n"] > 0


def test_what_is_held_out_is_fewer_than_all(measured):
    assert measured["tasks"]["stance/vast"]["n"] == 16
    assert 0 < measured["reliability"]["stance"]["n"] < 16


def test_an_evaluation_is_written_as_json(measured, tmp_path):
    write_evaluation(tmp_path, measured)
    assert json.loads((tmp_path / "evaluation.json").read_text())["model_id"] == measured["model_id"]
