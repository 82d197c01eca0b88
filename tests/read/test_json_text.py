"""The faster parser is used where it gives what Python's own gives, and nowhere else."""

import json
from collections import Counter

import pytest

from stance.read.json_text import load_json, pack, unpack


def refused(number):
    raise ValueError(number)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": [1, 2.5, "x", null, true, {"b": []}]}',
        "123456789012345678901",
        '{"id": 18446744073709551616}',
        '[[-9223372036854775809], {"a": [9223372036854775807, 9223372036854775808]}]',
        "1e30",
        "-0.0",
        '"\\ud800"',
        '"\\ud83d\\ude00"',
        '{"a": 1, "a": 2}',
        "[" * 400 + "]" * 400,
    ],
)
def test_values_are_those_of_pythons_own_parser(text):
    found = load_json(text, unheld=refused)
    assert repr(found) == repr(json.loads(text))


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a": -Infinity}', "1e999", "[-1e999]"])
def test_a_number_that_json_cannot_hold_is_the_callers_to_judge(text):
    with pytest.raises(ValueError, match=r"NaN|Infinity|1e999"):
        load_json(text, unheld=refused)
    assert "null" in json.dumps(load_json(text, unheld=lambda _: None))


@pytest.mark.parametrize("text", ["", "{", "[1,]", "01", '"\t"', "{'a': 1}", "nul", "{} {}"])
def test_what_is_no_json_is_told_where(text):
    with pytest.raises(json.JSONDecodeError):
        load_json(text, unheld=refused)


@pytest.mark.parametrize(
    "value",
    [{"a": 1 << 70, "b": -(1 << 63)}, {"a": 0.1, "b": 1e30}, {"\ud800": 1}, ["x"], {"a": "\N{GRINNING FACE}\0"}],
)
def test_what_is_packed_comes_back(value):
    counts = Counter()
    found = unpack(pack(value), counts)
    assert found == ({"\ufffd": 1} if counts else value)
    assert bool(counts) == ("\ud800" in value)
