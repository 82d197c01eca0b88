"""The way down the tree that all pictures share."""

from __future__ import annotations

from stance.out.graph import LOOKS, walk
from stance.records import ARTICLE, Relation, Reply


def replies(spec):
    """`replies("a b>a c>a")` are the replies of a tree; what names no parent answers the article."""
    links = [link.partition(">") for link in spec.split()]
    return [Reply(comment_id=name, parent_id=parent or ARTICLE, probability=1.0) for name, _, parent in links]


def steps(spec, depth=None):
    rows = replies(spec)
    return [(rows[step.place].comment_id, step.level, step.last, step.n_hidden) for step in walk(rows, depth=depth)]


def test_answers_follow_their_parent_and_siblings_stand_oldest_first():
    assert [step[:2] for step in steps("a b c>a d>c e>a")] == [("a", 1), ("c", 2), ("d", 3), ("e", 2), ("b", 1)]


def test_the_last_of_siblings_is_told():
    assert [step[0] for step in steps("a b c>a d>c e>a") if step[2]] == ["d", "e", "b"]


def test_what_lies_below_the_last_level_is_counted_at_every_depth():
    # Below a: b, c, d, e; below b: c, d.
    spec = "a b>a c>b d>c e>a f"
    assert steps(spec, 1) == [("a", 1, False, 4), ("f", 1, True, 0)]
    assert [(name, hidden) for name, _, _, hidden in steps(spec, 2)] == [("a", 0), ("b", 2), ("e", 0), ("f", 0)]
    assert [(name, hidden) for name, _, _, hidden in steps(spec, 3)][2] == ("c", 1)
    assert sum(hidden for *_, hidden in steps(spec, 9)) == 0


def test_shown_and_hidden_make_up_the_whole_of_a_chain_of_a_hundred_thousand():
    rows = replies(" ".join(["0", *(f"{at}>{at - 1}" for at in range(1, 100_000))]))
    assert sum(1 for _ in walk(rows)) == 100_000
    (first,) = walk(rows, depth=1)
    assert first.n_hidden == 99_999


def test_a_root_with_a_hundred_thousand_answers_is_walked():
    rows = replies(" ".join(["r", *(f"{at}>r" for at in range(100_000))]))
    assert [step.last for step in walk(rows)].count(True) == 2


def test_every_relation_has_a_look_of_its_own():
    assert set(LOOKS) == set(Relation)
    for part in ("verb", "sign", "ascii_sign"):
        assert len({getattr(look, part) for look in LOOKS.values()}) == len(Relation)
