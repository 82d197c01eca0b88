import numpy as np
import pytest

from stance.replies.turns import Turns


def count(turns: Turns, one: int, other: int, low: int, high: int) -> tuple[int, int]:
    """What the other said, and the exchanges of both."""
    first, second, low_, high_ = (np.array([value]) for value in (one, other, low, high))
    spoken = turns.spoken(second, low=low_, high=high_)
    return int(spoken[0]), int(turns.exchanged(first, second, low=low_, high=high_)[0])


def test_turns_are_counted_within_their_bounds():
    # Entry 0 is the article's, by author 0. The comments: 1 2 1 2 1.
    turns = Turns(np.array([0, 1, 2, 1, 2, 1]), np.full(6, -1))
    assert count(turns, 1, 2, 1, 6) == (2, 4)
    assert count(turns, 1, 2, 2, 4) == (1, 1)
    assert count(turns, 2, 1, 3, 3) == (0, 0)
    assert count(turns, 1, 0, 0, 6) == (0, 0)


def test_a_stated_answer_from_afar_is_an_exchange():
    # Comment 3, by author 3, states that it answers comment 1, by author 1; comment 2 answers its neighbour.
    turns = Turns(np.array([-1, 1, 2, 3]), np.array([-1, -1, 1, 1]))
    assert count(turns, 1, 3, 1, 4) == (1, 1)
    assert count(turns, 1, 2, 1, 4) == (1, 1)


def test_the_unknown_exchange_nothing():
    turns = Turns(np.array([-1, -1, 1, -1]), np.full(4, -1))
    assert count(turns, -1, 1, 1, 4) == (1, 0)
    assert count(turns, 1, -1, 1, 4) == (0, 0)


def test_a_thread_without_comments_has_no_turns():
    assert count(Turns(np.array([-1]), np.array([-1])), 1, 2, 0, 1) == (0, 0)


@pytest.mark.parametrize("seed", range(3))
def test_counting_gives_what_walking_gives(seed):
    rng = np.random.default_rng(seed)
    n = 60
    author = rng.integers(-1, 4, size=n)
    parent = np.array([-1, *(int(rng.integers(-1, at)) for at in range(1, n))])
    turns = Turns(author, parent)
    for _ in range(200):
        one, other = rng.integers(4, size=2).tolist()
        low, high = sorted(rng.integers(1, n + 1, size=2).tolist())
        beside = [(author[at - 1], author[at]) for at in range(low + 1, high)]
        beside += [(author[parent[at]], author[at]) for at in range(low, high) if 0 < parent[at] != at - 1]
        exchanged = beside.count((one, other)) + beside.count((other, one))
        assert count(turns, one, other, low, high) == ((author[low:high] == other).sum(), exchanged)
