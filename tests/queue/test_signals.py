"""The tail that counts accusations."""

from __future__ import annotations

from itertools import product
from math import prod

import pytest

from stance.queue.signals import at_least_probability


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_the_tail_is_what_counting_every_outcome_gives(n):
    probabilities = [0.1, 0.5, 0.8]
    by_hand = sum(
        prod(p if happens else 1 - p for p, happens in zip(probabilities, outcome, strict=True))
        for outcome in product([False, True], repeat=3)
        if sum(outcome) >= n
    )
    assert at_least_probability(probabilities, n=n) == pytest.approx(by_hand)


def test_nothing_happens_where_there_is_nothing():
    assert at_least_probability([], n=1) == 0
