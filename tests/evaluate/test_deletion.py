import math

import pytest

from stance.evaluate import measure_deletion, measure_stance_deletion
from stance.records import Attribute, AttributeSpan, Case, Judgement, Stance, StanceScore, StanceSpan, Target


class WordJudge:
    """Gives INSULT 0.9 where a text holds "fool" and 0.2 elsewhere, and says that `carrier` carries it."""

    model_id = "word@0"

    def __init__(self, carrier):
        self.carrier = carrier
        self.texts = []

    def judge(self, cases):
        self.texts += [case.text for case in cases]
        return [self._judge(case) for case in cases]

    def _judge(self, case):
        start = case.text.find(self.carrier)
        end = start + len(self.carrier)
        spans = (AttributeSpan(attribute=Attribute.INSULT, start=start, end=end, weight=0.5),) if start >= 0 else ()
        insult = 0.9 if "fool" in case.text else 0.2
        return Judgement(
            comment_id=case.comment_id,
            relation={},
            stances=(),
            sentences=(),
            attributes={Attribute.INSULT: insult, Attribute.THREAT: 0.1},
            attribute_spans=spans,
        )


def cases(*texts, **fields):
    return [Case(comment_id=text, text=text, **fields) for text in texts]


def test_words_that_carry_an_attribute_take_its_score_along():
    found = measure_deletion(WordJudge("fool"), cases("You fool, go away now."))
    # From odds of 9 to odds of 1/4: ln 36.
    assert found == {
        "INSULT": {"n": 1, "carriers": pytest.approx(math.log(36), abs=1e-3), "random": 0.0, "carriers_take_more": 1.0}
    }


def test_words_that_carry_nothing_are_found_out():
    found = measure_deletion(WordJudge("So"), cases("So fool"))
    assert found["INSULT"] == {
        "n": 1,
        "carriers": 0.0,
        "random": pytest.approx(math.log(36), abs=1e-3),
        "carriers_take_more": 0.0,
    }


def test_whole_words_are_deleted_and_as_many_at_random():
    judge = WordJudge("fool")
    measure_deletion(judge, cases("Really, you foolish man"))
    whole, *left = judge.texts
    assert left[0] == "Really, you  man"
    assert {len(text.split()) for text in left} == {len(whole.split()) - 1}


def test_what_cannot_be_compared_is_passed_over():
    judge = WordJudge("fool")
    quoted = cases('"You fool" he said to me', quotes=((0, 10),))
    assert measure_deletion(judge, [*cases("fool", "Good morning to you", ""), *quoted]) == {}


class SideJudge:
    """Is 0.9 against whom a text calls a liar, 0.8 neutral elsewhere, and says that `carrier` carries the stance."""

    model_id = "side@0"

    def __init__(self, carrier):
        self.carrier = carrier
        self.cases = []

    def judge(self, cases):
        self.cases += cases
        return [self._judge(case) for case in cases]

    def _judge(self, case):
        start = case.text.find(self.carrier)
        spans = (StanceSpan(start=start, end=start + len(self.carrier), weight=0.5),) if start >= 0 else ()
        against = 0.9 if "liar" in case.text else 0.1
        shares = {Stance.FAVOR: 0.1, Stance.AGAINST: against, Stance.NEUTRAL: 0.9 - against}
        if against < 0.5:
            spans = ()
        return Judgement(
            comment_id=case.comment_id,
            relation={},
            stances=tuple(StanceScore(actor_id=t.actor_id, probabilities=shares, spans=spans) for t in case.targets),
            sentences=(),
            attributes={},
        )


def about_moss(text, **fields):
    start = text.find("Moss")
    spans = ((start, start + 4),) if start >= 0 else ()
    return Case(comment_id=text, text=text, targets=(Target(actor_id="moss", name="Moss", spans=spans),), **fields)


def test_words_that_carry_a_stance_take_it_along():
    found = measure_stance_deletion(SideJudge("liar"), [about_moss("That liar Moss sold it.")])
    # From odds of 9 to odds of 1/9: 2 ln 9.
    assert found == {
        "against": {
            "n": 1,
            "carriers": pytest.approx(2 * math.log(9), abs=1e-3),
            "random": 0.0,
            "carriers_take_more": 1.0,
        }
    }


def test_a_stance_is_tested_on_the_sentences_that_name_its_target_and_the_name_stays():
    judge = SideJudge("liar")
    measure_stance_deletion(judge, [about_moss("So it is. That liar Moss sold it. Good day to you.")])
    _, *left = judge.cases
    assert len(left) == 3
    for case in left:
        (target,) = case.targets
        ((start, end),) = target.spans
        assert case.text[start:end] == "Moss"
        assert case.text.startswith("So it is.")
        assert case.text.endswith("Good day to you.")
        assert len(case.text.split()) == 11


def test_a_neutral_stance_has_nothing_to_delete():
    cases = [about_moss("Moss sold it."), about_moss('"Liar Moss" it said, liar.', quotes=((0, 11),))]
    assert measure_stance_deletion(SideJudge("liar"), cases) == {}
