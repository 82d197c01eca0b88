from collections import Counter
from datetime import UTC, datetime

import pytest

from stance.errors import BadRow
from stance.read.row import Row, refuse, take

NOON = datetime(2018, 9, 14, 12, tzinfo=UTC)


def row(value, *, place="post 7"):
    return Row("export.xml", place, {"field": value})


@pytest.mark.parametrize(
    ("value", "text", "words"),
    [
        ("a\r\nb", "a\nb", "a\nb"),
        (" a ", " a ", "a"),
        ("  ", "  ", None),
        ("", "", None),
        (None, None, None),
        ("a\0\u202eb", "a\ufffdb", "a\ufffdb"),
    ],
)
def test_text_is_cleaned(value, text, words):
    assert row(value).text("field") == text
    assert row(value).words("field") == words


def test_a_missing_field_is_none():
    empty = Row("export.xml", 1, {})
    assert (empty.text("field"), empty.words("field"), empty.id("field"), empty.time("field")) == (None,) * 4
    assert empty.row("field").values == {}


def test_cleaning_is_counted():
    counts = Counter()
    Row("export.xml", 1, {"field": "a\u202eb"}, counts).text("field")
    assert counts == {"text-direction controls removed": 1}


@pytest.mark.parametrize(("value", "found"), [(7, "7"), ("7", "7"), (" a ", "a"), (0, "0"), ("", None), (None, None)])
def test_an_id_is_a_string(value, found):
    assert row(value).id("field") == found


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2018-09-14T12:00:00Z", NOON),
        ("2018-09-14T14:00:00+02:00", NOON),
        ("2018-09-14 12:00:00", NOON),
        (1536926400, NOON),  # 12:00 UTC on that day
        (1536926400.0, NOON),
        ("", None),
        (None, None),
    ],
)
def test_a_time_is_in_utc(value, moment):
    assert row(value).time("field") == moment


@pytest.mark.parametrize(
    ("method", "value", "what"),
    [
        ("text", 4, "is a number"),
        ("text", ["a"], "is a list"),
        ("words", {}, "is an object"),
        ("id", True, "is true or false"),
        ("id", 1.5, "is a number"),
        ("id", [1], "is a list"),
        ("needed_id", "  ", "is missing"),
        ("needed_id", None, "is missing"),
        ("time", "yesterday", "is no time"),
        ("time", True, "is no time"),
        ("time", float("nan"), "is no time"),
        ("time", 10**400, "is no time"),
        ("time", -(10**18), "is no time"),
        ("time", "9999-99-99", "is no time"),
        ("row", "a", "is a string"),
    ],
)
def test_a_field_of_another_kind_is_refused_with_its_place(method, value, what):
    with pytest.raises(BadRow, match=rf"export\.xml, post 7: field 'field' {what}"):
        getattr(row(value), method)("field")


def test_a_line_number_is_put_where_editors_look_for_it():
    with pytest.raises(BadRow, match=r"^export\.xml:12: "):
        row(4, place=12).text("field")


def test_a_row_in_a_row_keeps_its_place():
    with pytest.raises(BadRow, match="post 7"):
        row({"inner": 4}).row("field").text("inner")


def test_a_record_is_taken_or_told():
    told = []
    assert take(lambda row: row.text("field"), row("a"), told.append) == "a"
    assert take(lambda row: row.text("field"), row(4), told.append) is None
    assert [error.place for error in told] == ["post 7"]
    with pytest.raises(BadRow):
        take(lambda row: row.text("field"), row(4), refuse)
