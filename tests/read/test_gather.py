import tempfile
from pathlib import Path

import pytest

from stance.errors import BadRow, NoRoom
from stance.read.gather import Gatherer


def test_mixed_records_come_back_thread_by_thread_in_their_order():
    with Gatherer("export") as gatherer:
        for place, (thread, n) in enumerate([("b", 1), ("a", 2), ("b", 3), ("a", 4)], start=1):
            gatherer.add(thread, {"n": n}, place=place)
        found = [(thread, [(row.place, row.values["n"]) for row in rows]) for thread, rows, _ in gatherer.threads()]
    assert found == [("b", [(1, 1), (3, 3)]), ("a", [(2, 2), (4, 4)])]


@pytest.mark.parametrize(
    "thread", ["", "\0", "a\0b", "\ud800", "'; DROP TABLE record; --", "\N{GRINNING FACE}", "x" * 99]
)
def test_any_string_names_a_thread(thread):
    with Gatherer("export") as gatherer:
        gatherer.add(thread, {}, place="post 1")
        gatherer.add(thread, {}, place="post 2")
        ((found, rows, _),) = gatherer.threads()
        assert (found, [row.place for row in rows]) == (thread, ["post 1", "post 2"])


def test_half_surrogates_are_replaced_and_counted():
    with Gatherer("export") as gatherer:
        gatherer.add("t", {"text": "\ud800 \N{GRINNING FACE} \\ud800"}, place=1)
        ((_, rows, counts),) = gatherer.threads()
        (row,) = rows
    assert row.values == {"text": "\ufffd \N{GRINNING FACE} \\ud800"}
    assert counts == row.counts == {"half surrogate pairs replaced by U+FFFD": 1}


def test_what_nests_too_deeply_is_a_bad_row():
    nested: list[object] = []
    for _ in range(5000):
        nested = [nested]
    with Gatherer("export") as gatherer, pytest.raises(BadRow, match="post 7: its fields nest too deeply"):
        gatherer.add("t", {"extra": nested}, place="post 7")


def test_nothing_stays_on_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    gatherer = Gatherer("export")
    gatherer.add("t", {}, place=1)
    assert list(tmp_path.iterdir()) != []
    with pytest.raises(ZeroDivisionError), gatherer:
        1 / 0  # noqa: B018
    assert list(tmp_path.iterdir()) == []


def test_a_temporary_folder_that_cannot_be_written_to_is_told(monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(Path("/proc/nowhere")))
    with pytest.raises(NoRoom, match="Point TMPDIR"):
        Gatherer("export")


def test_a_full_disk_is_told():
    with Gatherer("export") as gatherer:
        gatherer._base.execute("PRAGMA max_page_count=8")
        with pytest.raises(NoRoom, match="full"):
            gatherer.add("t", {"text": "x" * 100_000}, place=1)
