from __future__ import annotations

import json
import math

import pytest

from stance.bench import BARS, GROUPS, Measured, machine_lines, markdown_profile, markdown_table, plain_rows
from stance.bench.figures import show

MACHINE = {"processor": "Z80", "cores": 1, "instructions": "none", "torch": "2"}


def measured(ratios, **seen):
    return Measured(ratios=ratios, seen={"comments": 10, **seen}, machine=MACHINE).to_json()


def test_every_figure_has_one_bound_and_is_measured_in_one_group():
    assert sorted(name for names in GROUPS.values() for name in names) == sorted(BARS)
    assert [name for name, bar in BARS.items() if (bar.at_most is None) == (bar.at_least is None)] == []


@pytest.mark.parametrize(
    ("name", "value", "met"), [("pipeline", 1.25, True), ("pipeline", 1.26, False), ("int8", 1.5, True)]
)
def test_a_bound_itself_is_met(name, value, met):
    assert BARS[name].met(value) is met


def test_what_misses_its_bound_is_told_so_and_what_was_not_measured_too():
    held = {"encoder": measured({"arrival": 3.9, "by_length": 1.3, "apart": 2e-7})}
    rows = {line.split(" | ")[0]: line for line in markdown_table(held).splitlines()}
    assert rows[f"| {BARS['arrival'].what}"].endswith("| 3.9 | at least 4 | missed | 10 |")
    assert rows[f"| {BARS['by_length'].what}"].endswith("| 1.3 | at least 1.2 |  | 10 |")
    assert rows[f"| {BARS['apart'].what}"].endswith("| 2e-07 | at most 1e-05 |  | 10 |")
    assert rows[f"| {BARS['ray'].what}"].endswith("|  | at most 1.15 | not measured yet |  |")
    assert [what for what, *_ in plain_rows(held)] == [BARS[name].what for name in GROUPS["encoder"]]


def test_numbers_are_kept_at_four_digits_and_counts_whole():
    group = measured({"int8": 1.23456}, seconds=0.000123456)
    assert json.loads(json.dumps(group))["ratios"] == {"int8": 1.235}
    assert group["seen"] == {"comments": 10, "seconds": 0.0001235}


def test_the_profile_is_shares_of_the_whole():
    seen = {"processor_seconds": 20.0, "encoder_seconds": 15.0, "tokens_seconds": 1.0}
    held = {"pipeline": measured({"pipeline": 1.1, "flop": 0.8}, heads_seconds=3.0, rest_seconds=1.0, **seen)}
    assert [line.split(" | ")[1] for line in markdown_profile(held).splitlines()[2:]] == [
        "75% |",
        "5% |",
        "15% |",
        "5% |",
    ]
    assert markdown_profile({}) == "Not measured yet."


def test_a_machine_is_named_once_with_all_that_was_measured_on_it():
    held = {"int8": measured({"int8": 2.0}), "encoder": measured({"arrival": 4.0})}
    assert machine_lines(held) == "- Z80, 1 cores, none, torch 2: encoder, int8"


@pytest.mark.parametrize(
    ("value", "shown"), [(1.2345, "1.23"), (123.4, "123"), (12345.6, "12,346"), (0.0000004, "4e-07"), (0, "0")]
)
def test_numbers_are_shown_at_three_digits(value, shown):
    assert show(value) == shown
    assert math.isclose(float(show(value).replace(",", "")), value, rel_tol=0.01, abs_tol=1e-12)
