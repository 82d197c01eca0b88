"""One judge for many requests: equal answers, fair turns, refusals in time, and nothing that waits for ever."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import replace

import pytest

from stance.core import analyze
from stance.protocols import Asked, Scoring
from stance.protocols.errors import CannotJudge, Overloaded
from stance.queue import load_policy
from stance.thread import build_thread

WORDS = Asked(text="The council is right.", parent="Nobody asked us.")


class SlowJudge:
    """Another judge that takes its time, writes down what it was given at once, and fails on one text."""

    def __init__(self, judge, *, seconds=0.0, poison=None, error=RuntimeError):
        self._judge, self._seconds, self._poison, self._error = judge, seconds, poison, error
        self.model_id = judge.model_id
        self.batches = []
        self.n_reads = 0
        self.gate = threading.Event()
        self.gate.set()

    def read(self, texts):
        self.n_reads += 1
        time.sleep(self._seconds)
        return self._judge.read(texts)

    def judge(self, cases):
        self.gate.wait()
        time.sleep(self._seconds)
        self.batches.append([case.text for case in cases])
        if any(case.text == self._poison for case in cases):
            raise self._error("poison")
        return self._judge.judge(cases)


@pytest.fixture
def make_scoring(constant_judge, scorer):
    made = []

    def make(*, seconds=0.0, poison=None, error=RuntimeError, **options):
        judge = SlowJudge(constant_judge, seconds=seconds, poison=poison, error=error)
        scoring = Scoring(judge, policy=load_policy(), scorer=scorer, **options)
        judge.batches.clear()  # of the warming up
        made.append((judge, scoring))
        return judge, scoring

    yield make
    for judge, scoring in made:
        judge.gate.set()
        scoring.close()


async def gather(*awaitables):
    return await asyncio.gather(*awaitables, return_exceptions=True)


async def held(judge, scoring):
    """Have the judge at work on something, so that what comes next must wait."""
    judge.gate.clear()
    first = asyncio.ensure_future(scoring.judge([Asked(text="first")]))
    while scoring.n_waiting or not first:
        await asyncio.sleep(0.001)
    await asyncio.sleep(0.01)
    return first


def test_what_waits_together_is_judged_together_and_answered_in_order(make_scoring):
    judge, scoring = make_scoring()

    async def ask():
        first = await held(judge, scoring)
        rest = [asyncio.ensure_future(scoring.judge([Asked(text=f"text {n}"), Asked(text=f"more {n}")])) for n in "abc"]
        await asyncio.sleep(0.02)
        judge.gate.set()
        return await gather(first, *rest)

    answers = asyncio.run(ask())
    assert judge.batches == [["first"], ["text a", "more a", "text b", "more b", "text c", "more c"]]
    alone = [asyncio.run(scoring.judge([Asked(text=text)]))[0] for text in ("text b", "more b")]
    assert answers[2] == alone


def test_two_threads_judge_side_by_side(make_scoring):
    judge, scoring = make_scoring(n_judging=2)
    both = threading.Barrier(2, timeout=20)

    def meet(cases):
        both.wait()
        return judge._judge.judge(cases)

    judge.judge = meet
    # Too long to be taken together: each has to meet the other in the judge.
    asked = [Asked(text=f"{word} " * 300) for word in ("harbour", "council")]
    answers = asyncio.run(gather(*(scoring.judge([one]) for one in asked)))
    assert [len(answer) for answer in answers] == [1, 1]


def test_a_parent_is_part_of_what_is_judged(scoring):
    with_parent, without = asyncio.run(scoring.judge([WORDS, replace(WORDS, parent="")]))
    assert with_parent.relation != without.relation


def test_nothing_asked_is_nothing_answered(scoring):
    assert asyncio.run(scoring.judge([])) == []


def test_a_text_that_the_judge_fails_on_is_told_to_whoever_sent_it_alone(make_scoring):
    judge, scoring = make_scoring(poison="bad")

    async def ask():
        first = await held(judge, scoring)
        rest = [asyncio.ensure_future(scoring.judge([Asked(text=text)])) for text in ("good", "bad", "fine")]
        await asyncio.sleep(0.02)
        judge.gate.set()
        return await gather(first, *rest)

    _, good, bad, fine = asyncio.run(ask())
    assert isinstance(bad, CannotJudge)
    assert "poison" not in str(bad)
    assert len(good) == len(fine) == 1


def test_what_would_wait_too_long_is_refused_at_once(make_scoring):
    _, scoring = make_scoring(seconds=0.05, longest_wait_seconds=0.2)

    async def ask():
        began = time.monotonic()
        answers = await gather(*(scoring.judge([Asked(text=f"{n} " * 1500)]) for n in range(50)))
        return answers, time.monotonic() - began

    answers, seconds = asyncio.run(ask())
    refused = [answer for answer in answers if isinstance(answer, Overloaded)]
    assert 0 < len(refused) < 50
    assert all(answer.retry_after_seconds >= 1 for answer in refused)
    assert seconds < 2.5  # fifty in a row would take longer


def test_who_cannot_wait_is_refused_where_others_are_not(make_scoring):
    _, scoring = make_scoring(seconds=0.1)

    async def ask():
        await scoring.judge([WORDS])
        waiting = asyncio.ensure_future(scoring.judge([WORDS]))
        await asyncio.sleep(0.01)
        with pytest.raises(Overloaded):
            await scoring.judge([WORDS], within_seconds=0.01)
        return await waiting

    assert len(asyncio.run(ask())) == 1


def test_who_has_gone_is_not_judged_for(make_scoring):
    judge, scoring = make_scoring()

    async def ask():
        first = await held(judge, scoring)
        gone = asyncio.ensure_future(scoring.judge([Asked(text="gone")]))
        await asyncio.sleep(0.02)
        gone.cancel()
        await asyncio.sleep(0)
        judge.gate.set()
        await first
        await scoring.judge([Asked(text="last")])

    asyncio.run(ask())
    assert judge.batches == [["first"], ["last"]]


def test_a_whole_thread_is_what_the_core_makes_of_it(make_scoring, constant_judge, scorer, chain):
    _, scoring = make_scoring()
    thread = build_thread(chain(" ".join(["a", *(f"c{n}>a" for n in range(150))])))
    (wanted,) = analyze([thread], constant_judge, policy=load_policy(), scorer=scorer)
    assert asyncio.run(scoring.analyze(thread)) == wanted


def test_a_single_comment_does_not_wait_for_a_whole_thread(make_scoring, chain):
    _, scoring = make_scoring(seconds=0.02)
    thread = build_thread(chain(" ".join(["a", *(f"c{n}>a" for n in range(1500))])))

    async def ask():
        whole = asyncio.ensure_future(scoring.analyze(thread))
        await asyncio.sleep(0.1)
        for _ in range(3):
            assert len(await scoring.judge([WORDS])) == 1
        early = not whole.done()
        await whole
        return early

    assert asyncio.run(ask())


def test_one_request_of_many_texts_lets_others_in_between(make_scoring):
    judge, scoring = make_scoring()

    async def ask():
        first = await held(judge, scoring)
        many = asyncio.ensure_future(scoring.judge([Asked(text=f"{n} " + "x " * 500) for n in range(4)]))
        await asyncio.sleep(0.02)
        other = asyncio.ensure_future(scoring.judge([Asked(text="y " * 500)]))
        await asyncio.sleep(0.02)
        judge.gate.set()
        return await gather(first, many, other)

    _, many, _ = asyncio.run(ask())
    assert len(many) == 4
    assert [batch[0][0] for batch in judge.batches] == ["f", "0", "y", "1", "2", "3"]


def test_a_whole_thread_that_nobody_waits_for_is_judged_no_further(make_scoring, chain):
    judge, scoring = make_scoring(seconds=0.02)
    thread = build_thread(chain(" ".join(["a", *(f"c{n}>a" for n in range(3000))])))

    async def ask():
        whole = asyncio.ensure_future(scoring.analyze(thread))
        await asyncio.sleep(0.1)
        whole.cancel()
        with pytest.raises(asyncio.CancelledError):
            await whole

    asyncio.run(ask())
    scoring.close()
    # 3,000 comments are 150 turns and more, of 20 ms each, for reading alone.
    assert judge.n_reads < 100
    assert judge.batches == []


@pytest.mark.parametrize("error", [MemoryError, AttributeError, OSError])
def test_the_judge_outlives_whatever_goes_wrong(make_scoring, error):
    _, scoring = make_scoring(poison="bad", error=error)
    with pytest.raises(CannotJudge, match=error.__name__):
        asyncio.run(scoring.judge([Asked(text="bad")]))
    assert len(asyncio.run(scoring.judge([WORDS]))) == 1


def test_closing_answers_what_waits_and_refuses_what_comes(make_scoring):
    _, scoring = make_scoring(seconds=0.05, longest_wait_seconds=60)

    async def ask():
        waiting = [asyncio.ensure_future(scoring.judge([Asked(text="x " * 2000)])) for _ in range(4)]
        await asyncio.sleep(0.01)
        closing = asyncio.get_running_loop().run_in_executor(None, scoring.close)
        answers = await gather(*waiting)
        await closing
        with pytest.raises(Overloaded):
            await scoring.judge([WORDS])
        with pytest.raises(Overloaded):
            await scoring.analyze(build_thread_of_one())
        return answers

    assert [len(answer) for answer in asyncio.run(ask())] == [1, 1, 1, 1]


def build_thread_of_one():
    from stance.records import Article, Comment, Page

    page = Page(source="one", article=Article(), comments=(Comment(id="a", text="So it is.", number=1),))
    return build_thread(page)
