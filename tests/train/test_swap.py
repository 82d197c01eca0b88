import pytest

from stance.records import Judgement, Stance, StanceScore
from stance.train.swap import MOST_TEXTS, swap_actors


class PartisanJudge:
    """Favours every target but those it dislikes, whatever is said."""

    model_id = "partisan@0"

    def __init__(self, *disliked):
        self.disliked = disliked
        self.cases = []

    def judge(self, cases):
        self.cases += cases
        return [self._judge(case) for case in cases]

    def _judge(self, case):
        favor = 0.2 if case.targets[0].name in self.disliked else 0.7
        shares = {Stance.FAVOR: favor, Stance.AGAINST: 0.9 - favor, Stance.NEUTRAL: 0.1}
        score = StanceScore(actor_id=case.targets[0].actor_id, probabilities=shares)
        return Judgement(comment_id=case.comment_id, relation={}, stances=(score,), sentences=(), attributes={})


@pytest.fixture
def texts(make_example):
    return [make_example(f"China opened port {n}. Good for China!", split="dev") for n in range(3)]


def test_a_judge_that_hears_what_is_said_does_not_move(texts):
    measured = swap_actors(PartisanJudge(), texts)
    assert measured["development"] == {"n": 30, "median": 0.0, "p90": 0.0, "label_changed": 0.0}
    # 24 countries make 276 pairs in each of 30 sentences.
    assert measured["templates"]["n"] == 30 * 276


def test_a_judge_that_dislikes_a_country_does(texts):
    measured = swap_actors(PartisanJudge("China"), texts)["development"]
    # Of the ten pairs among five countries four hold China; each moves favor from 0.7 to 0.2.
    assert measured == {"n": 30, "median": 0.0, "p90": 0.5, "label_changed": 0.4}


def test_every_mention_is_replaced_and_marked(texts):
    judge = PartisanJudge()
    swap_actors(judge, texts)
    case = next(case for case in judge.cases if case.text.startswith("Kenya opened") or "Good for Kenya" in case.text)
    assert "China" not in case.text
    assert [case.text[start:end] for start, end in case.targets[0].spans] == ["Kenya", "Kenya"]


def test_only_development_texts_with_one_country_are_swapped(make_example):
    rows = [
        make_example("China sails.", split="train"),
        make_example("China met Iran.", split="dev"),
        make_example("Chinatown sails.", split="dev"),
        make_example("China {sails}.", split="dev"),
    ]
    assert swap_actors(PartisanJudge(), rows)["development"] == {"n": 0}


def test_no_more_texts_than_announced_are_judged(make_example):
    rows = [make_example(f"China has {n} ports.", split="dev") for n in range(MOST_TEXTS + 5)]
    assert swap_actors(PartisanJudge(), rows)["development"]["n"] == MOST_TEXTS * 10
