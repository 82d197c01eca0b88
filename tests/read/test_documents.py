import json

import pytest

from stance.errors import BadRow
from stance.read import documents, refuse
from stance.read.documents import find_values, parse_json, place_of
from stance.read.source import open_source


@pytest.fixture
def find(tmp_path):
    def find_in(data, *, apart=None, on_reject=None):
        file = tmp_path / "values.json"
        file.write_bytes(data if isinstance(data, bytes) else data.encode())
        rejects = []
        found = find_values(open_source(file), on_reject or rejects.append, apart=apart)
        return [(value.value, value.apart) for value in found], [error.place for error in rejects]

    return find_in


WHOLE = '{\n"a": 1, "list": [{"x": 1}, {"y": [2, {"list": []}]}, 3], "z": [4]}'
APART = [({"x": 1}, True), ({"y": [2, {"list": []}]}, True), (3, True), ({"a": 1, "list": [], "z": [4]}, False)]


def test_lines_are_values_and_a_broken_one_leaves_its_neighbours(find):
    assert find('{"a": 1}\r\n\n{"b"\n{"c": 3}\n') == ([({"a": 1}, False), ({"c": 3}, False)], [3])


def test_a_document_of_several_lines_is_one_value(find):
    assert find(WHOLE) == ([(json.loads(WHOLE), False)], [])
    assert find('[{"a": 1},\n{"b": 2}]') == ([([{"a": 1}, {"b": 2}], False)], [])


@pytest.mark.parametrize("at_once", [1, 1 << 24])
def test_the_members_of_a_list_come_one_by_one_however_large_the_document_is(find, monkeypatch, at_once):
    monkeypatch.setattr(documents, "_AT_ONCE_BYTES", at_once)
    assert find(WHOLE, apart="list") == (APART, [])
    assert find('[1, {"x": [2]},\n[3]]', apart="") == ([(1, True), ({"x": [2]}, True), ([3], True)], [])


@pytest.mark.parametrize("at_once", [1, 1 << 24])
def test_of_a_document_that_breaks_off_what_stands_before_is_kept(find, monkeypatch, at_once):
    monkeypatch.setattr(documents, "_AT_ONCE_BYTES", at_once)
    values, rejects = find('{\n"a": 1, "list": [{"x": 1}, {"y": [2', apart="list")
    assert values == [({"x": 1}, True), ({"a": 1, "list": []}, False)]
    assert len(rejects) == 1


def test_a_broken_document_is_refused_by_default(find):
    with pytest.raises(BadRow, match=r"values\.json:1: not JSON .*column 7.* Export it again"):
        find('{"a": x', on_reject=refuse)


def test_nesting_of_any_depth_is_read_without_recursion(find):
    deep = "[" * 100_000 + "]" * 100_000
    ((value, _),), rejects = find(deep)
    n = 1
    while value:
        (value,) = value
        n += 1
    assert (n, rejects) == (100_000, [])


def test_deep_nesting_that_breaks_off_is_an_error():
    with pytest.raises(ValueError, match="breaks off"):
        parse_json("[" * 100_000)


def test_utf_16_is_read_and_damaged_bytes_replaced(find, monkeypatch):
    assert find('{"a": "\N{SNOWMAN}"}'.encode("utf-16")) == ([({"a": "\N{SNOWMAN}"}, False)], [])
    monkeypatch.setattr(documents, "_AT_ONCE_BYTES", 1)
    good = "\N{SNOWMAN}" * 9
    assert find(f'{{"a": "{good}@"}}'.encode().replace(b"@", b"\xff")) == ([({"a": f"{good}\ufffd"}, False)], [])


def test_numbers_that_json_does_not_have_are_none():
    assert parse_json('{"a": NaN, "b": -Infinity}') == {"a": None, "b": None}


def test_a_place_shows_an_id_that_steers_no_terminal():
    assert place_of("comment", "abc", 3) == "comment abc"
    assert place_of("comment", "\x1b[2J", 3) == r"comment '\x1b[2J'"
    assert len(place_of("comment", "9" * 10_000, 3)) <= 80
    assert place_of("comment", ["x"], 3) == "comment in line 3"
